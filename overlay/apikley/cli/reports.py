"""What the command says: data on stdout, progress and errors on stderr."""

import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from apikley.cli import advice, codes, exits, preview, submissions
from apikley.cli.interrupting import Interruption
from apikley.cli.progress import Progress
from apikley.cli.wording import Span, can_be_spelt, printable, usual
from apikley.edits import Edit
from apikley.effects import Event
from apikley.errors import ApikleyError, LedgerUnusable, RequestRefused
from apikley.learning import ENOUGH
from apikley.ledger import Ledger
from apikley.media import is_suffix


class Report:
    """What one run of a command says. With `as_json`, stdout gets one JSON object a line, errors included.

    `again` are the flags that a next command on the same task needs too; None if there can be no next command.
    """

    def __init__(
        self,
        *,
        as_json: bool,
        quiet: bool = False,
        wants_preview: bool | None = None,
        again: str | None = "",
    ) -> None:
        self.as_json = as_json
        self._quiet = quiet
        self._preview = (preview.is_possible() and not quiet) if wants_preview is None else wants_preview
        self._again = again
        self._progress = Progress(self._usual)
        self._interruption = Interruption()
        self._ledger: Ledger | None = None
        self._is_submitting = False
        self._task_id: str | None = None
        self._key: str | None = None
        self._is_kept = True
        self._unsaid: OSError | None = None

    def about(self, task_id: str | None) -> None:
        """Say of which task all this is; None once it is done with."""
        self._task_id = task_id

    def about_submission(self, key: str, *, is_kept: bool) -> None:
        """Say of which submission all this is, and whether a ledger keeps it that outlives this command."""
        self._key = key
        self._is_kept = is_kept

    def learn_from(self, ledger: Ledger) -> Ledger:
        """Take from this ledger how long tasks usually take."""
        self._ledger = ledger
        return ledger

    def hear(self, event: Event) -> None:
        """Show a step of the work."""
        self._is_submitting = event.kind == "submitting"
        self._task_id = event.task_id or self._task_id
        if not self._quiet:
            self._progress.show(event)
        self._interruption.at(event)

    def edit(self, edit: Edit) -> None:
        """Show what came of it: the paths of the pictures, and on a terminal the pictures."""
        self._progress.stop()
        for remark in self._unlike_asked(edit):
            click.echo(printable(remark), err=True)
        for path in edit.paths if self._preview else ():
            for line in preview.lines(path):
                click.echo(line, err=True, color=True)
        if self.as_json:
            self._print(_spelt(_to_json(edit, self._key)))
            return
        for path in edit.paths:
            self._print(_spelt_path(path))

    def data(self, said: dict[str, object], text: str) -> None:
        """Print a piece of data: the object with --json, else the text."""
        self._progress.stop()
        self._print(_spelt(said) if self.as_json else _spellable(text))

    def remark(self, text: str) -> None:
        """Say something beside the data."""
        self._progress.stop()
        if not self._quiet:
            click.echo(printable(text), err=True)

    @contextmanager
    def told(self) -> Generator[None]:
        """Turn an error inside the block into one sentence and an exit code."""
        try:
            with self._interruption.heeded():
                yield
                if self._unsaid is not None:
                    raise self._unsaid
        except BrokenPipeError:
            raise
        except (ApikleyError, OSError) as error:
            raise click.exceptions.Exit(self.problem(error)) from error
        except KeyboardInterrupt as error:
            # The flow leaves a note if a createTask was under way, and not while it waits for another attempt.
            is_doubtful = self._is_submitting and hasattr(error, "__notes__")
            code = codes.IN_DOUBT if is_doubtful else codes.INTERRUPTED
            self._tell(error, "interrupted", code, self._key if is_doubtful else None)
            raise click.exceptions.Exit(code) from error

    def problem(self, error: ApikleyError | OSError) -> int:
        """Tell of an error, and return the exit code that it calls for."""
        code = exits.code_for(error, has_task=bool(getattr(error, "task_id", None) or self._task_id))
        self._tell(error, str(error), code, advice.key_of(error))
        return code

    def _tell(self, error: BaseException, sentence: str, code: int, key: str | None) -> None:
        self._progress.stop()
        task_id = getattr(error, "task_id", None) or self._task_id
        if self.as_json:
            said = _error_to_json(error, sentence, task_id)
            if key:
                said["key"] = key
            self._print(_spelt({"error": said, "exit_code": code}))
        click.echo(f"apikley: {printable(sentence)}", err=True)
        for note in _notes(error, task_id):
            click.echo(printable(note), err=True)
        if self._is_foreign(error, task_id):
            click.echo("apikley tasks ls lists the tasks that the ledger knows", err=True)
        elif self._again is not None:
            kept = key if self._is_kept else None
            for line in advice.after(error, task_id, kept, self._again, is_new=self._key is not None):
                click.echo(printable(line), err=True)

    def _print(self, data: str | bytes) -> None:
        """Print a line of data. Where stdout takes none it goes to stderr, and in the end that is an error."""
        if self._unsaid is None:
            try:
                click.echo(data)
            except BrokenPipeError:
                raise
            except OSError as error:
                reason = f"stdout cannot be written: {error.strerror or error}"
                self._unsaid = OSError(reason)
            else:
                return
        click.echo(data, err=True)

    def _unlike_asked(self, edit: Edit) -> list[str]:
        """Where the pictures are not what was asked for, as the ledger tells; whoever is quiet wants to know too."""
        submission = None
        with suppress(LedgerUnusable):
            submission = self._ledger.of_task(edit.task_id) if self._ledger is not None else None
        asked = submissions.wish(submission) if submission else {}
        remarks: list[str] = []
        count, made = str(asked.get("num_images", "")), len(edit.images)
        if count.isdecimal() and int(count) != made:
            remarks += [f"{count} pictures were asked for, and {made} came"]
        kind = f"image/{asked.get('output_format')}"
        for image in edit.images if "output_format" in asked else ():
            came, path = image.media_type, image.path
            if came != kind and path is not None and is_suffix(path.suffix, came):  # else the log warns
                remarks += [f"{path} is {came}, and {kind} was asked for"]
        return remarks

    def _is_foreign(self, error: BaseException, task_id: str | None) -> bool:
        """Whether the service knows no such task, and nobody here has seen it either."""
        if task_id is None or self._key is not None or not isinstance(error, RequestRefused):
            return False
        if error.code not in {404, 422} or error.is_page:
            return False
        with suppress(LedgerUnusable):
            return self._ledger is None or self._ledger.of_task(task_id) is None
        return False

    def _usual(self, task_id: str) -> Span | None:
        """How long tasks like this one take, by the ledger."""
        if self._ledger is None:
            return None
        with suppress(LedgerUnusable):
            submission = self._ledger.of_task(task_id)
            if submission is not None and submission.shape is not None:
                return usual(self._ledger.durations(submission.shape), ENOUGH)
        return None


def print_text(text: str) -> None:
    """Print a line whatever stdout's encoding: what it cannot spell becomes a question mark."""
    click.echo(_spellable(text))


def _spellable(text: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _to_json(edit: Edit, key: str | None) -> dict[str, object]:
    return {
        "task_id": edit.task_id,
        **({"key": key} if key else {}),
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
    facts = {name: getattr(error, name, None) for name in ("code", "parameter", "key", "state", "waited")}
    said = {name: value for name, value in facts.items() if value is not None}
    if notes := _notes(error, task_id):
        said["notes"] = notes
    return {"type": type(error).__name__, "message": sentence, "task_id": task_id, **said}


def _notes(error: BaseException, task_id: str | None) -> list[str]:
    """What the flow left in an error, but for the task's id, which is told with a command to go on."""
    notes: list[str] = getattr(error, "__notes__", [])
    return [note for note in notes if not (task_id and note.startswith(f"task {task_id} is not lost"))]


def _spelt_path(path: Path) -> str | bytes:
    return str(path) if can_be_spelt(str(path), sys.stdout.encoding) else os.fsencode(path)


def _spelt(value: dict[str, object]) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if can_be_spelt(text, sys.stdout.encoding) else json.dumps(value)
