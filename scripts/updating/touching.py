"""Which public names a change of the document touches.

Of the generated package: the class, attribute or module that the generator makes of the changed place, by its own
rules for names, told only if it is there. Of `apikley`: found by reading the sources, since `wire` writes each
attribute of a generated class from a field of ours, or reads it into one.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen
from openapi_python_client.strings import ClassName, PythonIdentifier

from regeneration.documents import Document, Json
from updating.changes import Change
from updating.naming import Names
from updating.references import resolved

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
MODELS = "apikley_generated.models"


@frozen
class Touched:
    """Names of both packages, as users write them."""

    generated: tuple[str, ...]
    overlay: tuple[str, ...]


class Touching:
    """What the sources of both packages tell of names."""

    def __init__(self, overlay: Path, old: tuple[Document, Names], new: tuple[Document, Names]) -> None:
        """Each version is a corrected document and the names of the package made from it."""
        self._versions = (new, old)
        self._overlay = _Overlay(overlay)

    def names(self, change: Change) -> Touched:
        """The names that the change touches."""
        generated: dict[str, None] = {}
        for document, names in self._versions:
            for name in _generated(change, document, names):
                if name in names or any(known.startswith(f"{name}.") for known in names):
                    generated[name] = None
        attributes = [name.removeprefix(f"{MODELS}.") for name in generated if name.startswith(MODELS)]
        overlay = dict.fromkeys(
            [
                *(told for name in attributes for told in self._overlay.of_attribute(name)),
                *(told for name in generated if ".api." in name for told in self._overlay.of_operation(name)),
                *(told for value in _values(change.old) for told in self._overlay.of_value(value)),
            ]
        )
        return Touched(tuple(generated), tuple(overlay))


def _generated(change: Change, document: Document, names: Names) -> Iterator[str]:
    """The names that the generator makes of the objects on the way to the changed place."""
    module, owner, attribute = _on_the_way(change, document)
    told = change.new if change.new is not None else change.old
    if owner is None:
        yield from [module] if module else []
    elif attribute is not None:
        yield f"{MODELS}.{owner}.{attribute}"
        if change.what == "property renamed" and isinstance(change.new, str):
            yield f"{MODELS}.{owner}.{PythonIdentifier(change.new, 'field_')}"
        if "enum" in change.place:
            annotation = names.get(f"{MODELS}.{owner}.{attribute}", "")
            words = re.findall(r"[A-Za-z]\w+", annotation)
            yield from (f"{MODELS}.{word}" for word in words if f"{MODELS}.{word}" in names)
    elif change.place[-1] == "required" and isinstance(told, str):
        yield f"{MODELS}.{owner}.{PythonIdentifier(told, 'field_')}"
    else:
        yield f"{MODELS}.{owner}"


def _on_the_way(change: Change, document: Document) -> tuple[str | None, str | None, str | None]:
    """The module, class and attribute that the place of a change is in."""
    node: Json = document
    module = owner = attribute = None
    before: str | int | None = None
    for number, part in enumerate(change.place):
        node = _inside(resolved(node, document) or node, part)
        if change.place[0] == "paths" and number == 2 and part in METHODS:
            module = _module(node)
        if before == "properties" and owner:
            attribute = str(PythonIdentifier(str(part), "field_"))
        if title := _title(node):
            owner, attribute = str(ClassName(title, "field_")), None
        elif node is None and before != "properties":
            break
        before = part
    return module, owner, attribute


def _inside(node: Json, part: str | int) -> Json:
    match node, part:
        case dict(), str():
            return node.get(part)
        case list(), int() if part < len(node):
            return node[part]
    return None


def _title(node: Json) -> str | None:
    match node:
        case {"title": str(title), "type": "object"} | {"title": str(title), "properties": dict()}:
            return title
    return None


def _module(operation: Json) -> str | None:
    match operation:
        case {"operationId": str(name), "tags": [str(tag), *_]}:
            pass
        case {"operationId": str(name)}:
            tag = "default"
        case _:
            return None
    return f"apikley_generated.api.{PythonIdentifier(tag, 'tag')}.{PythonIdentifier(name, 'field_')}"


def _values(value: Json) -> Iterator[str]:
    """The texts that stood in the document where a name of ours may repeat them."""
    match value:
        case str() if len(value) > 3 and "\n" not in value:
            yield value
        case list():
            for each in value:
                yield from _values(each)


class _Overlay:
    """What the sources of `apikley` say about where the document's names go."""

    def __init__(self, folder: Path) -> None:
        self._trees = {
            path.relative_to(folder).with_suffix("").as_posix().replace("/", "."): ast.parse(
                path.read_text(encoding="utf-8")
            )
            for path in sorted(folder.rglob("*.py"))
            if "mock" not in path.relative_to(folder).parts
        }
        self._fields = _fields(self._trees)
        self._written = [*_written(self._trees)]

    def of_attribute(self, name: str) -> Iterator[str]:
        """Names of ours that are written into `Class.attribute`, or read from it; of a class alone, none."""
        owner, _, attribute = name.partition(".")
        if not attribute:
            return
        for pair, told in self._written:
            if pair in {(owner, attribute), (None, attribute)}:
                yield from self._public(told)

    def of_operation(self, name: str) -> Iterator[str]:
        """The functions of `wire` that call an operation's module."""
        module = name.rpartition(".")[2]
        for path, tree in self._trees.items():
            aliases = {
                alias.asname or alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                and (node.module or "").startswith("apikley_generated.api")
                for alias in node.names
                if alias.name == module
            }
            for function in _functions(tree):
                if any(isinstance(node, ast.Name) and node.id in aliases for node in ast.walk(function)):
                    yield f"apikley.{path}.{function.name}"

    def of_value(self, value: str) -> Iterator[str]:
        """Where our sources repeat a text of the document as a whole."""
        for path, tree in self._trees.items():
            for statement in tree.body:
                docstrings = _docstrings(statement)
                if any(
                    isinstance(node, ast.Constant) and node.value == value and node not in docstrings
                    for node in ast.walk(statement)
                ):
                    for name in _defined(statement):
                        yield f"apikley.{path}.{name}"

    def _public(self, told: str) -> Iterator[str]:
        """A field of ours, and the keyword of the client by which users set it."""
        owner, _, field = told.partition(".")
        for name in sorted(self._fields):
            if owner == "EditRequest" and name.endswith("Options") and field in self._fields[name]:
                yield f"{name}.{field}"
                words = re.findall(r"[A-Za-z]\w+", self._fields[name][field])
                yield from (f"options.{word}" for word in words if word in self._aliases)
        yield told

    @property
    def _aliases(self) -> set[str]:
        tree = self._trees.get("options")
        return {name for statement in tree.body for name in _defined(statement)} if tree else set()


def _fields(trees: dict[str, ast.Module]) -> dict[str, dict[str, str]]:
    """The annotated fields of every class, by the class's name."""
    return {
        node.name: {
            each.target.id: ast.unparse(each.annotation)
            for each in node.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        }
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def _written(trees: dict[str, ast.Module]) -> Iterator[tuple[tuple[str | None, str], str]]:
    """Pairs of a generated attribute and the field of ours that stands on the other side of it, in `wire`."""
    tree = trees.get("wire")
    if tree is None:
        return
    generated = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == MODELS
        for alias in node.names
    }
    for function in _functions(tree):
        yield from _converted(function, generated)
        matched = {
            node.cls.id
            for node in ast.walk(function)
            if isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name)
        }
        if generated & matched:
            for node in ast.walk(function):
                if isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Attribute):
                    yield (None, node.attr), f"wire.{function.name}"


def _converted(
    function: ast.FunctionDef, generated: set[str]
) -> Iterator[tuple[tuple[str | None, str], str]]:
    """The pairs of the calls that make a value of one package from one of the other."""
    typed = {each.arg: _first_class(each.annotation) for each in function.args.args}
    known = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(function):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        made = call.func.id
        for keyword in call.keywords:
            for name, attribute in _reads(keyword.value, known, generated):
                owner = typed.get(name)
                if made in generated and owner:
                    yield (made, keyword.arg or ""), f"{owner}.{attribute}"
                elif made[:1].isupper() and owner in generated:
                    yield (owner, attribute), f"{made}.{keyword.arg}"


def _reads(value: ast.AST, known: dict[str, ast.expr], generated: set[str]) -> Iterator[tuple[str, str]]:
    """Every `name.attribute` in an expression, local names followed one step, and no object made within it."""
    match value:
        case ast.Call(func=ast.Name(id=made)) if made in generated:
            return
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            yield name, attribute
        case ast.Name(id=name) if name in known:
            yield from _reads(known[name], {}, generated)
        case _:
            for inner in ast.iter_child_nodes(value):
                yield from _reads(inner, known, generated)


def _first_class(annotation: ast.expr | None) -> str | None:
    if annotation is None:
        return None
    return next((node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)), None)


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def _defined(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            yield name
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _docstrings(statement: ast.stmt) -> set[ast.AST]:
    return {
        node.value
        for node in ast.walk(statement)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
