"""What becomes of words for a stream that is closed or cannot be written."""

import io
import os
import sys

TYPE_CHECKING = False  # importing `typing` takes half as long as Python's own start
if TYPE_CHECKING:
    from typing import TextIO

    from _typeshed import ReadableBuffer

_FLAGS = {"stdin": os.O_RDONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}


def prepare() -> None:
    """Have a stdout that is closed fail as on a full disk, and stderr never: no talk is worth a paid task."""
    for name, flags in _FLAGS.items():
        if getattr(sys, name) is None:
            # The lowest number that is free, which is this stream's: no ledger and no socket shall get it.
            number = os.open(os.devnull, flags)
            setattr(sys, name, open(number, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    talk = sys.stderr
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(_Patient(talk)),
        encoding=talk.encoding,
        errors=talk.errors,
        line_buffering=True,
    )


def give_up_stdout() -> None:
    """Have nothing written there any more, which would fail again."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # for the end's flush


class _Patient(io.RawIOBase):
    """A file to which what cannot be written is lost without harm."""

    def __init__(self, stream: "TextIO") -> None:
        self._stream = stream  # which closes its file when nobody holds it
        self._file = stream.buffer

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            self._file.write(data)
            self._file.flush()
        except OSError:
            pass
        return memoryview(data).nbytes
