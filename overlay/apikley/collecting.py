"""How the pictures of a finished task are fetched."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from apikley import wire
from apikley.edits import Edit, EditedImage
from apikley.effects import Event, Flow, call, download, note, recall, tell
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    LedgerUnusable,
    RequestRefused,
    SubmissionMoved,
    about_task,
)
from apikley.files import names_for
from apikley.retrying import repeated
from apikley.schedule import DOWNLOAD, READ
from apikley.tasks import Task

# What a link answers that has expired.
_EXPIRED = frozenset({403, 404, 410})


def collect(task: Task, to: Path | str | None) -> Flow[Edit]:
    """Fetch the pictures of a finished task, into files or into memory.

    One that cannot be had does not keep the others away: the first error is raised when all were tried, with
    the saved ones in its notes. Raises `OSError` if they cannot be saved.
    """
    with about_task(task.id):
        yield from tell(Event("collecting", task.id, task))
        count = len(task.result_urls)
        targets = [None] * count if to is None else names_for(to, task.id, count)
        images: list[EditedImage] = []
        errors: list[ApikleyError] = []
        for url, target in zip(task.result_urls, targets, strict=True):
            try:
                images.append((yield from _collect_one(url, target)))
            except ApikleyError as error:
                errors.append(error)
        if errors:
            for image in images:
                errors[0].add_note(
                    f"saved all the same: {image.path}" if image.path else "another one was fetched"
                )
            raise errors[0]
        yield from _collected(task.id, images)
        return Edit(task=task, images=tuple(images))


def download_url(url: str) -> Flow[str]:
    """A fresh link to a file that the service made."""
    asked = wire.get_download_url(url)
    answer = yield from repeated(lambda: call(asked), READ)
    return wire.to_download_url(answer)


def _collect_one(url: str, target: Path | None) -> Flow[EditedImage]:
    try:
        return (yield from _fetched(url, target))
    except (AnswerUnreadable, RequestRefused) as error:
        if not _may_have_expired(error) or url[:5].lower() == "data:":
            raise
        try:
            fresh = yield from download_url(url)
        except ApikleyError:
            raise error from error.__cause__  # that no fresh link is to be had says less than what this one answered
        return (yield from _fetched(fresh, target))


def _fetched(url: str, target: Path | None) -> Flow[EditedImage]:
    """A page in place of the picture stays one, so an unreadable result is not asked for again."""
    return repeated(lambda: download(url, target), DOWNLOAD, lasting=AnswerUnreadable)


def _may_have_expired(error: ApikleyError) -> bool:
    """Some servers say so with a page and HTTP 200."""
    return not isinstance(error, RequestRefused) or error.code in _EXPIRED


def _collected(task_id: str, images: Sequence[EditedImage]) -> Flow[None]:
    """Keep where the pictures are. A ledger that fails must not cost them."""
    with suppress(SubmissionMoved, LedgerUnusable):
        submission = yield from recall(task_id=task_id)
        if submission is not None and submission.state in {"ready", "done"}:
            paths = tuple(str(image.path.absolute()) for image in images if image.path)
            yield from note(submission.became("done", paths=paths or submission.paths))
