"""What a schema of OpenAPI 3.0 is in JSON Schema 2020-12."""

import re
from collections.abc import Iterable

import jsonschema_rs
import orjson

from apikley.mock.nodes import Json, JsonObject, Node

_MAPS = ("properties",)
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLES = ("items", "not", "additionalProperties")
_REFERENCE = re.compile(rb'"\$ref":"#/components/schemas/([^"/]+)')
_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def to_validator(schema: Node, *, called: str | None = None) -> jsonschema_rs.Draft202012Validator:
    """A compiled validator. Formats are checked; int32, int64 and binary say nothing to it.

    What it says of a wrong value quotes it, unless there is something that it is to be `called`: to quote a megabyte
    takes long.
    """
    whole = converted(schema.value)
    if not isinstance(whole, dict):
        raise schema.error("is no schema")
    components = Node.top(schema.root).get("components", "schemas")
    if components and (named := _named(whole, components.object)):
        whole["components"] = {"schemas": named}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True, mask=called)


def _named(schema: JsonObject, components: JsonObject) -> JsonObject:
    """The components that a schema refers to, and those that these refer to."""
    named: JsonObject = {}
    unread: list[Json] = [schema]
    while unread:
        for name in map(bytes.decode, _REFERENCE.findall(orjson.dumps(unread.pop()))):
            if name in components and name not in named:
                named[name] = converted(components[name])
                unread.append(named[name])
    return named


def converted(schema: Json) -> Json:
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:  # OpenAPI 3.0: what stands beside a $ref counts for nothing
        return {"$ref": schema["$ref"]}
    fresh: JsonObject = {
        key: _inner(key, value) for key, value in schema.items() if not key.startswith(("x-", "example"))
    }
    for exclusive, bound in _EXCLUSIVE.items():
        if (said := fresh.get(exclusive)) is True:
            fresh[exclusive] = fresh.pop(bound)
        elif said is False:
            del fresh[exclusive]
    return _nullable(fresh) if fresh.pop("nullable", False) is True else fresh


def _inner(key: str, value: Json) -> Json:
    match value:
        case dict() if key in _MAPS:
            return {name: converted(each) for name, each in value.items()}
        case list() if key in _LISTS:
            return [converted(each) for each in value]
        case _ if key in _SINGLES:
            return converted(value)
        case _:
            return value


def _nullable(schema: JsonObject) -> JsonObject:
    kind, allowed = schema.get("type"), schema.get("enum")
    if isinstance(kind, str):
        schema["type"] = [kind, "null"]
    if isinstance(allowed, list) and None not in allowed:
        schema["enum"] = [*allowed, None]
    return schema


def errors(
    validator: jsonschema_rs.Draft202012Validator, value: Json
) -> Iterable[jsonschema_rs.ValidationError]:
    """What is wrong; nothing, quickly, where all is right. Raises ValueError on a value nested too deeply."""
    return () if validator.is_valid(value) else validator.iter_errors(value)
