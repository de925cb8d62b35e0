"""Documents that differ from ours in one fact."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from attrs import field, frozen

Json = Any
Document = dict[str, Any]
Pointer = tuple[str | int, ...]

OTHER_TYPES = {
    "string": ("integer",),
    "integer": ("string", "number"),
    "number": ("string", "integer"),
    "boolean": ("string",),
    "object": ("string",),
    "array": ("string",),
}
NUMBERS = ("integer", "number")
OTHER_MEDIA_TYPES = {
    "application/json": "text/json",
    "multipart/form-data": "application/x-www-form-urlencoded",
}
OTHER_PATTERNS = (
    ("does not begin at the beginning", "^[H", "[H"),
    ("wants https", "[Ss]?", "[Ss]"),
    ("wants small letters", "[Hh][Tt][Tt][Pp][Ss]", "https"),
    ("does not begin at the beginning", "^[^/]", "[^/]"),
    ("does not end at the end", ")?$", ")?"),
    ("wants Latin letters", "[^/]", "[a-z]"),
)
OTHER_METHODS = {"get": "post", "post": "put"}
OTHER_DEEDS = {"create-task": "store-file", "store-file": "sign-link", "sign-link": "report-credits"}


@frozen
class Mutant:
    """One change. `side` is where it shows: in requests, in responses, or in what only a mock or client reads."""

    id: str
    kind: str
    side: str
    _change: Callable[[Document], None] = field(repr=False)
    _original: Document = field(repr=False)

    def document(self) -> Document:
        """The changed document."""
        changed = copy.deepcopy(self._original)
        self._change(changed)
        return changed


def mutants(original: Document) -> list[Mutant]:
    """All of them, in the document's order; each is another document than the original, and has an id of its own."""
    found = [
        Mutant(f"{kind}: {_shown(pointer, original)} {what}".rstrip(), kind, side, change, original)
        for kind, side, pointer, what, change in _all(original)
    ]
    ids = [each.id for each in found]
    if len({*ids}) != len(ids):
        raise ValueError(
            f"ids that are not their own: {sorted({each for each in ids if ids.count(each) > 1})}"
        )
    return found


Change = tuple[str, str, Pointer, str, Callable[[Document], None]]


def _all(document: Document) -> Iterator[Change]:
    yield from _operations(document)
    yield from _security(document)
    yield from _schemas(document)
    yield from _examples(document)
    yield from _extensions(document)


# Operations ---------------------------------------------------------------------------------------


def _operations(document: Document) -> Iterator[Change]:
    for path, item in document["paths"].items():
        yield "path", "request", ("paths", path), "becomes another", _renamed(("paths",), path, f"{path}Now")
        for method, told in item.items():
            here: Pointer = ("paths", path, method)
            yield (
                "method",
                "request",
                here,
                "becomes another",
                _renamed(here[:-1], method, OTHER_METHODS[method]),
            )
            yield (
                "operation id",
                "both",
                (*here, "operationId"),
                "becomes another",
                _set(here, "operationId", "other"),
            )
            yield from _parameters(told, here)
            if "requestBody" in told:
                yield (
                    "body",
                    "request",
                    (*here, "requestBody"),
                    "is not required",
                    _toggled(here, "requestBody"),
                )
                yield from _media(
                    (*here, "requestBody", "content"), told["requestBody"]["content"], "request"
                )
            yield from _responses(told, here)
            yield from _callbacks(told, here)


def _parameters(told: Document, here: Pointer) -> Iterator[Change]:
    for number, parameter in enumerate(told.get("parameters", [])):
        place: Pointer = (*here, "parameters", number)
        yield "parameter", "request", place, "is gone", _dropped(place[:-1], number)
        yield "parameter", "request", place, "is not required", _set(place, "required", False)
        yield (
            "parameter",
            "request",
            place,
            "has another name",
            _set(place, "name", parameter["name"] + "Now"),
        )
        yield "parameter", "request", place, "stands in a header", _set(place, "in", "header")


def _responses(told: Document, here: Pointer) -> Iterator[Change]:
    statuses: Pointer = (*here, "responses")
    for status in told["responses"]:
        yield "status", "response", (*statuses, status), "is gone", _dropped(statuses, status)
    like = told["responses"].get("401")
    for status in ("201", "403"):
        yield "status", "response", (*statuses, status), "comes", _set(statuses, status, like)
    (ok,) = (told["responses"]["200"],)
    yield from _media((*statuses, "200", "content"), ok["content"], "response")
    yield (
        "response header",
        "response",
        (*statuses, "200"),
        "has to come",
        _set((*statuses, "200"), "headers", _HEADER),
    )
    for name, link in ok.get("links", {}).items():
        place: Pointer = (*statuses, "200", "links", name)
        yield "link", "response", place, "is gone", _dropped(place[:-1], name)
        yield "link", "response", place, "leads elsewhere", _set(place, "operationId", "get_credits")
        for parameter, value in link["parameters"].items():
            inner = (*place, "parameters")
            yield (
                "link",
                "response",
                inner,
                "goes by another name",
                _renamed(inner, parameter, parameter + "Now"),
            )
            yield (
                "link",
                "response",
                inner,
                "has another source",
                _set(inner, parameter, value.replace("Id", "")),
            )


_HEADER = {"X-Request-Id": {"required": True, "schema": {"type": "string"}}}


def _callbacks(told: Document, here: Pointer) -> Iterator[Change]:
    for name, callback in told.get("callbacks", {}).items():
        for address, item in callback.items():
            place: Pointer = (*here, "callbacks", name, address)
            yield "callback", "response", place[:-2], "is gone", _dropped(here, "callbacks")
            elsewhere = address.replace("callBackUrl", "callbackUrl")
            yield "callback", "response", place, "goes elsewhere", _renamed(place[:-1], address, elsewhere)
            for method in item:
                yield "callback", "response", place, "comes by put", _renamed(place, method, "put")
                yield from _media(
                    (*place, method, "requestBody", "content"),
                    item[method]["requestBody"]["content"],
                    "response",
                )


def _media(place: Pointer, content: Document, side: str) -> Iterator[Change]:
    for name in content:
        other = OTHER_MEDIA_TYPES[name]
        yield "media type", side, place, f"{name} becomes {other}", _renamed(place, name, other)


def _security(document: Document) -> Iterator[Change]:
    for path, item in document["paths"].items():
        for method in item:
            here: Pointer = ("paths", path, method)
            yield "security", "request", (*here, "security"), "is gone", _dropped(here, "security")
            yield "security", "request", (*here, "security"), "is empty", _set(here, "security", [])
    for name, scheme in document["components"]["securitySchemes"].items():
        place: Pointer = ("components", "securitySchemes", name)
        yield "security", "request", place, "is another scheme", _set(place, "scheme", "basic")
        api_key = {
            "type": "apiKey",
            "in": "header",
            "name": "X-Api-Key",
            "description": scheme["description"],
        }
        yield "security", "request", place, "is a header of its own", _set(place[:-1], name, api_key)
    for name in document["components"]["responses"]:
        place = ("components", "responses", name)
        yield "response header", "response", place, "has to come", _set(place, "headers", _HEADER)
        content = document["components"]["responses"][name]["content"]
        yield from _media((*place, "content"), content, "response")


# Schemas ------------------------------------------------------------------------------------------


def _schemas(document: Document) -> Iterator[Change]:
    sides = _sides(document)
    for path, item in document["paths"].items():
        for method, told in item.items():
            here: Pointer = ("paths", path, method)
            for number, parameter in enumerate(told.get("parameters", [])):
                yield from _schema(parameter["schema"], (*here, "parameters", number, "schema"), "request")
            for name, content in told.get("requestBody", {}).get("content", {}).items():
                yield from _schema(
                    content["schema"], (*here, "requestBody", "content", name, "schema"), "request"
                )
            for status, response in told["responses"].items():
                for name, content in response.get("content", {}).items():
                    place = (*here, "responses", status, "content", name, "schema")
                    yield from _schema(content["schema"], place, "response")
    for name, schema in document["components"]["schemas"].items():
        yield from _schema(schema, ("components", "schemas", name), sides.get(name, "response"))


def _sides(document: Document) -> dict[str, str]:
    """Which components are requests'; the rest is responses', callbacks among them."""
    asked = [
        content["schema"]
        for item in document["paths"].values()
        for told in item.values()
        for content in told.get("requestBody", {}).get("content", {}).values()
    ]
    return {schema["$ref"].rpartition("/")[2]: "request" for schema in asked if "$ref" in schema}


def _schema(schema: Document, here: Pointer, side: str) -> Iterator[Change]:
    if "$ref" in schema:
        return
    for rule in (_types, _enums, _bounds, _lengths, _texts, _nullability, _composition, _defaults):
        for kind, what, change in rule(schema, here):
            yield kind, side, here, what, change
    yield from _object(schema, here, side)
    for word in ("allOf", "anyOf", "oneOf"):
        for number, inner in enumerate(schema.get(word, [])):
            yield from _schema(inner, (*here, word, number), side)
    if "items" in schema:
        yield from _schema(schema["items"], (*here, "items"), side)
    if "x-apikley-content" in schema:
        yield from _schema(schema["x-apikley-content"], (*here, "x-apikley-content"), side)


def _object(schema: Document, here: Pointer, side: str) -> Iterator[Change]:
    required = schema.get("required", [])
    for name in required:
        left = [each for each in required if each != name]
        yield "required", side, (*here, "required"), f"lacks {name}", _set(here, "required", left)
    for name, inner in schema.get("properties", {}).items():
        if name not in required:
            yield (
                "required",
                side,
                (*here, "required"),
                f"has {name}",
                _set(here, "required", [*required, name]),
            )
        yield (
            "property name",
            side,
            (*here, "properties", name),
            "becomes another",
            _property_renamed(here, name),
        )
        yield "property", side, (*here, "properties", name), "is gone", _property_dropped(here, name)
        yield from _schema(inner, (*here, "properties", name), side)


Rule = Iterator[tuple[str, str, Callable[[Document], None]]]


def _types(schema: Document, here: Pointer) -> Rule:
    for other in OTHER_TYPES.get(schema.get("type", ""), ()):
        if "enum" in schema and other == "number":  # says no more than the list does
            continue
        yield "type", f"becomes {other}", _set(here, "type", other)


def _enums(schema: Document, here: Pointer) -> Rule:
    values = schema.get("enum")
    if values is None:
        return
    for value in values:
        if len(values) > 1:
            left = [each for each in values if each != value]
            yield "enum", f"lacks {value!r}", _set(here, "enum", left)
    more = {bool: lambda: not values[0], int: lambda: max(values) + 1, str: lambda: "mutant"}[
        type(values[0])
    ]()
    yield "enum", f"has {more!r}", _set(here, "enum", [*values, more])
    yield "enum", "is gone", _dropped(here, "enum")


def _bounds(schema: Document, here: Pointer) -> Rule:
    if schema.get("type") not in NUMBERS or "enum" in schema:
        return
    for word, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if word not in schema:
            value = 1 if word == "minimum" else 1_000
            yield "bounds", f"{word} becomes {value}", _set(here, word, value)
            continue
        for value in (schema[word] - 1, schema[word] + 1):
            yield "bounds", f"{word} becomes {value}", _set(here, word, value)
        yield "bounds", f"{word} is gone", _dropped(here, word)
        yield "bounds", f"{word} is beyond the bound", _set(here, exclusive, True)


def _lengths(schema: Document, here: Pointer) -> Rule:
    if schema.get("type") != "string" or "enum" in schema or schema.get("format") == "binary":
        return
    for word, fresh in (("minLength", 1), ("maxLength", 12)):
        if word not in schema:
            if word == "maxLength" or "pattern" not in schema:  # which says already that there is something
                yield "length", f"{word} becomes {fresh}", _set(here, word, fresh)
            continue
        for value in (schema[word] - 1, schema[word] + 1):
            if value:  # 0 is the same as none
                yield "length", f"{word} becomes {value}", _set(here, word, value)
        yield "length", f"{word} is gone", _dropped(here, word)


def _texts(schema: Document, here: Pointer) -> Rule:
    form, pattern, role = (schema.get(key) for key in ("format", "pattern", "x-apikley-role"))
    if form:
        yield "format", f"{form} is gone", _dropped(here, "format")
        for other in {"uri": ("email",), "int64": ("int32",), "binary": ("byte",)}.get(form, ()):
            yield "format", f"{form} becomes {other}", _set(here, "format", other)
    elif schema.get("type") == "string" and role in ("link", "stored-at", "task-id"):
        other = {"link": "uri", "stored-at": "date-time", "task-id": "uuid"}[role]
        yield "format", f"becomes {other}", _set(here, "format", other)
    if pattern:
        yield "pattern", "is gone", _dropped(here, "pattern")
        yield "pattern", "is another", _set(here, "pattern", "^x")
        for what, old, new in OTHER_PATTERNS:
            if old in pattern:
                yield "pattern", what, _set(here, "pattern", pattern.replace(old, new))
        if "://" in pattern:
            yield "pattern", "wants no host", _set(here, "pattern", pattern.partition("://")[0] + "://")


def _nullability(schema: Document, here: Pointer) -> Rule:
    if schema.get("nullable") is True:
        yield "nullable", "is gone", _dropped(here, "nullable")
    elif "type" in schema and here[-1] != "schema" and here[-2] not in ("schemas", "allOf", "anyOf"):
        yield "nullable", "comes", _set(here, "nullable", True)


def _composition(schema: Document, here: Pointer) -> Rule:
    for word in ("allOf", "anyOf", "oneOf"):
        for number, inner in enumerate(schema.get(word, [])):
            name = inner.get("$ref", "").rpartition("/")[2] or inner.get("title") or inner.get("type")
            left = [each for each in schema[word] if each is not inner]
            yield "composition", f"{word} lacks {number}, {name}", _set(here, word, left)
    if "not" in schema:
        yield "composition", "not is gone", _dropped(here, "not")
        for value in schema["not"].get("enum", []):
            yield "composition", "not another value", _set(here, "not", {"enum": [value + 2]})


def _defaults(schema: Document, here: Pointer) -> Rule:
    if "default" in schema:
        yield "default", "is gone", _dropped(here, "default")


# Examples -----------------------------------------------------------------------------------------


def _examples(document: Document) -> Iterator[Change]:
    """Those that programs read. Beside a single value of an answer they are for people, as descriptions are."""
    asked = _sides(document)
    for here, holder in _nodes(document):
        is_answered = here[:2] == ("components", "schemas") and len(here) > 3 and here[2] not in asked
        if (here and here[-1] == "properties") or (is_answered and holder.get("x-apikley-role") != "task-id"):
            continue
        if "example" in holder:
            yield "example", "both", (*here, "example"), "is wrong", _set(here, "example", [["wrong"]])
        for name, each in holder.get("examples", {}).items():
            if isinstance(each, dict) and "value" in each:
                place = (*here, "examples", name)
                yield "example", "both", place, "is wrong", _set(place, "value", [["wrong"]])


# Extensions ---------------------------------------------------------------------------------------


def _extensions(document: Document) -> Iterator[Change]:  # noqa: PLR0912 - one branch for each extension
    for here, holder in _nodes(document):
        if here and here[-1] == "properties":
            continue
        if "x-apikley-does" in holder:
            other = OTHER_DEEDS.get(holder["x-apikley-does"], "create-task")
            yield "x: does", "extension", here, f"{other}", _set(here, "x-apikley-does", other)
        if "x-apikley-role" in holder:
            yield "x: role", "extension", here, "is gone", _dropped(here, "x-apikley-role")
        if "x-apikley-lifecycle" in holder:
            yield from _lifecycle(holder["x-apikley-lifecycle"], (*here, "x-apikley-lifecycle"))
        if "x-apikley-default" in holder:
            yield from _default(holder, here)
        if "x-apikley-refusals" in holder:
            yield from _refusals(holder["x-apikley-refusals"], (*here, "x-apikley-refusals"))
        for word in ("x-apikley-pixels", "x-apikley-credits"):
            if word in holder:
                yield from _table(word, holder[word], (*here, word))
        if "x-apikley-file" in holder:
            yield from _file(holder["x-apikley-file"], (*here, "x-apikley-file"))
        if "x-apikley-content" in holder:
            yield "x: content", "extension", here, "is gone", _dropped(here, "x-apikley-content")
        if "x-apikley-lifetime-seconds" in holder:
            word = "x-apikley-lifetime-seconds"
            for value in (holder[word] - 1, holder[word] + 1):
                yield "x: lifetime", "extension", here, f"becomes {value}", _set(here, word, value)
            yield "x: lifetime", "extension", here, "is gone", _dropped(here, word)
        if "x-apikley-signature" in holder:
            place = (*here, "x-apikley-signature")
            for word in ("timestamp", "signature"):
                yield "x: signature", "extension", place, f"{word} is another", _set(place, word, "X-Other")
        if "x-apikley-rate-limits" in holder:
            yield from _rates(holder["x-apikley-rate-limits"], (*here, "x-apikley-rate-limits"))
        if not here and "x-apikley-sent-as" in holder:
            yield "x: sent as", "extension", here, "status", _set(here, "x-apikley-sent-as", "status")


def _lifecycle(told: Document, here: Pointer) -> Iterator[Change]:
    running = told["running"]
    for state in running:
        left = [each for each in running if each != state]
        yield "x: lifecycle", "extension", here, f"running lacks {state}", _set(here, "running", left)
    yield "x: lifecycle", "extension", here, "goes backwards", _set(here, "running", running[::-1])
    for word, other in (("success", told["failure"]), ("failure", told["success"])):
        yield "x: lifecycle", "extension", here, f"{word} is {other}", _set(here, word, other)


def _default(holder: Document, here: Pointer) -> Iterator[Change]:
    value, place = holder["x-apikley-default"], (*here, "x-apikley-default")
    yield "x: default", "extension", place, "is gone", _dropped(here, "x-apikley-default")
    others = [each for each in holder.get("enum", []) if each != value]
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int | float):
        others = [value + 1]
    if others:
        yield (
            "x: default",
            "extension",
            place,
            f"becomes {others[0]!r}",
            _set(here, "x-apikley-default", others[0]),
        )


def _refusals(told: Document, here: Pointer) -> Iterator[Change]:
    for cause, words in told.items():
        place = (*here, cause)
        yield "x: refusal", "extension", place, "is gone", _dropped(here, cause)
        yield "x: refusal", "extension", place, "has another code", _set(place, "code", 403)
        if words.get("x-apikley-certainty") != "inferred":  # else the words are ours
            yield "x: refusal", "extension", place, "has other words", _set(place, "msg", "No")
        yield "x: refusal", "extension", place, "has no words", _set(place, "msg", "")
        if "x-apikley-sent-as" in words:
            yield "x: sent as", "extension", place, "is usual", _dropped(place, "x-apikley-sent-as")
        else:
            yield "x: sent as", "extension", place, "is status", _set(place, "x-apikley-sent-as", "status")


def _table(word: str, told: Document, here: Pointer) -> Iterator[Change]:
    kind = "x: " + word.removeprefix("x-apikley-")
    for name, value in told.items():
        if name.startswith("x-"):
            continue
        if isinstance(value, list):
            for number, each in enumerate(value):
                other = [*value[:number], each + 1, *value[number + 1 :]]
                yield kind, "extension", here, f"{name} becomes {other}", _set(here, name, other)
        else:
            yield kind, "extension", here, f"{name} becomes {value + 1}", _set(here, name, value + 1)
        yield kind, "extension", here, f"lacks {name}", _dropped(here, name)


def _file(told: Document, here: Pointer) -> Iterator[Change]:
    kinds = told["mediaTypes"]
    for kind in kinds:
        left = [each for each in kinds if each != kind]
        yield "x: file", "extension", here, f"lacks {kind}", _set(here, "mediaTypes", left)
    yield "x: file", "extension", here, "has image/gif", _set(here, "mediaTypes", [*kinds, "image/gif"])
    for value in (told["maximumBytes"] - 1, told["maximumBytes"] + 1):
        yield "x: file", "extension", here, f"maximum becomes {value}", _set(here, "maximumBytes", value)
    yield "x: file", "extension", here, "has no maximum", _dropped(here, "maximumBytes")


def _rates(told: Document, here: Pointer) -> Iterator[Change]:
    for does, rate in told.items():
        place = (*here, does)
        yield "x: rate limit", "extension", place, "is gone", _dropped(here, does)
        for word in ("requests", "seconds"):
            for value in (rate[word] - 1, rate[word] + 1):
                if value:
                    yield (
                        "x: rate limit",
                        "extension",
                        place,
                        f"{word} becomes {value}",
                        _set(place, word, value),
                    )
        if "per" in rate:
            other = {"account": "key", "key": "account"}[rate["per"]]
            yield "x: rate limit", "extension", place, f"holds for one {other}", _set(place, "per", other)


# Changes ------------------------------------------------------------------------------------------


def _at(document: Document, pointer: Pointer) -> Any:
    found: Any = document
    for key in pointer:
        found = found[key]
    return found


def _set(here: Pointer, key: str, value: Json) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        _at(document, here)[key] = copy.deepcopy(value)

    return change


def _dropped(here: Pointer, key: str | int) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        del _at(document, here)[key]

    return change


def _toggled(here: Pointer, key: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        body = _at(document, here)[key]
        body["required"] = not body.get("required", False)

    return change


def _renamed(here: Pointer, old: str, new: str) -> Callable[[Document], None]:
    """Where it stood among its siblings."""

    def change(document: Document) -> None:
        holder = _at(document, here)
        pairs = [(new if key == old else key, value) for key, value in holder.items()]
        holder.clear()
        holder.update(pairs)

    return change


def _property_renamed(here: Pointer, old: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        schema = _at(document, here)
        _renamed((*here, "properties"), old, old + "Now")(document)
        if old in schema.get("required", []):
            schema["required"] = [old + "Now" if each == old else each for each in schema["required"]]

    return change


def _property_dropped(here: Pointer, name: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        schema = _at(document, here)
        del schema["properties"][name]
        if name in schema.get("required", []):
            schema["required"] = [each for each in schema["required"] if each != name]

    return change


def _nodes(value: Json, here: Pointer = ()) -> Iterator[tuple[Pointer, Document]]:
    """Every object of the document that is no example."""
    match value:
        case dict():
            yield here, value
            for key, inner in value.items():
                is_property = bool(here) and here[-1] == "properties"
                if is_property or key not in (
                    "example",
                    "examples",
                    "x-apikley-refusals",
                    "x-apikley-pixels",
                ):
                    yield from _nodes(inner, (*here, key))
        case list():
            for number, inner in enumerate(value):
                yield from _nodes(inner, (*here, number))


def _shown(pointer: Pointer, document: Document) -> str:
    """The place in the words of the API: by operation rather than by path."""
    keys = [str(key) for key in pointer]
    if len(keys) >= 3 and keys[0] == "paths":
        keys = [document["paths"][keys[1]][keys[2]]["operationId"], *keys[3:]]
    shown = "/".join(key for key in keys if key not in ("components", "schemas", "properties"))
    for long, short in (
        ("requestBody/content/application/json/schema", "body"),
        ("responses/200/content/application/json/schema", "answer"),
    ):
        shown = shown.replace(long, short)
    return shown or "root"
