"""How lines whose place is known are written down as YAML."""

from __future__ import annotations

import re
from itertools import groupby

from attrs import frozen

from regeneration.documents import Place
from restoring.guiding import Guide
from restoring.lines import Line

WIDTH = 80
"""The column at which the page's own writer folds a text."""


@frozen(eq=False)
class Laid:
    """A line, its column, what it stands in, and the line before it."""

    line: Line
    column: int
    container: Place
    before: Laid | None
    is_text: bool = False
    is_folded: bool = False
    is_quoted: bool = False


def in_order(last: Laid | None) -> list[Laid]:
    """All lines up to that one, the first one first."""
    laid: list[Laid] = []
    while last is not None:
        laid.append(last)
        last = last.before
    return laid[::-1]


def lay(last: Laid | None, guide: Guide) -> str:
    """The text of the document."""
    written: list[str] = []
    for (is_text, _), group in groupby(in_order(last), lambda laid: (laid.is_text, laid.container)):
        lines = [*group]
        if is_text:
            written.extend(_text(lines, guide))
        else:
            written.extend(line for laid in lines for line in _structure(laid))
    return "\n".join(written) + "\n"


def _structure(laid: Laid) -> list[str]:
    first, *others = laid.line.texts
    if laid.is_quoted:
        value = laid.line.value
        first = first[: -len(value)] + "'" + value.replace("'", "''") + "'"
    return [" " * laid.column + first, *(" " * (laid.column + 2) + other for other in others)]


def _text(lines: list[Laid], guide: Guide) -> list[str]:
    texts = [laid.line.text for laid in lines]
    column = lines[0].column
    breaks: set[int] | None = set()
    if any(laid.line.is_after_blank for laid in lines[1:]):
        breaks = {n for n, laid in enumerate(lines) if n and laid.line.is_after_blank}
    elif lines[0].is_folded:
        breaks = _known_breaks(texts, lines[0].container, guide)
        if breaks is None:
            breaks = {n for n in range(1, len(texts)) if _is_paragraph(texts[n - 1], texts[n], column)}
    assert breaks is not None
    written: list[str] = []
    for number, text in enumerate(texts):
        written += [""] * (number in breaks)
        written.append(" " * column + text)
    return written


def _known_breaks(texts: list[str], place: Place, guide: Guide) -> set[int] | None:
    """Where the version before had a blank line, if its words were the same."""
    words = [text.split() for text in texts]
    paragraphs = guide.paragraphs(place, [word for line in words for word in line])
    if paragraphs is None:
        return None
    ends: set[int] = set()
    count = 0
    for paragraph in paragraphs:
        count += len(paragraph.split())
        ends.add(count)
    counts = [sum(map(len, words[:number])) for number in range(len(texts))]
    return {number for number, count in enumerate(counts) if number and count in ends}


def _is_paragraph(before: str, text: str, column: int) -> bool:
    """Whether a line begins a paragraph: as an item of a list, or since it would have fit on the line before."""
    if _ITEM.match(text):
        return True
    return column + len(before) + 1 + len(text.split(maxsplit=1)[0]) <= WIDTH


_ITEM = re.compile(r"(?:[-*+]|[0-9]{1,3}[.)])\s")
