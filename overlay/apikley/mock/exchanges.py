"""What was asked of the mock, and what it said."""

from collections import deque
from collections.abc import Iterator, Mapping
from time import perf_counter

from attrs import define, field, frozen

from apikley.mock.replies import Diagnosis, Reply
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


@define(eq=False, repr=False)  # one a request, as an order
class Entry:
    """What an exchange is made of once somebody reads it. Its request still has its key."""

    number: int
    request: Request
    begun: float
    """By the computer's own clock."""
    time: float = field(init=False)
    operation: str | None = field(init=False)
    status: int | None = field(init=False)
    code: int = field(init=False)
    refusal: Diagnosis | None = field(init=False)
    fault: str | None = field(init=False)
    milliseconds: float = field(init=False)

    def close(self, reply: Reply, operation: str | None, now: float) -> None:
        """Note what is said, now by the mock's clock."""
        self.time, self.operation = now, operation
        self.status, self.code = None if reply.broken else reply.status, reply.code
        self.refusal, self.fault = reply.refusal, reply.fault
        self.milliseconds = (perf_counter() - self.begun) * 1000

    def exchange(self) -> Exchange:
        return Exchange(
            number=self.number,
            time=self.time,
            request=self.request.logged(),
            operation=self.operation,
            status=self.status,
            code=self.code,
            refusal=self.refusal,
            fault=self.fault,
            milliseconds=self.milliseconds,
        )


_KEPT = 1000


@define(eq=False, repr=False)
class Log:
    """The newest exchanges, oldest first."""

    _kept: deque[Entry] = field(factory=lambda: deque[Entry](maxlen=_KEPT), repr=False)

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Exchange]:
        return (entry.exchange() for entry in [*self._kept])

    def __getitem__(self, index: int) -> Exchange:
        return self._kept[index].exchange()

    def newest(self, number: int) -> list[Exchange]:
        """So many of them, newest first."""
        return [entry.exchange() for entry in [*self._kept][: -number - 1 : -1]]

    def add(self, entry: Entry) -> None:
        """One more, in the room of the oldest where there is no other."""
        self._kept.append(entry)

    def clear(self) -> None:
        """Forget them all."""
        self._kept.clear()
