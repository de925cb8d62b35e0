"""A link in an answer does not lead into the user's own network."""

import asyncio
import socket
import threading

import httpx
import pytest

from apikley.errors import AnswerUnreadable
from apikley.peers import Peers

OUTSIDE = Peers.of("https://api.apikley.ru")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.7",
        "172.16.1.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.7",
    ],
)
def test_a_private_address_is_refused_whatever_its_name(address):
    with pytest.raises(AnswerUnreadable, match="private address"):
        OUTSIDE.check("cdn.test", address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "/run/socket", ""])
def test_a_public_address_is_not(address):
    OUTSIDE.check("cdn.test", address)


@pytest.mark.parametrize(
    ("base_url", "host", "address"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1", "127.0.0.1"),
        ("http://localhost:8080", "other.localhost", "::1"),
        ("http://mock.lan:8080", "mock.lan", "10.0.0.7"),
    ],
)
def test_who_reaches_the_api_at_home_has_its_results_there(base_url, host, address):
    Peers.of(base_url).check(host, address)


def test_an_api_in_a_private_network_does_not_open_the_rest_of_it():
    with pytest.raises(AnswerUnreadable):
        Peers.of("http://mock.lan:8080").check("router.lan", "10.0.0.1")
    with pytest.raises(AnswerUnreadable):
        Peers.of("http://localhost:8080").check("router.lan", "10.0.0.1")


class Listener:
    """A server that takes what it gets until the other side is gone."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(10)
        self.heard = b""
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()
        return self

    def listen(self):
        connection, _ = self.socket.accept()
        with connection:
            connection.settimeout(10)
            self.heard = connection.recv(1000)

    def __exit__(self, *_):
        self.thread.join()
        self.socket.close()


def test_not_a_byte_is_sent_to_a_private_address():
    with Listener() as listener:
        url = f"http://localhost:{listener.socket.getsockname()[1]}/a.png"
        with (
            httpx.Client(event_hooks={"request": [OUTSIDE.attach]}) as client,
            pytest.raises(AnswerUnreadable),
        ):
            client.get(url)
    assert listener.heard == b""


def test_not_a_byte_is_sent_awaiting_either():
    async def main(url):
        async with httpx.AsyncClient(event_hooks={"request": [OUTSIDE.attach_awaiting]}) as client:
            with pytest.raises(AnswerUnreadable):
                await client.get(url)

    with Listener() as listener:
        asyncio.run(main(f"http://localhost:{listener.socket.getsockname()[1]}/a.png"))
    assert listener.heard == b""


def test_a_proxy_may_be_at_home():
    with Listener() as listener:
        proxy = f"http://localhost:{listener.socket.getsockname()[1]}"
        with (
            httpx.Client(event_hooks={"request": [OUTSIDE.attach]}, proxy=proxy, timeout=1) as client,
            pytest.raises(httpx.HTTPError),
        ):
            client.get("http://cdn.test/a.png")
    assert listener.heard.startswith(b"GET http://cdn.test/a.png")


def test_a_connection_that_was_made_for_us_is_used_again():
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
    peers = Peers.of("http://127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = []

        def serve():
            connection, _ = server.accept()
            made.append(connection)
            while connection.recv(65536):
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://localhost:{server.getsockname()[1]}"
        with httpx.Client(event_hooks={"request": [peers.attach]}) as client:
            assert [client.get(url).status_code for _ in range(3)] == [200] * 3
        thread.join(10)
        assert len(made) == 1
        made[0].close()
