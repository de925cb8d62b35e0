"""A call ends by its deadline, however a server drips."""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest
from attrs import define, field

from apikley import (
    Apikley,
    PollSchedule,
    Stage,
    SubmissionUnknown,
    TaskUnfinished,
    Timeouts,
    Unreachable,
    flows,
    network,
)
from apikley.mock import Mock, polls
from apikley.retrying import Retry
from apikley.tasks import Task
from clients.harness import KEY, SWIFT, Way, drips
from unit.playing import PNG

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Slow: " + b"." * 60


@define
class Dripping:
    """A server that sends `says` byte by byte, each soon enough, to whoever has sent a request, and then nothing."""

    says: bytes = HEAD
    every: float = 0.05
    requests: list[bytes] = field(factory=list)
    address: str = ""
    _is_over: threading.Event = field(factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        while not self._is_over.is_set():
            with suppress(TimeoutError):
                connection, _ = listener.accept()
                threading.Thread(target=self._drip, args=(connection,)).start()

    def _drip(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.requests.append(connection.recv(65536))
            for byte in self.says:
                if self._is_over.wait(self.every):
                    return
                connection.send(bytes([byte]))
            self._is_over.wait()

    def end(self) -> None:
        self._is_over.set()


@contextmanager
def dripping(**how: object) -> Iterator[Dripping]:
    server = Dripping(**how)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        server.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=server.serve, args=(listener,))
        thread.start()
        try:
            yield server
        finally:
            server.end()
            thread.join()


@pytest.fixture
def server():
    with dripping() as server:
        yield server


@pytest.fixture
def slow(opens, server):
    """A client of that server, with little patience."""
    with opens(KEY, base_url=server.address, timeouts=Timeouts(answer=0.4, download=0.4)) as client:
        yield client


def test_headers_that_drip_end_a_call(slow, server):
    began = time.monotonic()

    with pytest.raises(Unreachable) as caught:
        slow.credits()

    assert caught.value.maybe_sent
    assert len(server.requests) == 5
    assert time.monotonic() - began < 5 * 0.4 + 3


def test_a_submission_whose_headers_drip_is_in_doubt_and_sent_once(slow, server):
    with pytest.raises(SubmissionUnknown):
        slow.submit("https://a.test/a.png", "night")

    assert len(server.requests) == 1
    (submission,) = slow.in_doubt()
    assert submission.state == "unknown"


def test_a_body_that_drips_ends_a_call_as_well(opens):
    says = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + b" " * 9999
    with (
        dripping(says=says, every=0.002) as server,
        opens(KEY, base_url=server.address, timeouts=Timeouts(answer=0.4)) as client,
        pytest.raises(Unreachable),
    ):
        client.credits()


def test_a_wait_is_over_soon_after_its_deadline_though_a_question_is_under_way(opens, server, monkeypatch):
    monkeypatch.setattr("apikley.waiting.LAST_LOOK", 0.3)
    schedule = PollSchedule((Stage(0.2, 0.1),))
    began = time.monotonic()

    with (
        opens(KEY, base_url=server.address, schedule=schedule) as client,
        pytest.raises(TaskUnfinished) as caught,
    ):
        client.task("task_1").wait()

    assert time.monotonic() - began < 5
    assert caught.value.task_id == "task_1"
    assert isinstance(caught.value.__cause__, Unreachable)


def test_a_wait_is_over_by_its_deadline_over_a_transport_of_one_s_own_that_drips(opens, monkeypatch):
    monkeypatch.setattr("apikley.waiting.LAST_LOOK", 0.1)
    mock = Mock(scenario=polls(999))
    way = Way(mock, {"recordInfo": [lambda deliver: drips(deliver(), 0.2)] * 99})
    with opens(KEY, transport=way, schedule=SWIFT) as client:
        handle = client.submit("https://a.test/a.png", "night")
        began = time.monotonic()
        with pytest.raises(TaskUnfinished):
            handle.wait(timeout=0.2)

    assert time.monotonic() - began < 1.5


def test_an_httpx_that_has_no_network_backend_where_it_is_put_is_told(monkeypatch):
    monkeypatch.setattr(
        httpx.HTTPTransport, "_pool", property(lambda _: None, lambda *_: None), raising=False
    )

    with pytest.raises(RuntimeError, match="no network backend"):
        network.hold(httpx.Client(trust_env=False))


def test_a_connection_is_used_again_and_kept_to_its_next_deadline(opens):
    """The deadline is that of the call, not of the connection."""
    answer = b'{"code": 200, "msg": "success", "data": 7.5}'
    said = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)

    def serve(listener: socket.socket, heard: list[bytes]) -> None:
        connection, _ = listener.accept()
        with connection:
            while heard[-1:] != [b""]:
                heard.append(connection.recv(65536))
                connection.send(said + answer)

    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener, heard))
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with opens(KEY, base_url=address, timeouts=Timeouts(answer=0.5)) as client:
            assert client.credits() == 7.5
            time.sleep(0.6)
            assert client.credits() == 7.5
        thread.join()
    assert [request[:4] for request in heard] == [b"GET ", b"GET ", b""]


def collected(client, task, to):
    played = client._driver.run(flows.collect(task, to))
    return client._runner.run(played) if asyncio.iscoroutine(played) else played


def finished(address: str, *names: str):
    return Task(id="task_1", state="success", result_urls=tuple(f"{address}/{name}" for name in names))


@pytest.mark.parametrize("count", [1, 3])
def test_a_picture_whose_headers_drip_is_given_up_and_leaves_nothing(
    count, slow, server, tmp_path, monkeypatch
):
    monkeypatch.setattr("apikley.collecting.DOWNLOAD", Retry(2, 0.001, 0.001))
    task = finished(server.address, *"abc"[:count])

    with pytest.raises(Unreachable) as caught:
        collected(slow, task, tmp_path / "a.png")

    assert caught.value.task_id == "task_1"
    assert len(server.requests) == 2 * count
    assert list(tmp_path.iterdir()) == []


def interrupt_once(folder, count):
    """Press Ctrl-C soon after so many pictures have begun to arrive.

    Not in the very moment: Python may hear it between the making of a file and the assignment of its name.
    """
    while len([*folder.glob(".apikley-*.part")]) < count:
        time.sleep(0.01)
    time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("count", [1, 3])
def test_ctrl_c_stops_all_pictures_and_leaves_nothing(count, opens, tmp_path):
    says = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + PNG
    with (
        dripping(says=says + b"\0" * 9999, every=0.001) as server,
        opens(KEY, base_url=server.address) as client,
    ):
        interrupter = threading.Thread(target=interrupt_once, args=(tmp_path, count))
        interrupter.start()
        with pytest.raises(KeyboardInterrupt):
            collected(client, finished(server.address, *"abc"[:count]), tmp_path / "a.png")
        interrupter.join()
        assert list(tmp_path.iterdir()) == []
        assert [each for each in threading.enumerate() if each.name.startswith("apikley")] == []


def test_ctrl_c_is_heard_while_every_server_is_silent(tmp_path):
    """Of a blocking client: an awaiting one is cancelled."""
    with (
        dripping(says=b"HTTP/1.1 200", every=0.001) as server,
        Apikley(KEY, base_url=server.address) as client,
    ):
        interrupter = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        interrupter.start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt) as caught:
            collected(client, finished(server.address, "a", "b"), tmp_path / "a.png")
        assert time.monotonic() - began < 5
        assert "task_1 is not lost" in caught.value.__notes__[0]
    assert list(tmp_path.iterdir()) == []
