"""A picture as coloured half blocks, for terminals that show 24-bit colours."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

_COLUMNS = 64


def is_possible() -> bool:
    """Whether stderr is a terminal that says it can show such colours."""
    has_colours = os.environ.get("COLORTERM") in {"truecolor", "24bit"} and "NO_COLOR" not in os.environ
    return sys.stderr.isatty() and has_colours


def lines(path: Path) -> Iterator[str]:
    """The picture's lines, two rows of pixels in each; none where Pillow is not installed."""
    try:
        from PIL import Image  # noqa: PLC0415  # an extra, and slow to import
    except ModuleNotFoundError:
        return
    with Image.open(path) as picture:
        rows = max(1, picture.height * _COLUMNS // picture.width // 2) * 2
        small = picture.convert("RGB").resize((_COLUMNS, rows))  # pyright: ignore[reportUnknownMemberType]
        pixels = small.tobytes()
    width = _COLUMNS * 3
    for start in range(0, len(pixels), 2 * width):
        yield _line(pixels[start : start + width], pixels[start + width : start + 2 * width])


def _line(upper: bytes, lower: bytes) -> str:
    """One row of pixels as the colour of an upper half block, the next one as the colour behind it."""
    cells = (_cell(upper[at : at + 3], lower[at : at + 3]) for at in range(0, len(upper), 3))
    return "".join(cells) + "\x1b[0m"


def _cell(upper: bytes, lower: bytes) -> str:
    front, back = (";".join(map(str, colour)) for colour in (upper, lower))
    return f"\x1b[38;2;{front};48;2;{back}m▀"
