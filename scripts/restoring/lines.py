"""What a line of YAML, and the value in it, can be once its indentation is gone."""

import re
from collections.abc import Iterator

from attrs import evolve, frozen

from restoring.shapes import alternative, kinds

MAX_LINES = 50
"""How many lines a quoted text may run over."""


@frozen
class Line:
    """One line, or several that a quoted text runs over."""

    number: int
    """Of its first line in the file, from 1."""
    texts: tuple[str, ...]
    is_item: bool
    """Whether it begins with a dash, so that it may be an item of a list."""
    key: str | None
    """The key it begins with, after the dash; None if there is none."""
    value: str
    """What stands behind the key, or behind the dash; empty if nothing does."""
    is_after_blank: bool = False

    @property
    def is_block(self) -> bool:
        """Whether a text begins below it (`|` or `>`)."""
        return _BLOCK.fullmatch(self.value) is not None

    @property
    def is_folded(self) -> bool:
        """Whether that text is one whose line breaks are spaces."""
        return self.is_block and self.value.startswith(">")

    @property
    def text(self) -> str:
        """All of it, as it stands in the file."""
        return " ".join(self.texts)


def read(numbered: list[tuple[int, str]]) -> Iterator[Line]:
    """The lines of a document, empty ones left out."""
    is_after_blank = False
    skipped = 0
    for index, (number, raw) in enumerate(numbered):
        text = raw.strip()
        if skipped:
            skipped -= 1
        elif not text:
            is_after_blank = True
        elif text not in {"---", "..."}:
            line = _line(
                number, text, [more.strip() for _, more in numbered[index + 1 : index + 1 + MAX_LINES]]
            )
            skipped = len(line.texts) - 1
            yield evolve(line, is_after_blank=is_after_blank)
            is_after_blank = False


def node(value: str, kind: str) -> tuple[str, bool] | None:
    """The sort of a value that stands in its line, and whether it must be quoted to be one; None: it cannot be."""
    found = sort_of(value)
    if found in {"mapping", "list"}:
        if alternative(kind, "mapping" if found == "mapping" else "list") is not None:
            return found, False
        # A site that hides mail addresses writes one in brackets.
        return ("scalar", True) if alternative(kind, "scalar") == "string" else None
    match alternative(kind, "scalar"):
        case None:
            return None
        case "string" | "any":
            return "scalar", False
        case "number":
            return ("scalar", False) if found in {"number", "integer"} else None
        case wanted:
            return ("scalar", False) if found == wanted else None


def sort_of(value: str) -> str:
    """The type of a value by how it is written."""
    if value == "[email protected]":
        return "list"
    for sort, pattern in _SORTS.items():
        if pattern.fullmatch(value):
            return sort
    return "string"


def plain(value: str) -> str:
    """The value without its quotes."""
    return value[1:-1] if value[:1] in {"'", '"'} else value


def _line(number: int, text: str, following: list[str]) -> Line:
    is_item = text == "-" or text.startswith("- ")
    told = text[1:].strip() if is_item else text
    key, value = _split(told)
    if value[:1] not in {"'", '"'} or _is_closed(value):
        return Line(number, (text,), is_item, key, value)
    # Quotes that end within the line, and words after them, are no value of YAML: the line is of a text.
    if key is not None and kinds(key) and not _OPENED[value[0]].match(value):
        for count in range(1, len(following) + 1):
            whole = " ".join([value, *following[:count]])
            if _is_closed(whole):
                return Line(number, (text, *following[:count]), is_item, key, whole)
    return Line(number, (text,), is_item, None, told)


def _split(told: str) -> tuple[str | None, str]:
    if not (found := _KEY.match(told)):
        return None, told
    quoted, plain = found["quoted"], found["plain"]
    key = plain if quoted is None else quoted[1:-1].replace("''", "'")
    return key, told[found.end() :].strip()


def _is_closed(value: str) -> bool:
    return (_SINGLE if value[0] == "'" else _DOUBLE).fullmatch(value) is not None


_KEY = re.compile(
    r"""(?:(?P<quoted>'(?:[^']|'')*'|"[^"\\]*")|(?P<plain>[^\s:'"#\[\]{},&*!|>%@`-][^\s:]*)):(?=\s|$)"""
)
_BLOCK = re.compile(r"[|>](?:[+-]?[1-9]?|[1-9][+-])")
_SINGLE = re.compile(r"'(?:[^']|'')*'(?:\s+#.*)?")
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s+#.*)?')
_OPENED = {"'": re.compile(r"'(?:[^']|'')*'"), '"': re.compile(r'"(?:[^"\\]|\\.)*"')}
_SORTS = {
    "list": re.compile(r"\[.*\]"),
    "mapping": re.compile(r"\{.*\}"),
    "boolean": re.compile("true|false"),
    "integer": re.compile("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    "number": re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"),
}
