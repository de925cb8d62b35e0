"""What changed in a schema, and in those inside it.

The side decides: a request is what our users write, so whatever allows less breaks them; an answer is what they read,
so whatever promises less does. What one keyword means is said in `rules`.
"""

from collections.abc import Iterator

from comparing import rules
from comparing.changes import Change, Level, Side, added, removed
from comparing.parts import as_object, list_at, missing, object_at, shared
from comparing.references import Versions, is_one_reference, resolved
from regeneration.documents import Document, Json, Place, is_same


def changes(versions: Versions, old: Json, new: Json, here: Place, side: Side) -> Iterator[Change]:
    """Every change between two schemas; one reference is compared where it leads."""
    if is_same(old, new) or is_one_reference(old, new):
        return
    if not isinstance(old, dict) or not isinstance(new, dict):  # additionalProperties
        yield _openness(old, new, here, side)
    elif "$ref" in old or "$ref" in new:
        found = [*changes(versions, *versions.resolved(old, new), here, side)]
        yield from found or [
            Change(here, "written otherwise", old, new, Level.WORDING, "it says the same", side)
        ]
    elif _parts_of(old) != _parts_of(new):
        merged = _merged(old, versions.old), _merged(new, versions.new)
        yield from changes(versions, *merged, here, side)
    else:
        for keyword in dict.fromkeys([*old, *new]):
            yield from _keyword(versions, old, new, (*here, keyword), side)


def of_component(versions: Versions, old: Json, new: Json, here: Place) -> Iterator[Change]:
    """The changes of a schema among the components, from the sides on which it is used."""
    used = versions.sides_of(str(here[-1]))
    found = {side: [*changes(versions, old, new, here, side)] for side in used or {Side.REQUEST}}
    if not used:
        yield from map(rules.unused, found[Side.REQUEST])
    elif len(found) == 1:
        yield from found.popitem()[1]
    else:
        yield from rules.of_both(found[Side.REQUEST], found[Side.RESPONSE])


def _keyword(versions: Versions, old: Document, new: Document, place: Place, side: Side) -> Iterator[Change]:
    keyword = str(place[-1])
    before, after = old.get(keyword), new.get(keyword)
    if is_same(before, after) and (keyword in old) == (keyword in new):
        return
    match keyword:
        case "properties":
            yield from _properties(versions, old, new, place, side)
        case "required":
            yield from _required(old, new, place, side)
        case "items" | "not" | "additionalProperties" if keyword in old and keyword in new:
            inner = rules.opposite(side) if keyword == "not" else side
            yield from changes(versions, before, after, place, inner)
        case "allOf" | "oneOf" | "anyOf":
            yield from _variants(versions, old, new, place, side)
        case "enum":
            yield from rules.enum(_values(old), _values(new), place, side)
        case _:
            yield rules.keyword(old, new, place, side)


def _openness(old: Json, new: Json, here: Place, side: Side) -> Change:
    is_narrower = new is False or (isinstance(new, dict) and old is True)
    if is_narrower and side is Side.REQUEST:
        level, why = Level.BREAKING, "further fields are refused"
    else:
        level, why = Level.COMPATIBLE, "further fields are let through"
    return Change(here, "further properties", old, new, level, why, side)


def _properties(
    versions: Versions, old: Document, new: Document, here: Place, side: Side
) -> Iterator[Change]:
    before, after = object_at(old, "properties"), object_at(new, "properties")
    gone = {name: before[name] for name in missing(before, after)}
    come = {name: after[name] for name in missing(after, before)}
    renamed = _renamed(gone, come)
    is_sent = side is Side.REQUEST
    for name, other in renamed.items():
        why = f"the old name is no longer {'understood' if is_sent else 'sent'}"
        yield Change(
            (*here, name), "property renamed", name, other, Level.BREAKING, why, side, is_removed=True
        )
    for name, schema in gone.items():
        if name not in renamed:
            why = "callers may set it" if is_sent else "readers rely on it"
            told = rules.summary(schema)
            yield removed((*here, name), "property removed", told, Level.BREAKING, why, side=side)
    for name, schema in come.items():
        if name not in renamed.values():
            is_required = name in list_at(new, "required")
            level, why = rules.addition(side, is_required=is_required)
            what = "required property added" if is_required else "property added"
            yield added((*here, name), what, rules.summary(schema), level, why, side=side)
    for name in shared(before, after):
        yield from changes(versions, before[name], after[name], (*here, name), side)


def _renamed(gone: dict[str, Json], come: dict[str, Json]) -> dict[str, str]:
    """Which properties went under another name: the same schema, texts aside, and only one of each."""
    pairs = {
        name: [other for other in come if is_same(rules.bare(gone[name]), rules.bare(come[other]))]
        for name in gone
    }
    taken = [others[0] for others in pairs.values() if len(others) == 1]
    return {
        name: others[0] for name, others in pairs.items() if len(others) == 1 and taken.count(others[0]) == 1
    }


def _required(old: Document, new: Document, here: Place, side: Side) -> Iterator[Change]:
    """Which properties have to be there now, or no longer have to; of one that came or went that is told already."""
    before, after = ({str(each) for each in list_at(each, "required")} for each in (old, new))
    properties = object_at(old, "properties").keys(), object_at(new, "properties").keys()
    told_elsewhere = properties[0] ^ properties[1]
    for name in sorted(after - before - told_elsewhere):
        if side is Side.RESPONSE:
            level, why = Level.COMPATIBLE, "it is always there"
        else:
            level, why = Level.BREAKING, "requests without it are refused"
        yield Change(here, "now required", None, name, level, why, side)
    for name in sorted(before - after - told_elsewhere):
        if side is Side.REQUEST:
            level, why = Level.COMPATIBLE, "it may be left out"
        else:
            level, why = Level.BREAKING, "it may be missing from an answer"
        yield Change(here, "no longer required", name, None, level, why, side)


def _variants(versions: Versions, old: Document, new: Document, place: Place, side: Side) -> Iterator[Change]:
    keyword = str(place[-1])
    before, after = list_at(old, keyword), list_at(new, keyword)
    if len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from changes(versions, *pair, (*place, index), side)
        return
    for each in before:
        if not any(is_same(each, other) for other in after):
            yield rules.variant(each, place, side, is_added=False)
    for each in after:
        if not any(is_same(each, other) for other in before):
            yield rules.variant(each, place, side, is_added=True)


def _values(schema: Document) -> list[Json] | None:
    return list_at(schema, "enum") if "enum" in schema else None


def _parts_of(schema: Document) -> int | None:
    """How many parts a schema is made of; None if it is one."""
    parts = schema.get("allOf")
    return len(parts) if isinstance(parts, list) else None


def _merged(schema: Document, document: Document, depth: int = 20) -> Document:
    """The schema with its `allOf` merged in, as far as that says the same."""
    schema = resolved(schema, document)
    merged: Document = {}
    parts = (
        [_merged(as_object(part), document, depth - 1) for part in list_at(schema, "allOf")] if depth else []
    )
    for part in [*parts, {key: value for key, value in schema.items() if key != "allOf"}]:
        for key, value in part.items():
            held = merged.get(key)
            if isinstance(held, dict) and isinstance(value, dict):
                merged[key] = {**held, **value}
            elif isinstance(held, list) and isinstance(value, list):
                merged[key] = [*held, *value]
            else:
                merged[key] = value
    return merged
