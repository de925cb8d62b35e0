"""Where the sources of `apikley` take up what the document names.

They are read, not run: `wire` writes each attribute of a generated class from a field of ours, or reads it into one,
and a value of the document that is repeated stands as a text.
"""

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from updating.attributes import MODELS


class Sources:
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

    def of_name(self, generated: str) -> Iterator[str]:
        """Names of ours that take up a name of the generated package; of a class alone, none."""
        if generated.startswith(f"{MODELS}."):
            yield from self._of_attribute(generated.removeprefix(f"{MODELS}."))
        elif ".api." in generated:
            yield from self._of_operation(generated)

    def _of_attribute(self, name: str) -> Iterator[str]:
        """Those that are written into `Class.attribute`, or read from it."""
        owner, _, attribute = name.partition(".")
        if not attribute:
            return
        for pair, told in self._written:
            if pair in {(owner, attribute), (None, attribute)}:
                yield from self._public(told)

    def _of_operation(self, name: str) -> Iterator[str]:
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
                    yield f"{path}.{function.name}"

    def of_value(self, value: str) -> list[str]:
        """Where our sources repeat a text of the document as a whole."""
        return self._texts.get(value, [])

    @cached_property
    def _texts(self) -> dict[str, list[str]]:
        """What is defined around each text that is no docstring."""
        found: dict[str, list[str]] = {}
        for path, tree in self._trees.items():
            for statement in tree.body:
                docstrings = _docstrings(statement)
                names = [f"{path}.{name}" for name in _defined(statement)]
                for node in ast.walk(statement):
                    if (
                        isinstance(node, ast.Constant)
                        and isinstance(node.value, str)
                        and node not in docstrings
                    ):
                        found.setdefault(node.value, []).extend(names)
        return found

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
