"""A picture as coloured half blocks, for terminals that show 24-bit colours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

COLUMNS = 64


def lines(path: Path, columns: int = COLUMNS) -> Iterator[str]:
    """The picture's lines, two rows of pixels in each; none where Pillow is not installed."""
    try:
        from PIL import Image  # noqa: PLC0415  # an extra, and slow to import
    except ModuleNotFoundError:
        return
    with Image.open(path) as picture:
        rows = max(2, picture.height * columns // picture.width // 2 * 2)
        small = picture.convert("RGB").resize((columns, rows))
    for row in range(0, rows, 2):
        cells = (_cell(small, column, row) for column in range(columns))
        yield "".join(cells) + "\x1b[0m"


def _cell(picture: Any, column: int, row: int) -> str:
    top, bottom = (picture.getpixel((column, row + below)) for below in (0, 1))
    return "\x1b[38;2;{};{};{};48;2;{};{};{}m▀".format(*top, *bottom)
