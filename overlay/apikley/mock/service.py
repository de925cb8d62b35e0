"""What the service holds while it runs."""

from attrs import define, field, frozen

from apikley.mock import links
from apikley.mock.document import Document
from apikley.mock.files import Files, StoredFile
from apikley.mock.gallery import Gallery
from apikley.mock.links import Place
from apikley.mock.scenario import Clock, Scenario
from apikley.mock.tasks import Task, Tasks


@frozen(eq=False)
class Result:
    """A picture that a task has made, or will have made once somebody looks at it."""

    gallery: Gallery
    task: Task
    number: int
    source: bytes | str

    def render(self) -> bytes:
        """The file. Needs no lock, so that a picture being made holds up nobody."""
        return self.gallery.show(self.task.id, self.task.wish, self.number, self.source)


@define(eq=False)
class Service:
    """Tasks, files and the account. Whoever calls it holds the mock's lock."""

    document: Document
    scenario: Scenario
    clock: Clock
    credits: float
    tells_progress: bool
    tasks: Tasks
    files: Files
    secret: bytes
    gallery: Gallery = field(factory=Gallery)
    origins: set[str] = field(factory=set[str])

    def file_at(self, link: str) -> StoredFile | None:
        """The upload that a link leads to, if it is one of ours."""
        place = self.place(link)
        return self.files.at(place.path) if place and place.kind == "files" else None

    def place(self, link: str) -> Place | None:
        """The place of a link that begins with an address by which the mock was reached itself."""
        origin, place = links.split(link)
        return place if origin in self.origins else None

    def holds(self, place: Place) -> bool:
        if place.kind == "files":
            return self.files.at(place.path) is not None
        return self.result(place) is not None

    def result(self, place: Place) -> Result | None:
        """The result that stands there, once its task has succeeded."""
        task_id, _, name = place.path.rpartition("/")
        number, _, ending = name.partition(".")
        task = self.tasks.get(task_id)
        if task is None or not task.succeeded or not number.isdecimal() or ending != task.wish.format:
            return None
        return self._to_result(task, int(number)) if 1 <= int(number) <= task.wish.count else None

    def render(self, task: Task, number: int) -> bytes:
        """A result as a file."""
        return self._to_result(task, number).render()

    def _to_result(self, task: Task, number: int) -> Result:
        """For a source that has made room for others since, the picture is made up."""
        held = self.files.get(task.wish.source)
        return Result(self.gallery, task, number, held.data if held else task.wish.source)
