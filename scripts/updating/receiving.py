"""What was received: a YAML document, or a documentation page that was copied as text."""

import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from attrs import frozen

from regeneration import documents
from regeneration.documents import Document, DocumentError
from restoring import restoring
from restoring.guiding import Guide

MAX_BYTES = 500_000
"""Fifty times the size of the documents that there are; a larger one is no page of this service."""

Numbered = list[tuple[int, str]]


@frozen
class Received:
    """One document, its text as it will be vendored, and the page it came on."""

    document: Document
    text: str
    page: str | None = None
    title: str | None = None
    """The page's first line."""
    address: str | None = None
    """Where the site keeps the page, such as `market/qwen/image-edit`."""
    notes: tuple[str, ...] = ()


@frozen
class Known:
    """The version before: what guides a reading where the lines alone do not."""

    document: Document
    page: str | None = None


def receive(path: Path, known: list[Known], places: Mapping[int, str] | None = None) -> Received:
    """Read a file; the first of `known` that settles where a page's lines belong is the guide.

    Raises `DocumentError`.
    """
    text = read(path)
    name = str(path)
    if _HTML.match(text):
        raise DocumentError(name, "is HTML; hand in the page as the text that a browser shows, or its YAML")
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if _START.fullmatch(line)), None)
    if start is None or not _is_page(lines, start):
        if places:
            raise DocumentError(name, "has its indentation; --place is for pages that lost it")
        document = documents.loads(text, name)
        if "openapi" not in document:
            raise DocumentError(name, "has no `openapi`, so it is no OpenAPI document")
        return Received(document, text)
    footers = {line for each in known if each.page is not None for line in footer(each.page)}
    numbered, is_ended = _section(lines, start, footers)
    notes = (
        () if is_ended else ("The page ends without the site's own words; see that its last text has none.",)
    )
    if any(line[:1] in {" ", "\t"} for _, line in numbered):
        whole = dedent("\n".join(line for _, line in numbered)) + "\n"
    else:
        whole = _restored(numbered, name, known, places)
    _check_words(numbered, whole, name)
    head = [line.strip() for line in lines[:start] if line.strip()]
    address = next((found["address"] for line in head if (found := _ADDRESS.fullmatch(line))), None)
    return Received(documents.loads(whole, name), whole, text, head[0] if head else None, address, notes)


def read(path: Path) -> str:
    """The text of a file; raises `DocumentError` for one that is larger than any document, or no text."""
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise DocumentError(name, f"is larger than {MAX_BYTES} bytes")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise DocumentError(name, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DocumentError(name, f"is not UTF-8 at byte {error.start}") from error


def footer(page: str) -> list[str]:
    """The site's own words after the document, line by line."""
    lines = page.splitlines()
    start = next((n for n, line in enumerate(lines) if _START.fullmatch(line)), len(lines))
    ends = [n for n, line in enumerate(lines) if n > start and _END.match(line)]
    return [line for line in lines[ends[0] :] if line.strip()] if ends else []


def _is_page(lines: list[str], start: int) -> bool:
    """Whether words of a page stand before the document, or its structure is gone."""
    if any(line.strip() and not line.startswith(("#", "---", "%")) for line in lines[:start]):
        return True
    return not any(line[:1] in {" ", "\t"} for line in lines[start:])


def _section(lines: list[str], start: int, footers: set[str]) -> tuple[Numbered, bool]:
    """The lines of the document, each with its number, and whether the site's words come after them."""
    section: Numbered = []
    for number, line in enumerate(lines[start:], start=start + 1):
        if line in footers or _END.match(line):
            return section, True
        section.append((number, line))
    return section, False


def _restored(numbered: Numbered, name: str, known: list[Known], places: Mapping[int, str] | None) -> str:
    guides = [Guide(each.document) for each in known] or [Guide()]
    refusal: DocumentError | None = None
    for guide in guides:
        try:
            return restoring.restore(numbered, name, guide, places)
        except DocumentError as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


def _check_words(numbered: Numbered, text: str, name: str) -> None:
    """See that only indentation, blank lines and the quotes of a hidden mail address were added."""
    received = [line.strip() for _, line in numbered if line.strip()]
    restored = [line.strip() for line in text.splitlines() if line.strip()]
    for one, other in zip(received, restored, strict=False):
        if one != other and other.replace("'", "") != one.replace("'", ""):
            raise DocumentError(name, f"cannot be restored without changing `{one}`")
    if len(received) != len(restored):
        raise DocumentError(name, "cannot be restored line by line")


_HTML = re.compile(r"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_START = re.compile(r"\s*openapi:\s*['\"]?\d\S*\s*")
_END = re.compile(r"To find navigation and other pages in this documentation|```|Was this page helpful")
_ADDRESS = re.compile(r"(?P<address>[\w./-]+)\.json (?:get|put|post|delete|options|head|patch|trace) /\S*")
