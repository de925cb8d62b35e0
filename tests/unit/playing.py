"""A player of flows: answers in, effects out, on a clock that only sleeping moves.

Answers are bytes as the wire brings them. The real driver reads them, over a transport that has them by heart.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, repeat
from typing import Any, TypeAlias, TypeVar

import httpx
from attrs import Factory, define, field, frozen

from apikley import effects
from apikley.books import Books
from apikley.budget import Budget
from apikley.drivers import BlockingDriver
from apikley.effects import (
    Call,
    Download,
    Effect,
    Event,
    Flow,
    Load,
    Now,
    Sleep,
    Tell,
    Together,
    Turn,
)
from apikley.ledger import MemoryLedger, Submission
from apikley.settings import Settings

T = TypeVar("T")

KEY = "sk-test-5ecret"
TASK = "task_qwen_1765179676651"
PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU"
    b"\0\0\0\nIDATx\x9cc`\0\0\0\2\0\1H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82"
)


@frozen
class Says:
    """An answer of the service, byte by byte."""

    status: int
    body: bytes
    headers: Mapping[str, str] = Factory(dict)


class NotingLedger(MemoryLedger):
    """A ledger that keeps each step, too."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[Submission] = []

    def record(self, submission: Submission) -> None:
        super().record(submission)
        self.notes.append(submission)


Answer: TypeAlias = Says | BaseException


def says(body: object, status: int = 200, **headers: str) -> Says:
    """An answer with that body: bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Says(status, content, {name.replace("_", "-"): value for name, value in headers.items()})


def created(task_id: object = TASK) -> Says:
    """The yes to a createTask."""
    return says({"code": 200, "msg": "success", "data": {"taskId": task_id}})


def refused(code: int, sentence: str = "no", *, status: int = 200, **headers: str) -> Says:
    """A no, in the envelope or by status."""
    return says({"code": code, "msg": sentence, "data": None}, status, **headers)


def record(state: str = "generating", **fields: object) -> Says:
    """What recordInfo tells of the task."""
    return says({"code": 200, "msg": "success", "data": {"taskId": TASK, "state": state} | fields})


def ended(*urls: str) -> Says:
    """What recordInfo tells of a task that ended well."""
    return record("success", resultJson=json.dumps({"resultUrls": urls or ("https://cdn.test/1.png",)}))


def forever(answer: Answer) -> Iterator[Answer]:
    """The same answer again and again."""
    return repeat(answer)


@define
class Player:
    """Plays one flow. Each request gets the next answer, and takes `takes` seconds."""

    answers: Iterator[Answer] = field(converter=iter)
    takes: float = 0.0
    time: float = 1000.0
    effects: list[Effect] = field(factory=list)
    requests: list[httpx.Request] = field(factory=list)
    sleeps: list[float] = field(factory=list)
    ledger: NotingLedger = field(factory=NotingLedger)
    budget: Budget = field(factory=Budget)
    events: list[Event] = field(factory=list)
    asked_at: list[float] = field(factory=list)
    breaks: dict[type[Any], BaseException] = field(factory=dict)
    """What happens, once, in place of an effect of that kind: Ctrl-C while it sleeps, say."""

    def play(self, flow: Flow[T]) -> T:
        """The flow's result or error."""
        books = Books(self.ledger, self.budget)
        driver = BlockingDriver(Settings(api_key=KEY), books, httpx.MockTransport(self._answer))
        try:
            return self._play(flow, driver)
        finally:
            driver.close()

    @property
    def notes(self) -> list[Submission]:
        """What was written into the ledger, step by step."""
        return self.ledger.notes

    def paths(self) -> list[str]:
        """Where the requests went, the last part of each path."""
        return [request.url.path.rpartition("/")[2] for request in self.requests]

    def _play(self, flow: Flow[T], driver: BlockingDriver) -> T:
        try:
            effect = next(flow)
            while True:
                self.effects.append(effect)
                try:
                    answer = self._perform(effect, driver)
                except BaseException as error:  # noqa: BLE001  # the flow decides what becomes of it
                    effect = flow.throw(error)
                else:
                    effect = flow.send(answer)
        except StopIteration as end:
            return end.value
        finally:
            flow.close()

    def _perform(self, effect: Effect, driver: BlockingDriver) -> object:
        if (error := self.breaks.pop(type(effect), None)) is not None:
            raise error
        match effect:
            case Call():
                return driver.run(effects.call(effect))
            case Download(incoming):
                return driver.run(effects.download(incoming))
            case Together(flows):  # one after the other, so that the answers are in order
                return [self._play(each, driver) for each in flows]
            case Load(source):
                return driver.run(effects.load(source))
            case Sleep(seconds, _, spread):
                assert min(seconds, spread) >= 0
                self.sleeps.append(seconds + spread)  # the longest that it may be
                self.time += seconds + spread
            case Now():
                return self.time
            case Tell(event):
                self.events.append(event)
            case Turn():
                return 0.0
            case _:  # bookkeeping
                return driver.books.perform(effect)
        return None

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.asked_at.append(self.time)
        self.time += self.takes
        answer = next(self.answers, None)
        assert answer is not None, f"nobody answers {request.method} {request.url}"
        if isinstance(answer, BaseException):
            raise answer
        # A stream rather than content, as a network would give.
        return httpx.Response(
            answer.status, headers=dict(answer.headers), stream=httpx.ByteStream(answer.body)
        )


def player(*answers: Answer, takes: float = 0.0, then: Iterable[Answer] = ()) -> Player:
    """A player with these answers, and `then` those."""
    return Player(chain(answers, then), takes=takes)
