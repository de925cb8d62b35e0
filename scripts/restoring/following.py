"""Every way to go on with a reading of a page, line by line and at its end."""

from collections.abc import Callable
from typing import TypeAlias

from attrs import evolve, frozen

from restoring import laying
from restoring.doubting import CONTINUED, FOREIGN, NEW, OUTSIDE, WRONG, dues
from restoring.frames import Frame
from restoring.guiding import Guide
from restoring.lines import Line, node
from restoring.placing import Placed
from restoring.shapes import ANY, SCALARS, kinds

SLACK = 45
"""How much dearer than the cheapest a reading may be for a while; it may yet win."""


@frozen(eq=False)
class Reading:
    """One way to read the lines so far."""

    top: Frame
    cost: int
    laid: laying.Laid | None


Placing: TypeAlias = Callable[[Frame], Placed | None]
"""One line as the next part of a frame; readings share most of theirs, so each is asked once."""


def after(
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


def ended(reading: Reading) -> Reading:
    """The reading with all that speaks against its end here."""
    frame, cost = reading.top, reading.cost
    while frame.parent is not None:
        if _must_go_on(frame):
            return evolve(reading, cost=cost + WRONG)
        cost += dues(frame)
        frame = frame.around
    return evolve(reading, top=frame, cost=cost + dues(frame))
