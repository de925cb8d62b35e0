"""What the service holds while it runs."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush

from attrs import define, evolve, field, frozen

from apikley.mock import links
from apikley.mock.clock import Clock
from apikley.mock.deliveries import Outbox, to_delivery
from apikley.mock.document import Document
from apikley.mock.faults import Faults
from apikley.mock.files import Files, StoredFile
from apikley.mock.gallery import Gallery
from apikley.mock.links import Place
from apikley.mock.rates import Counter
from apikley.mock.settings import Settings
from apikley.mock.tasks import MAXIMUM, Task, Tasks


@frozen(eq=False)
class Result:
    """A picture that a task has made, or will have made once somebody looks at it."""

    gallery: Gallery
    task: Task
    number: int
    source: bytes | str

    def made(self) -> bytes | None:
        """The file, if it is ready."""
        return self.gallery.made(self.task.id, self.number)

    def render(self) -> bytes:
        """The file. Needs no lock, so that a picture being made holds up nobody."""
        return self.gallery.show(self.task.id, self.task.wish, self.number, self.source)


@define(eq=False)
class Service:
    """Tasks, files and the account. Whoever calls it holds the mock's lock."""

    document: Document
    settings: Settings
    clock: Clock
    credits: float
    tasks: Tasks
    files: Files
    faults: Faults
    secret: bytes
    calls: Counter
    gallery: Gallery = field(factory=Gallery)
    outbox: Outbox = field(factory=Outbox)
    origins: set[str] = field(factory=set[str])
    news: Callable[[], None] = lambda: None
    """Called where something is to be sent, now or at another time than was known."""
    _ends: list[tuple[float, str]] = field(factory=list[tuple[float, str]])

    @property
    def next_end(self) -> float | None:
        """When the clock will next end a task that somebody waits to be told of, in Unix seconds."""
        return self._ends[0][0] if self._ends else None

    def put(self, task: Task) -> None:
        """A new task, or a newer moment of one, whose end is told if that was wished."""
        before = self.tasks.get(task.id)
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
        for _ in range(times[self.settings.callbacks] if callback else 0):
            assert callback
            self.outbox.made += 1
            delivery = to_delivery(
                self.outbox.made,
                task,
                callback,
                lifecycle=self.document.lifecycle,
                credits_left=self.credits,
                now=self.clock(),
                key=self.settings.callback_key,
                render=self.render,
            )
            is_lost = self.faults.take(delivery.number, "callback")
            self.outbox.put(evolve(delivery, state="lost") if is_lost else delivery)
        self.news()

    def file_at(self, link: str) -> StoredFile | None:
        """The upload that a link leads to, if it is one of ours and can still be fetched."""
        place = self.place(link)
        if place is None or place.kind != "files" or self.has_expired(place):
            return None
        return self.files.at(place.path)

    def place(self, link: str) -> Place | None:
        """The place of a link that begins with an address by which the mock was reached itself."""
        return links.place_under(self.origins, link)

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

    def has_expired_at(self, link: str) -> bool:
        """The same of a link."""
        place = self.place(link)
        return place is not None and self.has_expired(place)

    def content_at(self, link: str) -> bytes | None:
        """The bytes that a link leads to, if it is an upload or a result of ours and can still be fetched."""
        if held := self.file_at(link):
            return held.data
        place = self.place(link)
        is_result = place is not None and place.kind == "results" and not self.has_expired(place)
        found = self.result(place) if place and is_result else None
        return found.render() if found else None

    def result(self, place: Place) -> Result | None:
        """The result that stands there, once its task has succeeded."""
        task_id, _, name = place.path.rpartition("/")
        number, _, ending = name.partition(".")
        task = self.tasks.get(task_id)
        if task is None or not task.succeeded or ending != task.wish.format:
            return None
        numbers = map(str, range(1, task.wish.count + 1))
        return self._to_result(task, int(number)) if number in numbers else None

    def render(self, task: Task, number: int) -> bytes:
        """A result as a file."""
        return self._to_result(task, number).render()

    def _to_result(self, task: Task, number: int) -> Result:
        """For a source that has made room for others since, the picture is made up."""
        held = self.files.get(task.wish.source)
        return Result(self.gallery, task, number, held.data if held else task.wish.source)
