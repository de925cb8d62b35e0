"""Whether a document can be taken in: OpenAPI 3.0 in shape, and nothing in it that could become code.

Names become classes, functions and files, so they must be words. Texts become docstrings and literals; what they
hold does not matter as long as it can be printed, which `inert` proves of the code that was written.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from openapi_python_client.strings import PythonIdentifier

from comparing.references import place_of
from regeneration import joining
from regeneration.documents import Document, DocumentError, Json, Place, to_pointer
from restoring.shapes import ANY, REF, Node, alternative, item_kind, shape

MAX_VALUES = 20_000
MAX_TEXT = 10_000
"""Characters of one text."""
MAX_NAME = 100
TAKEN = frozenset({"additional_properties", "cast", "cls", "d", "field_dict", "from_dict", "to_dict"})
"""What a generated class, or a function of it, needs under that name: a property that has it makes it fail."""


def check(document: Document, name: str) -> list[str]:
    """See that a document can be taken in; raises `DocumentError` or `JoinError`. Returns what is odd about it."""
    version = document.get("openapi")
    if not isinstance(version, str) or not re.fullmatch(r"3\.0\.\d+", version):
        raise DocumentError(name, f"is OpenAPI {version!r:.20}; only 3.0 is understood")
    _check_texts(document, name)
    notes = [*_check_shape(document, "Document", (), name)]
    _check_names(document, name)
    notes += _check_properties(document, name)
    _check_patterns(document, name)
    _check_references(document, name)
    joining.check(document)
    _check_circles(document, name)
    return notes


def _refusal(name: str, place: Place, problem: str) -> DocumentError:
    where = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in to_pointer(place))
    return DocumentError(name, f"{where if len(where) <= 200 else where[:199] + '…'} {problem}")


def _check_texts(document: Document, name: str) -> None:
    for count, (place, value) in enumerate(_values(document, ())):
        if count > MAX_VALUES:
            raise DocumentError(name, f"holds more than {MAX_VALUES} values")
        for text in [value, *place[-1:]]:
            if not isinstance(text, str):
                continue
            if found := _UNPRINTABLE.search(text):
                raise _refusal(name, place, f"holds the control character U+{ord(found[0]):04X}")
            if len(text) > MAX_TEXT:
                raise _refusal(name, place, f"is a text of more than {MAX_TEXT} characters")


def _check_shape(value: Json, kind: str, place: Place, name: str) -> Iterator[str]:
    node: Node = "mapping" if isinstance(value, dict) else "list" if isinstance(value, list) else "scalar"
    part = alternative(kind, node)
    if part is None or (node == "scalar" and not _is_scalar(value, part)):
        raise _refusal(name, place, f"should be {_WORDS.get(kind, 'an object')}, and is {_shown(value)}")
    if part == ANY:
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check_shape(item, item_kind(part), (*place, index), name)
    elif isinstance(value, dict):
        known = shape(part)
        assert known is not None
        for missing in sorted(known.required - value.keys()) if REF not in value else ():
            raise _refusal(name, place, f"has no `{missing}`, which must be there")
        for key, item in value.items():
            inner = known.kind_of(key)
            if inner is None:
                yield f"{to_pointer((*place, key))} is no field of OpenAPI 3.0; nothing reads it."
            else:
                yield from _check_shape(item, inner, (*place, key), name)


def _is_scalar(value: Json, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
    return True


def _shown(value: Json) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case None:
            return "empty"
    return f"{value!r:.40}"


def _check_names(document: Document, name: str) -> None:
    for place, value in _values(document, ()):
        if _is_example(place):
            continue
        for rule, where, text in _names(place, value):
            if len(text) > MAX_NAME or not rule.fullmatch(text) or ".." in text:
                raise _refusal(name, where, f"is named {text[:60]!r}, which is no name that code can have")


def _names(place: Place, value: Json) -> Iterator[tuple[re.Pattern[str], Place, str]]:
    """What becomes a name in the generated package, and the rule for it."""
    match place, value:
        case (*_, "properties"), dict():
            yield from ((_PROPERTY, (*place, key), key) for key in value)
        case ("components", _), dict():
            yield from ((_COMPONENT, (*place, key), key) for key in value)
        case ("paths",), dict():
            yield from ((_PATH, (*place, key), key) for key in value)
        case (*_, "operationId"), str():
            yield _OPERATION, place, value
        case (*_, "tags", int()) | ("tags", int(), "name"), str():
            yield _TITLE, place, value
        case ("info", "title"), _:
            pass
        case (*_, "title"), str():
            yield _TITLE, place, value
        case (*_, "parameters", int(), "name"), str():
            yield _PROPERTY, place, value
        case (*_, "required", int()), str():
            yield _PROPERTY, place, value
        case (*_, "content"), dict():
            yield from ((_MEDIA, (*place, key), key) for key in value)
        case (*_, "servers", int(), "url"), str():
            parts = urlsplit(value) if _URL.fullmatch(value) else None
            yield (_URL if parts and parts.hostname else _NEVER), place, value


def _check_properties(document: Document, name: str) -> Iterator[str]:
    """Refuse properties that would hide what the generated class has itself; tell of those that Python writes alike."""
    for place, value in _values(document, ()):
        if place[-1:] != ("properties",) or not isinstance(value, dict) or _is_example((*place, "")):
            continue
        written: dict[str, str] = {}
        for key in value:
            attribute = str(PythonIdentifier(key, "field_"))
            if attribute in TAKEN:
                raise _refusal(
                    name, (*place, key), f"would hide `{attribute}`, which every generated class has"
                )
            if (other := written.setdefault(attribute, key)) != key:
                told = f"{to_pointer(place)} has {other} and {key}, which Python would write alike"
                yield f"{told}; see under which names the generated class has them."


def _is_example(place: Place) -> bool:
    """Whether a place is inside an example, a default or an extension, whose names are data."""
    inside = place[:-1]
    for number, part in enumerate(inside):
        if isinstance(part, str) and part.startswith("x-"):
            return True
        if part in {"example", "examples", "default", "enum"} and inside[number - 1 : number] != (
            "properties",
        ):
            return part != "default" or inside[number - 1 : number] != ("responses",)
    return False


def _check_patterns(document: Document, name: str) -> None:
    for place, value in _values(document, ()):
        if place[-1:] != ("pattern",) or not isinstance(value, str) or _is_example(place):
            continue
        try:
            re.compile(value)
        except re.error as error:
            raise _refusal(name, place, f"is no regular expression: {error}") from error


def _check_references(document: Document, name: str) -> None:
    for place, value in _values(document, ()):
        is_reference = place[-1:] == (REF,) and not _is_example(place)
        if is_reference and not (isinstance(value, str) and value.startswith("#/")):
            raise _refusal(name, place, f"leads out of the document, to {value!r:.60}")
        if is_reference and place_of(str(value))[:1] != ("components",):
            raise _refusal(
                name,
                place,
                f"leads to {value!r:.60}, where the generator does not follow: only into components",
            )


def _check_circles(document: Document, name: str) -> None:
    """Refuse references that come back to where they began: no finite class is made of them."""
    leads: dict[str, set[str]] = {}
    for place, value in _values(document, ()):
        if place[-1:] == (REF,) and isinstance(value, str) and not _is_example(place):
            leads.setdefault(to_pointer(place[:3]), set()).add(to_pointer(place_of(value)[:3]))
    done: set[str] = set()
    for start in leads:
        circle = _circle(start, leads, (), done)
        if circle:
            raise DocumentError(name, f"refers in a circle: {' → '.join(circle)}")


def _circle(here: str, leads: dict[str, set[str]], way: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    if here in way:
        return (*way[way.index(here) :], here)
    if here in done:
        return ()
    for there in sorted(leads.get(here, ())):
        if circle := _circle(there, leads, (*way, here), done):
            return circle
    done.add(here)
    return ()


def _values(value: Json, here: Place) -> Iterator[tuple[Place, Json]]:
    yield here, value
    match value:
        case dict():
            for key, inner in value.items():
                yield from _values(inner, (*here, key))
        case list():
            for index, inner in enumerate(value):
                yield from _values(inner, (*here, index))


_WORDS = {"string": "a text", "boolean": "true or false", "number": "a number", "integer": "a whole number"}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\uffff]")
_PROPERTY = re.compile(r"[A-Za-z_$@][A-Za-z0-9_.$@\[\]-]*")
_COMPONENT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_OPERATION = re.compile(r"[A-Za-z_][A-Za-z0-9_. -]*")
_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.,() -]*")
_PATH = re.compile(r"/[A-Za-z0-9_.~:/{}-]*")
_MEDIA = re.compile(r"[A-Za-z0-9*][A-Za-z0-9.+*/_-]*(; ?[a-z]+=[A-Za-z0-9-]+)?")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/{}-]+")
_NEVER = re.compile(r"(?!)")
