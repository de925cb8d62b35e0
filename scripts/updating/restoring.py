"""Which indentation a page's YAML had before it was copied as text.

A line can stand wherever OpenAPI 3.0 lets its key stand and the key is not taken. All readings are followed side
by side, and each pays for what speaks against it: a place that the version before has not, a bound in a schema of
another type, a required property that there is not, an object that lacks what it must have. The cheapest reading is
taken. If two are equally cheap, the page is refused with the line at which they part: the words would be right either
way, and their meaning would not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from attrs import evolve, field, frozen

from regeneration.documents import MAX_DEPTH, DocumentError, Place, to_pointer
from updating import laying
from updating.guiding import Guide
from updating.lines import Line, read
from updating.shapes import ANY, REF, REFERABLE, SCALARS, alternative, is_for, item_kind, kinds, shape

NEW = 4
"""A place that the version before has not."""
FOREIGN = 20
"""A key of an example that its schema has not, or a text where a key could stand."""
CONTINUED = 8
"""A plain text that runs over several lines."""
OUTSIDE = 2
"""A key of a known object that a new one inside it could have."""
WRONG = 40
"""What OpenAPI calls an error."""
SLACK = 45
"""How much dearer than the cheapest a reading may be for a while; it may yet win."""
READINGS = 60
"""How many readings are followed at once."""


class Ambiguous(DocumentError):
    """Two readings of a page are equally good; `line` is where they part."""


@frozen
class Facts:
    """What is known of a schema while it is read."""

    type: str | None = None
    properties: Mapping[str, Facts] = field(factory=dict)
    required: tuple[str, ...] = ()
    items: Facts | None = None
    is_open: bool = False
    """Whether more of it stands elsewhere."""


_NOTHING = Facts()
_ELSEWHERE = Facts(is_open=True)


@frozen(eq=False)
class Frame:
    """A mapping, list or text that is being read; `open` is what a key without a value leads to."""

    sort: str
    kind: str
    path: Place
    column: int
    facts: Facts = _NOTHING
    keys: frozenset[str] = frozenset()
    is_empty: bool = True
    is_folded: bool = False
    parent: Frame | None = None


@frozen(eq=False)
class Reading:
    """One way to read the lines so far."""

    top: Frame
    cost: int
    laid: laying.Laid | None


def restore(
    numbered: list[tuple[int, str]], name: str, guide: Guide, places: Mapping[int, str] | None = None
) -> str:
    """The YAML text whose lines these are; `places` says by line in what to put it, by its last key.

    Raises `DocumentError` with the line that fits nowhere, `Ambiguous` with the one that fits twice.
    """
    readings = [Reading(Frame("mapping", "Document", (), 0), 0, None)]
    for line in read(numbered):
        container = (places or {}).get(line.number)
        followed = [after for reading in readings for after in _after(reading, line, guide, container)]
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
        frame, dues = _closed(frame)
        cost += dues
    return evolve(reading, top=frame, cost=cost + _dues(frame))


def _after(reading: Reading, line: Line, guide: Guide, container: str | None) -> list[Reading]:
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
            placed = [*_placed(reading, frame, line, guide, cost + passed * is_known)]
            found.extend(placed)
            if frame.kind != ANY and frame.sort == "mapping" and not is_known:
                passed = max([passed, *(OUTSIDE for each in placed if each.cost <= cost + NEW)])
        if frame.parent is None or _must_go_on(frame):
            break
        frame, dues = _closed(frame)
        cost += dues
    if text is None or container is not None:
        return found
    if guide.holds(text.top.path, line.text):
        return [text, *(evolve(other, cost=other.cost + FOREIGN) for other in found)]
    is_doubtful = any(other.cost <= reading.cost + NEW + CONTINUED for other in found) or _reads_as_keyword(
        line
    )
    return [evolve(text, cost=text.cost + FOREIGN * is_doubtful), *found]


def _reads_as_keyword(line: Line) -> bool:
    """Whether a line would be part of some OpenAPI object, were it not in a text."""
    if line.key is None:
        return False
    if not line.value or line.is_block:
        return any(kind not in SCALARS or line.is_block for kind in kinds(line.key))
    return any(_node(line.value, kind) is not None for kind in kinds(line.key))


def _must_go_on(frame: Frame) -> bool:
    return frame.sort == "text" and frame.is_empty


def _as_text(reading: Reading, frame: Frame, line: Line, cost: int) -> Reading:
    laid = laying.Laid(line, frame.column, frame.path, reading.laid, is_text=True, is_folded=frame.is_folded)
    return Reading(evolve(frame, is_empty=False), cost, laid)


def _placed(reading: Reading, frame: Frame, line: Line, guide: Guide, cost: int) -> Iterator[Reading]:
    """The line as the next part of that very mapping or list."""
    if frame.sort == "open":
        if (opened := _opened(frame, line)) is None:
            return
        frame = opened
    if frame.sort == "scalar":
        if not line.is_item and line.key is None:
            laid = laying.Laid(line, frame.column, frame.path, reading.laid)
            yield Reading(evolve(frame, is_empty=False), cost + CONTINUED, laid)
        return
    if frame.sort == "list" and line.is_item:
        taken = _item(frame, line, guide)
    elif frame.sort == "mapping" and not line.is_item and line.key is not None:
        taken = _entry(frame, line, guide)
    else:
        return
    if taken is not None:
        top, dues, is_quoted = taken
        laid = laying.Laid(line, frame.column, frame.path, reading.laid, is_quoted=is_quoted)
        yield Reading(top, cost + dues, laid)


def _opened(frame: Frame, line: Line) -> Frame | None:
    """What an empty value turns out to be."""
    node = "list" if line.is_item else "scalar" if line.key is None else "mapping"
    kind = alternative(frame.kind, node)
    return None if kind is None else evolve(frame, sort=node, kind=kind)


def _item(frame: Frame, line: Line, guide: Guide) -> tuple[Frame, int, bool] | None:
    kind = item_kind(frame.kind)
    path = (*frame.path, _length(frame))
    grown = evolve(frame, is_empty=False, keys=frame.keys | {str(len(frame.keys))})
    if line.key is not None:
        if (inner := alternative(kind, "mapping")) is None:
            return None
        facts = (frame.facts.items or _NOTHING) if kind == ANY else _NOTHING
        item = Frame("mapping", inner, path, frame.column + 2, facts, parent=grown)
        return _entry(item, line, guide)
    if not line.value or line.is_block or (node := _node(line.value, kind)) is None:
        return None
    if frame.path[-1:] == ("required",):
        grown = evolve(grown, facts=evolve(grown.facts, required=(*grown.facts.required, _plain(line.value))))
    return grown, 0, node[1]


def _length(frame: Frame) -> int:
    return len(frame.keys)


def _entry(frame: Frame, line: Line, guide: Guide) -> tuple[Frame, int, bool] | None:
    """The mapping with the line's key in it, or what that key opened; what speaks against it; whether to quote."""
    key = line.key
    assert key is not None
    kind = _kind_behind(frame, key)
    if kind is None:
        return None
    path = (*frame.path, key)
    cost = _doubts(frame, line) + (0 if guide.knows(path) else _newness(frame, key))
    grown = evolve(frame, keys=frame.keys | {key}, is_empty=False, facts=_told(frame, line))
    inside = Frame("open", kind, path, frame.column + 2, _inner_facts(frame, key), parent=grown)
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
        return evolve(inside, sort="text", facts=_NOTHING, is_folded=line.is_folded), False
    if (node := _node(line.value, kind)) is None:
        return None
    if node[0] == "scalar":
        return evolve(inside, sort="scalar", facts=_NOTHING), node[1]
    assert inside.parent is not None
    return inside.parent, node[1]


def _newness(frame: Frame, key: str) -> int:
    """What speaks against a place that the version before has not; the keys of an example are those of its schema."""
    return FOREIGN if frame.kind == ANY and key not in frame.facts.properties else NEW


def _told(frame: Frame, line: Line) -> Facts:
    facts = frame.facts
    if frame.kind == "Schema":
        if line.key == "type":
            return evolve(facts, type=_plain(line.value))
        if line.key == REF:
            return evolve(facts, is_open=True)
    return facts


def _inner_facts(frame: Frame, key: str) -> Facts:
    """What is known beforehand of the value behind a key: the schema of an example."""
    if frame.kind == ANY:
        return frame.facts.properties.get(key, _ELSEWHERE if frame.facts.is_open else _NOTHING)
    if key.startswith("x-"):
        return _ELSEWHERE
    if (frame.kind in {"MediaType", "Parameter", "Header"} and key in {"example", "examples"}) or (
        frame.kind in {"{Example}", "Example"} or (frame.kind == "Schema" and key in {"example", "default"})
    ):
        return frame.facts
    return _NOTHING


def _doubts(frame: Frame, line: Line) -> int:
    """What speaks against a key in a schema, as far as it is read."""
    key, kind = line.key or "", frame.facts.type
    doubts = 0
    if frame.kind in REFERABLE and (REF in frame.keys or (key == REF and frame.keys)):
        doubts += WRONG
    if frame.kind == "MediaType" and key == "example" and frame.facts.properties and line.value:
        doubts += WRONG * (_sort_of(line.value) != "mapping")
    if frame.kind != "Schema":
        return doubts
    if key == "type":
        doubts += WRONG * sum(not is_for(each, _plain(line.value)) for each in frame.keys)
    elif kind is not None:
        doubts += WRONG * (not is_for(key, kind))
        if key in {"example", "default"}:
            doubts += _misfit(line.value, kind)
    return doubts


def _misfit(value: str, kind: str) -> int:
    """How badly an example or default fits the type of its schema."""
    if not value:
        return 0 if kind in {"object", "array"} else WRONG
    found = _sort_of(value)
    if kind in {"object", "array"}:
        return 0 if found in {"mapping", "list"} else WRONG
    if kind in {"number", "integer", "boolean"}:
        return 0 if found == kind or (kind, found) == ("number", "integer") else WRONG
    return 0


def _closed(frame: Frame) -> tuple[Frame, int]:
    """The frame around this one once this one is over, and what speaks against its end."""
    parent = frame.parent
    assert parent is not None
    facts = _absorbed(parent, frame)
    return (parent if facts is parent.facts else evolve(parent, facts=facts)), _dues(frame)


def _absorbed(parent: Frame, child: Frame) -> Facts:
    """What is known of the frame around a schema, or a part of one, once that is read."""
    facts, told = parent.facts, child.facts
    if ANY in {parent.kind, child.kind} or not child.path:
        return facts
    key = str(child.path[-1])
    merged = {**facts.properties, **told.properties}
    match parent.kind, key:
        case ("{Schema}", _):
            facts = evolve(facts, properties={**facts.properties, key: told})
        case ("MediaType" | "Parameter" | "Header", "schema"):
            facts = told
        case ("Schema", "properties") | ("[Schema]", _):
            facts = evolve(facts, properties=merged)
        case ("Schema", "required"):
            facts = evolve(facts, required=told.required)
        case ("Schema", "items"):
            facts = evolve(facts, items=told)
        case ("Schema", "allOf" | "oneOf" | "anyOf"):
            facts = evolve(facts, properties=merged, is_open=True)
    return facts


def _dues(frame: Frame) -> int:
    match frame.sort, frame.kind:
        case ("open", kind):
            return FOREIGN if kind == ANY else WRONG
        case ("mapping", "Schema"):
            facts = frame.facts
            if facts.is_open or "properties" not in frame.keys:
                return WRONG * len(facts.required) if not facts.is_open else 0
            return WRONG * sum(name not in facts.properties for name in facts.required)
        case ("mapping", kind) if kind != ANY and REF not in frame.keys:
            known = shape(kind)
            assert known is not None
            return WRONG * len(known.required - frame.keys)
    return 0


def _node(value: str, kind: str) -> tuple[str, bool] | None:
    """The sort of a value that stands in its line, and whether it must be quoted to be one; None: it cannot be."""
    found = _sort_of(value)
    if found in {"mapping", "list"}:
        if alternative(kind, "mapping" if found == "mapping" else "list") is not None:
            return found, False
        # A site that hides mail addresses writes one in brackets.
        return ("scalar", True) if alternative(kind, "scalar") == "string" else None
    match alternative(kind, "scalar"):
        case None:
            return None
        case "string" | "any":
            return "scalar", False
        case "number":
            return ("scalar", False) if found in {"number", "integer"} else None
        case wanted:
            return ("scalar", False) if found == wanted else None


def _sort_of(value: str) -> str:
    if value == "[email protected]":
        return "list"
    for sort, pattern in _SORTS.items():
        if pattern.fullmatch(value):
            return sort
    return "string"


def _plain(value: str) -> str:
    return value[1:-1] if value[:1] in {"'", '"'} else value


_SORTS = {
    "list": re.compile(r"\[.*\]"),
    "mapping": re.compile(r"\{.*\}"),
    "boolean": re.compile("true|false"),
    "integer": re.compile("[-+]?[0-9]+"),
    "number": re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"),
}
