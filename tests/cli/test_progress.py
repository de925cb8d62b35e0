"""The line that counts, and the pictures that a terminal shows."""

import base64
import io
import re

import pytest
from PIL import Image

from apikley.cli import preview
from apikley.cli.progress import to_line
from apikley.cli.wording import Span, columns

USUAL = Span(5.0, 10.0)


def line(state="generating", elapsed=5.0, percent=None, span=None, width=80):
    return to_line(state, elapsed, percent, span, width=width)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "generating, 5 s"),
        ({"span": USUAL}, "generating ██████████░░░░░░░░░░ 5 s, usually 5–10 s"),
        ({"percent": 25}, "generating █████░░░░░░░░░░░░░░░ 25 %, 5 s"),
        ({"percent": 25, "span": USUAL}, "generating █████░░░░░░░░░░░░░░░ 25 %, 5 s, usually 5–10 s"),
        ({"elapsed": 11, "span": USUAL}, "generating ████████████████████ 11 s, longer than the usual 5–10 s"),
        ({"span": USUAL, "width": 40}, "generating ████░░░░ 5 s, usually 5–10 s"),
        ({"span": USUAL, "width": 30}, "generating, 5 s, usually 5–10"),
        ({"state": "x" * 90}, "x" * 79),
    ],
)  # fmt: skip
def test_a_line_tells_what_is_known_and_no_more(said, expected):
    assert line(**said) == expected


@pytest.mark.parametrize("percent", [None, -3, 0, 99, 100, 250])
def test_a_line_never_fills_the_terminal_so_that_it_wraps(percent):
    for width in range(2, 80):
        assert columns(line(percent=percent, span=USUAL, elapsed=8, width=width)) < width


def test_a_bar_is_of_signs_that_stderr_can_spell(monkeypatch):
    monkeypatch.setattr("sys.stderr", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))

    assert "###" in line(percent=20)
    assert line(percent=20).isascii()


_TRUE = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


@pytest.mark.parametrize(
    ("environment", "means"),
    [
        ({}, None),
        ({"TERM": "xterm-256color"}, None),
        (_TRUE, "blocks"),
        (_TRUE | {"NO_COLOR": "1"}, None),
        (_TRUE | {"TERM": "dumb"}, None),
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        (_TRUE | {"KITTY_WINDOW_ID": "1"}, "kitty"),
        (_TRUE | {"KITTY_WINDOW_ID": "1", "TMUX": "/tmp/tmux-0/default,1,0"}, "blocks"),
        ({"TERM": "screen-256color", "KITTY_WINDOW_ID": "1"}, None),
        ({"TERM": "dumb", "KITTY_WINDOW_ID": "1"}, None),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"LC_TERMINAL": "iTerm2", "TERM": "xterm-256color"}, "iterm2"),
        ({"LC_TERMINAL": "iTerm2", "TERM": "screen", "STY": "1.a"}, None),
        ({"TERM_PROGRAM": "Apple_Terminal", "TERM": "xterm-256color"}, None),
    ],
)
def test_a_picture_is_shown_by_what_the_terminal_is_known_to_have(environment, means):
    assert preview.means(environment) == means


@pytest.fixture(params=["PNG", "JPEG"])
def picture(request, tmp_path):
    path = tmp_path / "a"
    Image.effect_noise((200, 100), 50).convert("RGB").save(path, request.param)
    return path


@pytest.fixture
def terminal(monkeypatch):
    """Sets the environment of a terminal."""

    def terminal(**environment):
        for name in ("TERM", "TERM_PROGRAM", "LC_TERMINAL", "TMUX", "STY", "COLORTERM", "NO_COLOR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

    return terminal


def test_kitty_gets_a_whole_png_in_messages_of_its_protocol(picture, terminal):
    terminal(TERM="xterm-kitty")

    (said,) = preview.lines(picture)

    messages = re.findall("\x1b_G(.*?);(.*?)\x1b\\\\", said)
    assert "".join(f"\x1b_G{keys};{piece}\x1b\\" for keys, piece in messages) == said
    assert messages[0][0].startswith("a=T,f=100,")
    assert [keys[-3:] for keys, _ in messages] == ["m=1"] * (len(messages) - 1) + ["m=0"]
    assert all(len(piece) <= 4096 for _, piece in messages)
    png = Image.open(io.BytesIO(base64.b64decode("".join(piece for _, piece in messages))))
    assert (png.format, png.size) == ("PNG", (200, 100))


def test_iterm2_gets_the_file_as_it_is(picture, terminal):
    terminal(TERM_PROGRAM="iTerm.app")

    (said,) = preview.lines(picture)

    head, _, body = said.removeprefix("\x1b]1337;File=").removesuffix("\x07").partition(":")
    assert base64.b64decode(body) == picture.read_bytes()
    assert "inline=1" in head.split(";")
    assert f"size={picture.stat().st_size}" in head.split(";")


@pytest.mark.parametrize(("width", "cells"), [("100", 64), ("40", 39), ("2", 1)])
def test_half_blocks_keep_within_the_terminal(width, cells, picture, terminal):
    terminal(COLORTERM="truecolor", COLUMNS=width)

    lines = [*preview.lines(picture)]

    assert {line.count("▀") for line in lines} == {cells}
    assert all(line.endswith("\x1b[0m") for line in lines)
