"""Both clients against a mock on a real port of this machine."""

import asyncio
import functools
import gc
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context

import httpx
import pytest

from apikley import (
    Apikley,
    ApikleyError,
    AsyncApikley,
    NotAuthenticated,
    SubmissionUnknown,
    Timeouts,
    Unreachable,
)
from apikley.mock import Mock, MockTransport, polls, running
from clients.harness import KEY, ON_PORTS, OPENERS, SWIFT, Way
from clients.listening import Listening, says


@pytest.fixture(params=ON_PORTS)
def opens(request):
    """Opens a client of either kind, or one that is fast."""
    return ON_PORTS[request.param]


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
    """A server that gives each request the same `answer`, then hangs up."""
    server = Raw()
    yield server
    server.close()


class Raw(Listening):
    """A server that says some bytes to everybody, and then holds the connection."""

    def __init__(self):
        self.says = b""
        self.hold = 0.0
        self.requests = []
        self._done = threading.Event()
        super().__init__()

    def close(self):
        self._done.set()
        super().close()

    def answer(self, connection):
        self.requests.append(connection.recv(65536))
        connection.sendall(self.says)
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
        b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    ],
)
def test_whatever_comes_over_the_wire_a_request_is_sent_once(answer, opens, listener):
    listener.says = answer
    with opens(KEY, base_url=listener.url) as client, pytest.raises(SubmissionUnknown):
        client.submit("https://a.test/", "night")

    assert len(listener.requests) == 1


def test_an_answer_that_never_comes_is_in_doubt(opens, listener):
    listener.hold = 5.0
    with (
        opens(KEY, base_url=listener.url, timeouts=Timeouts(read=0.05)) as client,
        pytest.raises(SubmissionUnknown, match="ReadTimeout"),
    ):
        client.submit("https://a.test/", "night")

    assert len(listener.requests) == 1


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


class Held(httpx.AsyncBaseTransport):
    """Never answers requests whose path holds the name, and tells when one has come."""

    def __init__(self, mock, name):
        self._way = Way(mock)
        self._name = name
        self.is_reached = asyncio.Event()

    async def handle_async_request(self, request):
        if self._name in request.url.path:
            self.is_reached.set()
            await asyncio.sleep(600)
        return await self._way.handle_async_request(request)


async def cancelled(client, transport, job):
    """How a job ends that is cancelled once the transport is reached."""
    task = asyncio.create_task(job)
    await transport.is_reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    return caught.value


def test_who_cancels_a_submission_is_told_its_key():
    async def interrupt():
        transport = Held(Mock(), "createTask")
        async with AsyncApikley(KEY, transport=transport) as client:
            error = await cancelled(client, transport, client.edit("https://a.test/", "night"))
            return error.__notes__, client._driver.books.ledger.in_doubt()

    (note,), (submission,) = asyncio.run(interrupt())
    assert submission.state == "unknown"
    assert "createTask was under way" in note
    assert submission.key in note


@pytest.mark.parametrize("where", ["recordInfo", "/results/"])
def test_who_cancels_an_edit_later_is_told_the_id(where, tmp_path):
    mock = Mock(scenario=polls(0))

    async def interrupt():
        transport = Held(mock, where)
        async with AsyncApikley(KEY, transport=transport) as client:
            job = client.edit("https://a.test/", "night", to=tmp_path / "a.png", image_size="square")
            return (await cancelled(client, transport, job)).__notes__

    (note,) = asyncio.run(interrupt())
    assert next(iter(mock.tasks)).id in note
    assert list(tmp_path.iterdir()) == []


def test_who_cancels_between_two_questions_is_told_the_id():
    mock = Mock(scenario=polls(9))

    async def interrupt():
        async with AsyncApikley(KEY, transport=Way(mock)) as client:
            asked = asyncio.Event()

            def listen(event):
                if event.kind == "polled":
                    asyncio.get_running_loop().call_soon(asked.set)

            task = asyncio.create_task(client.edit("https://a.test/", "night", on_event=listen))
            await asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            return caught.value.__notes__

    (note,) = asyncio.run(interrupt())
    assert next(iter(mock.tasks)).id in note


def test_no_cookie_is_kept(opens, listener):
    body = b'{"code": 200, "msg": "success", "data": 7}'
    listener.says = (
        b"HTTP/1.1 200 OK\r\nset-cookie: session=1; path=/\r\nset-cookie: b=2; max-age=999\r\n"
        b"connection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    )
    url = listener.url.replace("127.0.0.1", "localhost")  # some keep no cookie of an address anyway
    with opens(KEY, base_url=url) as client:
        assert (client.credits(), client.credits()) == (7, 7)
        with pytest.raises(ApikleyError):
            client.task("7f3").fetch()
        assert len(client._driver._http.cookies) == 0

    assert len(listener.requests) == 3
    for request in listener.requests:
        assert b"\r\ncookie:" not in request.lower()


@pytest.mark.parametrize("opens", OPENERS.values(), ids=OPENERS)
def test_no_cookie_of_a_result_is_kept(opens, mock_with_cookies):
    with opens(KEY, transport=mock_with_cookies, schedule=SWIFT) as client:
        for _ in range(2):
            client.edit("https://a.test/", "night", image_size="square")

    assert len(mock_with_cookies.to("/results/")) == 2
    for request in mock_with_cookies.requests:
        assert "cookie" not in request.headers


@pytest.fixture
def mock_with_cookies():
    class Giving(Way):
        def _answer(self, request, fault):
            response = super()._answer(request, fault)
            response.headers["set-cookie"] = "session=1; path=/"
            return response

    return Giving(Mock(scenario=polls(0)))


# The connections of a loop that is gone can no longer be closed by it.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("fast", [False, True])
def test_an_awaiting_client_outlives_its_loop(fast, served, picture, caplog):
    client = AsyncApikley(KEY, base_url=served[1], schedule=SWIFT, fast=fast)

    handle = asyncio.run(client.submit(picture, "night", image_size="square"))
    edit = asyncio.run(handle.collect())
    asyncio.run(client.close())
    gc.collect()

    assert edit.task_id == handle.id
    assert "nclosed" not in caplog.text
    with pytest.raises(RuntimeError, match="this client is closed"):
        asyncio.run(client.credits())


@pytest.mark.parametrize("fast", [False, True])
def test_a_loop_that_runs_already_is_used(fast, served):
    """As in a notebook, whose cells are awaited one by one in the loop of the kernel."""

    async def kernel():
        client = AsyncApikley(KEY, base_url=served[1], fast=fast)
        cells = [asyncio.ensure_future(client.credits()) for _ in range(2)]
        left = [await cell for cell in cells]
        await asyncio.ensure_future(client.close())
        return left

    assert len(asyncio.run(kernel())) == 2


class Crowded(Listening):
    """A server that answers slowly and counts how many requests it has at once."""

    def __init__(self):
        self.now = self.most = 0
        self._lock = threading.Lock()
        super().__init__(at_once=True)

    def answer(self, connection):
        while connection.recv(65536):
            with self._lock:
                self.now += 1
                self.most = max(self.most, self.now)
            threading.Event().wait(0.05)
            with self._lock:
                self.now -= 1
            connection.sendall(says(b'{"code": 200, "msg": "success", "data": 7}'))


@pytest.fixture
def crowded():
    server = Crowded()
    yield server
    server.close()


@pytest.mark.parametrize("fast", [False, True])
def test_eight_requests_are_in_flight_at_most(fast, crowded):
    async def ask_all():
        async with AsyncApikley(KEY, base_url=crowded.url, fast=fast) as client:
            return await asyncio.gather(*(client.credits() for _ in range(24)))

    assert asyncio.run(ask_all()) == [7.0] * 24
    assert crowded.most == 8


def test_eight_requests_of_threads_are_in_flight_at_most(crowded):
    with Apikley(KEY, base_url=crowded.url) as client, ThreadPoolExecutor(24) as pool:
        assert [*pool.map(lambda _: client.credits(), range(24))] == [7.0] * 24

    assert 1 < crowded.most <= 8  # how many threads get so far is the machine's affair


def test_a_submission_that_is_cancelled_in_the_queue_for_a_connection_is_in_no_doubt():
    mock = Mock()
    mock.fail_next("hang", times=8)

    async def queue_up(url):
        async with AsyncApikley(KEY, base_url=url, max_credits=2.5) as client:
            hanging = [asyncio.create_task(client.credits()) for _ in range(8)]
            await asyncio.sleep(0.2)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await client.submit("https://a.test/", "night")
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
            assert client.in_doubt() == []
            await client.submit("https://a.test/", "night")  # the budget was given back

    with running(mock) as url:
        asyncio.run(queue_up(url))
    assert len(mock.tasks) == 1


def test_events_may_be_taken_each_in_a_context_of_its_own(served):
    """As of a thread pool behind a response that streams, or of a task for each."""

    async def each_in_a_task():
        async with AsyncApikley(KEY, base_url=served[1], schedule=SWIFT) as client:
            events = (await client.submit("https://a.test/", "night")).events()
            return [event async for event in _in_tasks(events)]

    with Apikley(KEY, base_url=served[1], schedule=SWIFT) as client:
        events = client.submit("https://a.test/", "night").events()
        taken = [*iter(lambda: copy_context().run(next, events, None), None)]
    assert [event.task.state for event in taken] == [
        event.task.state for event in asyncio.run(each_in_a_task())
    ]


async def _in_tasks(events):
    with suppress(StopAsyncIteration):
        while True:
            yield await asyncio.create_task(anext(events))


@pytest.mark.parametrize("wrap", [lambda _: lambda put: put, functools.wraps])
def test_who_stands_in_the_way_of_httpx_may_have_sent_what_is_cancelled(monkeypatch, wrap):
    mock = Mock()
    own = httpx.AsyncHTTPTransport.handle_async_request

    @wrap(own)
    async def accept(_, request):
        await MockTransport(mock).handle_async_request(request)
        await asyncio.sleep(60)

    async def cancel():
        async with AsyncApikley(KEY) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.submit("https://a.test/", "night", key="k"), 0.2)
            return [doubt.key for doubt in client.in_doubt()]

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", accept)
    assert asyncio.run(cancel()) == ["k"]
    assert len(mock.tasks) == 1
