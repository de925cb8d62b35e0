"""What is being read of a document, from its root to the innermost mapping, list or text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from attrs import evolve, field, frozen

from regeneration.documents import Place
from restoring.lines import Line, plain
from restoring.shapes import ANY, REF


@frozen
class Facts:
    """What is known of a schema while it is read."""

    type: str | None = None
    properties: Mapping[str, Facts] = field(factory=dict)
    required: tuple[str, ...] = ()
    items: Facts | None = None
    is_open: bool = False
    """Whether more of it stands elsewhere."""


NOTHING = Facts()
ELSEWHERE = Facts(is_open=True)


@frozen(eq=False)
class Frame:
    """A mapping, list or text that is being read; `open` is what a key without a value leads to."""

    sort: str
    kind: str
    path: Place
    column: int
    facts: Facts = NOTHING
    keys: frozenset[str] = frozenset()
    is_empty: bool = True
    is_folded: bool = False
    parent: Frame | None = None

    @cached_property
    def around(self) -> Frame:
        """The frame around this one once this one is over; many readings share it, and ask again at every line."""
        assert self.parent is not None
        facts = _absorbed(self.parent, self)
        return self.parent if facts is self.parent.facts else evolve(self.parent, facts=facts)


def facts_behind(frame: Frame, key: str) -> Facts:
    """What is known beforehand of the value behind a key: the schema of an example."""
    if frame.kind == ANY:
        return frame.facts.properties.get(key, ELSEWHERE if frame.facts.is_open else NOTHING)
    if key.startswith("x-"):
        return ELSEWHERE
    if (frame.kind in {"MediaType", "Parameter", "Header"} and key in {"example", "examples"}) or (
        frame.kind in {"{Example}", "Example"} or (frame.kind == "Schema" and key in {"example", "default"})
    ):
        return frame.facts
    return NOTHING


def facts_with(frame: Frame, line: Line) -> Facts:
    """What is known of a schema with one more of its keys."""
    facts = frame.facts
    if frame.kind == "Schema":
        if line.key == "type":
            return evolve(facts, type=plain(line.value))
        if line.key == REF:
            return evolve(facts, is_open=True)
    return facts


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
