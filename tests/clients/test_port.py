"""Both clients against a mock on a real port of this machine."""

import asyncio
import socket
import threading

import pytest

from apikley import Apikley, AsyncApikley, NotAuthenticated, SubmissionUnknown, Unreachable
from apikley.mock import Mock, polls, running
from clients.harness import KEY, SWIFT, hurried


@pytest.fixture(scope="module")
def served():
    mock = Mock(scenario=polls(2))
    with running(mock) as url:
        yield mock, url


@pytest.fixture
def client(opens, served):
    with opens(KEY, base_url=served[1], schedule=SWIFT) as client:
        yield client


def test_an_edit_goes_over_a_real_port(client, picture, tmp_path, caplog):
    caplog.set_level("DEBUG")

    edit = client.edit(picture, "сделай ночь", to=tmp_path / "ночь.png", num_images=2, image_size="square")

    assert [path.name for path in edit.paths] == ["ночь-1.png", "ночь-2.png"]
    assert "httpcore" in caplog.text
    assert KEY not in caplog.text


def test_a_wrong_key_is_told_over_a_real_port(opens, served):
    with opens("wrong", base_url=served[1]) as client, pytest.raises(NotAuthenticated):
        client.credits()


def test_nobody_there_is_told_and_nothing_is_in_doubt(opens):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with opens(KEY, base_url=f"http://127.0.0.1:{port}") as client, pytest.raises(Unreachable) as caught:
        client.submit("https://a.test/", "night")

    assert caught.value.maybe_sent is False


@pytest.fixture
def listener():
    """A server that answers each request with the next of `answers`, then hangs up; `got` counts."""
    server = Raw()
    yield server
    server.close()


class Raw:
    def __init__(self):
        self.answer = b""
        self.hold = 0.0
        self.got = 0
        self._done = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._done.set()
        self._server.close()

    def _serve(self):
        while not self._done.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                self.got += 1
                if self.answer:
                    connection.sendall(self.answer)
                self._done.wait(self.hold)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{",
        b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"code": 200, "data"',
        b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"cod',
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\0\0\0",
        b"HTTP/1.1 455 Maintenance?\r\ncontent-length: 0\r\n",
    ],
)
def test_whatever_comes_over_the_wire_a_request_is_sent_once(answer, opens, listener):
    listener.answer = answer
    with opens(KEY, base_url=listener.url) as client, pytest.raises(SubmissionUnknown):
        client.submit("https://a.test/", "night")

    assert listener.got == 1


def test_an_answer_that_never_comes_is_in_doubt(opens, listener):
    listener.hold = 5.0
    with (
        hurried(opens(KEY, base_url=listener.url), read=0.05) as client,
        pytest.raises(SubmissionUnknown, match="ReadTimeout"),
    ):
        client.submit("https://a.test/", "night")

    assert listener.got == 1


def test_threads_may_share_a_client(served, picture):
    mock, url = served
    before = len(mock.tasks)
    edits = []
    with Apikley(KEY, base_url=url, schedule=SWIFT) as client:

        def edit(number):
            edits.append(client.edit(picture, f"night {number}", image_size="square"))

        threads = [threading.Thread(target=edit, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

    assert len({edit.task_id for edit in edits}) == 6
    assert len(mock.tasks) == before + 6


def test_tasks_of_a_loop_may_share_a_client(served, picture):
    async def edit_all():
        async with AsyncApikley(KEY, base_url=served[1], schedule=SWIFT) as client:
            edits = (client.edit(picture, f"night {number}", image_size="square") for number in range(6))
            return await asyncio.gather(*edits)

    assert len({edit.task_id for edit in asyncio.run(edit_all())}) == 6


def test_a_wait_that_is_cancelled_leaves_the_client_usable(served, picture):
    async def interrupt():
        async with AsyncApikley(KEY, base_url=served[1]) as client:
            handle = await client.submit(picture, "night", image_size="square")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(handle.wait(), 0.05)
            return handle.id, (await client.task(handle.id).fetch()).id

    asked, fetched = asyncio.run(interrupt())
    assert asked == fetched
