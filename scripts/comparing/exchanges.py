"""What changed in what an operation takes and in what it answers."""

from collections.abc import Iterator

from comparing import rules, schemas
from comparing.changes import Change, Level, Side, added, removed
from comparing.fields import deprecation, field, is_required, wordings
from comparing.parts import as_object, extensions, list_at, missing, object_at, shared
from comparing.references import Versions, is_one_reference, resolved
from regeneration.documents import Document, Place


def parameters(versions: Versions, old: Document, new: Document, here: Place) -> Iterator[Change]:
    """The changes of an operation's parameters, or of those that all operations of a path share."""
    before = _by_name([resolved(each, versions.old) for each in list_at(old, "parameters")])
    after = _by_name([resolved(each, versions.new) for each in list_at(new, "parameters")])
    place = (*here, "parameters")
    for name in missing(before, after):
        gone = (*place, before[name][0])
        yield removed(gone, "parameter removed", name, Level.BREAKING, "callers pass it", side=Side.REQUEST)
    for name in missing(after, before):
        index, parameter = after[name]
        must_be_sent = parameter.get("required") is True
        level, why = rules.addition(Side.REQUEST, is_required=must_be_sent)
        what = "required parameter added" if must_be_sent else "parameter added"
        yield added((*place, index), what, name, level, why, side=Side.REQUEST)
    for name in shared(before, after):
        index, parameter = after[name]
        yield from _parameter(versions, before[name][1], parameter, (*place, index))


def _by_name(found: list[Document]) -> dict[str, tuple[int, Document]]:
    return {f"{each.get('in')} {each.get('name')}": (index, each) for index, each in enumerate(found)}


def _parameter(versions: Versions, old: Document, new: Document, here: Place) -> Iterator[Change]:
    yield from is_required(old, new, here)
    yield from wordings(old, new, here, ("description", "example", "examples"))
    yield from deprecation(old, new, here)
    for key in ("style", "explode", "allowReserved"):
        yield from field(old, new, (*here, key), Level.BREAKING, "it is written otherwise")
    pair = old.get("schema", {}), new.get("schema", {})
    yield from schemas.changes(versions, *pair, (*here, "schema"), Side.REQUEST)


def body(versions: Versions, old: Document, new: Document, here: Place) -> Iterator[Change]:
    """The changes of the body that an operation takes."""
    place = (*here, "requestBody")
    references = old.get("requestBody"), new.get("requestBody")
    before, after = versions.resolved(*references)
    if before and not after:
        yield removed(place, "body removed", "a body", Level.BREAKING, "callers pass it", side=Side.REQUEST)
    elif after and not before:
        level, why = rules.addition(Side.REQUEST, is_required=after.get("required") is True)
        yield added(place, "body added", "a body", level, why, side=Side.REQUEST)
    elif before and not is_one_reference(*references):
        yield from wordings(before, after, place, ("description", *extensions(before, after)))
        yield from of_body(versions, before, after, place)


def of_body(versions: Versions, old: Document, new: Document, here: Place) -> Iterator[Change]:
    """The changes of a body that both versions have: whether it has to be sent, and of what kinds it can be."""
    yield from is_required(old, new, here)
    yield from content(versions, old, new, here, Side.REQUEST)


def responses(versions: Versions, old: Document, new: Document, here: Place) -> Iterator[Change]:
    """The changes of an operation's answers."""
    place = (*here, "responses")
    before, after = object_at(old, "responses"), object_at(new, "responses")
    for status in missing(before, after):
        level, why = _of_status(status, "its answer is no longer told")
        yield removed((*place, status), "status removed", status, level, why, side=Side.RESPONSE)
    for status in missing(after, before):
        level, why = _of_status(status, "a success that is read by nobody yet")
        yield added((*place, status), "status added", status, level, why, side=Side.RESPONSE)
    for status in shared(before, after):
        pair = before[status], after[status]
        if not is_one_reference(*pair):
            yield from response(versions, *versions.resolved(*pair), (*place, status))


def _of_status(status: str, why: str) -> tuple[Level, str]:
    if status.startswith("2"):
        return Level.BREAKING, why
    return Level.COMPATIBLE, "refusals are read whatever the status"


def response(versions: Versions, old: Document, new: Document, here: Place) -> Iterator[Change]:
    """The changes of one answer."""
    before, after = object_at(old, "headers"), object_at(new, "headers")
    why = "the package reads none of the answer's headers by name"
    place = (*here, "headers")
    for name in missing(before, after):
        yield removed((*place, name), "header removed", name, Level.COMPATIBLE, why, side=Side.RESPONSE)
    for name in missing(after, before):
        yield added((*place, name), "header added", name, Level.COMPATIBLE, why, side=Side.RESPONSE)
    yield from content(versions, old, new, here, Side.RESPONSE)
    yield from wordings(old, new, here, ("description", "links", *extensions(old, new)))


def content(versions: Versions, old: Document, new: Document, here: Place, side: Side) -> Iterator[Change]:
    """The changes of the kinds of body that are sent or answered."""
    place = (*here, "content")
    before, after = object_at(old, "content"), object_at(new, "content")
    for media in missing(before, after):
        why = f"{'bodies' if side is Side.REQUEST else 'answers'} of that kind are "
        why += "written" if side is Side.REQUEST else "read"
        yield removed((*place, media), "media type removed", media, Level.BREAKING, why, side=side)
    for media in missing(after, before):
        why = "the ones that are used stay"
        yield added((*place, media), "media type added", media, Level.COMPATIBLE, why, side=side)
    for media in shared(before, after):
        one, other = as_object(before[media]), as_object(after[media])
        pair = one.get("schema", {}), other.get("schema", {})
        yield from schemas.changes(versions, *pair, (*place, media, "schema"), side)
        words = ("example", "examples", "encoding", *extensions(one, other))
        yield from wordings(one, other, (*place, media), words)
