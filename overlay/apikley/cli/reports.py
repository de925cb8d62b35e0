"""What the command says: data on stdout, progress and errors on stderr."""

import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from apikley.cli import exits, preview
from apikley.edits import Edit
from apikley.effects import Event
from apikley.errors import ApikleyError, TaskFailed


class Report:
    """What one run of a command says. With `as_json`, stdout gets one JSON object a line, errors included."""

    def __init__(self, *, as_json: bool, quiet: bool, wants_preview: bool | None = None) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._preview = (preview.is_possible() and not quiet) if wants_preview is None else wants_preview
        self._said = ""
        self._is_open = False
        self._is_submitting = False
        self._task_id: str | None = None

    def about(self, task_id: str) -> None:
        """Say of which task all this is."""
        self._task_id = task_id

    def hear(self, event: Event) -> None:
        """Show a step of the work."""
        self._is_submitting = event.kind == "submitting"
        self._task_id = event.task_id or self._task_id
        if not self._quiet:
            self._show(event)

    def edit(self, edit: Edit) -> None:
        """Show what came of it: the paths of the pictures, and on a terminal the pictures."""
        self._end_line()
        for path in edit.paths if self._preview else ():
            for line in preview.lines(path):
                click.echo(line, err=True, color=True)
        if self._as_json:
            _print_json(_to_json(edit))
            return
        for path in edit.paths:
            _print_path(path)

    @contextmanager
    def told(self) -> Generator[None]:
        """Turn an error inside the block into one sentence and an exit code."""
        try:
            yield
        except (ApikleyError, OSError) as error:
            self._fail(error, str(error), exits.code_for(error, has_task=self._has_task(error)))
        except KeyboardInterrupt as error:
            # The flow leaves a note if a createTask was under way, and not while it waits for another attempt.
            is_doubtful = self._is_submitting and hasattr(error, "__notes__")
            self._fail(error, "interrupted", exits.IN_DOUBT if is_doubtful else exits.INTERRUPTED)

    def _has_task(self, error: BaseException) -> bool:
        return bool(getattr(error, "task_id", None) or self._task_id)

    def _fail(self, error: BaseException, sentence: str, code: int) -> NoReturn:
        self._end_line()
        task_id = getattr(error, "task_id", None) or self._task_id
        if self._as_json:
            _print_json({"error": _error_to_json(error, sentence, task_id), "exit_code": code})
        click.echo(f"apikley: {sentence}", err=True)
        for note in _notes(error, task_id):
            click.echo(note, err=True)
        if task_id and not isinstance(error, TaskFailed):
            click.echo(f"task {task_id} is not lost: apikley tasks collect {task_id}", err=True)
        sys.exit(code)

    def _show(self, event: Event) -> None:
        words = _words(event)
        if words == self._said and not sys.stderr.isatty():
            return
        self._said = words
        if not sys.stderr.isatty():
            click.echo(words, err=True)
        elif event.kind == "polled":
            click.echo(f"\r\x1b[K{words}, {event.elapsed:.0f} s", err=True, nl=False)
            self._is_open = True
        else:
            self._end_line()
            click.echo(words, err=True)

    def _end_line(self) -> None:
        if self._is_open:
            click.echo(err=True)
            self._is_open = False


def _words(event: Event) -> str:
    match event.kind:
        case "uploading":
            return "uploading the picture"
        case "submitting":
            return "creating the task"
        case "submitted":
            return f"task {event.task_id}"
        case "polled":
            progress = event.task.progress if event.task else None
            state = event.task.state if event.task else "unknown"
            return state if progress is None else f"{state}, {progress} %"
        case "collecting":
            count = len(event.task.result_urls) if event.task else 0
            return "fetching the picture" if count == 1 else f"fetching {count} pictures"


def _to_json(edit: Edit) -> dict[str, object]:
    return {
        "task_id": edit.task_id,
        "state": edit.task.state,
        "credits": edit.credits,
        "seconds": edit.seconds,
        "images": [
            {
                "path": str(image.path),
                "media_type": image.media_type,
                "size": image.size,
                "sha256": image.sha256,
            }
            for image in edit.images
        ],
    }


def _error_to_json(error: BaseException, sentence: str, task_id: str | None) -> dict[str, object]:
    facts = {name: getattr(error, name, None) for name in ("code", "parameter", "key", "waited")}
    said = {name: value for name, value in facts.items() if value is not None}
    if notes := _notes(error, task_id):
        said["notes"] = notes
    return {"type": type(error).__name__, "message": sentence, "task_id": task_id, **said}


def _notes(error: BaseException, task_id: str | None) -> list[str]:
    """What the flow left in an error, but for the task's id, which is told with a command to go on."""
    notes: list[str] = getattr(error, "__notes__", [])
    return [note for note in notes if not (task_id and note.startswith(f"task {task_id} is not lost"))]


def _print_path(path: Path) -> None:
    click.echo(path if _can_be_spelt(str(path)) else os.fsencode(path))


def _print_json(value: dict[str, object]) -> None:
    text = json.dumps(value, ensure_ascii=False)
    click.echo(text if _can_be_spelt(text) else json.dumps(value))


def _can_be_spelt(text: str) -> bool:
    """Whether stdout's encoding has all characters; names of files need not be text in any."""
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return False
    return True
