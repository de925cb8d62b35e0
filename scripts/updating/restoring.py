"""Which indentation a page's YAML had before it was copied as text.

A line can stand wherever OpenAPI 3.0 lets its key stand and the key is not taken. All readings are followed side
by side, and each pays for what speaks against it: a place that the version before has not, a bound in a schema of
another type, a required property that there is not, an object that lacks what it must have. The cheapest reading is
taken. If two are equally cheap, the page is refused with the line at which they part: the words would be right either
way, and their meaning would not.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TypeAlias

from attrs import evolve, frozen

from regeneration.documents import DocumentError, to_pointer
from updating import laying
from updating.doubting import CONTINUED, FOREIGN, NEW, OUTSIDE, WRONG, dues
from updating.frames import Frame
from updating.guiding import Guide
from updating.lines import Line, read
from updating.placing import Placed, place
from updating.shapes import ANY, SCALARS, kinds
from updating.values import node

SLACK = 45
"""How much dearer than the cheapest a reading may be for a while; it may yet win."""
READINGS = 60
"""How many readings are followed at once."""


class Ambiguous(DocumentError):
    """Two readings of a page are equally good; `line` is where they part."""


@frozen(eq=False)
class Reading:
    """One way to read the lines so far."""

    top: Frame
    cost: int
    laid: laying.Laid | None


Placing: TypeAlias = Callable[[Frame], Placed | None]
"""One line as the next part of a frame; readings share most of theirs, so each is asked once."""


def restore(
    numbered: list[tuple[int, str]], name: str, guide: Guide, places: Mapping[int, str] | None = None
) -> str:
    """The YAML text whose lines these are; `places` says by line in what to put it, by its last key.

    Raises `DocumentError` with the line that fits nowhere, `Ambiguous` with the one that fits twice.
    """
    readings = [Reading(Frame("mapping", "Document", (), 0), 0, None)]
    for line in read(numbered):
        container = (places or {}).get(line.number)
        placing = cache(partial(place, line, guide))
        followed = [
            after for reading in readings for after in _after(reading, line, guide, container, placing)
        ]
        if not followed:
            raise DocumentError(name, f"{_shown(line)} has no place here in an OpenAPI document", line.number)
        cheapest = min(reading.cost for reading in followed)
        followed = [reading for reading in followed if reading.cost <= cheapest + SLACK]
        readings = sorted(followed, key=lambda reading: reading.cost)[:READINGS]
    ended = sorted((_ended(reading) for reading in readings), key=lambda reading: reading.cost)
    best, *others = ended
    for other in others:
        if other.cost > best.cost:
            break
        _check_same(best, other, name)
    return laying.lay(best.laid, guide)


def _check_same(best: Reading, other: Reading, name: str) -> None:
    for one, two in zip(laying.in_order(best.laid), laying.in_order(other.laid), strict=True):
        if (one.column, one.is_text) != (two.column, two.is_text):
            line = one.line
            problem = (
                f"{_shown(line)} can stand in {_container(one)} or in {_container(two)}; "
                f"say which: --place {line.number}={_last(one)} or --place {line.number}={_last(two)}"
            )
            raise Ambiguous(name, problem, line.number)


def _shown(line: Line) -> str:
    return f"`{line.text if len(line.text) <= 60 else line.text[:59] + '…'}`"


def _container(laid: laying.Laid) -> str:
    return to_pointer(laid.container) or "the root"


def _last(laid: laying.Laid) -> str:
    return str(laid.container[-1]) if laid.container else "/"


def _ended(reading: Reading) -> Reading:
    frame, cost = reading.top, reading.cost
    while frame.parent is not None:
        if _must_go_on(frame):
            return evolve(reading, cost=cost + WRONG)
        cost += dues(frame)
        frame = frame.around
    return evolve(reading, top=frame, cost=cost + dues(frame))


def _after(
    reading: Reading, line: Line, guide: Guide, container: str | None, placing: Placing
) -> list[Reading]:
    """Every way to go on with one more line."""
    found: list[Reading] = []
    text: Reading | None = None
    frame: Frame | None = reading.top
    cost, passed = reading.cost, 0
    while frame is not None and cost <= reading.cost + SLACK:
        if frame.sort == "text":
            text = _as_text(reading, frame, line, cost)
        elif container is None or container == (str(frame.path[-1]) if frame.path else "/"):
            # An object that is new has its lines together; a known one is as the version before had it.
            is_known = guide.knows(frame.path)
            if (placed := placing(frame)) is not None:
                found.append(_with(reading, line, placed, cost + passed * is_known))
                is_new = frame.kind != ANY and frame.sort == "mapping" and not is_known
                if is_new and placed.cost <= NEW:
                    passed = OUTSIDE
        if frame.parent is None or _must_go_on(frame):
            break
        cost += dues(frame)
        frame = frame.around
    if text is None or container is not None:
        return found
    if guide.holds(text.top.path, line.text):
        return [text, *(evolve(other, cost=other.cost + FOREIGN) for other in found)]
    is_doubtful = any(other.cost <= reading.cost + NEW + CONTINUED for other in found) or _reads_as_keyword(
        line
    )
    return [evolve(text, cost=text.cost + FOREIGN * is_doubtful), *found]


def _with(reading: Reading, line: Line, placed: Placed, cost: int) -> Reading:
    laid = laying.Laid(line, placed.column, placed.path, reading.laid, is_quoted=placed.is_quoted)
    return Reading(placed.top, cost + placed.cost, laid)


def _as_text(reading: Reading, frame: Frame, line: Line, cost: int) -> Reading:
    laid = laying.Laid(line, frame.column, frame.path, reading.laid, is_text=True, is_folded=frame.is_folded)
    return Reading(evolve(frame, is_empty=False), cost, laid)


def _reads_as_keyword(line: Line) -> bool:
    """Whether a line would be part of some OpenAPI object, were it not in a text."""
    if line.key is None:
        return False
    if not line.value or line.is_block:
        return any(kind not in SCALARS or line.is_block for kind in kinds(line.key))
    return any(node(line.value, kind) is not None for kind in kinds(line.key))


def _must_go_on(frame: Frame) -> bool:
    return frame.sort == "text" and frame.is_empty
