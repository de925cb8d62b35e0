"""How a new version is written among the vendored documents."""

import re
from datetime import date
from pathlib import Path

from regeneration.assembling import sha256
from updating.receiving import Received


def write(upstream: Path, name: str, received: Received, day: date) -> list[str]:
    """Put a version in the place of the one before, with its sum and where it came from; tell what is odd.

    `name` is the document's path below `upstream`.
    """
    document = upstream / name
    page = document.with_suffix(".page.txt")
    document.write_bytes(received.text.encode())
    notes: list[str] = []
    if received.page is not None:
        page.write_bytes(received.page.encode())
    elif page.exists():
        page.unlink()
        notes.append(
            f"No page came with this version, so spec/upstream/{page.relative_to(upstream).as_posix()} goes: it was "
            "the page of the version before."
        )
    _sign(upstream)
    readme = upstream / "README.md"
    if readme.is_file():
        text, is_found = _provenance(
            readme.read_text(encoding="utf-8"), page.relative_to(upstream).as_posix(), name, received, day
        )
        readme.write_text(text, encoding="utf-8")
        if not is_found:
            notes.append(f"spec/upstream/README.md has no row for {name}; add where it comes from.")
    return notes


def is_same(upstream: Path, name: str, received: Received) -> bool:
    """Whether a version is, byte for byte, what is vendored."""
    document = upstream / name
    page = document.with_suffix(".page.txt")
    is_same_page = received.page is None or (page.is_file() and page.read_bytes() == received.page.encode())
    return is_same_page and document.read_bytes() == received.text.encode()


def replace(pairs: list[tuple[Path, Path]]) -> None:
    """Put each new folder where the old one is, or, if one fails, leave all as they were."""
    done: list[tuple[Path, Path]] = []
    try:
        for old, new in pairs:
            aside = new.with_name(new.name + ".old")
            old.rename(aside)
            done.append((old, aside))
            new.rename(old)
    except BaseException:
        for number, (old, aside) in enumerate(reversed(done)):
            if old.exists():
                old.rename(aside.with_name(f"{aside.name}.{number}"))
            aside.rename(old)
        raise


def _sign(upstream: Path) -> None:
    listed = upstream / "SHA256SUMS"
    kept = {listed, upstream / "README.md"}
    files = sorted(path for path in upstream.rglob("*") if path.is_file() and path not in kept)
    lines = [f"{sha256(path)}  {path.relative_to(upstream).as_posix()}\n" for path in files]
    listed.write_text("".join(lines), encoding="utf-8")


def _provenance(text: str, page: str, document: str, received: Received, day: date) -> tuple[str, bool]:
    """The table with new titles and dates; the row of a page that goes, goes."""
    has_page = received.page is not None
    lines = text.splitlines(keepends=True)
    rows = {
        name: n
        for name in (page, document)
        for n, line in enumerate(lines)
        if line.startswith(f"| `{name}` |")
    }
    row = rows.get(page if has_page else document)
    if row is None:
        return text, False
    cells = lines[row].rstrip("\n").strip("|").split("|")
    if len(cells) != 5:
        return text, False
    cells[4] = f" {day.isoformat()} "
    if has_page and received.title is not None:
        cells[2] = f" {_cell(received.title)} "
    if not has_page:
        cells[1] = f" the OpenAPI {received.document.get('openapi')} document as YAML "
    lines[row] = "|" + "|".join(cells) + "|\n"
    if not has_page and page in rows:
        del lines[rows[page]]
    return "".join(lines), True


def _cell(text: str) -> str:
    return re.sub(r"[|`<>\[\]]", " ", text)[:100].strip()
