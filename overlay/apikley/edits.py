"""What an edit gives in the end, and how to keep it."""

from pathlib import Path

from attrs import field, frozen

from apikley import media
from apikley.files import names_for, with_suffix, write_whole
from apikley.tasks import Task, shown


@frozen(kw_only=True)
class EditedImage:
    """One picture, or another file, that a task made, on disk or in memory."""

    url: str = field(repr=lambda url: repr(shown(url)))
    media_type: str
    """By its content: image/jpeg, image/png or image/webp, unless another model than that of edits made it."""
    size: int
    """In bytes."""
    sha256: str
    path: Path | None = None
    """Where it was saved while it arrived; None if it is in memory."""
    content: bytes | None = field(default=None, repr=False)

    def read(self) -> bytes:
        """The picture's bytes."""
        if self.content is not None:
            return self.content
        assert self.path is not None
        return self.path.read_bytes()

    def save(self, path: Path | str) -> Path:
        """Write the picture to a file, whole or not at all, and return its path. Raises `OSError`.

        A name without a suffix gets the one of the picture's kind.
        """
        return write_whole(with_suffix(Path(path), media.suffix(self.media_type)), self.read())

    def _repr_mimebundle_(self, **_: object) -> dict[str, bytes]:
        """Show the picture in a notebook."""
        return {self.media_type: self.read()}


@frozen(kw_only=True)
class Edit:
    """What a task made: its pictures, and what is known of it."""

    task: Task
    images: tuple[EditedImage, ...]

    @property
    def task_id(self) -> str:
        """The task's id."""
        return self.task.id

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where the pictures were saved while they arrived; empty if they are in memory."""
        return tuple(image.path for image in self.images if image.path is not None)

    @property
    def credits(self) -> float | None:
        """What the edit cost; None where the service does not say."""
        return self.task.credits

    @property
    def seconds(self) -> float | None:
        """How long the task took, by the service's own times."""
        return self.task.seconds

    def save(self, to: Path | str) -> tuple[Path, ...]:
        """Write the pictures and return their paths.

        `to` is a file's name, to which numbers are added if there are several pictures, or a folder (one that
        exists, or a name that ends in a slash), where they are named after the task. Raises `OSError`.
        """
        names = names_for(to, self.task.id, len(self.images))
        return tuple(image.save(name) for image, name in zip(self.images, names, strict=True))
