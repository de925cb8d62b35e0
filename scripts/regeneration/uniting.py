"""How the bodies that several models want of one operation become a union.

Every model's document defines the same operation with a body of its own, an object whose `model` says which. Where
several documents define an operation so, and their bodies differ, each body becomes a component named by its title,
and the operation's body is one of them (`oneOf`, with `model` as the discriminator). Their examples stand side by
side, named after the models. Bodies that `model` does not tell apart, or that say more than this rule has a
place for, are left as they are.
"""

from collections.abc import Iterator, Mapping
from typing import cast

from attrs import frozen

from regeneration.documents import Document, Json, Place, is_same

_TELLS_APART = "model"
_MEDIA_TYPE = "application/json"
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


@frozen
class Body:
    """What one document wants of an operation: the media object, and how its schema is told apart."""

    document: str
    media: Document
    schema: Document
    title: str
    model: str


def unite(documents: Mapping[str, Document]) -> None:
    """Give all documents that define an operation model by model the same body, in place."""
    for place in dict.fromkeys(each for document in documents.values() for each in _operations(document)):
        bodies = _bodies(documents, place)
        if bodies:
            media = _union(bodies)
            for body in bodies:
                _hoist(documents[body.document], body)
                body.media.clear()
                body.media.update(media)


def _operations(document: Document) -> Iterator[Place]:
    for path, item in _object(document.get("paths")).items():
        for method in _object(item):
            if method in _METHODS:
                yield "paths", path, method


def _bodies(documents: Mapping[str, Document], place: Place) -> list[Body]:
    """The bodies that `model` tells apart; none where one of them has no title, or two are for one model."""
    content = (*place, "requestBody", "content", _MEDIA_TYPE)
    said = {name: media for name, whole in documents.items() if (media := _object(_at(whole, content)))}
    bodies = [body for name, media in said.items() if (body := _body(name, documents[name], media))]
    are_alike = all(is_same(media, next(iter(said.values()))) for media in said.values())
    titles, models = {body.title for body in bodies}, {body.model for body in bodies}
    is_told_apart = len(said) == len(bodies) == len(titles) == len(models)
    return bodies if is_told_apart and not are_alike else []


def _body(name: str, document: Document, media: Document) -> Body | None:
    schema = _object(media.get("schema"))
    required, named = schema.get("required"), _object(_at(document, ("components", "schemas")))
    match schema, _at(schema, ("properties", _TELLS_APART)):
        case {"type": "object", "title": str(title)}, ({"enum": [str(model)]} | {"const": str(model)}):
            is_required = isinstance(required, list) and _TELLS_APART in required
            if is_required and title not in named and media.keys() <= {"schema", "example"}:
                return Body(name, media, schema, title, model)
    return None


def _union(bodies: list[Body]) -> Document:
    references: dict[str, Json] = {body.model: f"#/components/schemas/{body.title}" for body in bodies}
    examples: Document = {
        body.model: {"value": body.media["example"]} for body in bodies if "example" in body.media
    }
    schema: Document = {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": _TELLS_APART, "mapping": references},
    }
    return {"schema": schema, "examples": examples} if examples else {"schema": schema}


def _hoist(document: Document, body: Body) -> None:
    """Make the schema a component of its document."""
    components = cast("Document", document.setdefault("components", {}))
    schemas = cast("Document", components.setdefault("schemas", {}))
    schemas[body.title] = body.schema


def _at(value: Json, place: Place) -> Json:
    for key in place:
        value = _object(value).get(str(key))
    return value


def _object(value: Json) -> Document:
    return value if isinstance(value, dict) else {}
