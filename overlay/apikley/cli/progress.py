"""How the work is shown while it goes on, on stderr.

On a terminal one line tells the state, counts the seconds and, where anybody knows how long such tasks take, has a
bar; elsewhere each new state is a line.
"""

import math
import os
import sys
import time
from collections.abc import Callable
from threading import Event as Signal
from threading import Lock, Thread

import click

from apikley.cli.wording import Span, can_be_spelt, columns, printable
from apikley.effects import Event

_TICK = 1.0
_CELLS, _LEAST_CELLS = 20, 5


class Progress:
    """What is shown of one piece of work. `usual` says how long such a task takes, if anybody knows."""

    def __init__(self, usual: Callable[[str], Span | None]) -> None:
        self._usual = usual
        self._is_terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._lock = Lock()
        self._said = ""
        self._state = "created"
        self._has_line = False
        self._percent: int | None = None
        self._since = 0.0
        self._span: Span | None = None
        self._estimates: dict[str, Span | None] = {}
        self._stopped: Signal | None = None

    def show(self, event: Event) -> None:
        """Show a step of the work."""
        words = printable(_words(event))
        if self._is_terminal and event.kind == "polled":
            self._said = ""
            self._count(event)
            return
        if event.kind == "submitted" and not self._is_terminal and (span := self._estimate(event.task_id)):
            words += f", usually {span}"
        said = str(event.error) if event.kind == "retrying" else words  # the same trouble is told once
        if said != self._said or (self._is_terminal and event.kind != "retrying"):
            self.stop()
            click.echo(words, err=True)
        self._said = said
        if self._is_terminal and event.kind == "submitted":
            self._count(event)

    def stop(self) -> None:
        """End the line that counts, if there is one."""
        if self._stopped is not None:
            self._stopped.set()
            self._stopped = None
            with self._lock:
                if self._has_line:
                    self._write(is_last=True)
                    click.echo(err=True)
                self._has_line = False

    def _count(self, event: Event) -> None:
        """Go on counting from here. A new task has its line with the first tick: it may be that nobody waits."""
        span = self._estimate(event.task_id)
        with self._lock:
            if event.task is not None:
                self._state = printable(event.task.state)
                self._percent = event.task.progress
            self._since, self._span = time.monotonic() - event.elapsed, span
            if event.kind == "polled":
                self._write()
        if self._stopped is None:
            self._stopped = Signal()
            Thread(target=self._tick, args=(self._stopped,), daemon=True).start()

    def _tick(self, stopped: Signal) -> None:
        while not stopped.wait(_TICK):
            with self._lock:
                if not stopped.is_set():
                    self._write()

    def _write(self, *, is_last: bool = False) -> None:
        line = to_line(
            self._state,
            time.monotonic() - self._since,
            None if is_last else self._percent,
            None if is_last else self._span,
            width=_width(),
        )
        click.echo(f"\r\x1b[K{line}", err=True, nl=False)
        self._has_line = True

    def _estimate(self, task_id: str | None) -> Span | None:
        if task_id is None:
            return None
        if task_id not in self._estimates:
            self._estimates[task_id] = self._usual(task_id)
        return self._estimates[task_id]


def to_line(state: str, elapsed: float, percent: int | None, span: Span | None, *, width: int) -> str:
    """The line that counts, within a terminal's width.

    The bar is full when such tasks have mostly ended, or as full as the service says; it has no end of its own.
    """
    said = f"{elapsed:.0f} s"
    if percent is not None:
        said = f"{percent} %, {said}"
    if span is not None:
        said += f", longer than the usual {span}" if elapsed > span.most else f", usually {span}"
    cells = min(_CELLS, width - columns(state) - len(said) - 3)
    share = percent / 100 if percent is not None else elapsed / span.most if span is not None else None
    if share is None or cells < _LEAST_CELLS:
        line = f"{state}, {said}"
        return line if columns(line) < width else line[: max(0, width - 1)]
    filled = max(0, min(int(share * cells), cells))
    full, empty = "█░" if can_be_spelt("█░", sys.stderr.encoding) else "#-"
    return f"{state} {full * filled}{empty * (cells - filled)} {said}"


def _width() -> int:
    """The columns of the terminal behind stderr; stdout may lead elsewhere."""
    said = os.environ.get("COLUMNS", "")
    try:
        return int(said) if said.isdecimal() else os.get_terminal_size(sys.stderr.fileno()).columns
    except (ValueError, OSError):
        return 80


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
        case "retrying":
            return f"{event.error}; again within {max(1, math.ceil(event.within))} s"
