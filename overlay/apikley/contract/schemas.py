"""What is wrong with a value by a schema of OpenAPI 3.0, judged in draft 2020-12."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from attrs import frozen

from apikley.contract.document import Document, Schema
from apikley.contract.extras import contract_extra

if TYPE_CHECKING:
    import jsonschema_rs
else:
    with contract_extra():
        import jsonschema_rs

_BOUNDS = {"int32": 2**31 - 1, "int64": 2**63 - 1}
_LONGEST_NAME = 60  # in a pointer
_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


@frozen
class Fault:
    """One rule that a value breaks, and the pointer to what breaks it."""

    rule: str
    pointer: str
    says: str


class Schemas:
    """The schemas of one document, compiled when they are first asked for: `Schemas.of(document)`."""

    @staticmethod
    @lru_cache(maxsize=16)
    def of(document: Document) -> "Schemas":
        """Those of this document, shared by all who judge by it: to compile them takes longer than to judge."""
        return Schemas(document)

    def __init__(self, document: Document) -> None:
        self._document = document
        self._compiled: dict[int, jsonschema_rs.Draft202012Validator] = {}
        self._components = converted(document.json.get("components", {}).get("schemas", {}))

    def faults(self, schema: Schema, value: object) -> Iterator[Fault]:
        """What is wrong. Of alternatives, the one is meant whose code is the value's."""
        meant = self.meant(schema, value)
        validator = self._validator(meant)
        try:
            if not validator.is_valid(value):
                yield from map(_to_fault, validator.iter_errors(value))
        except (ValueError, OverflowError) as error:  # a lone surrogate, or too many brackets
            yield Fault("unreadable", "", str(error)[:200])

    def meant(self, schema: Schema, value: object) -> Schema:
        """The alternative that an answer's code or a request's model chooses; else the schema itself."""
        alternatives = [self._document.resolved(each) for each in schema.get("oneOf", ())]
        if not alternatives or not isinstance(value, dict):
            return alternatives[0] if alternatives else self._document.resolved(schema)
        said = cast("dict[str, object]", value)
        if any("code" not in each.get("properties", {}) for each in alternatives):
            named = (each for each in alternatives if _is_named(each, said.get("model")))
            return next(named, alternatives[0])
        refusing = [each for each in alternatives if "not" in each["properties"]["code"]]
        accepting = [each for each in alternatives if each not in refusing]
        # A code of the wrong type is judged as what it would say.
        chosen = accepting if str(said.get("code")) in ("200", "200.0") else refusing
        return (chosen or alternatives)[0]

    def strangers(self, schema: Schema, value: object, pointer: str = "") -> Iterator[Fault]:
        """What the schema leaves open and the document does not name: unknown values, undocumented members."""
        schema = self._document.resolved(schema)
        known = [
            each["enum"] for each in map(self._document.resolved, schema.get("anyOf", ())) if "enum" in each
        ]
        if known and not any(value in enum for enum in known):
            listed = ", ".join(str(each) for enum in known for each in enum)
            yield Fault("unknown-value", pointer, f"{value!r:.60} is none of {listed}")
        if isinstance(value, list) and "items" in schema:
            for index, each in enumerate(cast("list[object]", value)):
                yield from self.strangers(schema["items"], each, f"{pointer}/{index}")
        if isinstance(value, dict) and (members := self._members(schema)):
            for name, each in cast("dict[str, object]", value).items():
                here = f"{pointer}/{_escaped(name)}"
                if name in members:
                    yield from self.strangers(members[name], each, here)
                else:
                    yield Fault("undocumented", here, "the document has no such member")

    def _members(self, schema: Schema) -> Mapping[str, Schema]:
        found: dict[str, Schema] = dict(schema.get("properties", {}))
        for each in schema.get("allOf", ()):
            found |= self._members(self._document.resolved(each))
        return found

    def _validator(self, schema: Schema) -> "jsonschema_rs.Draft202012Validator":
        if (found := self._compiled.get(id(schema))) is None:
            whole = {"components": {"schemas": self._components}, "allOf": [converted(schema)]}
            found = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
            self._compiled[id(schema)] = found
        return found


def converted(schema: Any) -> Any:
    """The schema in the words of 2020-12: null is a type, bounds are numbers, sizes of integers are bounds."""
    if isinstance(schema, list):
        return [converted(each) for each in schema]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(schema, dict):
        return schema
    said = cast("dict[str, Any]", schema)
    if isinstance(said.get("$ref"), str):  # what stands beside a reference counts for nothing
        return {"$ref": said["$ref"]}
    fresh: dict[str, Any] = {key: converted(each) for key, each in said.items() if not key.startswith("x-")}
    for exclusive, bound in _EXCLUSIVE.items():
        if fresh.get(exclusive) is True:
            fresh[exclusive] = fresh.pop(bound)
        elif fresh.get(exclusive) is False:
            del fresh[exclusive]
    if (most := _BOUNDS.get(str(fresh.get("format")))) is not None:
        fresh = {"minimum": -most - 1, "maximum": most} | fresh
    if fresh.get("nullable") is True and "type" in fresh:
        fresh["type"] = [fresh["type"], "null"]
        if "enum" in fresh:
            fresh["enum"] = [*fresh["enum"], None]
    return fresh


def _is_named(schema: Schema, model: object) -> bool:
    return model in schema.get("properties", {}).get("model", {}).get("enum", ())


def _to_fault(error: "jsonschema_rs.ValidationError") -> Fault:
    pointer = "".join(f"/{_escaped(str(key))}" for key in error.instance_path)
    return Fault(error.kind.name, pointer, error.message[:200])


def _escaped(name: str) -> str:
    return name[:_LONGEST_NAME].replace("~", "~0").replace("/", "~1")
