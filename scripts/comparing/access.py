"""What changed of where requests go, and of the key they show there."""

from collections.abc import Iterator

from comparing.changes import Change, Level
from comparing.fields import field, named, wordings
from comparing.parts import as_object, extensions, list_at, shared
from regeneration.documents import Document, Json, Place, is_same


def servers(old: Document, new: Document, here: Place) -> Iterator[Change]:
    """The changes of the servers that the document, a path or an operation names; the first one is asked."""
    place = (*here, "servers")
    before, after = (
        [str(as_object(each).get("url")) for each in list_at(each, "servers")] for each in (old, new)
    )
    if before[:1] != after[:1]:
        first = (before[0] if before else None), (after[0] if after else None)
        why = "requests go to the first one"
        yield Change((*place, 0, "url"), "server changed", *first, Level.BREAKING, why)
    for url in before[1:]:
        if url not in after:
            why = "who named it finds nobody there"
            yield Change(place, "server removed", url, None, Level.BREAKING, why)
    for url in after[1:]:
        if url not in before:
            why = "requests go to the first one"
            yield Change(place, "server added", None, url, Level.COMPATIBLE, why)
    if before == after:
        for index, pair in enumerate(zip(list_at(old, "servers"), list_at(new, "servers"), strict=True)):
            one, other = map(as_object, pair)
            words = ("description", "variables", *extensions(one, other))
            yield from wordings(one, other, (*place, index), words)


def security(old: Document, new: Document, here: Place) -> Iterator[Change]:
    """The change of which keys are asked for, by the document or by an operation."""
    before, after = list_at(old, "security"), list_at(new, "security")
    if ("security" in old, before) == ("security" in new, after) or _is_same_set(before, after):
        return
    is_left_to_the_document = here != () and "security" not in new
    is_looser = not after or {} in after or (bool(before) and all(each in after for each in before))
    if is_looser and not is_left_to_the_document:
        level, why = Level.COMPATIBLE, "what was sent is still enough"
    else:
        level, why = Level.BREAKING, "what was sent is not enough"
    yield Change((*here, "security"), "security changed", before or None, after or None, level, why)


def schemes(old: Document, new: Document, here: Place) -> Iterator[Change]:
    """The changes of how each key is shown."""
    reasons = "its key is no longer asked for", "nobody needs it yet"
    yield from named(old, new, here, "security scheme", reasons)
    for name in shared(old, new):
        before, after = as_object(old[name]), as_object(new[name])
        for key in ("type", "scheme", "in", "name", "flows", "openIdConnectUrl"):
            why = "the key is sent in another way"
            yield from field(before, after, (*here, name, key), Level.BREAKING, why)
        words = ("description", "bearerFormat", *extensions(before, after))
        yield from wordings(before, after, (*here, name), words)


def _is_same_set(old: list[Json], new: list[Json]) -> bool:
    return all(any(is_same(one, other) for other in new) for one in old) and len(old) == len(new)
