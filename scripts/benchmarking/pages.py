"""Where on a page of the docs the figures stand: between two marks, and nothing else of the page is touched."""

from pathlib import Path

END = "<!-- end of measured -->\n"


class NoMarks(Exception):
    """A page has no place for the figures; the message says which."""


def begin(script: str) -> str:
    """The mark before the figures that a script writes."""
    return f"<!-- measured: written by scripts/{script} --write -->\n"


def put(page: Path, script: str, measured: str) -> None:
    """Put what a script measured into a page, in place of what was there. Raises `NoMarks`."""
    text = page.read_text(encoding="utf-8")
    before, mark, rest = text.partition(begin(script))
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise NoMarks(f"{page} lacks the marks between which the figures go")
    page.write_text(f"{before}{mark}\n{measured}\n\n{end}{after}", encoding="utf-8")
