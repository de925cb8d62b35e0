"""What speaks against a reading of a page."""

from restoring.frames import Frame
from restoring.lines import Line, plain, sort_of
from restoring.shapes import ANY, REF, REFERABLE, is_for, shape

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


def newness(frame: Frame, key: str) -> int:
    """What speaks against a place that the version before has not; the keys of an example are those of its schema."""
    return FOREIGN if frame.kind == ANY and key not in frame.facts.properties else NEW


def doubts(frame: Frame, line: Line) -> int:
    """What speaks against a key in a schema, as far as it is read."""
    key, kind = line.key or "", frame.facts.type
    doubts = 0
    if frame.kind in REFERABLE and (REF in frame.keys or (key == REF and frame.keys)):
        doubts += WRONG
    if frame.kind == "MediaType" and key == "example" and frame.facts.properties and line.value:
        doubts += WRONG * (sort_of(line.value) != "mapping")
    if frame.kind != "Schema":
        return doubts
    if key == "type":
        doubts += WRONG * sum(not is_for(each, plain(line.value)) for each in frame.keys)
    elif kind is not None:
        doubts += WRONG * (not is_for(key, kind))
        if key in {"example", "default"}:
            doubts += _misfit(line.value, kind)
    return doubts


def dues(frame: Frame) -> int:
    """What speaks against the end of a frame."""
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


def _misfit(value: str, kind: str) -> int:
    """How badly an example or default fits the type of its schema."""
    if not value:
        return 0 if kind in {"object", "array"} else WRONG
    found = sort_of(value)
    if kind in {"object", "array"}:
        return 0 if found in {"mapping", "list"} else WRONG
    if kind in {"number", "integer", "boolean"}:
        return 0 if found == kind or (kind, found) == ("number", "integer") else WRONG
    return 0
