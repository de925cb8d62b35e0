"""Which corrections of one model's document fit another's.

Both documents describe the same operation, so a correction is carried over by its target. What it says of the
request goes along only where it means the same thing: a property of the same name, type and kind of values. There
the new document's own words stay, and a fault is corrected only where it is the same fault. What models have each
for themselves is read from the new document: defaults, and what it says of files.
"""

import json
import re
from collections.abc import Iterator
from typing import cast

from attrs import define, field, frozen

from regeneration import overlays, queries, telling
from regeneration.applying import apply
from regeneration.documents import Document, Json, Place, is_same
from regeneration.overlays import CorrectionNotNeeded


@frozen
class Known:
    """A model whose document is corrected already."""

    model: str
    document: Document
    """As received."""
    actions: list[Document]
    """Its corrections, in the order in which they apply, as their overlays hold them."""


@define
class Carried:
    """What was carried over, and what a maintainer has to decide."""

    actions: list[Document] = field(factory=list[Document])
    notes: list[str] = field(factory=list[str])


def carry(known: Known, document: Document, model: str, body: Place) -> Carried:
    """Correct `document`, that of `model`, as the known one is; `body` is the place of the request's schema in both.

    Raises `OverlayError` for a correction that cannot be made.
    """
    carrier = _Carrier(known, document, model, body)
    for action in known.actions:
        carrier.take(action)
    carrier.take_defaults()
    carrier.take_stock()
    return carrier.carried


def shared(known: Document, new: Document) -> int:
    """How many properties two schemas have in common, at any depth."""
    pairs = [
        (each, _properties(new)[name])
        for name, each in _properties(known).items()
        if name in _properties(new)
    ]
    return sum(1 + shared(one, other) for one, other in pairs if _mean_the_same(one, other))


class _Carrier:
    """Both documents, while the corrections are made in the one and tried on the other."""

    def __init__(self, known: Known, document: Document, model: str, body: Place) -> None:
        self.carried = Carried()
        self._known, self._new = known, document
        self._model, self._body = model, body
        self._state, self._state_known = document, known.document

    def take(self, action: Document) -> None:
        """Carry one correction over, or as much of it as fits."""
        for fitting in self._fitting(action):
            self._make(fitting)
        self._state_known = apply(_overlay(action), self._state_known)

    def take_defaults(self) -> None:
        """Keep what the service takes for what is not sent where no generator acts on it."""
        place = self._input()
        told: Document = {}
        for name, schema in _properties(_at(self._new, place)).items():
            default, doubt = telling.default(schema)
            if doubt:
                self.carried.notes.append(f"{name}: {doubt}")
            if default is not None:
                told[name] = {"x-apikley-default": default}
        properties = to_query((*place, "properties"))
        in_schema = [each for each in _properties(_at(self._new, place)).values() if "default" in each]
        if in_schema:
            self._make(
                {
                    "target": f"{properties}[*]['default']",
                    "description": "A generated client sends the defaults of a schema with every request. What is not "
                    "said must not be sent.",
                    "x-matches": len(in_schema),
                    "remove": True,
                }
            )
        if told:
            self._make(
                {
                    "target": properties,
                    "description": "What the service takes for a value that is not sent, kept where no generator acts "
                    "on it. The text wins over the schema.",
                    "x-matches": 1,
                    "update": told,
                }
            )

    def take_stock(self) -> None:
        """Note what no correction speaks of."""
        for place in (self._body, self._input()):
            known = _properties(_at(self._known.document, place))
            for name, schema in _properties(_at(self._new, place)).items():
                what = f"{name} ({schema.get('type', 'of no type')})"
                if name not in known:
                    self.carried.notes.append(f"no role known for {what}")
                elif not _mean_the_same(known[name], schema):
                    self.carried.notes.append(
                        f"no role known for {what}: it is something else than in {self._known.model}"
                    )
        for name, schema in _properties(_at(self._state, self._input())).items():
            self.carried.notes += _gaps(name, schema)
        if not any(
            "x-apikley-credits" in each for each in _properties(_at(self._state, self._input())).values()
        ):
            self.carried.notes.append("no price known: no property bears x-apikley-credits")

    def _input(self) -> Place:
        for name, schema in _properties(_at(self._state, self._body)).items():
            if schema.get("x-apikley-role") == "input":
                return (*self._body, "properties", name)
        return self._body

    def _make(self, action: Document) -> None:
        try:
            self._state = apply(_overlay(action), self._state)
        except CorrectionNotNeeded:
            return
        self.carried.actions.append(action)

    def _fitting(self, action: Document) -> Iterator[Document]:
        target = cast("str", action["target"])
        places = {
            place: node
            for place, node in queries.select(target, self._state).items()
            if self._is_shared(place)
        }
        if "remove" in action and all(self._is_default(place) for place in places):
            return  # `take_defaults`
        reason = re.sub(r" As for \S+\.$", "", cast("str", action["description"]))
        said: Document = {"description": f"{reason} As for {self._known.model}."}
        if "update" not in action:
            if places:
                yield {**action, **said, "x-matches": len(places)}
            return
        for place, node in places.items():
            before = _at(self._state_known, place)
            update = self._pruned(_renamed(action["update"], self._stems()), before, node, place)
            if update is not None:
                query = target if len(places) == 1 else to_query(place)
                yield {"target": query, **said, "x-matches": 1, "update": update}

    def _stems(self) -> tuple[str, str]:
        return to_class(self._known.model), to_class(self._model)

    def _is_shared(self, place: Place) -> bool:
        """Whether all properties on the way to a place mean the same in both documents."""
        if place[: len(self._body)] != self._body:
            return True
        for depth in range(len(self._body) + 2, len(place) + 1):
            if place[depth - 2] == "properties":
                one, other = _at(self._known.document, place[:depth]), _at(self._new, place[:depth])
                if not _mean_the_same(one, other):
                    return False
        return True

    def _is_default(self, place: Place) -> bool:
        return place[: len(self._body)] == self._body and place[-1] == "default"

    def _is_of_request(self, place: Place) -> bool:
        return place[: len(self._body) - 1] == self._body[:-1]

    def _pruned(self, update: Json, known: Json, new: Json, place: Place) -> Json:
        """As much of an update as fits; None for nothing."""
        match update, new:
            case dict(), dict():
                fitting: Document = {
                    key: kept
                    for key, item in update.items()
                    if (kept := self._pruned_member(key, item, known, new, place)) is not None
                }
                return fitting or None
            case list(), list():
                return [item for item in update if not any(is_same(item, held) for held in new)] or None
        if is_same(update, new) or (self._is_of_request(place) and not is_same(known, new)):
            return None
        return update

    def _pruned_member(self, key: str, item: Json, known: Json, new: Document, place: Place) -> Json:
        here, before = (*place, key), _object(known)
        if key in before and key not in new:
            return None
        if key in new and key != "title":
            is_fitting = self._is_shared(here)
            return self._pruned(item, before.get(key), new[key], here) if is_fitting else None
        return self._added(key, item, before, new) if self._is_of_request(place) else item

    def _added(self, key: str, item: Json, before: Document, new: Document) -> Json:
        """As much of a member that neither document has."""
        match key:
            case "x-apikley-default":
                return None if telling.default(new)[0] is not None else item
            case "x-apikley-file":
                return telling.file_facts(new, item)
        return _of_values(item, before, new)


def _overlay(action: Document) -> overlays.Overlay:
    head: Document = {"overlay": "1.1.0", "info": {"title": "One correction", "version": "1.0.0"}}
    return overlays.to_overlay({**head, "actions": [action]}, "carried over")


def to_query(place: Place) -> str:
    """The JSONPath of one place, as our overlays write it."""
    return "$" + "".join(
        f".{key}" if re.fullmatch(r"[A-Za-z_]\w*", str(key)) else f"[{_quoted(key)}]" for key in place
    )


def _quoted(key: str | int) -> str:
    return str(key) if isinstance(key, int) else "'" + key.replace("\\", "\\\\").replace("'", "\\'") + "'"


def to_class(model: str) -> str:
    """How the classes of a model begin."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", model))


def _renamed(value: Json, stems: tuple[str, str]) -> Json:
    """The same update with the titles of the known model's classes made those of the new one."""
    old, new = stems
    match value:
        case dict():
            return {
                key: new + item.removeprefix(old)
                if key == "title" and isinstance(item, str) and item.startswith(old)
                else _renamed(item, stems)
                for key, item in value.items()
            }
        case list():
            return [_renamed(item, stems) for item in value]
    return value


def _mean_the_same(one: Json, other: Json) -> bool:
    """Whether two properties of one name are of one type and their lists of values, if any, overlap.

    A list of one value, such as the model's name, is a constant, which each document has for itself.
    """
    known, new = _object(one), _object(other)
    if _kind(known) != _kind(new) or known.get("format") not in {None, new.get("format")}:
        return False
    allowed, others = (_texts(schema.get("enum")) for schema in (known, new))
    are_constant = len(allowed) == len(others) == 1
    return are_constant or (not allowed and not others) or not allowed.isdisjoint(others)


def _kind(schema: Document) -> Json:
    kind = schema.get("type")
    return "number" if kind == "integer" else kind


def _texts(values: Json) -> set[str]:
    return {json.dumps(value) for value in values} if isinstance(values, list) else set()


def _of_values(said: Json, known: Document, new: Document) -> Json:
    """What is said value by value, for the values that there are: sizes and prices, say."""
    if not isinstance(said, dict):
        return said
    gone = _texts(known.get("enum")) - _texts(new.get("enum"))
    return {key: item for key, item in said.items() if json.dumps(key) not in gone} or None


def _gaps(name: str, schema: Document) -> Iterator[str]:
    """What a corrected property leaves open."""
    for extension in ("x-apikley-pixels", "x-apikley-credits"):
        if extension in schema:
            values = cast("list[Json]", schema.get("enum") or [])
            missing = [str(value) for value in values if str(value) not in _object(schema[extension])]
            if missing:
                yield f"{name}: {extension} lacks {', '.join(missing)}"
    if schema.get("x-apikley-role") == "source" and "x-apikley-file" not in schema:
        yield f"{name}: its text says nothing of types and size, so it has no x-apikley-file"


def _properties(schema: Json) -> dict[str, Document]:
    named = _object(_object(schema).get("properties"))
    return {name: each for name, each in named.items() if isinstance(each, dict)}


def _at(value: Json, place: Place) -> Json:
    for key in place:
        match value:
            case dict():
                value = value.get(str(key))
            case list() if isinstance(key, int) and key < len(value):
                value = value[key]
            case _:
                return None
    return value


def _object(value: Json) -> Document:
    return value if isinstance(value, dict) else {}
