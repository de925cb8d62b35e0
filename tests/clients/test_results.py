"""Results by real connections: whole, from no other machine than they should be, under no name of the server's."""

import asyncio
import hashlib
import socket
import threading
from contextlib import suppress

import pytest
from attrs import define, field

from apikley import AnswerUnreadable, flows
from apikley.retrying import Retry
from apikley.tasks import Task
from clients.harness import KEY
from unit.playing import PNG
from unit.test_arriving import JPEG, WEBP


@define
class Scripted:
    """A server that gives each connection the next answer and closes it."""

    answers: list[bytes] = field(factory=list)
    requests: list[str] = field(factory=list)
    port: int = 0

    def serve(self, listener: socket.socket) -> None:
        with suppress(OSError):  # closed by the test
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    heard = connection.recv(65536)
                    self.requests.append(heard.decode("latin-1"))
                    if heard:
                        connection.sendall(self.answers.pop(0))

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/{path}"


@pytest.fixture
def server():
    server = Scripted()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listener,))
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def says(body: bytes, status: str = "200 OK", **headers: object) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def collected(client, url, to):
    task = Task(id="task_1", state="success", result_urls=(url,))
    played = client._driver.run(flows.collect(task, to))
    return client._runner.run(played) if asyncio.iscoroutine(played) else played


@pytest.fixture(autouse=True)
def few_attempts(monkeypatch):
    monkeypatch.setattr("apikley.collecting.DOWNLOAD", Retry(3, 0.001, 0.001))
    monkeypatch.setattr("apikley.collecting.READ", Retry(1, 0.001, 0.001))


@pytest.mark.parametrize("content", [PNG, JPEG, WEBP], ids=["png", "jpeg", "webp"])
def test_a_connection_that_closes_too_early_is_no_end(content, opens, server, tmp_path):
    """Without a length, that is how an answer ends."""
    server.answers = [says(content[:-5]), says(content[:2]), says(content)]
    with opens(KEY, base_url=server.url("")) as client:
        edit = collected(client, server.url("1"), tmp_path / "a")

    assert edit.images[0].read() == content
    assert len(server.requests) == 3
    assert len([*tmp_path.iterdir()]) == 1


@pytest.mark.parametrize("name", [None, "a.png"])
def test_a_connection_that_breaks_is_gone_on_with_by_the_next_one(name, opens, server, tmp_path):
    whole = {"etag": '"v1"', "content_length": len(PNG)}
    rest = {
        "etag": '"v1"',
        "content_length": len(PNG) - 30,
        "content_range": f"bytes 30-{len(PNG) - 1}/{len(PNG)}",
    }
    server.answers = [says(PNG[:30], **whole), says(PNG[30:], "206 Partial Content", **rest)]
    with opens(KEY, base_url=server.url("")) as client:
        edit = collected(client, server.url("1"), name and tmp_path / name)

    assert edit.images[0].read() == PNG
    assert edit.images[0].sha256 == hashlib.sha256(PNG).hexdigest()
    assert 'range: bytes=30-\r\nif-range: "v1"' in server.requests[1].lower()


def test_a_result_has_no_name_of_the_server_s(opens, server, tmp_path):
    server.answers = [
        says(PNG, content_disposition='attachment; filename="../../evil.sh"', content_type="text/x-sh")
    ]
    with opens(KEY, base_url=server.url("")) as client:
        edit = collected(client, server.url("..%2f..%2fevil.sh"), f"{tmp_path}/in/")

    assert edit.paths == (tmp_path / "in" / "task_1.png",)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.fixture
def names(monkeypatch):
    """Every name stands for this machine."""
    look_up = socket.getaddrinfo

    def local(host, *rest, **named):
        name = host.decode() if isinstance(host, bytes) else host
        return look_up("127.0.0.1" if str(name).endswith(".test") else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", local)


@pytest.mark.usefixtures("names")
def test_a_redirect_to_a_name_that_stands_for_a_private_address_is_not_followed(opens, server, tmp_path):
    """The API is at home, so its own host may be; no other."""
    inner = f"https://inner.test:{server.port}/secret.png"
    server.answers = [says(b"", "302 Found", location=inner), *[says(b"no", "500 no")] * 2]
    with opens(KEY, base_url=server.url("", "box.test")) as client, pytest.raises(AnswerUnreadable) as caught:
        collected(client, server.url("1.png", "box.test"), tmp_path / "a.png")

    assert "private address: inner.test is 127.0.0.1" in str(caught.value)
    assert "" in server.requests
    assert not any("secret" in request for request in server.requests)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("names")
def test_a_redirect_to_plain_http_elsewhere_is_not_followed(opens, server, tmp_path):
    server.answers = [
        says(b"", "302 Found", location=server.url("secret.png", "inner.test")),
        *[says(b"no", "500 no")] * 2,
    ]
    with (
        opens(KEY, base_url=server.url("", "box.test")) as client,
        pytest.raises(AnswerUnreadable, match="not https"),
    ):
        collected(client, server.url("1.png", "box.test"), tmp_path / "a.png")

    assert not any("secret" in request for request in server.requests)
