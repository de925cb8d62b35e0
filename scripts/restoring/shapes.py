"""What may stand where in an OpenAPI 3.0 document.

One table, read twice: to find the place of a line that lost its indentation, and to tell of a whole document
what in it is no OpenAPI. A kind is written as a name of this table, as `string`, `boolean`, `number`, `integer`
or `any`, as a list `[kind]`, a map `{kind}`, or several of them with `|` between; `!` marks what must be there.

Source: OpenAPI Specification 3.0.3, chapter 4.7.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal, TypeAlias

from attrs import frozen

Node: TypeAlias = Literal["mapping", "list", "scalar"]

REF = "$ref"
ANY = "any"
SCALARS = frozenset({"string", "boolean", "number", "integer", ANY})


@frozen
class Shape:
    """One kind of object: the fields it has by name, and what any other key leads to."""

    name: str
    fields: Mapping[str, str]
    required: frozenset[str]
    others: str | None
    """The kind behind a key that is no field; None: there are no other keys."""
    pattern: re.Pattern[str] | None = None
    """What those other keys look like; None: like anything."""
    is_extensible: bool = True
    """Whether `x-` keys may stand in it."""

    def kind_of(self, key: str) -> str | None:
        """The kind of what stands behind `key`; None where the key may not stand."""
        if key in self.fields:
            return self.fields[key]
        if self.others is not None and (self.pattern is None or self.pattern.fullmatch(key)):
            return self.others
        return ANY if self.is_extensible and key.startswith("x-") else None


def shape(name: str) -> Shape | None:
    """The shape of that name, or of the map `{kind}`; None for anything else."""
    return _SHAPES.get(name) or (_map(name[1:-1]) if name.startswith("{") else None)


@cache
def alternative(kind: str, node: Node) -> str | None:
    """Which part of `kind` a node of that sort can be; None where it can be none."""
    for part in kind.split("|"):
        if part == ANY:
            return ANY
        fits: Node = "list" if part.startswith("[") else "scalar" if part in SCALARS else "mapping"
        if fits == node:
            return part
    return None


def item_kind(kind: str) -> str:
    """What the items of a list of `kind` are."""
    return kind[1:-1] if kind.startswith("[") else ANY


def is_for(keyword: str, kind: str) -> bool:
    """Whether a keyword says something of a schema whose `type` is `kind`."""
    return kind not in TYPES or keyword not in _KEYWORDS or kind in _KEYWORDS[keyword]


@cache
def kinds(key: str) -> frozenset[str]:
    """What a field of that name is, in all objects that have one."""
    return frozenset(each.fields[key] for each in _SHAPES.values() if key in each.fields)


@cache
def _map(kind: str) -> Shape:
    return Shape(f"{{{kind}}}", {}, frozenset(), kind, is_extensible=False)


TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object"})

_KEYWORDS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("maxLength", "minLength", "pattern"), frozenset({"string"})),
    **dict.fromkeys(
        ("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "multipleOf"),
        frozenset({"number", "integer"}),
    ),
    **dict.fromkeys(("items", "maxItems", "minItems", "uniqueItems"), frozenset({"array"})),
    **dict.fromkeys(
        ("properties", "required", "additionalProperties", "maxProperties", "minProperties", "discriminator"),
        frozenset({"object"}),
    ),
    "format": frozenset({"string", "number", "integer"}),
    "enum": frozenset({"string", "number", "integer", "boolean"}),
}

_OPERATIONS = dict.fromkeys(
    ("get", "put", "post", "delete", "options", "head", "patch", "trace"), "Operation"
)
_CONTENT = {"schema": "Schema", "example": ANY, "examples": "{Example}"}
_PARAMETER = {
    "description": "string",
    "required": "boolean",
    "deprecated": "boolean",
    "allowEmptyValue": "boolean",
    "style": "string",
    "explode": "boolean",
    "allowReserved": "boolean",
    "content": "{MediaType}",
    **_CONTENT,
}

_TABLE: dict[str, dict[str, str]] = {
    "Document": {
        "openapi": "string!",
        "info": "Info!",
        "servers": "[Server]",
        "tags": "[Tag]",
        "security": "[{[string]}]",
        "paths": "Paths!",
        "components": "Components",
        "externalDocs": "ExternalDocs",
    },
    "Info": {
        "title": "string!",
        "version": "string!",
        "description": "string",
        "termsOfService": "string",
        "contact": "Contact",
        "license": "License",
    },
    "Contact": {"name": "string", "url": "string", "email": "string"},
    "License": {"name": "string!", "url": "string"},
    "Server": {"url": "string!", "description": "string", "variables": "{ServerVariable}"},
    "ServerVariable": {"default": "string!", "enum": "[string]", "description": "string"},
    "Tag": {"name": "string!", "description": "string", "externalDocs": "ExternalDocs"},
    "ExternalDocs": {"url": "string!", "description": "string"},
    "Paths": {"/.*": "PathItem"},
    "PathItem": {
        "summary": "string",
        "description": "string",
        "servers": "[Server]",
        "parameters": "[Parameter]",
        **_OPERATIONS,
    },
    "Operation": {
        "tags": "[string]",
        "summary": "string",
        "description": "string",
        "externalDocs": "ExternalDocs",
        "operationId": "string",
        "parameters": "[Parameter]",
        "requestBody": "RequestBody",
        "responses": "Responses!",
        "callbacks": "{Callback}",
        "deprecated": "boolean",
        "security": "[{[string]}]",
        "servers": "[Server]",
    },
    "Parameter": {"name": "string!", "in": "string!", **_PARAMETER},
    "Header": _PARAMETER,
    "RequestBody": {"description": "string", "content": "{MediaType}!", "required": "boolean"},
    "MediaType": {**_CONTENT, "encoding": "{Encoding}"},
    "Encoding": {
        "contentType": "string",
        "headers": "{Header}",
        "style": "string",
        "explode": "boolean",
        "allowReserved": "boolean",
    },
    "Responses": {"[1-5]([0-9]{2}|XX)|default": "Response"},
    "Response": {
        "description": "string!",
        "headers": "{Header}",
        "content": "{MediaType}",
        "links": "{Link}",
    },
    "Callback": {"[{$].*": "PathItem"},
    "Link": {
        "operationRef": "string",
        "operationId": "string",
        "parameters": "{any}",
        "requestBody": ANY,
        "description": "string",
        "server": "Server",
    },
    "Example": {"summary": "string", "description": "string", "value": ANY, "externalValue": "string"},
    "Components": {
        "schemas": "{Schema}",
        "responses": "{Response}",
        "parameters": "{Parameter}",
        "examples": "{Example}",
        "requestBodies": "{RequestBody}",
        "headers": "{Header}",
        "securitySchemes": "{SecurityScheme}",
        "links": "{Link}",
        "callbacks": "{Callback}",
    },
    "SecurityScheme": {
        "type": "string!",
        "description": "string",
        "name": "string",
        "in": "string",
        "scheme": "string",
        "bearerFormat": "string",
        "flows": "OAuthFlows",
        "openIdConnectUrl": "string",
    },
    "OAuthFlows": dict.fromkeys(
        ("implicit", "password", "clientCredentials", "authorizationCode"), "OAuthFlow"
    ),
    "OAuthFlow": {
        "authorizationUrl": "string",
        "tokenUrl": "string",
        "refreshUrl": "string",
        "scopes": "{string}!",
    },
    "Schema": {
        "title": "string",
        "description": "string",
        "type": "string",
        "format": "string",
        "pattern": "string",
        "enum": "[any]",
        "default": ANY,
        "example": ANY,
        "nullable": "boolean",
        "readOnly": "boolean",
        "writeOnly": "boolean",
        "deprecated": "boolean",
        "required": "[string]",
        "properties": "{Schema}",
        "additionalProperties": "boolean|Schema",
        "items": "Schema",
        "allOf": "[Schema]",
        "oneOf": "[Schema]",
        "anyOf": "[Schema]",
        "not": "Schema",
        "discriminator": "Discriminator",
        "xml": "Xml",
        "externalDocs": "ExternalDocs",
        **dict.fromkeys(("maximum", "minimum", "multipleOf"), "number"),
        **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "uniqueItems"), "boolean"),
        **dict.fromkeys(
            ("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"), "integer"
        ),
    },
    "Discriminator": {"propertyName": "string!", "mapping": "{string}"},
    "Xml": {
        "name": "string",
        "namespace": "string",
        "prefix": "string",
        "attribute": "boolean",
        "wrapped": "boolean",
    },
}

REFERABLE = frozenset(
    {
        "Schema",
        "Response",
        "Parameter",
        "Example",
        "RequestBody",
        "Header",
        "SecurityScheme",
        "Link",
        "Callback",
    }
)
"""The shapes in whose place a `$ref` may stand."""


def _shape(name: str, told: dict[str, str]) -> Shape:
    if name in {"Paths", "Responses", "Callback"}:
        ((pattern, kind),) = told.items()
        fields = {REF: "string"} if name in REFERABLE else {}
        return Shape(name, fields, frozenset(), kind, re.compile(pattern))
    fields = {key: kind.rstrip("!") for key, kind in told.items()}
    if name in REFERABLE or name == "PathItem":
        fields[REF] = "string"
    return Shape(name, fields, frozenset(key for key, kind in told.items() if kind.endswith("!")), None)


_SHAPES = {name: _shape(name, told) for name, told in _TABLE.items()}
