"""Whether the texts of a document are nothing but data in the code that was made from it.

The same document is made into a package a second time, with every text replaced by a plain word. Both packages must
be the same code, constants aside: the same calls, imports, names and statements. So a text that found its way out of
a string is noticed wherever it went, whatever it says.
"""

import ast
import re
from pathlib import Path

from regeneration import documents, generating
from regeneration.documents import Document, Json, Place

_FIGURES = re.compile("[0-9:TZ+.-]*|[0-9a-fA-F-]{36}")
"""Numbers, times and UUIDs, which a default has to stay."""
TEXTS = frozenset({"description", "summary", "example", "examples", "pattern", "version"})


class NotInert(Exception):
    """A text of the document became code; the message says in which file."""


def check_package(spec: Path, generated: Path, work: Path) -> None:
    """Check the package in the folder `generated`, which was made of `spec`; `work` is a folder to be made."""
    work.mkdir()
    recipe = generating.read_recipe(spec / "generator.yaml")
    package = generated / recipe.package
    check(documents.load(package / "openapi.json"), recipe, package, work)


def check(document: Document, recipe: generating.Recipe, package: Path, work: Path) -> None:
    """Compare `package` with one made in the empty folder `work` of plain words; raises `NotInert`."""
    plain = work / recipe.package
    generating.generate(neutral(document), recipe, plain)
    names = {path.relative_to(plain) for path in plain.rglob("*.py")}
    if names != {path.relative_to(package) for path in package.rglob("*.py")}:
        raise NotInert("a text of the document changes which files are written")
    for name in sorted(names):
        if skeleton((package / name).read_text("utf-8")) != skeleton((plain / name).read_text("utf-8")):
            raise NotInert(f"a text of the document becomes code in {name.as_posix()}")


def skeleton(source: str) -> str:
    """The code without what its strings say."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
            node.kind = None
        elif isinstance(node, ast.Set | ast.Tuple):  # lists of values are sorted by what they say
            node.elts.sort(key=ast.dump)
    return ast.dump(tree)


def neutral(document: Document) -> Document:
    """The document with plain words for its texts and values, and the same words for the same values."""
    words: dict[str, str] = {}
    result = _neutral(document, (), words)
    assert isinstance(result, dict)
    return result


def _neutral(value: Json, here: Place, words: dict[str, str]) -> Json:
    match value:
        case dict():
            return {
                key: _neutral(inner, (*here, key), words)
                for key, inner in value.items()
                if not (key.startswith("x-") and here[-1:] != ("properties",))
            }
        case list():
            return [_neutral(inner, (*here, index), words) for index, inner in enumerate(value)]
        case str() if _is_value(here) and not _FIGURES.fullmatch(value):
            return words.setdefault(value, f"value{len(words)}")
        case str() if _is_text(here) and value.strip():  # an empty one makes no docstring
            return "words"
    return value


def _is_text(here: Place) -> bool:
    """Whether a place is a text for people, or inside an example."""
    return any(
        part in TEXTS and here[number - 1 : number] != ("properties",) for number, part in enumerate(here)
    )


def _is_value(here: Place) -> bool:
    """Whether a place is one of the values that a property can have, or its default."""
    for number, part in enumerate(here):
        if part in {"enum", "default"} and here[number - 1 : number] not in {("properties",), ("responses",)}:
            return True
    return False
