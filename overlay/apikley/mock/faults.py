"""What shall go wrong, and when."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias, get_args

from attrs import define, evolve, field, frozen
from attrs.validators import instance_of

from apikley.mock.refusals import ErrorMode

Word = Literal[
    "slow",
    "hang",
    "reset-before",
    "reset-after",
    "truncated",
    "html",
    "garbage",
    "empty",
    "unknown-state",
    "expired-result",
    "corrupt-result",
    "lost-callback",
]
What: TypeAlias = int | Word
Chances: TypeAlias = "tuple[tuple[Fault, float], ...]"
"""How probable each of these is, for each request that it could befall."""

_WORDS: tuple[Word, ...] = get_args(Word)
# The service never sees a request that one of these befalls, nor one that is refused by a code.
_BEFORE = frozenset({"reset-before", "html"})
# The only requests that these can befall, of which the first is meant unless another is named.
_ONLY: Mapping[What, tuple[str, ...]] = {
    "unknown-state": ("fetch-task",),
    "expired-result": ("result", "file"),
    "corrupt-result": ("result", "file"),
    "lost-callback": ("callback",),
}
# These can do nothing to a refusal: there is no deed whose answer is lost, no record and no file.
_AFTER_SUCCESS = frozenset({"reset-after", "unknown-state", "expired-result", "corrupt-result"})
# What is no operation, and so is meant only where it is named.
ELSEWHERE = ("result", "file", "callback")
MAXIMUM = 1000
"""How many can wait at once."""
_MOST_TIMES = 1_000_000
_LONGEST = 1e10  # seconds
_PATIENCE: Mapping[What, float] = {"slow": 2.0, "hang": 600.0}


@frozen
class Fault:
    """One thing that shall go wrong, so many times.

    what: a code, by which a request is refused before anything happens, or a word (see `Mock.fail_next`)
    on: an operation id, what an operation does, "result", "file" or "callback"; None is any operation
    seconds: how long "slow" and "hang" take
    as_: how a code is sent, where it is not to be as the mock refuses otherwise
    """

    what: What
    on: str | None = None
    times: int = field(default=1, validator=instance_of(int))
    retry_after: float | None = None
    seconds: float | None = None
    as_: Literal["status", "envelope"] | None = None

    def __str__(self) -> str:
        """As the command line takes it."""
        on, times = self.on, f"{self.times}" if self.times != 1 else None
        return ":".join(str(part) for part in (self.what, on, times) if part is not None)

    @property
    def comes_first(self) -> bool:
        """Whether it comes before the service sees the request, so that nothing is made or paid."""
        return isinstance(self.what, int) or self.what in _BEFORE

    @property
    def needs_success(self) -> bool:
        """Whether it can do nothing to an answer that refuses."""
        return self.what in _AFTER_SUCCESS

    @property
    def patience(self) -> float:
        """How long the answer is held back, in seconds."""
        return _PATIENCE.get(self.what, 0.0) if self.seconds is None else self.seconds

    def befalls(self, target: Iterable[str]) -> bool:
        """Whether it is meant for a request that goes by these names."""
        if self.on is not None:
            return self.on in target
        return not any(name in ELSEWHERE for name in target)


def to_fault(
    what: int | str,
    *,
    on: str | None = None,
    times: int = 1,
    retry_after: float | None = None,
    seconds: float | None = None,
    as_: ErrorMode | None = None,
    known: Mapping[str, str],
) -> Fault:
    """A fault that can happen. Raises ValueError, in a sentence.

    known: the names of operations, and what each does
    """
    what = _to_what(what)
    only, names = _ONLY.get(what), {*known, *ELSEWHERE}
    if on is not None and on not in names:
        raise ValueError(f"nothing is called {on!r}; there are {', '.join(sorted(names))}")
    if not 1 <= times <= _MOST_TIMES:
        raise ValueError(f"a fault happens once at least, and {_MOST_TIMES:,} times at most")
    for name, number in (("seconds", seconds), ("retry_after", retry_after)):
        if number is not None and not 0 <= number <= _LONGEST:
            raise ValueError(f"{name} cannot be {number}")
    if as_ not in (None, "status", "envelope"):
        raise ValueError(f"a refusal comes as status or as envelope, not as {as_}")
    on = only[0] if only and on is None else on
    if on == "callback" and what != "lost-callback":
        raise ValueError("a callback can only be lost")
    if only and on is not None and known.get(on, on) not in only:
        raise ValueError(f"{what} befalls a {' or a '.join(only)}, not {on}")
    return Fault(what, on, times, retry_after, seconds, as_)


def parsed(text: str, known: Mapping[str, str]) -> Fault:
    """From WHAT[:ON][:TIMES]. Raises ValueError, in a sentence."""
    what, *more = text.split(":")
    times = int(more.pop()) if more and more[-1].isdecimal() else 1
    if len(more) > 1:
        raise ValueError(f"{text!r} is not of the form WHAT[:ON][:TIMES]")
    return to_fault(what, on=more[0] if more else None, times=times, known=known)


def _to_what(what: int | str) -> What:
    if isinstance(what, str) and what.isdecimal():
        what = int(what)
    if isinstance(what, int):
        if not 400 <= what <= 599:
            raise ValueError(f"{what} is no code that refuses: those lie between 400 and 599")
        return what
    for word in _WORDS:
        if word == what:
            return word
    raise ValueError(f"no fault is called {what!r}; there are codes and {', '.join(_WORDS)}")


@define(eq=False, repr=False)
class Faults:
    """Those that wait for their request, first in, first out, and those that come by chance.

    The draws follow from the seed and the number of the request.
    """

    seed: int
    chance: Chances = ()
    _queue: list[Fault] = field(factory=list[Fault])

    def are_none(self) -> bool:
        """Whether nothing can befall anybody."""
        return not self._queue and not self.chance

    @property
    def unused(self) -> list[Fault]:
        return [*self._queue]

    def add(self, fault: Fault) -> None:
        """Raises ValueError if too many wait already."""
        if len(self._queue) >= MAXIMUM:
            raise ValueError(f"no more than {MAXIMUM} faults can wait at once")
        self._queue.append(fault)

    def clear(self) -> None:
        self._queue.clear()

    def take_first(self, number: int, *target: str) -> Fault | None:
        """What befalls the request of this number, which goes by these names, before the service sees it.

        Used up with that. None where the first that is meant for it comes later.
        """
        fault = next(self._meant(number, target), None)
        return self._used(fault) if fault and fault.comes_first else None

    def take(self, number: int, *target: str, is_refused: bool = False) -> Fault | None:
        """What befalls the answer to it, or a callback of this number; used up with that."""
        for fault in self._meant(number, target):
            if not fault.comes_first and not (is_refused and fault.needs_success):
                return self._used(fault)
        return None

    def _meant(self, number: int, target: tuple[str, ...]) -> Iterator[Fault]:
        yield from (fault for fault in self._queue if fault.befalls(target))
        for fault, probability in self.chance:
            if fault.befalls(target) and self._draw(number, fault) < probability:
                yield fault

    def _used(self, fault: Fault) -> Fault:
        for index, each in enumerate(self._queue):
            if each is fault:  # and not one that comes by chance
                left = [evolve(fault, times=fault.times - 1)] if fault.times > 1 else []
                self._queue[index : index + 1] = left
                break
        return fault

    def _draw(self, number: int, fault: Fault) -> float:
        digest = hashlib.sha256(f"{self.seed} {number} {fault}".encode()).digest()
        return int.from_bytes(digest[:7]) / 2**56


def to_chances(chance: Mapping[str, float], known: Mapping[str, str]) -> Chances:
    """From probabilities by WHAT[:ON]. Raises ValueError, in a sentence."""
    for what, probability in chance.items():
        if not 0 <= probability <= 1:
            raise ValueError(f"{what!r} cannot be {probability} probable")
    return tuple((parsed(what, known), probability) for what, probability in chance.items())
