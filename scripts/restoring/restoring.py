"""Which indentation a page's YAML had before it was copied as text.

A line can stand wherever OpenAPI 3.0 lets its key stand and the key is not taken. All readings are followed side
by side, and each pays for what speaks against it: a place that the version before has not, a bound in a schema of
another type, a required property that there is not, an object that lacks what it must have. The cheapest reading is
taken. If two are equally cheap, the page is refused with the line at which they part: the words would be right either
way, and their meaning would not.
"""

from collections.abc import Mapping
from functools import cache, partial

from regeneration.documents import DocumentError, to_pointer
from restoring import laying
from restoring.following import SLACK, Reading, after, ended
from restoring.frames import Frame
from restoring.guiding import Guide
from restoring.lines import Line, read
from restoring.placing import place

READINGS = 60
"""How many readings are followed at once."""


class Ambiguous(DocumentError):
    """Two readings of a page are equally good; `line` is where they part."""


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
        followed = [more for reading in readings for more in after(reading, line, guide, container, placing)]
        if not followed:
            raise DocumentError(name, f"{_shown(line)} has no place here in an OpenAPI document", line.number)
        cheapest = min(reading.cost for reading in followed)
        followed = [reading for reading in followed if reading.cost <= cheapest + SLACK]
        readings = sorted(followed, key=lambda reading: reading.cost)[:READINGS]
    finished = sorted((ended(reading) for reading in readings), key=lambda reading: reading.cost)
    best, *others = finished
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
