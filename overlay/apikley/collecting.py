"""How the pictures of a finished task are fetched."""

from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from apikley import catalogue, wire
from apikley.arriving import Incoming
from apikley.edits import Edit, EditedImage
from apikley.effects import Event, Flow, call, download, note, recall_task, tell, together, turn
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    LedgerUnusable,
    RequestRefused,
    SubmissionMoved,
    about_task,
)
from apikley.files import FreeName, Target, names_for
from apikley.retrying import DOWNLOAD, READ, repeated
from apikley.tasks import Task
from apikley.waiting import fetch

T = TypeVar("T")

# What a link answers that has expired.
_EXPIRED = frozenset({403, 404, 410})


def collect(task: Task, to: Target | None) -> Flow[Edit]:
    """Fetch the pictures of a finished task at once, into files or into memory.

    One that cannot be had does not keep the others away: the first error is raised when all were tried, with
    the saved ones in its notes. Raises `OSError` if they cannot be saved.
    """
    with about_task(task.id):
        yield from tell(Event("collecting", task.id, task))
        count = len(task.result_urls)
        targets = [None] * count if to is None else names_for(to, task.id, count)
        replaces = not isinstance(to, FreeName)
        outcomes = yield from together(
            [
                _outcome(_collect_one(task, place, target, replaces=replaces))
                for place, target in enumerate(targets)
            ],
            name="picture",
        )
        images = [outcome for outcome in outcomes if isinstance(outcome, EditedImage)]
        errors = [outcome for outcome in outcomes if isinstance(outcome, ApikleyError)]
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


def _outcome(flow: Flow[T]) -> Flow[T | ApikleyError]:
    """What a flow returns, or the error that it ends in."""
    try:
        return (yield from flow)
    except ApikleyError as error:
        return error


def _collect_one(task: Task, place: int, target: Path | None, *, replaces: bool) -> Flow[EditedImage]:
    """Fetch one picture. If its link seems to have expired, ask for a fresh one: of the task, then for this file."""
    link = task.result_urls[place]
    try:
        return (yield from _fetched(task, link, target, replaces=replaces))
    except (AnswerUnreadable, RequestRefused) as error:
        problem = error
    for afresh in (_link_in_record, _link_to_file):
        if not _may_have_expired(problem, link):
            break
        try:
            fresh = yield from afresh(task, place, link)
        except ApikleyError:
            continue  # that no fresh link is to be had says less than what the last one answered
        if fresh == link:
            continue
        link = fresh
        try:
            return (yield from _fetched(task, link, target, replaces=replaces))
        except (AnswerUnreadable, RequestRefused) as error:
            problem = error
    raise problem from problem.__cause__


def _link_in_record(task: Task, place: int, link: str) -> Flow[str]:
    """Where the task says now that its picture is."""
    yield from turn()
    links = (yield from repeated(lambda: fetch(task.id), READ)).result_urls
    return links[place] if len(links) == len(task.result_urls) else link


def _link_to_file(_: Task, __: int, link: str) -> Flow[str]:
    return download_url(link)


def _fetched(task: Task, url: str, target: Path | None, *, replaces: bool) -> Flow[EditedImage]:
    """A page in place of the picture stays one, so an unreadable result is not asked for again.

    What a model makes whose document names no formats is kept as it comes, whatever it is.
    """
    of_any_kind = not catalogue.makes_pictures(task.model)
    with closing(Incoming(url, target, replaces=replaces, of_any_kind=of_any_kind)) as incoming:
        return (
            yield from repeated(
                lambda: download(incoming),
                DOWNLOAD,
                lasting=AnswerUnreadable,
                progress=lambda: incoming.size,
            )
        )


def _may_have_expired(error: ApikleyError, link: str) -> bool:
    """Some servers say so with a page and HTTP 200."""
    is_inline = link[:5].lower() == "data:"
    return not is_inline and (not isinstance(error, RequestRefused) or error.code in _EXPIRED)


def _collected(task_id: str, images: Sequence[EditedImage]) -> Flow[None]:
    """Keep where the pictures are. A ledger that fails must not cost them."""
    with suppress(SubmissionMoved, LedgerUnusable):
        submission = yield from recall_task(task_id)
        if submission is not None and submission.state in {"ready", "done"}:
            paths = tuple(str(image.path.absolute()) for image in images if image.path)
            yield from note(submission.became("done", paths=paths or submission.paths))
