"""What one changed keyword of a schema means, on the side of requests and on that of answers."""

from collections.abc import Callable, Iterator

from attrs import evolve

from comparing.changes import Change, Level, Side, worse
from regeneration.documents import Document, Json, Place, is_same

WORDS = frozenset({"description", "example", "externalDocs", "xml"})
"""Keywords that are for reading."""
PYTHON_FORMATS = frozenset({"date", "date-time", "uuid", "binary", "byte"})
"""Formats that change the Python type, or the bytes, of a value."""

_UPPER = frozenset({"maximum", "maxLength", "maxItems", "maxProperties"})
_LOWER = frozenset({"minimum", "minLength", "minItems", "minProperties"})
_STILL_TAKEN = "all that was sent is still taken"
_AS_THEY_COME = "answers are taken as they come"
_WIDER = {("integer", "number")}


def keyword(old: Document, new: Document, place: Place, side: Side) -> Change:
    """The change of the keyword that `place` ends with, which is neither an enum nor made of schemas."""
    name = str(place[-1])
    before, after = old.get(name), new.get(name)
    what = (
        f"{name} changed"
        if name in old and name in new
        else f"{name} {'added' if name in new else 'removed'}"
    )
    level, why = _judged(name, before, after, side)
    if name in _UPPER | _LOWER and name in old and name in new:
        what = f"{name} {'raised' if _number(after) > _number(before) else 'lowered'}"
    return Change(place, what, before, after, level, why, side)


def _judged(name: str, old: Json, new: Json, side: Side) -> tuple[Level, str]:
    if name in WORDS or name.startswith("x-"):
        return Level.WORDING, "it is for reading"
    judge = _JUDGES.get(name)
    is_sent = side is Side.REQUEST
    return _bound(name, old, new, is_sent=is_sent) if judge is None else judge(old, new, is_sent)


def _title(_old: Json, _new: Json, _is_sent: bool) -> tuple[Level, str]:
    return Level.BREAKING, "a class is named after it"


def _deprecated(_old: Json, _new: Json, _is_sent: bool) -> tuple[Level, str]:
    return Level.COMPATIBLE, "it works as before, and may go one day"


def _another_shape(_old: Json, _new: Json, _is_sent: bool) -> tuple[Level, str]:
    return Level.BREAKING, "values of another shape are meant"


def _nullable(_old: Json, new: Json, is_sent: bool) -> tuple[Level, str]:
    request = "null is refused", "null may be sent too"
    response = "it is never null", "it may be null"
    return _both(is_sent, new is not True, request, response)


def _format(old: Json, new: Json, is_sent: bool) -> tuple[Level, str]:
    if old in PYTHON_FORMATS or new in PYTHON_FORMATS:
        return Level.BREAKING, "its Python type is another"
    if is_sent and new is not None:
        return Level.BREAKING, "less is taken"
    return Level.COMPATIBLE, _STILL_TAKEN if is_sent else "it is still text"


def _read_only(_old: Json, new: Json, is_sent: bool) -> tuple[Level, str]:
    if is_sent and new is True:
        return Level.BREAKING, "it may not be sent"
    return Level.COMPATIBLE, "it may be sent" if is_sent else _AS_THEY_COME


def _write_only(_old: Json, new: Json, is_sent: bool) -> tuple[Level, str]:
    if not is_sent and new is True:
        return Level.BREAKING, "it is answered no more"
    return Level.COMPATIBLE, _STILL_TAKEN if is_sent else "it is answered"


def _discriminator(_old: Json, _new: Json, is_sent: bool) -> tuple[Level, str]:
    if is_sent:
        return Level.BREAKING, "values are told apart otherwise"
    return Level.COMPATIBLE, "values are read by their shape"


def _further(_old: Json, new: Json, is_sent: bool) -> tuple[Level, str]:
    if is_sent and new is False:
        return Level.BREAKING, "further fields are refused"
    return Level.COMPATIBLE, "further fields are let through"


def _bound(name: str, old: Json, new: Json, *, is_sent: bool) -> tuple[Level, str]:
    if not is_sent:
        return Level.COMPATIBLE, _AS_THEY_COME
    if new is None or new is False:
        return Level.COMPATIBLE, _STILL_TAKEN
    if old is not None:
        if name in _UPPER and _number(new) >= _number(old):
            return Level.COMPATIBLE, _STILL_TAKEN
        if name in _LOWER and _number(new) <= _number(old):
            return Level.COMPATIBLE, _STILL_TAKEN
        if name == "multipleOf" and _number(new) and not _number(old) % _number(new):
            return Level.COMPATIBLE, _STILL_TAKEN
    return Level.BREAKING, "values that were taken are refused"


def _type(old: Json, new: Json, is_sent: bool) -> tuple[Level, str]:
    pair = (old, new) if is_sent else (new, old)
    if pair in _WIDER:
        return (
            Level.COMPATIBLE,
            _STILL_TAKEN if is_sent else "a whole number is a number",
        )
    if old is None and not is_sent:
        return Level.COMPATIBLE, "it is told more exactly"
    if new is None and is_sent:
        return Level.COMPATIBLE, _STILL_TAKEN
    return Level.BREAKING, "values of another type are " + ("taken" if is_sent else "answered")


def _default(_old: Json, _new: Json, is_sent: bool) -> tuple[Level, str]:
    if is_sent:
        return Level.BREAKING, "a value that is not sent means something else now"
    return Level.COMPATIBLE, _AS_THEY_COME


def _both(
    is_sent: bool, is_narrower: bool, request: tuple[str, str], response: tuple[str, str]
) -> tuple[Level, str]:
    """A request breaks by what is narrower, an answer by what is wider."""
    level = Level.BREAKING if is_sent == is_narrower else Level.COMPATIBLE
    narrower, wider = request if is_sent else response
    return level, narrower if is_narrower else wider


def enum(old: list[Json] | None, new: list[Json] | None, here: Place, side: Side) -> Iterator[Change]:
    """Values that came or went; a list that is new, or gone, speaks of all values."""
    is_sent = side is Side.REQUEST
    if old is None:
        level = Level.BREAKING if is_sent else Level.COMPATIBLE
        why = "other values are refused" if is_sent else "it is told more exactly"
        yield Change(here, "list of values added", None, new, level, why, side)
    elif new is None:
        why = "all values are taken" if is_sent else "an unknown value is read too"
        yield Change(here, "list of values removed", old, None, Level.COMPATIBLE, why, side)
    else:
        gone = [value for value in old if not any(is_same(value, other) for other in new)]
        come = [value for value in new if not any(is_same(value, other) for other in old)]
        if gone:
            level = Level.BREAKING if is_sent else Level.COMPATIBLE
            why = "who sends it is refused" if is_sent else "it is sent no more"
            yield Change(here, "value removed", gone if len(gone) > 1 else gone[0], None, level, why, side)
        if come:
            why = "more can be asked for" if is_sent else "an unknown value is read too"
            told = come if len(come) > 1 else come[0]
            yield Change(here, "value added", None, told, Level.COMPATIBLE, why, side)
        if not gone and not come:
            yield Change(here, "values in another order", old, new, Level.WORDING, "they are the same", side)


def variant(schema: Json, place: Place, side: Side, *, is_added: bool) -> Change:
    """A schema that came to `allOf`, `oneOf` or `anyOf`, or went from there."""
    name = str(place[-1])
    is_narrower = is_added == (name == "allOf")
    level, why = _both(
        side is Side.REQUEST,
        is_narrower,
        ("values that were taken are refused", "more is taken"),
        ("answers are told more exactly", "answers of another shape may come"),
    )
    told = summary(schema)
    return Change(
        place,
        f"{name} {'with one more' if is_added else 'with one less'}",
        None if is_added else told,
        told if is_added else None,
        level,
        why,
        side,
    )


def addition(side: Side, *, is_required: bool) -> tuple[Level, str]:
    """A property or parameter that was not there before."""
    if side is Side.RESPONSE:
        return Level.COMPATIBLE, "answers may hold more"
    if is_required:
        return Level.BREAKING, "requests without it are refused"
    return Level.COMPATIBLE, "it may be left out"


def opposite(side: Side) -> Side:
    """The side whose rules hold under a `not`."""
    return {Side.REQUEST: Side.RESPONSE, Side.RESPONSE: Side.REQUEST}.get(side, side)


def of_both(request: list[Change], response: list[Change]) -> Iterator[Change]:
    """The changes of a schema that is sent and answered: each as bad as on its worse side."""
    answers = {(change.place, change.what, str(change.new)): change for change in response}
    for change in request:
        other = answers.pop((change.place, change.what, str(change.new)), None)
        if other is None:
            yield change
            continue
        level = worse(change.level, other.level)
        why = change.why if change.level is level else other.why
        yield evolve(change, level=level, why=why, side=Side.BOTH)
    yield from answers.values()


def unused(change: Change) -> Change:
    """The same change of a schema that no operation uses."""
    return evolve(change, level=Level.WORDING, why="no operation uses it", side=Side.NEITHER)


def bare(schema: Json) -> Json:
    """A schema without its texts."""
    if isinstance(schema, dict):
        return {key: value for key, value in schema.items() if key not in WORDS}
    return schema


def summary(schema: Json) -> Json:
    """A few words that stand for a schema."""
    if not isinstance(schema, dict):
        return schema
    if isinstance(reference := schema.get("$ref"), str):
        return reference.rpartition("/")[2]
    bounds = [
        f"{key} {schema[key]}"
        for key in ("format", "minimum", "maximum", "minLength", "maxLength", "default")
        if key in schema
    ]
    values = schema.get("enum")
    told = f"one of {', '.join(map(str, values))}" if isinstance(values, list) else ""
    return ", ".join([str(schema.get("type", "any")), *([told] if told else []), *bounds])


def _number(value: Json) -> float:
    return value if isinstance(value, int | float) else 0.0


_JUDGES: dict[str, Callable[[Json, Json, bool], tuple[Level, str]]] = {
    "title": _title,
    "type": _type,
    "format": _format,
    "default": _default,
    "nullable": _nullable,
    "readOnly": _read_only,
    "writeOnly": _write_only,
    "deprecated": _deprecated,
    "items": _another_shape,
    "not": _another_shape,
    "discriminator": _discriminator,
    "additionalProperties": _further,
}
"""What a keyword's change means, by the old value, the new one, and whether it is sent; all others are bounds."""
