"""Which models the document knows, and what each of them takes."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import frozen

from apikley.errors import InvalidRequest
from apikley.schemas import Limit, to_limit

_PICTURE_FORMATS: frozenset[object] = frozenset({"jpeg", "jpg", "png", "webp"})


@frozen
class FileLimit:
    """What a model takes as an image."""

    media_types: tuple[str, ...]
    maximum_bytes: int


@frozen(eq=False)
class Model:
    """What a request for a task of one model is like. Values are known by their roles; each document names them."""

    name: str
    title: str
    """What the document calls such a request, and so the name of its class."""
    envelope: Mapping[str, str]
    """By role, the names of what stands beside the input, and of the input itself."""
    callback_url: Limit | None
    """None if its document tells of no callbacks."""
    input: Limit
    roles: Mapping[str, str]
    """By role, the names of the input's values."""
    file: FileLimit | None
    """What it takes as a source; None if it takes none, or nothing is said."""
    defaults: Mapping[str, object]
    """By name, what the service takes for a value of the input that is not sent."""
    priced: str | None
    """The name of the value that the price of one picture depends on."""
    prices: Mapping[str, float]
    """That price in credits, by that value. Seen by users, and promised by nobody."""

    @property
    def names(self) -> frozenset[str]:
        """What a request for a task of it may hold, beside the input and in it."""
        return frozenset({*self.envelope.values(), *self.input.members})


def find(name: str) -> Model:
    """The model of that name; raises `InvalidRequest` naming those that there are."""
    known = models()
    for each in known.values():
        if each.name == name:
            return each
    raise InvalidRequest(
        f"model must be one of {', '.join(known)}, not {name!r:.80}",
        parameter="model",
        bound=tuple(known),
        value=name,
    )


def makes_pictures(name: str | None) -> bool:
    """Whether a model's results are pictures, since its document says in which of these formats.

    A task that does not name its model is taken for an edit.
    """
    if name is None:
        return True
    model = models().get(name)
    if model is None or "format" not in model.roles:
        return False
    return {*model.input.members[model.roles["format"]].values} <= _PICTURE_FORMATS


@cache
def models() -> Mapping[str, Model]:
    """The models by name, in the document's order."""
    document = json.loads((files("apikley_generated") / "openapi.json").read_text(encoding="utf-8"))
    return {model.name: model for model in _models(document)}


def _models(document: Any) -> Iterator[Model]:
    def resolved(schema: Any) -> Any:
        while "$ref" in schema:
            value = document
            for key in schema["$ref"].removeprefix("#/").split("/"):
                value = value[key]
            schema = value
        return schema

    (operation,) = (
        operation
        for path in document["paths"].values()
        for operation in path.values()
        if operation.get("x-apikley-does") == "create-task"
    )
    body = resolved(operation["requestBody"]["content"]["application/json"]["schema"])
    for alternative in body.get("oneOf", [body]):
        yield from _models_of(resolved(alternative), resolved)


def _models_of(schema: Any, resolved: Callable[[Any], Any]) -> Iterator[Model]:
    """The models that take such a request: several, where the document names several in one schema."""
    values = {name: resolved(each) for name, each in schema["properties"].items()}
    envelope = _by_role(values)
    wish = values[envelope["input"]]
    inner = {name: resolved(each) for name, each in wish["properties"].items()}
    roles = _by_role(inner)
    link = envelope.get("callback-link")
    priced = next((name for name, each in inner.items() if "x-apikley-credits" in each), None)
    for name in to_limit(values[envelope["model"]]).values:
        yield Model(
            name=str(name),
            title=schema["title"],
            envelope=envelope,
            callback_url=to_limit(values[link], resolved) if link else None,
            input=to_limit(wish, resolved),
            roles=roles,
            file=_file(inner[roles["source"]]) if "source" in roles else None,
            defaults={
                name: each["x-apikley-default"] for name, each in inner.items() if "x-apikley-default" in each
            },
            priced=priced,
            prices=_prices(inner[priced]) if priced else {},
        )


def _by_role(values: Mapping[str, Any]) -> dict[str, str]:
    return {each["x-apikley-role"]: name for name, each in values.items() if "x-apikley-role" in each}


def _file(schema: Mapping[str, Any]) -> FileLimit | None:
    fact = schema.get("x-apikley-file")
    return FileLimit(tuple(fact["mediaTypes"]), fact["maximumBytes"]) if fact else None


def _prices(schema: Mapping[str, Any]) -> dict[str, float]:
    prices = schema["x-apikley-credits"]
    return {value: price for value, price in prices.items() if isinstance(price, int | float)}
