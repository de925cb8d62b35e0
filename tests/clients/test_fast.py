"""The fast way beside httpx's own: the same faults on a real port come to the same, and no more than one task."""

import asyncio
import builtins
import ssl
import time

import httpx
import pytest

from apikley import ApikleyError, AsyncApikley, SubmissionMoved, Timeouts, Unreachable
from apikley.fast import FastTransport
from apikley.ledger import MemoryLedger
from apikley.mock import Mock, polls, running
from apikley.testing import in_memory
from clients.harness import KEY, SWIFT, Way
from clients.listening import Listening, says

LINK = "https://pictures.test/street.jpg"
WORDS = ["slow", "hang", "reset-before", "reset-after", "truncated", "html", "garbage", "empty"]
CODES = [401, 402, 408, 422, 429, 433, 455, 500, 501, 505]


@pytest.fixture(scope="module")
def served():
    mock = Mock(scenario=polls(1))
    with running(mock) as url:
        yield mock, url


async def edited(url, picture, *, fast, ledger):
    """How an edit ends: what it raised, or how many pictures it has."""
    times = Timeouts(read=0.3, answer=3)
    async with AsyncApikley(
        KEY, base_url=url, schedule=SWIFT, timeouts=times, ledger=ledger, fast=fast
    ) as client:
        try:
            return len((await client.edit(picture, "night", image_size="square", key="a")).images)
        except ApikleyError as error:
            return type(error).__name__


@pytest.mark.parametrize("step", ["create-task", "fetch-task", "upload_file"])
@pytest.mark.parametrize("fault", [*WORDS, *CODES])
def test_a_fault_comes_to_the_same_as_on_httpx_s_own_way(fault, step, served, picture):
    mock, url = served
    came = []
    for fast in (False, True):
        mock.reset()
        seconds = {"seconds": 1.0} if fault in {"slow", "hang"} else {}
        mock.fail_next(fault, on=step, **seconds)
        ledger = MemoryLedger()
        end = asyncio.run(edited(url, picture, fast=fast, ledger=ledger))
        submission = ledger.find("a")
        came.append((end, len(mock.tasks), submission and submission.state, len(mock.faults)))

    assert came[0] == came[1]
    assert came[1][1] <= 1


def test_an_intent_that_cannot_be_written_down_keeps_the_first_byte_back(served):
    mock, url = served
    mock.reset()
    ledger = MemoryLedger()

    async def submit_twice():
        async with AsyncApikley(KEY, base_url=url, ledger=ledger, fast=True) as client:
            await client.submit(LINK, "night", key="a")
            before = len(mock.requests)
            with pytest.raises(SubmissionMoved):
                await client.submit(LINK, "night", key="a")
            return len(mock.requests) - before

    assert asyncio.run(submit_twice()) == 0
    assert len(mock.tasks) == 1


def test_an_intent_is_in_the_ledger_before_the_service_has_the_request(served, monkeypatch):
    url = served[1]
    ledger, seen = MemoryLedger(), []

    whole = FastTransport.handle_async_request

    async def look(self, request):
        seen.append(ledger.find("b"))
        try:
            return await whole(self, request)
        finally:
            seen.append(ledger.find("b"))

    monkeypatch.setattr(FastTransport, "handle_async_request", look)

    async def submit():
        async with AsyncApikley(KEY, base_url=url, ledger=ledger, fast=True) as client:
            await client.submit(LINK, "night", key="b")

    asyncio.run(submit())
    before, after = seen
    assert before is None
    assert after.state == "posting"


def test_results_go_httpx_s_own_way_that_looks_at_private_addresses(served, picture, monkeypatch):
    mock, url = served
    mock.reset()
    hosts = []
    whole = FastTransport.handle_async_request

    async def watch(self, request):
        hosts.append(request.url.path.split("/")[1])
        return await whole(self, request)

    monkeypatch.setattr(FastTransport, "handle_async_request", watch)

    assert asyncio.run(edited(url, picture, fast=True, ledger=MemoryLedger())) == 1
    assert {*hosts} == {"file-upload", "api"}


def test_a_proxy_does_not_send_the_api_s_requests_httpx_s_own_way(served, monkeypatch):
    sent = []
    whole = FastTransport.handle_async_request

    async def watch(self, request):
        sent.append(request.url.path)
        return await whole(self, request)

    monkeypatch.setattr(FastTransport, "handle_async_request", watch)

    async def ask():
        async with AsyncApikley(KEY, base_url=served[1], fast=True, proxy="http://127.0.0.1:1") as client:
            with pytest.raises(Unreachable):
                await client.credits()

    asyncio.run(ask())
    assert sent


def test_a_large_picture_gets_there_whole(served):
    url = served[1]
    large = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8192 + b"\0\0\0\0IEND\xaeB`\x82"

    async def upload():
        async with AsyncApikley(KEY, base_url=url, fast=True) as client:
            return await client.upload(large)

    assert httpx.get(asyncio.run(upload())).content == large


def test_the_service_in_memory_stands_in_the_fast_way_too(picture):
    async def edit():
        async with AsyncApikley(fast=True) as client:
            return (await client.edit(picture, "night", image_size="square")).task_id

    with in_memory() as service:
        assert asyncio.run(edit()) == service.tasks[0].id


def test_without_its_package_it_says_what_to_install(monkeypatch):
    whole = builtins.__import__

    def lacking(name, *rest):
        if name == "aiohttp":
            raise ModuleNotFoundError("No module named 'aiohttp'", name="aiohttp")
        return whole(name, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(ImportError, match=r"apikley\[fast\]"):
        AsyncApikley(KEY, fast=True)


@pytest.mark.parametrize(
    "other", [{"transport": Way(Mock())}, {"http_client": 1}], ids=["transport", "client"]
)
def test_it_goes_with_no_other_way(other):
    with pytest.raises(TypeError, match="fast is a transport"):
        AsyncApikley(KEY, fast=True, **other)


def test_what_fails_before_the_first_byte_was_surely_not_sent():
    async def ask():
        transport = FastTransport(ssl.create_default_context, None, 8, 4.0)
        async with httpx.AsyncClient(transport=transport, timeout=1) as client:
            with pytest.raises(httpx.ConnectError):
                await client.post("http://127.0.0.1:1/")
            with pytest.raises(httpx.ConnectError):
                await client.post("http://nobody.invalid/")

    asyncio.run(ask())


def test_a_connection_that_never_gets_free_was_surely_not_used(served):
    mock, url = served
    mock.reset()
    mock.fail_next("hang", seconds=1.0)

    async def ask():
        transport = FastTransport(ssl.create_default_context, None, 1, 4.0)
        times = httpx.Timeout(5, connect=0.1, pool=0.1)
        async with httpx.AsyncClient(transport=transport, timeout=times) as client:
            first = asyncio.create_task(client.get(f"{url}/api/v1/chat/credit"))
            await asyncio.sleep(0.05)
            with pytest.raises(httpx.ConnectTimeout):
                await client.post(f"{url}/api/v1/jobs/createTask")
            await asyncio.gather(first, return_exceptions=True)

    asyncio.run(ask())


def test_whoever_cancels_leaves_no_connection_taken(served):
    async def ask():
        async with AsyncApikley(KEY, base_url=served[1], fast=True) as client:
            for _ in range(20):
                task = asyncio.create_task(client.credits())
                await asyncio.sleep(0.001)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            return await asyncio.wait_for(asyncio.gather(*(client.credits() for _ in range(20))), 20)

    assert len(asyncio.run(ask())) == 20


class Keeping(Listening):
    """A server that keeps a connection for a moment after each answer, and may wait amid one."""

    def __init__(self, *headers, moment=0.0, gap=0.0):
        self._headers = headers
        self._moment = moment
        self._gap = gap
        self.heads = []
        super().__init__()

    def answer(self, connection):
        self.heads.append(connection.recv(65536).partition(b"\r\n\r\n")[0].lower())
        data = b'{"taskId": "t1"}' if b"createtask" in self.heads[-1] else b"7"
        answer = says(b'{"code": 200, "msg": "success", "data": %s}' % data, *self._headers)
        end = -9 if self._gap else len(answer)
        connection.sendall(answer[:end])
        time.sleep(self._gap)
        connection.sendall(answer[end:])
        time.sleep(self._moment)


def test_a_connection_that_ended_while_the_loop_was_busy_leaves_nothing_in_doubt():
    async def submit(url):
        async with AsyncApikley(KEY, base_url=url, fast=True) as client:
            await client.credits()
            time.sleep(0.1)  # noqa: ASYNC251  # the busy loop
            return (await client.submit(LINK, "night")).id

    with Keeping(moment=0.02) as server:
        assert [asyncio.run(submit(server.url)) for _ in range(3)] == ["t1"] * 3


@pytest.mark.parametrize("gap", [0.0, 0.05])
def test_an_answer_is_whole_though_its_end_comes_late(gap):
    async def ask(url):
        async with AsyncApikley(KEY, base_url=url, fast=True) as client:
            return await client.credits()

    with Keeping(gap=gap) as server:
        assert asyncio.run(ask(server.url)) == 7


def test_a_question_says_nothing_of_a_body_that_it_has_not():
    async def ask(url):
        async with AsyncApikley(KEY, base_url=url, fast=True) as client:
            await client.credits()

    with Keeping() as server:
        asyncio.run(ask(server.url))

    (head,) = server.heads
    assert b"content-" not in head


@pytest.mark.parametrize(
    "headers",
    [[b"x: %s" % (b"a" * 20_000)], [b"x-%d: 1" % number for number in range(500)]],
    ids=["long", "many"],
)
def test_headers_that_httpx_would_take_lose_no_answer(headers):
    async def submit(url):
        async with AsyncApikley(KEY, base_url=url, fast=True) as client:
            return (await client.submit(LINK, "night")).id

    with Keeping(*headers) as server:
        assert asyncio.run(submit(server.url)) == "t1"


def test_an_unanswered_request_counts_as_sent(served):
    mock, url = served
    mock.reset()
    mock.fail_next("hang", on="create-task", seconds=1.0)

    async def submit():
        times = Timeouts(read=0.1)
        async with AsyncApikley(KEY, base_url=url, timeouts=times, fast=True) as client:
            with pytest.raises(ApikleyError) as caught:
                await client.submit(LINK, "night")
            return caught.value.__cause__, client.in_doubt()

    cause, doubts = asyncio.run(submit())
    assert isinstance(cause, Unreachable)
    assert cause.maybe_sent
    assert isinstance(cause.__cause__, httpx.ReadTimeout)
    assert len(doubts) == 1
