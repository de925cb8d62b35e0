"""How one reaches the mock."""

import asyncio
import json
import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from apikley.mock import App, Mock, MockTransport, running
from apikley.mock.requests import MAXIMUM_BODY

API = "https://api.apikley.ru"
KEY = {"authorization": "Bearer sk-test-1"}
WISH = {"model": "qwen/image-edit", "input": {"prompt": "a", "image_url": "https://example.com/a.jpg"}}
CREATE = "/api/v1/jobs/createTask"
STREAM = "/file-upload/api/file-stream-upload"


def test_a_blocking_client_reaches_it_without_a_port():
    with httpx.Client(transport=MockTransport(Mock()), base_url=API, headers=KEY) as client:
        assert client.post(CREATE, json=WISH).json()["code"] == 200
        upload = client.post(
            STREAM, files={"file": ("a.jpg", b"\xff\xd8\xff")}, data={"uploadPath": "images"}
        )
        assert client.get(upload.json()["data"]["downloadUrl"]).content == b"\xff\xd8\xff"
        with client.stream("GET", "/nowhere") as response:
            assert response.status_code == 404
            assert response.read()


def test_an_async_client_reaches_it_without_a_port():
    async def main():
        async def pieces():
            yield b'{"base64Data": "iVBORw0KGgo=",'
            yield b'"uploadPath": "images"}'

        transport = MockTransport(Mock())
        async with httpx.AsyncClient(transport=transport, base_url=API, headers=KEY) as client:
            json_headers = {"content-type": "application/json"}
            path = "/file-upload/api/file-base64-upload"
            upload = await client.post(path, content=pieces(), headers=json_headers)
            return await client.get(upload.json()["data"]["downloadUrl"])

    assert asyncio.run(main()).headers["content-type"] == "image/png"


def test_an_asgi_client_reaches_it():
    async def main():
        transport = httpx.ASGITransport(App(Mock()))
        async with httpx.AsyncClient(transport=transport, base_url="http://mock:80", headers=KEY) as client:
            created = await client.post(CREATE, json=WISH)
            too_much = await client.post(
                CREATE, content=b" " * (MAXIMUM_BODY + 1) + json.dumps(WISH).encode()
            )
            return created, too_much

    created, too_much = asyncio.run(main())
    assert (created.status_code, too_much.status_code) == (200, 400)


def test_a_server_thread_serves_results_under_its_own_address():
    with running(Mock()) as base_url, httpx.Client(base_url=base_url, headers=KEY) as client:
        task_id = client.post(CREATE, json=WISH).json()["data"]["taskId"]
        for _ in range(4):
            record = client.get("/api/v1/jobs/recordInfo", params={"taskId": task_id}).json()["data"]
        [link] = json.loads(record["resultJson"])["resultUrls"]
        assert link.startswith(base_url)
        assert httpx.get(link).content.startswith(b"\x89PNG")
        assert client.head(link).headers["content-type"] == "image/png"


def test_two_servers_live_side_by_side_and_their_ports_are_free_again():
    with running(Mock()) as one, running(Mock()) as other:
        assert one != other
    with pytest.raises(httpx.ConnectError):
        httpx.get(one)


def test_threads_share_a_mock():
    mock = Mock(credits=1e9)

    def create():
        with httpx.Client(transport=MockTransport(mock), base_url=API, headers=KEY) as client:
            for _ in range(50):
                client.post(CREATE, json=WISH).raise_for_status()

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mock.tasks) == 400
    assert mock.credits == 1e9 - 400 * 2.5


SERVE = """
import signal, threading
from apikley.mock import Mock, serve
serve(Mock(), ready=lambda url: print(url, flush=True))
print("stopped")
"""


def test_a_server_says_where_it_is_and_stops_when_asked():
    with subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/nowhere").status_code == 404
        process.terminate()
        assert process.communicate(timeout=10)[0].strip() == "stopped"
    assert process.returncode == 0


def test_a_port_that_is_taken_is_an_error():
    with running(Mock()) as url, pytest.raises(OSError, match="in use"), running(Mock(), port=int(url[-5:])):
        pass


LAZY = """
import sys
import apikley.mock
from apikley.mock import Mock, polls, Request
Mock().handle(Request("GET", "/api/v1/chat/credit"))
print(sorted({"httpx", "uvicorn", "PIL", "apikley_generated", "asyncio"} & sys.modules.keys()))
"""


def test_whoever_only_asks_the_mock_imports_no_client_no_server_and_no_pictures():
    out = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


MISSING = """
import sys
sys.modules["orjson"] = None
from apikley.mock import Mock
"""


def test_a_missing_package_is_told_with_the_command_that_brings_it():
    error = subprocess.run(
        [sys.executable, "-c", MISSING], capture_output=True, text=True, check=False
    ).stderr
    assert "ImportError: the mock needs orjson, which is not installed: pip install 'apikley[mock]'" in error


def test_the_head_of_an_answer_and_its_body_are_sent_in_one_go():
    with running(Mock()) as url, _connected(url) as door:
        door.sendall(
            b"GET /api/v1/chat/credit HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sk-test-1\r\n\r\n"
        )
        head, _, body = door.recv(65536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(body)["code"] == 200


def test_a_client_that_asks_first_whether_to_send_a_body_is_told_so():
    asked = b"POST /api/v1/jobs/createTask HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with running(Mock()) as url, _connected(url) as door:
        door.sendall(asked)
        assert door.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        door.sendall(b"{}")
        assert door.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_an_answer_without_a_body_is_sent_too():
    with running(Mock()) as url, _connected(url) as door:
        door.sendall(b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert door.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


# Under a server that is not ours.


@contextmanager
def plain(mock, **settings):
    """The address of the mock under uvicorn as anybody runs it."""
    server = uvicorn.Server(uvicorn.Config(App(mock), log_level="critical", **settings))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def broken(url):
    """All that comes back of a request, and whether a reset ends it."""
    with _connected(url) as door:
        door.sendall(
            b"GET /api/v1/chat/credit HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sk-test-1\r\n\r\n"
        )
        said = b""
        try:
            while piece := door.recv(65536):
                said += piece
        except ConnectionResetError:
            return said, True
    return said, False


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="the system lists no connections of a process")
@pytest.mark.parametrize("http", ["h11", "httptools"])
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_any_server_breaks_a_connection_without_an_answer(http, loop):
    if loop == "uvloop":
        pytest.importorskip("uvloop")
    mock = Mock()
    with plain(mock, http=http, loop=loop) as url:
        for fault in ("reset-before", "reset-after"):
            mock.fail_next(fault)
            assert broken(url) == (b"", True)
        mock.fail_next("truncated")
        said, _ = broken(url)
        assert httpx.get(f"{url}/api/v1/chat/credit", headers=KEY).status_code == 200
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert 0 < len(body) < int(re.search(rb"content-length: (\d+)", head)[1])


def test_a_connection_that_cannot_be_found_is_an_error():
    async def main():
        mock = Mock()
        mock.fail_next("reset-before")
        transport = httpx.ASGITransport(App(mock))
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            await client.get("/api/v1/chat/credit")

    with pytest.raises(ConnectionResetError):
        asyncio.run(main())


def _connected(url):
    return socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5)
