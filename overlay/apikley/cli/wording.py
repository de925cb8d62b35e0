"""How values are put into words that fit a line."""

import re
import unicodedata
from collections.abc import Sequence

from attrs import frozen

# What would steer a terminal, or cannot be encoded.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def printable(text: str) -> str:
    """A text that others wrote, without what would steer a terminal."""
    return _UNPRINTABLE.sub("\ufffd", text)


def age(seconds: float) -> str:
    """How long ago, in its largest unit."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


@frozen
class Span:
    """Between how many seconds something usually takes."""

    least: float
    most: float

    def __str__(self) -> str:
        first, last = _seconds(self.least), _seconds(self.most)
        return f"{first} s" if first == last else f"{first}–{last} s"


def usual(durations: Sequence[float], enough: int) -> Span | None:
    """What most of these durations lie between; None if they are too few to tell."""
    if len(durations) < enough:
        return None
    ordered = sorted(durations)
    return Span(ordered[len(ordered) // 10], ordered[-1 - len(ordered) // 10])


def can_be_spelt(text: str, encoding: str | None) -> bool:
    """Whether an encoding has all characters; names of files need not be text in any."""
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def shortened(text: str, width: int) -> str:
    """One line of at most that many columns."""
    line = " ".join(printable(text.replace("\n", " ").replace("\t", " ")).split())
    if columns(line) <= width:
        return line
    while line and columns(line) > width - 1:
        line = line[:-1]
    return line + "…"


def padded(text: str, width: int) -> str:
    """The text with spaces behind it, to that many columns."""
    return text + " " * (width - columns(text))


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _seconds(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")
