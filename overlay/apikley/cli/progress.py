"""How the work is shown while it goes on, on stderr.

On a terminal one line tells the state and counts the seconds; elsewhere each new state is a line.
"""

import sys
import time
from collections.abc import Callable
from threading import Event as Signal
from threading import Lock, Thread

import click

from apikley.cli.wording import printable
from apikley.effects import Event

_TICK = 1.0


class Progress:
    """What is shown of one piece of work. `usual` says how long such a task takes, if anybody knows."""

    def __init__(self, usual: Callable[[str], str | None]) -> None:
        self._usual = usual
        self._is_terminal = sys.stderr.isatty()
        self._lock = Lock()
        self._said = ""
        self._line = ""
        self._since = 0.0
        self._estimates: dict[str, str | None] = {}
        self._stopped: Signal | None = None

    def show(self, event: Event) -> None:
        """Show a step of the work."""
        words = printable(_words(event))
        if event.kind == "submitted" and event.task_id and (usual := self._estimate(event.task_id)):
            words += f", usually {usual}"
        if self._is_terminal and event.kind == "polled":
            self._count(event, words)
        elif self._is_terminal or words != self._said:
            self.stop()
            click.echo(words, err=True)
        self._said = words

    def stop(self) -> None:
        """End the line that counts, if there is one."""
        if self._stopped is not None:
            self._stopped.set()
            self._stopped = None
            with self._lock:
                self._write()
                self._line = ""
                click.echo(err=True)

    def _count(self, event: Event, words: str) -> None:
        usual = self._estimate(event.task_id or "")
        with self._lock:
            self._line = words + (f" (usually {usual})" if usual else "")
            self._since = time.monotonic() - event.elapsed
            self._write()
        if self._stopped is None:
            self._stopped = Signal()
            Thread(target=self._tick, args=(self._stopped,), daemon=True).start()

    def _tick(self, stopped: Signal) -> None:
        while not stopped.wait(_TICK):
            with self._lock:
                if not stopped.is_set():
                    self._write()

    def _write(self) -> None:
        words, parenthesis, usual = self._line.partition(" (")
        click.echo(
            f"\r\x1b[K{words}, {time.monotonic() - self._since:.0f} s{parenthesis}{usual}", err=True, nl=False
        )

    def _estimate(self, task_id: str) -> str | None:
        if task_id not in self._estimates:
            self._estimates[task_id] = self._usual(task_id)
        return self._estimates[task_id]


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
