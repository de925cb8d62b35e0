"""How a picture is shown in a terminal, by the best means that it is known to have.

Only the environment is asked: a terminal that was sent a question might print it.
"""

import io
import os
import shutil
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

Means: TypeAlias = Literal["kitty", "iterm2", "blocks"]

_COLUMNS = 64
_CHUNK = 4096  # bytes of base64 in one of kitty's messages


def means(environment: Mapping[str, str]) -> Means | None:
    """What a terminal with this environment can show pictures by; None if by nothing."""
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    # Multiplexers, whose TERM begins so, take messages of their own terminal and pass on no others.
    if not term.startswith(("screen", "tmux", "dumb")) and not {"TMUX", "STY"} & environment.keys():
        if "KITTY_WINDOW_ID" in environment or term in {"xterm-kitty", "xterm-ghostty"}:
            return "kitty"
        if program in {"iTerm.app", "WezTerm", "mintty"} or environment.get("LC_TERMINAL") == "iTerm2":
            return "iterm2"
    has_colours = environment.get("COLORTERM") in {"truecolor", "24bit"} and "NO_COLOR" not in environment
    return "blocks" if has_colours and term != "dumb" else None


def is_possible() -> bool:
    """Whether stderr is a terminal that is known to show pictures."""
    return sys.stderr.isatty() and means(os.environ) is not None


def lines(path: Path) -> Iterator[str]:
    """The lines that show a picture; none where that takes Pillow, and it is not installed."""
    width = max(1, min(_COLUMNS, shutil.get_terminal_size().columns - 1))
    try:
        match means(os.environ):
            case "kitty":
                yield from _by_kitty(_to_png(path), width)
            case "iterm2":
                content = path.read_bytes()
                said = f"inline=1;size={len(content)};width={width};preserveAspectRatio=1"
                yield f"\x1b]1337;File={said}:{b64encode(content).decode()}\x07"
            case _:
                yield from _by_blocks(path, width)
    except ModuleNotFoundError:
        return


def _by_kitty(png: bytes, width: int) -> Iterator[str]:
    """The whole picture in one line of messages, as kitty's graphics protocol has it."""
    text = b64encode(png).decode()
    pieces = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
    first = f"a=T,f=100,q=2,c={width},"
    yield "".join(
        f"\x1b_G{first if at == 0 else ''}m={int(at + 1 < len(pieces))};{piece}\x1b\\"
        for at, piece in enumerate(pieces)
    )


def _to_png(path: Path) -> bytes:
    content = path.read_bytes()
    if content.startswith(b"\x89PNG"):
        return content
    from PIL import Image  # noqa: PLC0415  # an extra, and slow to import

    file = io.BytesIO()
    with Image.open(path) as picture:
        picture.save(file, "PNG")
    return file.getvalue()


def _by_blocks(path: Path, width: int) -> Iterator[str]:
    """Coloured half blocks, two rows of pixels in each line."""
    from PIL import Image  # noqa: PLC0415  # an extra, and slow to import

    with Image.open(path) as picture:
        rows = max(1, picture.height * width // picture.width // 2) * 2
        small = picture.convert("RGB").resize((width, rows))  # pyright: ignore[reportUnknownMemberType]
        pixels = small.tobytes()
    row = width * 3
    for start in range(0, len(pixels), 2 * row):
        yield _line(pixels[start : start + row], pixels[start + row : start + 2 * row])


def _line(upper: bytes, lower: bytes) -> str:
    """One row of pixels as the colour of an upper half block, the next one as the colour behind it."""
    cells = (_cell(upper[at : at + 3], lower[at : at + 3]) for at in range(0, len(upper), 3))
    return "".join(cells) + "\x1b[0m"


def _cell(upper: bytes, lower: bytes) -> str:
    front, back = (";".join(map(str, colour)) for colour in (upper, lower))
    return f"\x1b[38;2;{front};48;2;{back}m▀"
