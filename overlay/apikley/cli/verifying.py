"""How a callback that was kept in files is checked."""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from apikley import callbacks
from apikley.cli import listening
from apikley.cli.choosing import Choice
from apikley.cli.reports import Report
from apikley.errors import InvalidRequest, NotAuthenticated


def key(choice: Choice, variable: str | None) -> str:
    """What the callback is signed with; raises `NotAuthenticated` if nobody has said."""
    known = choice.callback_key(variable)
    if known is None:
        raise NotAuthenticated(
            "no key to check the signature with: set APIKLEY_CALLBACK_KEY; --unsigned checks the form", 401
        )
    return known


def verify(
    report: Report,
    file: str,
    headers_file: str | None,
    headers: Sequence[str],
    *,
    key: str | None,
    at: float | None,
) -> None:
    """Print what the callback says; raises `CallbackRejected` if its signature or form is not right."""
    body = _read(file)
    pairs = [pair for text in headers for pair in _headers(text)]
    if headers_file is not None:
        pairs += _headers(_read(headers_file).decode("utf-8", "replace"))
    callback = callbacks.read(pairs, body, key=key, now=at, limit=callbacks.SYNC_LIMIT)
    report.data(listening.to_json(callback), listening.to_line(callback))


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).expanduser().read_bytes()
    except OSError as error:
        raise InvalidRequest(
            f"{name!r:.200} cannot be read: {error.strerror or error}", parameter="file"
        ) from error


def _headers(text: str) -> list[tuple[str, str]]:
    """Headers as lines, with a request line or blank lines among them, or as a JSON object."""
    if text.lstrip().startswith("{"):
        try:
            said = json.loads(text)
        except ValueError as error:
            raise click.UsageError(f"the headers are not JSON: {error}") from error
        return [(str(name), str(value)) for name, value in said.items()]
    found = (
        re.match(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*(.*?)[ \t\r]*$", line) for line in text.splitlines()
    )
    return [(match[1], match[2]) for match in found if match]
