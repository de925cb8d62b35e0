"""What the mock knows of each task."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from attrs import define, evolve, field, frozen

from apikley.mock.scenario import Failure, Scenario

MAXIMUM = 10_000  # far fewer than would make the garbage collector felt
MAXIMUM_BYTES = 128 * 1024 * 1024  # of all their texts, and more than any one request brings


def _to_seed(seed: int | None) -> int | None:
    """JSON's integers have no end; a service's have 64 bits."""
    return seed if seed is None or -(2**63) <= seed < 2**63 else seed % 2**63


@frozen
class Wish:
    """What the results of a task are to be."""

    prompt: str
    source: str  # the digest of a file the mock holds, or an address for which it makes up a picture
    seed: int | None = field(converter=_to_seed)
    count: int
    pixels: tuple[int, int] | None
    format: str
    is_inline: bool


@frozen
class Task:
    """A task at one moment. Times are Unix seconds.

    source: the address of the picture as it was sent
    origin: the address under which the mock was asked, for links in a callback
    callback: where the end is to be told, or nothing
    """

    id: str
    model: str
    param: str
    wish: Wish
    credits: float
    scenario: Scenario
    failure: Failure | None
    stages: int
    created_at: float
    updated_at: float
    source: str = ""
    origin: str = ""
    callback: str = ""
    stage: int = 0
    fetches: int = 0

    @property
    def size(self) -> int:
        """How much room its texts take, in bytes, near enough."""
        failures = (self.failure, self.scenario.failure)
        told = (failure.message for failure in failures if failure)
        wish = (self.wish.prompt, self.wish.source)
        texts = (self.param, self.model, self.source, self.origin, self.callback, *wish, *told)
        return sum(_size(text) for text in texts)

    @property
    def has_ended(self) -> bool:
        return self.stage == self.stages

    @property
    def succeeded(self) -> bool:
        return self.has_ended and self.failure is None

    @property
    def ends_at(self) -> float | None:
        """When the clock ends it, in Unix seconds; None where only fetches do."""
        if self.scenario.fetches is None:
            return self.created_at + (self.scenario.seconds or 0.0)
        return None if self.scenario.fetches else self.created_at

    @property
    def is_unknown(self) -> bool:
        """Whether the next fetch does not find it yet."""
        return self.fetches < self.scenario.unknown_for

    def fetched(self, now: float) -> "Task":
        """The task as the next fetch finds it. A task never goes back."""
        return self._at(now, self.fetches + 1)

    def seen(self, now: float) -> "Task":
        """The task as it is now, though nobody fetches it."""
        return self._at(now, self.fetches)

    def ended(self, now: float, failure: Failure | None) -> "Task":
        """The task brought to its end by hand."""
        return evolve(self, stage=self.stages, updated_at=max(self.updated_at, now), failure=failure)

    def _at(self, now: float, fetches: int) -> "Task":
        found = max(0, self.fetches - self.scenario.unknown_for)
        stage = self.scenario.stage(self.stages, fetches=found, elapsed=now - self.created_at)
        if stage <= self.stage:
            return self if fetches == self.fetches else evolve(self, fetches=fetches)
        begun = self.scenario.begins_at(stage, self.stages)
        at = now if begun is None else self.created_at + begun
        return evolve(self, fetches=fetches, stage=stage, updated_at=max(self.updated_at, at))


def _size(text: str) -> int:
    """Bytes of UTF-8, without writing them where it can be helped."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


@frozen(eq=False, repr=False)
class Numbering:
    """Ids like the document's example, whose digits count on from a place that the seed gives."""

    before: str
    width: int
    after: str
    start: int
    end: int  # the first number that has too many digits

    def id(self, number: int) -> str:
        digits = (self.start + number * 7919) % self.end
        return self.before + str(digits).zfill(self.width) + self.after


def to_numbering(example: str, seed: int) -> Numbering:
    digits = max(re.findall(r"\d+", example), key=len, default="")
    before, _, after = example.partition(digits) if digits else (example, "", "")
    start = int.from_bytes(hashlib.sha256(str(seed).encode()).digest())
    width = len(digits) or 13
    end = int(10**width)
    return Numbering(before, width, after, start % end, end)


class Unseen(Protocol):
    """A task that nobody has looked at."""

    id: str

    @property
    def size(self) -> int:
        """As its task's, near enough."""
        ...

    def task(self) -> Task:
        """The task, the same each time."""
        ...


def _made(task: Task | Unseen) -> Task:
    return task if isinstance(task, Task) else task.task()


@define(eq=False, repr=False)
class Tasks:
    """The tasks, oldest first; the oldest go when there are too many."""

    seed: int
    example: str
    _tasks: OrderedDict[str, Task | Unseen] = field(factory=OrderedDict[str, "Task | Unseen"])
    _bytes: int = 0
    made: int = 0
    _numbering: Numbering = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._numbering = to_numbering(self.example, self.seed)

    def __iter__(self) -> Iterator[Task]:
        """Of those that there are now, each made when it is come to."""
        return map(_made, [*self._tasks.values()])

    def __len__(self) -> int:
        return len(self._tasks)

    def get(self, task_id: str) -> Task | None:
        task = self._tasks.get(task_id)
        return _made(task) if task else None

    def newest(self, number: int) -> list[Task]:
        """So many of them, newest first."""
        return [_made(task) for task in islice(reversed(self._tasks.values()), number)]

    def put(self, task: Task) -> None:
        """A new task, or a newer moment of one that is there."""
        self._keep(task.id, task)

    def put_unseen(self, task: Unseen) -> None:
        """A new task, to be made when somebody looks at it."""
        self._keep(task.id, task)

    def _keep(self, task_id: str, task: Task | Unseen) -> None:
        before = self._tasks.get(task_id)
        self._tasks[task_id] = task
        self._bytes += task.size - (before.size if before else 0)
        while len(self._tasks) > MAXIMUM or (self._bytes > MAXIMUM_BYTES and len(self._tasks) > 1):
            _, oldest = self._tasks.popitem(last=False)
            self._bytes -= oldest.size

    def new_id(self) -> str:
        """An id that no other task has, as long as there are such ids."""
        task_id = self._numbering.id(self.made)
        if task_id in self._tasks:
            return self._next_id()
        self.made += 1
        return task_id

    def _next_id(self) -> str:
        """The next that no other task has, or else the one whose turn it is."""
        first = self.made
        for number in range(first, first + len(self._tasks) + 1):
            task_id = self._numbering.id(number)
            if task_id not in self._tasks:
                self.made = number + 1
                return task_id
        self.made += 1
        return self._numbering.id(first)
