"""Every point at which a process can die on its way to a picture, and what those after it make of what is left.

A process takes up one submission from what the ledger says: what was never sent it sends, what became a task it waits
for and collects, what is in doubt it lets be. It dies at a step: before or after any effect of a flow, before or after
the ledger has written, and before or after the service has done its work. What outlives it is the ledger and the
service, so those after it start from there. A world that was met before leads where it led then: so each is played
once, and schedules are counted, not played one by one.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx
from attrs import define, evolve, field, frozen

from apikley import clock, departures, flows
from apikley.books import Books
from apikley.budget import Budget
from apikley.drivers import BlockingDriver
from apikley.errors import ApikleyError
from apikley.ledger import UNSETTLED, MemoryLedger, Submission
from apikley.requests import EditRequest
from apikley.schedule import PollSchedule, Stage
from apikley.settings import Settings

KEY = "wish"
BODY = '{"model": "qwen/image-edit", "input": {"prompt": "night", "image_url": "https://a.test/a.png"}}'
PICTURE = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU"
    b"\0\0\0\nIDATx\x9cc`\0\0\0\2\0\1H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82"
)
WEATHERS = {
    "fair": (),
    "answer lost": ("lost",),
    "never connected": ("unmade",),
    "busy": ("busy",),
    "fault, nothing made": ("fault",),
    "fault, task made": ("fault made",),
    "busy, then answer lost": ("busy", "lost"),
    "never connected, then a fault": ("unmade", "fault made"),
}
"""What befalls the first createTasks; those after them go well."""


class Death(BaseException):
    """The process is killed. Nothing that it would do then is done."""


@frozen
class State:
    """What outlives a process."""

    submission: tuple[str, str | None] | None
    """State and task in the ledger."""
    tasks: int
    created: int
    """How many createTasks have been sent."""
    pictures: int

    def flaws(self) -> Iterator[str]:
        """What breaks the promise, at any moment."""
        if self.tasks > 1:
            yield f"paid {self.tasks} times"
        if self.tasks and self.submission is None:
            yield "paid and forgotten"
        if self.tasks and self.submission is not None and self.submission[0] in {"refused", "forgotten"}:
            yield f"paid and {self.submission[0]}"
        if not self.tasks and self.submission is not None and self.submission[1]:
            yield "a task that there is not"

    def flaws_at_last(self) -> Iterator[str]:
        """The same once a process has come to its end."""
        yield from self.flaws()
        is_doubtful = self.submission is not None and self.submission[0] in UNSETTLED
        if self.tasks and not is_doubtful and not self.pictures:
            yield f"paid, and no picture: {self.submission}"


@define
class World:
    """The service, the ledger's file, and the one process that lives in it."""

    weather: tuple[str, ...] = ()
    state: State = State(None, 0, 0, 0)
    dies_at: int | None = None
    steps: int = 0
    meanwhile: dict[int, Callable[[], None]] = field(factory=dict)
    """What others do at a step."""
    ledger: "Ledger" = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.ledger = Ledger(self)

    def step(self) -> None:
        """Something is about to be done, or was."""
        self.steps += 1
        if (others := self.meanwhile.pop(self.steps, None)) is not None:
            others()
        if self.dies_at is not None and self.steps >= self.dies_at:
            raise Death

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the service does and says."""
        name = request.url.path.rpartition("/")[2]
        if name == "createTask":
            return self._create(request)
        if name == "recordInfo":
            urls = json.dumps({"resultUrls": ["https://cdn.test/1.png"]})
            data = {"taskId": request.url.params["taskId"], "state": "success", "resultJson": urls}
        elif name == "1.png":
            return _answer(200, PICTURE)
        else:
            sent = {"fileName": "a", "filePath": "a", "downloadUrl": "https://cdn.test/a.png", "fileSize": 1}
            data = {**sent, "mimeType": "image/png", "uploadedAt": "2026-01-01T00:00:00Z"}
        return _says(200, data)

    def _create(self, request: httpx.Request) -> httpx.Response:
        number = self.state.created
        befalls = self.weather[number] if number < len(self.weather) else "well"
        self.step()
        self.state = evolve(self.state, created=number + 1)
        if befalls == "unmade":
            raise httpx.ConnectError("refused", request=request)
        request.extensions["trace"]("http11.send_request_headers.started", {})
        self.step()
        if befalls in {"busy", "fault"}:
            return _says(429 if befalls == "busy" else 500, None)
        self.state = evolve(self.state, tasks=self.state.tasks + 1)
        task_id = f"task-{self.state.tasks}"
        self.step()
        if befalls == "lost":
            raise httpx.ReadError("reset", request=request)
        return _says(500, None) if befalls == "fault made" else _says(200, {"taskId": task_id})


class Wire(httpx.HTTPTransport):
    """The way to a world. It tells its steps, as httpx's own transport does."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._world.answer(request)

    def close(self) -> None:
        pass


departures._TELLING.add(Wire)  # pyright: ignore[reportPrivateUsage]


class Ledger(MemoryLedger):
    """A ledger whose process may die before or after it has written."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        if world.state.submission is not None:
            state, task_id = world.state.submission
            self._submissions[KEY] = Submission(KEY, state, task_id, BODY)

    def record(self, submission: Submission) -> None:
        self._world.step()
        self.write(submission)
        known = self._submissions[KEY]
        self._world.state = evolve(self._world.state, submission=(known.state, known.task_id))
        self._world.step()

    def write(self, submission: Submission) -> None:
        """What a mutant does otherwise."""
        super().record(submission)


class Process(BlockingDriver):
    """One that may die before or after each effect."""

    world: World

    def _perform(self, effect, listener):
        self.world.step()
        answer = super()._perform(effect, listener)
        self.world.step()
        return answer


class NoTime:
    """A clock on which sleeping takes no time."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


def take_up(world: World, *, uploads: bool = True, settles_alone: bool = False) -> None:
    """What a process does with the submission, from what the ledger says."""
    process = Process(Settings(api_key="sk-test-crash"), Books(world.ledger, Budget()), Wire(world))
    process.world = world
    pace = PollSchedule((Stage(60, 1),))
    known = world.ledger.find(KEY)
    request = EditRequest(prompt="night", image_url=None if uploads else "https://a.test/a.png")
    source: Path | bytes | str = PICTURE if uploads else "https://a.test/a.png"
    try:
        if known is None or (settles_alone and known.state in UNSETTLED):
            if known is not None and known.state == "posting":  # `settles_alone` is a defect
                world.ledger.record(known.became("unknown"))
            process.run(flows.edit(source, request, KEY, pace, None))
        else:
            process.run(flows.advance(KEY, pace, None))
        world.state = evolve(world.state, pictures=1)
    except ApikleyError:  # told to its user
        pass
    finally:
        process.close()


@define
class Findings:
    """What all schedules came to."""

    schedules: int = 0
    worlds: int = 0
    flaws: Counter[str] = field(factory=Counter)


def explore(weather: tuple[str, ...], crashes: int, take_up: Callable[[World], None] = take_up) -> Findings:
    """Play every schedule of up to so many deaths."""
    found = Findings()
    met: dict[State, list[State]] = {}
    frontier = Counter({State(None, 0, 0, 0): 1})
    with clock.replaced(NoTime()):  # pyright: ignore[reportArgumentType]
        for deaths in range(crashes + 1):
            after: Counter[State] = Counter()
            for state, ways in frontier.items():
                if state not in met:
                    met[state] = [*_ends(weather, state, take_up, found)]
                found.schedules += ways
                for end in met[state]:
                    after[end] += ways
            frontier = after if deaths < crashes else Counter()
    found.worlds = len(met)
    return found


def _ends(
    weather: tuple[str, ...], state: State, take_up: Callable[[World], None], found: Findings
) -> Iterator[State]:
    """Where a process leads from here that dies at its first step, at its second, and so on."""
    whole = World(weather, state)
    take_up(whole)
    found.flaws.update(whole.state.flaws_at_last())
    for step in range(1, whole.steps + 1):
        world = World(weather, state, dies_at=step)
        with suppress(Death):
            take_up(world)
        found.flaws.update(world.state.flaws())
        yield world.state


def race(weather: tuple[str, ...], take_up: Callable[[World], None] | None = None) -> Findings:
    """Two processes with one submission: at each step of the first the other comes, and dies at each of its own."""
    found = Findings()
    take_up = take_up or partial(globals()["take_up"], uploads=False)
    with clock.replaced(NoTime()):  # pyright: ignore[reportArgumentType]
        first = World(weather)
        take_up(first)
        for comes_at in range(1, first.steps + 1):
            dies_at = 0
            while True:
                dies_at += 1
                world = World(weather)
                has_died = _race_once(world, comes_at, dies_at, take_up)
                found.schedules += 1
                found.flaws.update(world.state.flaws())
                take_up(world)
                found.flaws.update(world.state.flaws_at_last())
                if not has_died:
                    break
    return found


def _race_once(world: World, comes_at: int, dies_at: int, take_up: Callable[[World], None]) -> bool:
    """Whether the second one died: with a `dies_at` beyond its steps it lives."""
    died: list[bool] = []

    def other() -> None:
        own, world.steps, world.dies_at = world.steps, 0, dies_at
        try:
            take_up(world)
        except Death:
            died.append(True)
        finally:
            world.steps, world.dies_at = own, None

    world.meanwhile[comes_at] = other
    take_up(world)
    return bool(died)


def _says(code: int, data: object) -> httpx.Response:
    return _answer(200, json.dumps({"success": code == 200, "code": code, "msg": "-", "data": data}).encode())


def _answer(status: int, body: bytes) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(body))
