"""Whether a line can be the next part of one mapping or list."""

from attrs import evolve, frozen

from regeneration.documents import MAX_DEPTH, Place
from restoring.doubting import CONTINUED, doubts, newness
from restoring.frames import NOTHING, Frame, facts_behind, facts_with
from restoring.guiding import Guide
from restoring.lines import Line, node, plain
from restoring.shapes import ANY, SCALARS, Node, alternative, item_kind, shape


@frozen(eq=False)
class Placed:
    """A line in a frame: what is being read then, what speaks against it, and how the line is laid."""

    top: Frame
    cost: int
    column: int
    path: Place
    is_quoted: bool = False


def place(line: Line, guide: Guide, frame: Frame) -> Placed | None:
    """The line as the next part of that very mapping or list; None where it cannot be one."""
    if frame.sort == "open":
        if (opened := _opened(frame, line)) is None:
            return None
        frame = opened
    if frame.sort == "scalar" and not line.is_item and line.key is None:
        return Placed(evolve(frame, is_empty=False), CONTINUED, frame.column, frame.path)
    if frame.sort == "list" and line.is_item:
        taken = _item(frame, line, guide)
    elif frame.sort == "mapping" and not line.is_item and line.key is not None:
        taken = _entry(frame, line, guide)
    else:
        return None
    if taken is None:
        return None
    top, cost, is_quoted = taken
    return Placed(top, cost, frame.column, frame.path, is_quoted)


def _opened(frame: Frame, line: Line) -> Frame | None:
    """What an empty value turns out to be."""
    sort: Node = "list" if line.is_item else "scalar" if line.key is None else "mapping"
    kind = alternative(frame.kind, sort)
    return None if kind is None else evolve(frame, sort=sort, kind=kind)


def _item(frame: Frame, line: Line, guide: Guide) -> tuple[Frame, int, bool] | None:
    kind = item_kind(frame.kind)
    path = (*frame.path, len(frame.keys))
    grown = evolve(frame, is_empty=False, keys=frame.keys | {str(len(frame.keys))})
    if line.key is not None:
        if (inner := alternative(kind, "mapping")) is None:
            return None
        facts = (frame.facts.items or NOTHING) if kind == ANY else NOTHING
        item = Frame("mapping", inner, path, frame.column + 2, facts, parent=grown)
        return _entry(item, line, guide)
    if not line.value or line.is_block or (found := node(line.value, kind)) is None:
        return None
    if frame.path[-1:] == ("required",):
        grown = evolve(grown, facts=evolve(grown.facts, required=(*grown.facts.required, plain(line.value))))
    return grown, 0, found[1]


def _entry(frame: Frame, line: Line, guide: Guide) -> tuple[Frame, int, bool] | None:
    """The mapping with the line's key in it, or what that key opened; what speaks against it; whether to quote."""
    key = line.key
    assert key is not None
    kind = _kind_behind(frame, key)
    if kind is None:
        return None
    path = (*frame.path, key)
    cost = doubts(frame, line) + (0 if guide.knows(path) else newness(frame, key))
    grown = evolve(frame, keys=frame.keys | {key}, is_empty=False, facts=facts_with(frame, line))
    inside = Frame("open", kind, path, frame.column + 2, facts_behind(frame, key), parent=grown)
    began = _begun(inside, line)
    return None if began is None else (began[0], cost, began[1])


def _kind_behind(frame: Frame, key: str) -> str | None:
    """What stands behind a key of a mapping; None if the key cannot be its next."""
    if key in frame.keys or len(frame.path) >= MAX_DEPTH:
        return None
    if frame.kind == ANY:
        return ANY
    known = shape(frame.kind)
    return None if known is None else known.kind_of(key)


def _begun(inside: Frame, line: Line) -> tuple[Frame, bool] | None:
    """What is being read after a key and its value, and whether the value is to be quoted."""
    kind = inside.kind
    if not line.value:
        return None if kind in SCALARS - {ANY, "string"} else (inside, False)
    if line.is_block:
        if alternative(kind, "scalar") not in {"string", ANY}:
            return None
        return evolve(inside, sort="text", facts=NOTHING, is_folded=line.is_folded), False
    if (found := node(line.value, kind)) is None:
        return None
    if found[0] == "scalar":
        return evolve(inside, sort="scalar", facts=NOTHING), found[1]
    assert inside.parent is not None
    return inside.parent, found[1]
