"""Proxies, certificates, timeouts and an httpx client of the user's own: what of them holds for which request."""

import asyncio
import base64
import socket
import ssl
import threading
from pathlib import Path

import httpx
import pytest

from apikley import (
    AnswerUnreadable,
    Apikley,
    InvalidRequest,
    NotAuthenticated,
    RequestRefused,
    SubmissionUnknown,
    Timeouts,
    Unreachable,
    connections,
    transports,
)
from apikley.borrowing import AsyncBorrowed, Borrowed
from apikley.ledger import MemoryLedger
from apikley.mock import Mock, MockTransport, polls, running
from apikley.retrying import is_passing
from apikley.schedule import PollSchedule, Stage
from apikley.settings import Settings
from clients.harness import KEY, ON_PORTS, SWIFT, Way, only_says
from clients.listening import Listening, says

TLS = Path(__file__).parents[1] / "data" / "tls"
CERTIFICATE = TLS / "loopback.pem"
LINK = "https://pictures.test/street.jpg"
KINDS = {"Apikley": httpx.Client, "AsyncApikley": httpx.AsyncClient}


@pytest.fixture
def on_port(request):
    return ON_PORTS[request.param]


each_on_port = pytest.mark.parametrize("on_port", ON_PORTS, indirect=True)


class Lender:
    """A client of the user's own over a way to the mock, of the kind that fits."""

    def __init__(self, kind, way):
        self.kind = kind
        self.way = way
        self.heard = []

    def __call__(self, **options):
        async def hear_awaiting(message):
            self.heard.append(message)

        hook = hear_awaiting if self.kind is httpx.AsyncClient else self.heard.append
        options = {"transport": self.way, "event_hooks": {"request": [hook], "response": [hook]}} | options
        return self.kind(**options)


@pytest.fixture
def lends(request, way):
    return Lender(KINDS[request.node.callspec.params["opens"]], way)


def test_a_client_of_one_s_own_carries_every_request(opens, lends, way):
    with opens(KEY, http_client=lends(), schedule=SWIFT) as client:
        assert client.edit(LINK, "night", image_size="square").images

    assert [request.url.path.rpartition("/")[2] for request in way.requests][:2] == [
        "createTask",
        "recordInfo",
    ]
    assert len(way.to("/results/")) == 1
    assert len(lends.heard) == 2 * len(way.requests)


def test_its_headers_and_its_auth_go_to_the_api_and_not_to_results(opens, lends, way):
    def sign(request):
        request.headers["x-signed"] = "by me"
        return request

    own = lends(headers={"x-gateway": "5ecret", "user-agent": "mine"}, auth=sign)
    with opens(KEY, http_client=own, schedule=SWIFT) as client:
        client.edit(LINK, "night", image_size="square")

    for request in way.requests:
        is_for_results = "/results/" in request.url.path
        assert ("x-gateway" in request.headers) is not is_for_results
        assert ("x-signed" in request.headers) is not is_for_results
        assert ("authorization" in request.headers) is not is_for_results
        assert request.headers["user-agent"].startswith("apikley/")
        assert "cookie" not in request.headers


def test_its_auth_does_not_take_the_place_of_the_key(opens, lends, way):
    with opens(KEY, http_client=lends(auth=("me", "5ecret"))) as client:
        client.credits()

    (request,) = way.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_a_client_of_one_s_own_is_not_closed_and_nothing_is_set_in_it(opens, lends):
    own = lends(headers={"x-mine": "1"}, timeout=7)
    before = (dict(own.headers), own.timeout, own.base_url, own.auth, dict(own.event_hooks))
    with opens(KEY, http_client=own, schedule=SWIFT) as client:
        client.credits()

    assert (dict(own.headers), own.timeout, own.base_url, own.auth, dict(own.event_hooks)) == before
    assert not own.is_closed


def test_timeouts_stay_ours_with_a_client_of_one_s_own(opens, lends, way):
    with opens(KEY, http_client=lends(timeout=None), timeouts=Timeouts(read=1.5)) as client:
        client.credits()

    (request,) = way.requests
    assert request.extensions["timeout"] == {"connect": 5.0, "read": 1.5, "write": 30.0, "pool": 60.0}


def test_a_client_of_one_s_own_follows_no_redirect(opens, lends, way, mock):
    away = httpx.Response(307, headers={"location": "https://elsewhere.test/"}, stream=httpx.ByteStream(b""))
    way.faults["createTask"] = [lambda deliver: away]
    with (
        opens(KEY, http_client=lends(follow_redirects=True)) as client,
        pytest.raises(SubmissionUnknown, match="redirect"),
    ):
        client.submit(LINK, "night")

    assert len(way.requests) == 1


def test_a_client_of_one_s_own_does_not_follow_a_result_to_where_it_may_not_be(opens, lends, way):
    away = only_says(b"", 302, location="http://cdn.test/1.png")
    way.faults["/results/"] = [away] * 9
    with (
        opens(KEY, http_client=lends(follow_redirects=True), schedule=SWIFT) as client,
        pytest.raises(AnswerUnreadable, match="not https"),
    ):
        client.edit(LINK, "night", image_size="square")

    assert {request.url.host for request in way.requests} == {"api.apikley.ru"}


def test_an_answer_may_put_cookies_into_a_client_of_one_s_own_and_none_are_sent(opens, lends, way):
    answer = only_says(b'{"code": 200, "msg": "success", "data": 7.5}', set_cookie="seen=1")
    way.faults["credit"] = [answer] * 2
    own = lends()
    with opens(KEY, http_client=own) as client:
        client.credits()
        client.credits()

    assert own.cookies["seen"] == "1"
    assert not [request for request in way.requests if "cookie" in request.headers]


@pytest.fixture
def at_home():
    """A machine in the user's own network, and what it was asked."""
    mock = Mock()
    with running(mock) as url:
        yield url.replace("127.0.0.1", "localhost"), mock.requests


@pytest.mark.parametrize("is_open", [False, True], ids=["new connection", "open connection"])
def test_a_result_at_home_is_not_asked_for_by_a_client_of_one_s_own(is_open, at_home):
    url, asked = at_home
    with httpx.Client() as own:
        if is_open:
            own.get(url)
        before = len(asked)
        plain = connections.open_plain(Settings(api_key=KEY), Borrowed(own))
        if is_open:
            with pytest.raises(Unreachable, match="somebody else has made"):
                plain.get(f"{url}/1.png")
        with pytest.raises(AnswerUnreadable, match="private address"):
            plain.get(f"{url}/1.png")
        assert len(asked) == before


@pytest.mark.parametrize("is_open", [False, True], ids=["new connection", "open connection"])
def test_a_result_at_home_is_not_awaited_from_a_client_of_one_s_own(is_open, at_home):
    url, asked = at_home

    async def ask():
        async with httpx.AsyncClient() as own:
            if is_open:
                await own.get(url)
            before = len(asked)
            plain = connections.open_async_plain(Settings(api_key=KEY), AsyncBorrowed(own))
            if is_open:
                with pytest.raises(Unreachable, match="somebody else has made"):
                    await plain.get(f"{url}/1.png")
            with pytest.raises(AnswerUnreadable, match="private address"):
                await plain.get(f"{url}/1.png")
            return len(asked) - before

    assert asyncio.run(ask()) == 0


def test_a_connection_that_one_of_two_has_made_serves_the_other_as_well(at_home):
    url, asked = at_home
    settings = Settings(api_key=KEY, base_url="http://127.0.0.1")
    with httpx.Client() as own:
        for _ in range(2):
            plain = connections.open_plain(settings, Borrowed(own))
            assert plain.get(f"{url}/1.png").status_code == 404
    assert len(asked) == 2


def test_a_hook_may_read_the_answers(opens, lends, way):
    async def read_awaiting(response):
        await response.aread()

    hook = read_awaiting if lends.kind is httpx.AsyncClient else httpx.Response.read
    with opens(KEY, http_client=lends(event_hooks={"response": [hook]}), schedule=SWIFT) as client:
        edit = client.edit(LINK, "night", image_size="square")

    assert edit.images[0].size > 1000


@pytest.mark.parametrize("reads", [False, True], ids=["closed unread", "read"])
def test_a_hook_that_raises_for_the_status_hides_no_answer(reads, opens, lends, way):
    way.faults["createTask"] = [only_says(b'{"code": 401, "msg": "wrong key"}', 401)]

    def check(response):
        if reads:
            response.read()
        response.raise_for_status()

    async def check_awaiting(response):
        if reads:
            await response.aread()
        response.raise_for_status()

    hook = check_awaiting if lends.kind is httpx.AsyncClient else check
    with opens(KEY, http_client=lends(event_hooks={"response": [hook]})) as client:
        with pytest.raises(NotAuthenticated, match="wrong key" if reads else "no reason given"):
            client.submit(LINK, "night")
        assert client.in_doubt() == []


def test_what_a_hook_has_against_another_answer_is_no_answer(opens, lends, way):
    other = httpx.Response(401, request=httpx.Request("GET", "https://tokens.test/"))

    async def ask_awaiting(_):
        other.raise_for_status()

    hook = ask_awaiting if lends.kind is httpx.AsyncClient else lambda _: other.raise_for_status()
    with (
        opens(KEY, http_client=lends(event_hooks={"response": [hook]})) as client,
        pytest.raises(SubmissionUnknown),
    ):
        client.submit(LINK, "night")


def test_a_client_that_its_owner_has_closed_leaves_nothing_in_doubt(opens, lends):
    own, ledger = lends(), MemoryLedger()
    with opens(KEY, http_client=own, ledger=ledger) as client:
        asyncio.run(own.aclose()) if isinstance(own, httpx.AsyncClient) else own.close()
        with pytest.raises(RuntimeError, match="http_client is closed"):
            client.submit(LINK, "night", key="a")

    assert ledger.find("a") is None


def test_nobody_there_leaves_nothing_in_doubt_with_a_client_of_one_s_own(opens, lends, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    own = lends.kind()
    with opens(KEY, base_url=url, http_client=own) as client:
        with pytest.raises(Unreachable):
            client.submit(LINK, "night")
        assert client.in_doubt() == []


class Retrying(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends again by itself, to where nobody is any more."""

    def __init__(self, own):
        self._own = own
        self.sent = 0

    def handle_request(self, request):
        self.sent += 1
        try:
            return self._own.handle_request(request)
        except httpx.ReadError:
            raise httpx.ConnectError("refused") from None

    async def handle_async_request(self, request):
        self.sent += 1
        try:
            return await self._own.handle_async_request(request)
        except httpx.ReadError:
            raise httpx.ConnectError("refused") from None


def test_a_transport_that_lost_an_answer_and_says_it_never_connected_leaves_a_doubt(opens, lends):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def hang_up():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset

        threading.Thread(target=hang_up, daemon=True).start()
        plain = httpx.AsyncHTTPTransport if lends.kind is httpx.AsyncClient else httpx.HTTPTransport
        way = Retrying(plain())
        times = Timeouts(read=1)
        with (
            opens(KEY, base_url=url, transport=way, timeouts=times) as client,
            pytest.raises(SubmissionUnknown),
        ):
            client.submit(LINK, "night")

    assert way.sent == 1


class Silent(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Tells no step. It sends, and what it says of the lost answer is what others say of a connection never made."""

    def __init__(self, way, error):
        self._way = way
        self._error = error

    def handle_request(self, request):
        MockTransport(self._way.mock).handle_request(request)
        raise self._error

    async def handle_async_request(self, request):
        await request.aread()
        return self.handle_request(request)


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("reset"), httpx.ConnectTimeout("ended"), httpx.ProxyError("closed")],
    ids=repr,
)
def test_a_silent_transport_is_not_believed_that_it_never_connected(error, opens, way):
    with opens(KEY, transport=Silent(way, error)) as client:
        with pytest.raises(SubmissionUnknown):
            client.submit(LINK, "night", key="a")
        assert [each.key for each in client.in_doubt()] == ["a"]

    assert len(way.mock.tasks) == 1


def test_what_is_made_of_a_transport_of_httpx_may_be_as_silent(way):
    class Other(httpx.HTTPTransport):
        def handle_request(self, request):
            MockTransport(way.mock).handle_request(request)
            raise httpx.ConnectError("reset")

    with Apikley(KEY, transport=Other()) as client, pytest.raises(SubmissionUnknown):
        client.submit(LINK, "night")

    assert len(way.mock.tasks) == 1


def test_what_the_answers_of_a_test_say_of_connections_is_believed(opens):
    tries = []

    def answer(request):
        tries.append(request)
        if len(tries) < 3:
            raise httpx.ConnectError("refused")
        return MockTransport(Mock()).handle_request(request)

    with opens(KEY, transport=httpx.MockTransport(answer)) as client:
        client.submit(LINK, "night")

    assert len(tries) == 3


@pytest.mark.parametrize("argument", ["transport", "http_client"])
def test_what_is_no_way_to_send_is_refused_at_once(argument, opens):
    with pytest.raises(TypeError, match=f"{argument} must be an httpx"):
        opens(KEY, **{argument: "https://proxy.test"})


def test_the_other_kind_of_client_is_refused_at_once(opens, lends):
    other = httpx.Client if lends.kind is httpx.AsyncClient else httpx.AsyncClient
    with pytest.raises(TypeError, match="http_client must be an httpx"):
        opens(KEY, http_client=other())


def test_two_ways_at_once_are_refused(opens, lends, way):
    with pytest.raises(TypeError, match="exclude each other"):
        opens(KEY, http_client=lends(), transport=way)


@pytest.mark.parametrize("argument", [{"proxy": "http://proxy.test"}, {"verify": CERTIFICATE}], ids=str)
def test_a_proxy_or_certificates_beside_a_way_of_one_s_own_are_refused(argument, opens, lends, way):
    with pytest.raises(TypeError, match="give them to the http_client"):
        opens(KEY, http_client=lends(), **argument)
    with pytest.raises(TypeError, match="give them to the transport"):
        opens(KEY, transport=way, **argument)


def test_timeouts_hold_for_the_api_and_for_results(opens, way):
    patient = PollSchedule((Stage(600, 0.001),))  # which is what else bounds a question
    with opens(KEY, transport=way, schedule=patient, timeouts=Timeouts(connect=1, read=2)) as client:
        client.edit(LINK, "night", image_size="square")

    assert way.to("/results/")
    for request in way.requests:
        times = request.extensions["timeout"]
        assert (times["connect"], times["read"]) == (1, 2)


class Secure(Listening):
    """A server that speaks TLS and says 7 to everybody."""

    scheme = "https"

    def _listen(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE, TLS / "loopback.key.pem")
        return context.wrap_socket(super()._listen(), server_side=True)

    def answer(self, connection):
        if connection.recv(65536):
            connection.sendall(says(b'{"code": 200, "msg": "success", "data": 7}', b"connection: close"))


@pytest.fixture(scope="module")
def secure():
    server = Secure()
    yield server.url
    server.close()


@pytest.fixture
def fresh_context():
    transports._ssl_context.cache_clear()
    yield
    transports._ssl_context.cache_clear()


@each_on_port
def test_who_is_not_known_is_not_given_the_key(on_port, secure):
    with on_port(KEY, base_url=secure) as client:
        with pytest.raises(Unreachable, match=r"(?i)certificate") as caught:
            client.submit(LINK, "night")
        assert client.in_doubt() == []
    assert not is_passing(caught.value)


@each_on_port
@pytest.mark.parametrize("trusted", [str, Path, lambda path: ssl.create_default_context(cafile=path)])
def test_certificates_of_one_s_own_are_trusted(trusted, on_port, secure):
    with on_port(KEY, base_url=secure, verify=trusted(CERTIFICATE)) as client:
        assert client.credits() == 7


@each_on_port
def test_certificates_that_the_environment_names_are_trusted(on_port, secure, monkeypatch, fresh_context):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with on_port(KEY, base_url=secure) as client:
        assert client.credits() == 7


def test_all_clients_share_the_certificates_and_none_reads_them_before_it_sends(
    opens, monkeypatch, fresh_context
):
    read = []
    whole = httpx.create_ssl_context
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: read.append(1) or whole())
    url = "http://127.0.0.1:1"
    with opens(KEY, base_url=url) as one, opens(KEY, base_url=url) as other:
        assert read == []
        for client in (one, other):
            with pytest.raises(Unreachable):
                client.credits()

    assert read == [1]


class Relay(Listening):
    """An http proxy that knows one way, and keeps what it was asked."""

    def __init__(self, url):
        self.asked = []
        self._to = httpx.URL(url)
        super().__init__(at_once=True)

    def answer(self, connection):
        with socket.create_connection((self._to.host, self._to.port)) as service:
            head = connection.recv(65536)
            self.asked.append(head)
            words = head.split(b" ", 2)
            path = httpx.URL(words[1].decode()).raw_path
            service.sendall(b" ".join((words[0], path, words[2].replace(b"keep-alive", b"close"))))
            connection.settimeout(5)
            pump = threading.Thread(target=self._copy, args=(connection, service), daemon=True)
            pump.start()
            self._copy(service, connection)
            connection.shutdown(socket.SHUT_RDWR)
            pump.join(5)

    def _copy(self, source, target):
        try:
            while piece := source.recv(65536):
                target.sendall(piece)
        except OSError:
            return


@pytest.fixture
def relay():
    with running(Mock(scenario=polls(0))) as url:
        relay = Relay(url)
        yield relay
        relay.close()


# Nobody has this address; only the proxy knows the way.
NOWHERE = "http://api.nowhere.test"


@each_on_port
def test_a_proxy_carries_the_requests_to_the_api(on_port, relay):
    with on_port(KEY, base_url=NOWHERE, proxy=f"http://me:5ecret@{relay.address}") as client:
        assert client.credits() == 1000

    (head,) = relay.asked
    assert head.startswith(b"GET http://api.nowhere.test/")
    credentials = base64.b64encode(b"me:5ecret")
    assert b"proxy-authorization: basic " + credentials.lower() in head.lower()


class Refusing(Listening):
    """A proxy that says one thing to everybody, and keeps what it was asked."""

    def __init__(self):
        self.says = b""
        self.asked = []
        super().__init__()

    def answer(self, connection):
        self.asked.append(connection.recv(65536).split(b" ")[0])
        connection.sendall(self.says)


@pytest.fixture
def refusing():
    proxy = Refusing()
    yield proxy
    proxy.close()


@each_on_port
@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"])
def test_a_proxy_that_makes_no_tunnel_leaves_nothing_in_doubt(says, on_port, refusing):
    refusing.says = says
    with on_port(KEY, base_url="https://api.nowhere.test", proxy=refusing.url) as client:
        with pytest.raises(Unreachable):
            client.submit(LINK, "night")
        assert client.in_doubt() == []

    assert {*refusing.asked} == {b"CONNECT"}


def test_nor_does_the_proxy_of_a_client_of_one_s_own(opens, lends, refusing):
    refusing.says = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"
    own = lends.kind(proxy=refusing.url)
    with opens(KEY, base_url="https://api.nowhere.test", http_client=own) as client:
        with pytest.raises(Unreachable):
            client.submit(LINK, "night")
        assert client.in_doubt() == []


@each_on_port
def test_a_proxy_that_wants_to_be_told_who_asks_leaves_nothing_in_doubt(on_port, refusing):
    refusing.says = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
    with on_port(KEY, base_url=NOWHERE, proxy=refusing.url) as client:
        with pytest.raises(RequestRefused):
            client.submit(LINK, "night")
        assert client.in_doubt() == []


@each_on_port
def test_a_proxy_that_the_environment_names_is_heeded(on_port, relay, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://{relay.address}")
    with on_port(KEY, base_url=NOWHERE) as client:
        assert client.credits() == 1000

    assert len(relay.asked) == 1


@each_on_port
def test_a_proxy_is_left_out_where_the_environment_says_so(on_port, relay, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://{relay.address}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(Mock()) as url, on_port(KEY, base_url=url) as client:
        assert client.credits() == 1000

    assert relay.asked == []


@each_on_port
def test_the_password_of_a_proxy_is_in_no_repr_and_no_error(on_port):
    client = on_port(KEY, base_url=NOWHERE, proxy="http://me:5ecret@127.0.0.1:1")
    with client, pytest.raises(Unreachable) as caught:
        client.credits()

    assert "5ecret" not in repr((client._driver._settings, caught.value, vars(caught.value)))


@each_on_port
def test_an_odd_proxy_in_the_environment_leaves_no_submission_in_doubt(on_port, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    ledger = MemoryLedger()

    def submit():
        with on_port(KEY, base_url=NOWHERE, ledger=ledger) as client:
            client.submit(LINK, "night", key="a")

    with pytest.raises((ImportError, InvalidRequest)):  # the fast one refuses it at once
        submit()

    assert ledger.find("a") is None


def test_a_way_to_the_mock_is_still_a_way(opens):
    way = Way(Mock())
    with opens(KEY, transport=way) as client:
        assert client.credits() == 1000
