"""Whether the mock stays sound under many requests at once, of which some are bad and some are befallen by faults.

APIKLEY_DEEP=1 sends ten times as many.
"""

import asyncio
import base64
import gc
import json
import os
import random
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import httpx
import pytest
from attrs import define, field

from apikley.mock import App, Mock, polls, running

DEEP = "APIKLEY_DEEP" in os.environ
IN_PROCESS, ON_A_PORT = (100_000, 5_000) if DEEP else (10_000, 500)
AT_ONCE, AT_ONCE_ON_A_PORT = 50, 12  # more would test httpx, whose pool looks through all for each
CREATE, FETCH = "/api/v1/jobs/createTask", "/api/v1/jobs/recordInfo"
CREDITS, LINK = "/api/v1/chat/credit", "/api/v1/common/download-url"
BASE64 = "/file-upload/api/file-base64-upload"
HEADERS = {"authorization": "Bearer sk-test-1", "content-type": "application/json"}
WISH = {"prompt": "a", "image_url": "https://example.com/a.jpg", "image_size": "square"}
CHANCE = {
    "429": 0.02,
    "500": 0.01,
    "455": 0.01,
    "408": 0.005,
    "html": 0.01,
    "reset-before": 0.01,
    "reset-after:create-task": 0.02,
    "truncated": 0.01,
    "garbage": 0.01,
    "empty": 0.01,
    "unknown-state": 0.02,
}
FAULTS = {429, 500, 455, 408, 502}
# A bad request of each kind, and the code it is refused with.
BAD = {
    422: (json.dumps({"model": "qwen/image-edit", "input": WISH | {"num_images": 2}}), HEADERS),
    400: ('{"model":', HEADERS),
    401: ("{}", HEADERS | {"authorization": "Bearer wrong"}),
    402: (
        json.dumps({"model": "qwen/image-edit", "input": WISH}),
        HEADERS | {"authorization": "Bearer sk-test-poor"},
    ),
    500: (json.dumps({"model": "qwen/image-edit", "input": WISH | {"prompt": ""}}), HEADERS),
}
FORBIDDEN = b"Internal Server Error"
TIMES = {"once": 1, "twice": 2, "never": 0}
LOST = 7  # callbacks, by a fault


@define
class Answer:
    """What came: no status where the connection broke, and no JSON where the body is none."""

    status: int | None
    body: bytes = b""

    @property
    def said(self):
        try:
            said = json.loads(self.body)
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}

    @property
    def code(self):
        return self.status if self.status is None or self.status >= 300 else self.said.get("code")


@define
class Crowd:
    """Those who ask, all at once, and what they were told."""

    send: object
    callbacks: tuple[str, ...] = ()
    at_once: int = AT_ONCE
    dice: random.Random = field(factory=lambda: random.Random(1))
    tokens: object = field(factory=count)
    running: list[str] = field(factory=list)
    ended: dict[str, str] = field(factory=dict)
    links: list[str] = field(factory=list)
    accepted: set[str] = field(factory=set)
    unheard: int = 0  # creates whose answer said nothing
    met: Counter = field(factory=Counter)

    async def ask(self, method, path, *, query="", body="", headers=HEADERS, expected=(200,)):
        answer = await self.send(method, path, query, body, headers)
        self.met[answer.code] += 1
        assert FORBIDDEN not in answer.body, (method, path, query, body)
        assert answer.code in {*expected, *FAULTS, None}, (answer, method, path, query, body[:200])
        return answer

    async def do_something(self):
        deeds = (
            self.create,
            self.fetch,
            self.credits,
            self.upload,
            self.sign,
            self.see,
            self.err,
            self.stray,
        )
        (deed,) = self.dice.choices(deeds, (30, 40, 4, 4, 3, 1, 12, 6))
        await deed()

    async def create(self):
        more = {}
        if self.callbacks and self.dice.random() < 0.4:
            more = {"callBackUrl": f"{self.dice.choice(self.callbacks)}?token={next(self.tokens)}"}
        wish = WISH | {"sync_mode": self.dice.random() < 0.005}
        body = json.dumps({"model": "qwen/image-edit", "input": wish} | more)
        answer = await self.ask("POST", CREATE, body=body)
        data = answer.said.get("data")
        if answer.code == 200 and data:
            assert data["taskId"] not in self.accepted
            self.accepted.add(data["taskId"])
            self.running.append(data["taskId"])
        elif answer.code is None:
            self.unheard += 1

    async def fetch(self):
        if self.running:
            await self.fetch_one(self.running.pop(self.dice.randrange(len(self.running))))

    async def fetch_one(self, task_id):
        answer = await self.ask("GET", FETCH, query=f"taskId={task_id}")
        record = answer.said.get("data") or {}
        assert record.get("taskId") in (None, task_id)
        if record.get("state") not in ("success", "fail"):
            self.running.append(task_id)
            return
        self.ended[task_id] = record["state"]
        self.links += json.loads(record["resultJson"])["resultUrls"][:1] if len(self.links) < 40 else []

    async def credits(self):
        await self.ask("GET", CREDITS)

    async def upload(self):
        data = base64.b64encode(self.dice.randbytes(100)).decode()
        body = {"base64Data": data, "uploadPath": "images", "fileName": f"{self.dice.randrange(50)}.bin"}
        await self.ask("POST", BASE64, body=json.dumps(body))

    async def sign(self):
        await self.ask("POST", LINK, body='{"url": "https://example.com/a.png"}', expected=(422,))

    async def see(self):
        links = [link for link in self.links if link.startswith("http")]
        if links:
            path = "/results/" + self.dice.choice(links).partition("/results/")[2]
            answer = await self.send("GET", path, "", "", {})
            assert answer.status in (200, None)
            assert answer.status is None or answer.body.startswith(b"\x89PNG")

    async def err(self):
        code, (body, headers) = self.dice.choice([*BAD.items()])
        answer = await self.ask("POST", CREATE, body=body, headers=headers, expected=(code,))
        assert answer.code != 500 or answer.said.get("msg") in ("prompt is required", "Server Error", None)

    async def stray(self):
        method, path, code = self.dice.choice(
            [
                ("GET", "/nowhere", 404),
                ("POST", CREATE + "/", 404),
                ("DELETE", CREATE, 405),
                ("POST", FETCH, 405),
            ]
        )
        await self.ask(method, path, expected=(code,))

    async def work(self, requests):
        """So many requests, at_once of them at a time, then whatever it takes to see all tasks end."""
        left = iter(range(requests))

        async def worker():
            for _ in left:
                await self.do_something()

        async def finisher():
            while self.running:
                await self.fetch_one(self.running.pop())

        for each in (worker, finisher):
            async with asyncio.TaskGroup() as group:
                for _ in range(self.at_once):
                    group.create_task(each())


def has_lost_nothing(crowd, mock, credits_before):
    ids = {task.id for task in mock.tasks}
    assert crowd.accepted == crowd.ended.keys()
    assert crowd.accepted <= ids
    assert len(ids) - len(crowd.accepted) <= crowd.unheard
    assert credits_before - mock.credits == sum(task.credits for task in mock.tasks) == len(ids)
    assert {*crowd.ended.values()} == {"success"}


@define
class Receiver:
    """Somebody who is called back, has trouble with every fifth task at first, and counts what he said yes to."""

    heard: Counter = field(factory=Counter)
    called: set = field(factory=set)
    lock: object = field(factory=threading.Lock)

    def hear(self, path, body):
        """The status that the caller is told."""
        said = json.loads(body)["data"]
        news = path, said["taskId"], said["state"]
        with self.lock:
            is_first = news not in self.called
            self.called.add(news)
            if is_first and len(self.called) % 5 == 0:
                return 503
            self.heard[news] += 1
            return 200

    @contextmanager
    def at_home(self):
        """The address where he is called on a port."""
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(receiver.hear(f"http://{self.headers['host']}{self.path}", body))
                self.end_headers()

            def log_message(self, *_):
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
            server.daemon_threads = False  # so that closing waits for them
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/done"
            finally:
                server.shutdown()
                thread.join()


def finish_what_nobody_fetched(mock):
    """The tasks of which the answer was lost: they are told of all the same."""
    for task in [*mock.tasks]:
        if not task.has_ended:
            mock.finish(task.id)


def has_told_all(receiver, mock, address, times, *, lost=0):
    """Each end was told as often as it should be, but for those that a fault lost, and nothing else was told."""
    due = {
        (task.callback, task.id, "success"): times for task in mock.tasks if task.callback.startswith(address)
    }
    assert len(due) > 10
    assert receiver.heard.keys() <= due.keys()
    assert max(receiver.heard.values(), default=0) <= times
    assert receiver.heard.total() == times * len(due) - lost


def to_asgi(app):
    """Sends a request right to the application, so that thousands take seconds."""

    async def send(method, path, query, body, headers):
        begun, parts, messages = None, [], iter([{"type": "http.request", "body": body.encode()}])

        async def receive():
            await asyncio.sleep(0)  # as on a network, others get a word in
            return next(messages, None) or await asyncio.Event().wait()  # the client never leaves

        async def hear(message):
            nonlocal begun
            await asyncio.sleep(0)
            begun = message.get("status", begun)
            parts.append(message.get("body", b""))

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [
                (b"host", b"mock"),
                *((name.encode(), text.encode()) for name, text in headers.items()),
            ],
        }
        try:
            await app(scope, receive, hear)
        except ConnectionResetError:
            return Answer(None)
        return Answer(begun, b"".join(parts))

    return send


def open_files():
    gc.collect()
    return {
        (each.name, str(each.readlink())) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()
    }


@pytest.fixture
def nothing_is_left():
    """Neither a file or socket nor a thread is left over, but for what uvloop opens once in a process."""
    with running(Mock()):
        pass
    files, threads = open_files(), {*threading.enumerate()}
    yield
    assert open_files() - files == set()
    assert {*threading.enumerate()} - threads == set()


@pytest.mark.parametrize(
    ("errors", "callbacks"),
    [("status", "once"), ("envelope", "twice"), pytest.param("known", "never", marks=pytest.mark.deep)],
)
def test_ten_thousand_requests_at_once_lose_no_task_and_bring_no_500(errors, callbacks, nothing_is_left):
    receiver = Receiver()
    mock = Mock(
        errors=errors,
        credits=1e6,
        seed=7,
        chance=CHANCE,
        scenario=polls(2),
        callbacks=callbacks,
        deliver=lambda delivery: receiver.hear(delivery.url, delivery.body),
    )
    mock.fail_next("slow", seconds=0.01, times=20)
    mock.fail_next("lost-callback", times=LOST)
    crowd = Crowd(to_asgi(App(mock)), ("http://127.0.0.1:9/done",))

    async def main():
        await crowd.work(IN_PROCESS // 3)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    has_lost_nothing(crowd, mock, 1e6)
    finish_what_nobody_fetched(mock)
    has_told_all(
        receiver, mock, "http://127.0.0.1:9/", TIMES[callbacks], lost=LOST if TIMES[callbacks] else 0
    )
    assert crowd.met.keys() >= {200, 400, 401, 402, 404, 405, 408, 422, 429, 455, 500, 502, None}
    assert len(crowd.accepted) > IN_PROCESS / 15


@pytest.mark.parametrize("callbacks", ["once", "twice"])
def test_a_server_leaves_nothing_behind_after_many_requests_with_broken_connections(
    callbacks, nothing_is_left
):
    mock = Mock(
        errors="envelope",
        credits=1e6,
        seed=7,
        chance=CHANCE | {"hang": 0.004},
        scenario=polls(2),
        callbacks=callbacks,
    )
    receiver = Receiver()

    async def main(base_url, home):
        limits = httpx.Limits(max_connections=AT_ONCE_ON_A_PORT)
        async with httpx.AsyncClient(base_url=base_url, timeout=10, limits=limits) as client:

            async def send(method, path, query, body, headers):
                url = f"{path}?{query}" if query else path
                timeout = httpx.Timeout(10, read=1 if DEEP else 0.4)
                try:
                    response = await client.request(
                        method, url, content=body, headers=headers, timeout=timeout
                    )
                except httpx.TransportError:
                    return Answer(None)
                return Answer(response.status_code, response.content)

            # Nobody listens on port 9, and a callback that came to the mock itself would be one request more.
            callbacks = ("http://127.0.0.1:9/done", "https://example.com/done", home, home)
            crowd = Crowd(send, callbacks, AT_ONCE_ON_A_PORT)
            await crowd.work(ON_A_PORT // 2)
            return crowd

    with receiver.at_home() as home:
        with running(mock) as base_url:
            crowd = asyncio.run(main(base_url, home))
            has_lost_nothing(crowd, mock, 1e6)
            finish_what_nobody_fetched(mock)
            due = TIMES[callbacks] * sum(task.callback.startswith(home) for task in mock.tasks)
            until = time.monotonic() + 15
            while receiver.heard.total() < due and time.monotonic() < until:
                time.sleep(0.02)
        has_told_all(receiver, mock, home, TIMES[callbacks])
    assert "refused" in {each.state for each in mock.deliveries}
    assert any(each.error for each in mock.deliveries if each.attempts)
    assert crowd.met[None] > ON_A_PORT / 200
