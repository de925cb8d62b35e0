"""What was asked of the mock, and what it said."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from attrs import define, field, frozen

from apikley.mock.replies import Diagnosis
from apikley.mock.requests import Request


@frozen
class Exchange:
    """A request, without its key, and its answer.

    number: counts requests from 1
    time: when it was answered, in Unix seconds by the mock's clock
    operation: the operation's id in the document, or "result" or "file", or None where the path leads nowhere
    status: the HTTP status, or None where the connection broke before one
    code: the effective code, which in an envelope is not the status
    refusal: why it was refused, with the cause "fault" where a fault did it
    fault: the fault that befell it, in its short form
    milliseconds: how long the mock took for it, any delay of a fault not included
    """

    number: int
    time: float
    request: Request
    operation: str | None
    status: int | None
    code: int
    refusal: Diagnosis | None
    fault: str | None
    milliseconds: float

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        """Decoded, and without the query."""
        return self.request.path

    @property
    def query(self) -> str:
        return self.request.query

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case names."""
        return self.request.headers

    @property
    def body(self) -> bytes:
        """The first 64 KiB."""
        return self.request.body


Written: TypeAlias = Callable[[], Exchange]
_KEPT = 1000


@define(eq=False)
class Log:
    """The newest exchanges, oldest first, each of which is written out when somebody reads it."""

    _kept: deque[Written] = field(factory=lambda: deque[Written](maxlen=_KEPT), repr=False)

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Exchange]:
        return (written() for written in [*self._kept])

    def __getitem__(self, index: int) -> Exchange:
        return self._kept[index]()

    def newest(self, number: int) -> list[Exchange]:
        """So many of them, newest first."""
        return [written() for written in [*self._kept][: -number - 1 : -1]]

    def add(self, written: Written) -> None:
        """One more, in the room of the oldest where there is no other."""
        self._kept.append(written)

    def clear(self) -> None:
        """Forget them all."""
        self._kept.clear()
