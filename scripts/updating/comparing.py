"""What changed between two versions of a document, and what each change means for those who use the package.

The side decides: a request is what our users write, so whatever allows less breaks them; an answer is what they read,
so whatever promises less does. Companions of a rule stand together in `rules`.
"""

from collections.abc import Iterable, Iterator, Mapping

from regeneration.documents import Document, Json, Place, is_same
from updating import rules
from updating.changes import Change, Level, Side
from updating.references import Sides, resolved, sides

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def compare(old: Document, new: Document) -> list[Change]:
    """Every change, in the order of the document."""
    return [*_Comparison(old, new).run()]


class _Comparison:
    """Two versions, and which components of them are sent and which are read."""

    def __init__(self, old: Document, new: Document) -> None:
        self._old = old
        self._new = new
        self._sides: Sides = sides(old) | sides(new)

    def run(self) -> Iterator[Change]:
        old, new = self._old, self._new
        yield from self._wordings(old, new, (), ("openapi",))
        yield from self._plain(old.get("info"), new.get("info"), ("info",))
        yield from self._servers(old, new, ())
        yield from self._security(old, new, ())
        yield from self._tags(old, new)
        yield from self._paths(_map(old, "paths"), _map(new, "paths"), ("paths",))
        yield from self._components()
        yield from self._wordings(old, new, (), ("externalDocs", *_extensions(old, new)))

    # Whole operations -----------------------------------------------------------------------------

    def _paths(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        gone, come = [*old.keys() - new.keys()], [*new.keys() - old.keys()]
        for path in sorted(gone):
            moved = [other for other in come if is_same(old[path], new[other])]
            what, value = ("path changed", moved[0]) if len(moved) == 1 else ("path removed", None)
            come = [other for other in come if other not in moved]
            why = "its functions go" if value is None else "requests go to another address"
            yield Change((*here, path), what, path, value, Level.BREAKING, why, is_removed=True)
        for path in sorted(come):
            why = "more can be called"
            yield Change((*here, path), "path added", None, path, Level.COMPATIBLE, why, is_added=True)
        for path in _shared(old, new):
            yield from self._path_item(_object(old[path]), _object(new[path]), (*here, path))

    def _path_item(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        methods_gone = [method for method in METHODS if method in old and method not in new]
        methods_come = [method for method in METHODS if method in new and method not in old]
        if len(methods_gone) == len(methods_come) == 1:
            before, after = methods_gone[0], methods_come[0]
            why = "requests are sent by another method"
            yield Change(
                (*here, before), "method changed", before, after, Level.BREAKING, why, is_removed=True
            )
            yield from self._operation(_object(old[before]), _object(new[after]), (*here, after))
        else:
            for method in methods_gone:
                why = "its function goes"
                yield Change(
                    (*here, method), "operation removed", method, None, Level.BREAKING, why, is_removed=True
                )
            for method in methods_come:
                why = "more can be called"
                yield Change(
                    (*here, method), "operation added", None, method, Level.COMPATIBLE, why, is_added=True
                )
        yield from self._parameters(old, new, here)
        yield from self._servers(old, new, here)
        yield from self._wordings(old, new, here, ("summary", "description", *_extensions(old, new)))
        for method in _shared(old, new):
            if method in METHODS:
                yield from self._operation(_object(old[method]), _object(new[method]), (*here, method))

    def _operation(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        if not is_same(old.get("operationId"), new.get("operationId")):
            yield _scalar((old, new), here, "operationId", Level.BREAKING, "its function is named after it")
        if not is_same(old.get("tags"), new.get("tags")):
            yield _scalar((old, new), here, "tags", Level.BREAKING, "its module is named after the first one")
        yield from self._deprecation(old, new, here)
        yield from self._security(old, new, here)
        yield from self._servers(old, new, here)
        yield from self._parameters(old, new, here)
        yield from self._body(old, new, here)
        yield from self._responses(_map(old, "responses"), _map(new, "responses"), (*here, "responses"))
        yield from self._callbacks(_map(old, "callbacks"), _map(new, "callbacks"), (*here, "callbacks"))
        words = ("summary", "description", "externalDocs", *_extensions(old, new))
        yield from self._wordings(old, new, here, words)

    def _callbacks(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        yield from _named(
            old, new, here, "callback", ("it may never be called again", "it can be left unused")
        )
        for name in _shared(old, new):
            before, after = self._pair(old[name], new[name])
            for expression in _shared(before, after):
                place = (*here, name, expression)
                for method, one, other in _operations(before[expression], after[expression]):
                    content = (*place, method, "requestBody", "content")
                    yield from self._content(
                        _map(self._first(one.get("requestBody")), "content"),
                        _map(self._second(other.get("requestBody")), "content"),
                        content,
                        Side.RESPONSE,
                    )

    # What an operation takes and gives ------------------------------------------------------------

    def _parameters(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        before, after = (
            {f"{each.get('in')} {each.get('name')}": (index, each) for index, each in enumerate(found)}
            for found in (
                [self._first(each) for each in _list(old, "parameters")],
                [self._second(each) for each in _list(new, "parameters")],
            )
        )
        for name in _gone(before, after):
            place = (*here, "parameters", before[name][0])
            why = "callers pass it"
            yield Change(
                place, "parameter removed", name, None, Level.BREAKING, why, Side.REQUEST, is_removed=True
            )
        for name in _gone(after, before):
            place = (*here, "parameters", after[name][0])
            is_required = after[name][1].get("required") is True
            level, why = rules.addition(Side.REQUEST, is_required=is_required)
            what = "required parameter added" if is_required else "parameter added"
            yield Change(place, what, None, name, level, why, Side.REQUEST, is_added=True)
        for name in _shared(before, after):
            index, parameter = after[name]
            place = (*here, "parameters", index)
            yield from self._is_required(before[name][1], parameter, place)
            yield from self._wordings(
                before[name][1], parameter, place, ("description", "example", "examples")
            )
            yield from self._deprecation(before[name][1], parameter, place)
            for field in ("style", "explode", "allowReserved"):
                if not is_same(before[name][1].get(field), parameter.get(field)):
                    yield _scalar(
                        (before[name][1], parameter), place, field, Level.BREAKING, "it is written otherwise"
                    )
            schemas = before[name][1].get("schema", {}), parameter.get("schema", {})
            yield from self._schema(*schemas, (*place, "schema"), Side.REQUEST)

    def _is_required(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        before, after = old.get("required") is True, new.get("required") is True
        if before != after:
            level = Level.BREAKING if after else Level.COMPATIBLE
            why = "requests without it are refused" if after else "it may be left out"
            yield Change((*here, "required"), "required", before, after, level, why, Side.REQUEST)

    def _body(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        place = (*here, "requestBody")
        before, after = self._first(old.get("requestBody")), self._second(new.get("requestBody"))
        if before and not after:
            why = "callers pass it"
            yield Change(
                place, "body removed", "a body", None, Level.BREAKING, why, Side.REQUEST, is_removed=True
            )
        elif after and not before:
            level, why = rules.addition(Side.REQUEST, is_required=after.get("required") is True)
            yield Change(place, "body added", None, "a body", level, why, Side.REQUEST, is_added=True)
        elif before and _is_apart(old.get("requestBody"), new.get("requestBody")):
            yield from self._is_required(before, after, place)
            yield from self._wordings(before, after, place, ("description", *_extensions(before, after)))
            content = _map(before, "content"), _map(after, "content")
            yield from self._content(*content, (*place, "content"), Side.REQUEST)

    def _responses(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        for status in _gone(old, new):
            level = Level.BREAKING if status.startswith("2") else Level.COMPATIBLE
            why = (
                "its answer is no longer told"
                if level is Level.BREAKING
                else "refusals are read whatever the status"
            )
            yield Change(
                (*here, status), "status removed", status, None, level, why, Side.RESPONSE, is_removed=True
            )
        for status in _gone(new, old):
            level = Level.BREAKING if status.startswith("2") else Level.COMPATIBLE
            why = (
                "a success that is read by nobody yet"
                if level is Level.BREAKING
                else "refusals are read whatever the status"
            )
            yield Change(
                (*here, status), "status added", None, status, level, why, Side.RESPONSE, is_added=True
            )
        for status in _shared(old, new):
            if not _is_apart(old[status], new[status]):
                continue
            yield from self._response(*self._pair(old[status], new[status]), (*here, status))

    def _response(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        before, after = _map(old, "headers"), _map(new, "headers")
        for name in [*_gone(before, after), *_gone(after, before)]:
            what = "header removed" if name in before else "header added"
            why = "the package reads none of the answer's headers by name"
            old_name, new_name = (name, None) if name in before else (None, name)
            place = (*here, "headers", name)
            yield Change(place, what, old_name, new_name, Level.COMPATIBLE, why, Side.RESPONSE)
        yield from self._content(
            _map(old, "content"), _map(new, "content"), (*here, "content"), Side.RESPONSE
        )
        yield from self._wordings(old, new, here, ("description", "links", *_extensions(old, new)))

    def _content(self, old: Document, new: Document, here: Place, side: Side) -> Iterator[Change]:
        for media in _gone(old, new):
            why = (
                "bodies of that kind are written" if side is Side.REQUEST else "answers of that kind are read"
            )
            yield Change(
                (*here, media), "media type removed", media, None, Level.BREAKING, why, side, is_removed=True
            )
        for media in _gone(new, old):
            why = "the ones that are used stay"
            yield Change(
                (*here, media), "media type added", None, media, Level.COMPATIBLE, why, side, is_added=True
            )
        for media in _shared(old, new):
            before, after = _object(old[media]), _object(new[media])
            place = (*here, media)
            yield from self._schema(
                before.get("schema", {}), after.get("schema", {}), (*place, "schema"), side
            )
            words = ("example", "examples", "encoding", *_extensions(before, after))
            yield from self._wordings(before, after, place, words)

    # Schemas --------------------------------------------------------------------------------------

    def _schema(self, old: Json, new: Json, here: Place, side: Side) -> Iterator[Change]:
        if is_same(old, new) or not _is_apart(old, new):
            return
        if not isinstance(old, dict) or not isinstance(new, dict):  # additionalProperties
            yield from self._openness(old, new, here, side)
            return
        if "$ref" in old or "$ref" in new:
            found = [*self._schema(*self._pair(old, new), here, side)]
            yield from found or [
                Change(here, "written otherwise", old, new, Level.WORDING, "it says the same", side)
            ]
            return
        if _shape_of(old) != _shape_of(new) and ("allOf" in old or "allOf" in new):
            yield from self._schema(_flat(old, self._old), _flat(new, self._new), here, side)
            return
        for keyword in dict.fromkeys([*old, *new]):
            yield from self._keyword(keyword, old, new, here, side)

    def _keyword(
        self, keyword: str, old: Document, new: Document, here: Place, side: Side
    ) -> Iterator[Change]:
        before, after = old.get(keyword), new.get(keyword)
        if is_same(before, after) and (keyword in old) == (keyword in new):
            return
        place = (*here, keyword)
        match keyword:
            case "properties":
                yield from self._properties(old, new, place, side)
            case "required":
                yield from self._required(old, new, place, side)
            case "items" | "not" | "additionalProperties" if keyword in old and keyword in new:
                inner = rules.opposite(side) if keyword == "not" else side
                yield from self._schema(before, after, place, inner)
            case "allOf" | "oneOf" | "anyOf":
                yield from self._variants(keyword, _list(old, keyword), _list(new, keyword), place, side)
            case "enum":
                yield from rules.enum(_values(old), _values(new), place, side)
            case _:
                yield rules.keyword(keyword, old, new, place, side)

    def _openness(self, old: Json, new: Json, here: Place, side: Side) -> Iterator[Change]:
        is_narrower = new is False or (isinstance(new, dict) and old is True)
        is_breaking = is_narrower == (side is Side.REQUEST)
        level = Level.BREAKING if is_breaking and side is Side.REQUEST else Level.COMPATIBLE
        why = "further fields are refused" if level is Level.BREAKING else "further fields are let through"
        yield Change(here, "further properties", old, new, level, why, side)

    def _properties(self, old: Document, new: Document, here: Place, side: Side) -> Iterator[Change]:
        before, after = _map(old, "properties"), _map(new, "properties")
        required = {each for each in _list(new, "required") if isinstance(each, str)}
        gone, come = _gone(before, after), _gone(after, before)
        renamed = _renamed({name: before[name] for name in gone}, {name: after[name] for name in come})
        for name, other in renamed.items():
            why = (
                "the old name is no longer understood"
                if side is Side.REQUEST
                else "the old name is no longer sent"
            )
            yield Change(
                (*here, name), "property renamed", name, other, Level.BREAKING, why, side, is_removed=True
            )
        for name in gone:
            if name not in renamed:
                why = "callers may set it" if side is Side.REQUEST else "readers rely on it"
                value = rules.summary(before[name])
                yield Change(
                    (*here, name), "property removed", value, None, Level.BREAKING, why, side, is_removed=True
                )
        for name in come:
            if name not in renamed.values():
                is_required = name in required
                level, why = rules.addition(side, is_required=is_required)
                what = "required property added" if is_required else "property added"
                value = rules.summary(after[name])
                yield Change((*here, name), what, None, value, level, why, side, is_added=True)
        for name in _shared(before, after):
            yield from self._schema(before[name], after[name], (*here, name), side)

    def _required(self, old: Document, new: Document, here: Place, side: Side) -> Iterator[Change]:
        before, after = ({str(each) for each in _list(each, "required")} for each in (old, new))
        both = _map(old, "properties").keys() & _map(new, "properties").keys()
        known = _map(old, "properties").keys() | _map(new, "properties").keys()
        for name in sorted(after - before):
            if name in both or name not in known:
                level = Level.BREAKING if side is not Side.RESPONSE else Level.COMPATIBLE
                why = "requests without it are refused" if side is not Side.RESPONSE else "it is always there"
                yield Change(here, "now required", None, name, level, why, side)
        for name in sorted(before - after):
            if name in both or name not in known:
                level = Level.COMPATIBLE if side is Side.REQUEST else Level.BREAKING
                why = "it may be left out" if side is Side.REQUEST else "it may be missing from an answer"
                yield Change(here, "no longer required", name, None, level, why, side)

    def _variants(
        self, keyword: str, old: list[Json], new: list[Json], here: Place, side: Side
    ) -> Iterator[Change]:
        if len(old) == len(new):
            for index, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from self._schema(one, other, (*here, index), side)
            return
        gone = [each for each in old if not any(is_same(each, other) for other in new)]
        come = [each for each in new if not any(is_same(each, other) for other in old)]
        for each in gone:
            yield rules.variant(keyword, each, here, side, is_added=False)
        for each in come:
            yield rules.variant(keyword, each, here, side, is_added=True)

    # What stands around ---------------------------------------------------------------------------

    def _servers(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        place = (*here, "servers")
        before, after = (
            [str(_object(each).get("url")) for each in _list(each, "servers")] for each in (old, new)
        )
        if before[:1] != after[:1]:
            why = "requests go to the first one"
            first = (before[0] if before else None), (after[0] if after else None)
            yield Change((*place, 0, "url"), "server changed", *first, Level.BREAKING, why)
        for url in before[1:]:
            if url not in after:
                yield Change(
                    place, "server removed", url, None, Level.BREAKING, "who named it finds nobody there"
                )
        for url in after[1:]:
            if url not in before:
                yield Change(
                    place, "server added", None, url, Level.COMPATIBLE, "requests go to the first one"
                )
        if before == after:
            for index, (one, other) in enumerate(
                zip(_list(old, "servers"), _list(new, "servers"), strict=True)
            ):
                words = ("description", "variables", *_extensions(_object(one), _object(other)))
                yield from self._wordings(_object(one), _object(other), (*place, index), words)

    def _security(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        before, after = _list(old, "security"), _list(new, "security")
        if ("security" in old, before) == ("security" in new, after) or _is_same_set(before, after):
            return
        is_looser = not after or {} in after or (bool(before) and all(each in after for each in before))
        level = Level.COMPATIBLE if is_looser and here == () else Level.BREAKING
        if here and "security" not in new:
            level = Level.BREAKING
        elif is_looser:
            level = Level.COMPATIBLE
        why = "what was sent is still enough" if level is Level.COMPATIBLE else "what was sent is not enough"
        yield Change((*here, "security"), "security changed", before or None, after or None, level, why)

    def _tags(self, old: Document, new: Document) -> Iterator[Change]:
        if not is_same(old.get("tags"), new.get("tags")):
            yield _scalar((old, new), (), "tags", Level.WORDING, "only operations give modules their names")

    def _components(self) -> Iterator[Change]:
        old, new = _map(self._old, "components"), _map(self._new, "components")
        here: Place = ("components",)
        schemes = _map(old, "securitySchemes"), _map(new, "securitySchemes")
        for kind, compared in (("schemas", self._schema), ("responses", None), ("parameters", None)):
            before, after = _map(old, kind), _map(new, kind)
            yield from _unused(before, after, (*here, kind))
            for name in _shared(before, after):
                place = (*here, kind, name)
                if kind == "responses":
                    yield from self._response(_object(before[name]), _object(after[name]), place)
                elif kind == "parameters":
                    one, other = _object(before[name]), _object(after[name])
                    yield from self._is_required(one, other, place)
                    yield from self._schema(
                        one.get("schema", {}), other.get("schema", {}), (*place, "schema"), Side.REQUEST
                    )
                else:
                    assert compared is not None
                    yield from self._of_sides(before[name], after[name], place)
        before, after = _map(old, "requestBodies"), _map(new, "requestBodies")
        yield from _unused(before, after, (*here, "requestBodies"))
        for name in _shared(before, after):
            one, other = _object(before[name]), _object(after[name])
            place = (*here, "requestBodies", name)
            yield from self._is_required(one, other, place)
            contents = _map(one, "content"), _map(other, "content")
            yield from self._content(*contents, (*place, "content"), Side.REQUEST)
        yield from self._schemes(*schemes, (*here, "securitySchemes"))
        for kind in ("examples", "headers", "links"):
            yield from self._wordings(old, new, here, (kind,))

    def _of_sides(self, old: Json, new: Json, here: Place) -> Iterator[Change]:
        """The changes of a component, from the sides on which it is used."""
        used = self._sides.get(str(here[2]), set())
        if not used:
            for change in self._schema(old, new, here, Side.REQUEST):
                yield rules.unused(change)
        elif len(used) == 1:
            (side,) = used
            yield from self._schema(old, new, here, side)
        else:
            yield from rules.of_both(
                [*self._schema(old, new, here, Side.REQUEST)], [*self._schema(old, new, here, Side.RESPONSE)]
            )

    def _schemes(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        yield from _named(
            old, new, here, "security scheme", ("its key is no longer asked for", "nobody needs it yet")
        )
        for name in _shared(old, new):
            before, after = _object(old[name]), _object(new[name])
            for field in ("type", "scheme", "in", "name", "flows", "openIdConnectUrl"):
                if not is_same(before.get(field), after.get(field)):
                    why = "the key is sent in another way"
                    yield _scalar((before, after), (*here, name), field, Level.BREAKING, why)
            words = ("description", "bearerFormat", *_extensions(before, after))
            yield from self._wordings(before, after, (*here, name), words)

    def _deprecation(self, old: Document, new: Document, here: Place) -> Iterator[Change]:
        if not is_same(old.get("deprecated"), new.get("deprecated")):
            why = "it works as before, and may go one day"
            yield _scalar((old, new), here, "deprecated", Level.COMPATIBLE, why)

    def _wordings(self, old: Document, new: Document, here: Place, keys: Iterable[str]) -> Iterator[Change]:
        for key in keys:
            if not is_same(old.get(key), new.get(key)) or (key in old) != (key in new):
                yield _scalar((old, new), here, key, Level.WORDING, "it is for reading")

    def _plain(self, old: Json, new: Json, here: Place) -> Iterator[Change]:
        before, after = _object(old), _object(new)
        yield from self._wordings(before, after, here, dict.fromkeys([*before, *after]))

    def _pair(self, old: Json, new: Json) -> tuple[Document, Document]:
        return self._first(old), self._second(new)

    def _first(self, value: Json) -> Document:
        return resolved(value, self._old)

    def _second(self, value: Json) -> Document:
        return resolved(value, self._new)


def _is_apart(old: Json, new: Json) -> bool:
    """Whether two values are to be compared here: one reference is compared where it leads."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.get("$ref") is None or not is_same(old.get("$ref"), new.get("$ref"))
    return True


def _scalar(versions: tuple[Document, Document], here: Place, key: str, level: Level, why: str) -> Change:
    old, new = versions
    what = f"{key} changed" if key in old and key in new else f"{key} {'added' if key in new else 'removed'}"
    return Change((*here, key), what, old.get(key), new.get(key), level, why)


def _named(
    old: Document, new: Document, here: Place, noun: str, reasons: tuple[str, str]
) -> Iterator[Change]:
    for name in _gone(old, new):
        yield Change(
            (*here, name), f"{noun} removed", name, None, Level.BREAKING, reasons[0], is_removed=True
        )
    for name in _gone(new, old):
        yield Change((*here, name), f"{noun} added", None, name, Level.COMPATIBLE, reasons[1], is_added=True)


def _unused(old: Document, new: Document, here: Place) -> Iterator[Change]:
    """Components that come or go: what refers to them is told where it stands."""
    for name in _gone(old, new):
        why = "whatever referred to it is told at its own place"
        yield Change((*here, name), "component removed", name, None, Level.WORDING, why, is_removed=True)
    for name in _gone(new, old):
        why = "whatever refers to it is told at its own place"
        yield Change((*here, name), "component added", None, name, Level.WORDING, why, is_added=True)


def _renamed(gone: dict[str, Json], come: dict[str, Json]) -> dict[str, str]:
    """Which properties went under another name: the same schema, texts aside, and only one of each."""
    pairs = {
        name: [other for other in come if is_same(rules.bare(gone[name]), rules.bare(come[other]))]
        for name in gone
    }
    taken = [others[0] for others in pairs.values() if len(others) == 1]
    return {
        name: others[0] for name, others in pairs.items() if len(others) == 1 and taken.count(others[0]) == 1
    }


def _shape_of(schema: Document) -> int | None:
    """How many parts a schema is made of; None if it is one."""
    parts = schema.get("allOf")
    return len(parts) if isinstance(parts, list) else None


def _flat(schema: Document, document: Document, depth: int = 20) -> Document:
    """The schema with its `allOf` merged in, as far as that says the same."""
    schema = resolved(schema, document)
    flat: Document = {}
    parts = [_flat(_object(part), document, depth - 1) for part in _list(schema, "allOf")] if depth else []
    for part in [*parts, {key: value for key, value in schema.items() if key != "allOf"}]:
        for key, value in part.items():
            held = flat.get(key)
            if isinstance(held, dict) and isinstance(value, dict):
                flat[key] = {**held, **value}
            elif isinstance(held, list) and isinstance(value, list):
                flat[key] = [*held, *value]
            else:
                flat[key] = value
    return flat


def _operations(old: Json, new: Json) -> Iterator[tuple[str, Document, Document]]:
    before, after = _object(old), _object(new)
    for method in METHODS:
        if method in before and method in after:
            yield method, _object(before[method]), _object(after[method])


def _values(schema: Document) -> list[Json] | None:
    return _list(schema, "enum") if "enum" in schema else None


def _is_same_set(old: list[Json], new: list[Json]) -> bool:
    return all(any(is_same(one, other) for other in new) for one in old) and len(old) == len(new)


def _extensions(old: Document, new: Document) -> list[str]:
    return [key for key in dict.fromkeys([*old, *new]) if key.startswith("x-")]


def _gone(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    return [key for key in old if key not in new]


def _shared(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    return [key for key in new if key in old]


def _object(value: Json) -> Document:
    return value if isinstance(value, dict) else {}


def _map(value: Document, key: str) -> Document:
    return _object(value.get(key))


def _list(value: Document, key: str) -> list[Json]:
    found = value.get(key)
    return found if isinstance(found, list) else []
