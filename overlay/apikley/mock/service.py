"""What the service holds while it runs."""

from collections.abc import Callable
from functools import partial
from heapq import heapify, heappop, heappush
from threading import RLock

from attrs import define, evolve, field, frozen

from apikley.mock import links
from apikley.mock.clock import Clock, ShiftedClock
from apikley.mock.deliveries import Delivery, Letter, Outbox, signed, to_body
from apikley.mock.document import Document
from apikley.mock.faults import Faults
from apikley.mock.files import Files, StoredFile
from apikley.mock.gallery import Gallery
from apikley.mock.links import Place
from apikley.mock.origins import Origins
from apikley.mock.rates import Counter
from apikley.mock.records import Render
from apikley.mock.settings import Settings
from apikley.mock.tasks import MAXIMUM, Task, Tasks


@frozen(eq=False, repr=False)
class Result:
    """A picture that a task has made, or will have made once somebody looks at it."""

    gallery: Gallery
    task: Task
    number: int
    source: StoredFile | str

    def made(self) -> bytes | None:
        """The file, if it is ready."""
        return self.gallery.made(self.task.id, self.number)

    def render(self) -> bytes:
        """The file. Needs no lock, so that a picture being made holds up nobody.

        Where a task was brought to succeed though its source cannot be read, the picture is made up.
        """
        held = self.source
        source = held if isinstance(held, str) else held.digest if held.problem() else held.data
        return self.gallery.show(self.task.id, self.task.wish, self.number, source)


@define(eq=False, repr=False)
class Service:
    """Tasks, files and the account."""

    document: Document
    settings: Settings
    clock: Clock
    credits: float
    tasks: Tasks
    files: Files
    faults: Faults
    secret: bytes
    calls: Counter
    credits_ahead: float = 0.0
    """What was paid for tasks that are not there yet, because their pictures are still being looked at."""
    lock: RLock = field(factory=RLock)
    """Whoever calls it holds this."""
    gallery: Gallery = field(factory=Gallery)
    outbox: Outbox = field(factory=Outbox)
    origins: Origins = field(factory=Origins)
    news: Callable[[], None] = lambda: None
    """Called where something is to be sent, now or at another time than was known."""
    _ends: list[tuple[float, str]] = field(factory=list[tuple[float, str]])

    @property
    def next_end(self) -> float | None:
        """When the clock will next end a task that somebody waits to be told of, in Unix seconds."""
        return self._ends[0][0] if self._ends else None

    def put(self, task: Task) -> None:
        """A new task, or a newer moment of one, whose end is told if that was wished."""
        before = self.tasks.get(task.id) if task.callback else None
        self.tasks.put(task)
        if not task.callback:
            return
        if before is None:
            self.await_end(task)
        elif task.has_ended and not before.has_ended:
            self._tell(task)

    def await_end(self, task: Task) -> None:
        """See to it that the task ends by the clock, though nobody fetches it."""
        due = task.ends_at
        if not task.callback or task.has_ended or due is None:
            return
        if len(self._ends) > 2 * MAXIMUM:
            running = {each.id for each in self.tasks if not each.has_ended}
            self._ends = [end for end in self._ends if end[1] in running]
            heapify(self._ends)
        heappush(self._ends, (due, task.id))
        if self._ends[0][1] == task.id:
            self.news()

    def tick(self) -> bool:
        """End the tasks whose time has come; whether there was one."""
        now, has_moved = self.clock(), False
        while self._ends and self._ends[0][0] <= now:
            task = self.tasks.get(heappop(self._ends)[1])
            if task is None or task.has_ended:
                continue
            seen = task.seen(now)
            if not seen.has_ended:  # by the breadth of a float
                heappush(self._ends, (now + 0.001, task.id))
                break
            self.put(seen)
            has_moved = True
        return has_moved

    def _tell(self, task: Task) -> None:
        callback, times = self.document.callback, {"once": 1, "twice": 2, "never": 0}
        if callback is None:
            return
        lifecycle, render = self.document.lifecycle, self.renderer(task)
        letter = Letter(partial(to_body, task, callback, lifecycle, self.credits, render))
        for _ in range(times[self.settings.callbacks]):
            self.outbox.made += 1
            delivery = Delivery(self.outbox.made, task.id, task.callback, letter, self.clock())
            if key := self.settings.callback_key:
                delivery = signed(delivery, callback, key, self._time_of_others())
            is_lost = self.faults.take(delivery.number, "callback")
            self.outbox.put(evolve(delivery, state="lost") if is_lost else delivery)
        self.news()

    def _time_of_others(self) -> float:
        """What the mock's time follows: who is called back knows of no time that was let pass at once."""
        return self.clock.clock() if isinstance(self.clock, ShiftedClock) else self.clock()

    def place(self, link: str) -> Place | None:
        """The place of a link that begins with an address by which the mock was reached itself."""
        return links.place_under(self.origins.known, link)

    def holds(self, place: Place) -> bool:
        """Whether something can be fetched there."""
        there = self.files.at(place.path) if place.kind == "files" else self.result(place)
        return there is not None and not self.has_expired(place)

    def has_expired(self, place: Place) -> bool:
        """Whether something is there that is too old to be fetched."""
        lifetime, now = self.document.lifetimes.get(place.kind), self.clock()
        if lifetime is None:
            return False
        if place.kind == "files":
            held = self.files.at(place.path)
            return held is not None and now >= self.files.stored_at(place.path) + lifetime
        result = self.result(place)
        return result is not None and now >= result.task.updated_at + lifetime

    def content_at(self, link: str) -> "StoredFile | Result | None":
        """The upload or the result that a link leads to, if it is one of ours and can still be fetched."""
        place = self.place(link)
        if place is None or self._is_refused(link, place):
            return None
        return self.files.at(place.path) if place.kind == "files" else self.result(place)

    def absence(self, link: str) -> str | None:
        """Why a link of ours, to which there is no content, leads to none; None for a link of others."""
        place = self.place(link)
        if place is None:
            return None
        return "its link has expired" if self._is_refused(link, place) else "nothing is at its link"

    def _is_refused(self, link: str, place: Place) -> bool:
        query = links.query_of(link)
        return self.has_expired(place) or links.is_stale(query, place, self.clock(), self.secret)

    def result(self, place: Place) -> Result | None:
        """The result that stands there, once its task has succeeded."""
        task_id, _, name = place.path.rpartition("/")
        number, _, ending = name.partition(".")
        found = self.tasks.get(task_id)
        task = found.seen(self.clock()) if found else None
        if task is None or not task.succeeded or ending != task.wish.format:
            return None
        numbers = map(str, range(1, task.wish.count + 1))
        return self._to_result(task, int(number)) if number in numbers else None

    def renderer(self, task: Task) -> Render:
        """What makes the results that travel inside the task's record. That needs no lock."""
        numbers = range(1, task.wish.count + 1) if task.wish.is_inline else ()
        results = {number: self._to_result(task, number) for number in numbers}
        return lambda number: results[number].render()

    def _to_result(self, task: Task, number: int) -> Result:
        """For a source that has made room for others since, the picture is made up."""
        held = self.files.get(task.wish.source)
        return Result(self.gallery, task, number, held or task.wish.source)
