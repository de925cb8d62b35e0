"""The public names of a Python package, read from its sources."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from attrs import frozen

Names: TypeAlias = dict[str, str]
"""What each name stands for: a signature, an annotation, or a value."""


@frozen
class NameChange:
    """A public name that came, went, or stands for something else."""

    name: str
    old: str | None
    new: str | None


def names(package: Path) -> Names:
    """Every public name of the package in the folder `package`, by its dotted path."""
    found: Names = {}
    for path in sorted(package.rglob("*.py")):
        parts = [package.name, *path.relative_to(package).with_suffix("").parts]
        if parts[-1] == "__init__":
            continue
        if parts[1:2] == ["models"]:  # each class has a module of its own, and is imported from `models`
            parts = parts[:2]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found.update(_of_body(tree.body, ".".join(parts)))
    return found


def difference(old: Names, new: Names) -> list[NameChange]:
    """What is gone, what came and what changed; of a class that went or came, the class alone."""
    told = [
        NameChange(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    whole = {each.name for each in told if None in {each.old, each.new}}
    return [each for each in told if each.name.rpartition(".")[0] not in whole]


def _of_body(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, str]]:
    for statement in body:
        match statement:
            case ast.ClassDef(name=name) if _is_public(name):
                yield f"{prefix}.{name}", "class"
                yield from _of_body(statement.body, f"{prefix}.{name}")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if _is_public(name):
                yield f"{prefix}.{name}", _signature(statement)
            case ast.AnnAssign(target=ast.Name(id=name)) if _is_public(name):
                default = "" if statement.value is None else f" = {ast.unparse(statement.value)}"
                yield f"{prefix}.{name}", ast.unparse(statement.annotation) + default
            case ast.Assign(targets=[ast.Name(id=name)]) if _is_public(name) and len(name) > 1:
                yield f"{prefix}.{name}", ast.unparse(statement.value)


def _signature(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return f"({ast.unparse(function.args)}){returns}"


def _is_public(name: str) -> bool:
    return not name.startswith("_")
