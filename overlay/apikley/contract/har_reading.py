"""How a HAR file, of ours or of any other program, becomes a recording again."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

from attrs import evolve

from apikley.contract.exchanges import Exchange, Headers, no_number
from apikley.contract.judging import path_of
from apikley.contract.recording import Recording
from apikley.contract.redaction import KEY
from apikley.errors import InvalidRequest

MAXIMUM_BYTES = 64 * 1024 * 1024
MAXIMUM_ENTRIES = 20_000
_MAXIMUM_CHECKS = 1000

_BOUNDARY = "apikley-har-7f3a"


def load(path: Path, base_url: str) -> Recording:
    """Read a file. Of other programs' files, only what was said to `base_url` is taken.

    Raises InvalidRequest, in a sentence with a pointer, for what is no HAR, and OSError.
    """
    with path.open("rb") as file:
        content = file.read(MAXIMUM_BYTES + 1)
    if len(content) > MAXIMUM_BYTES:
        raise InvalidRequest(f"{path} is larger than {MAXIMUM_BYTES // 2**20} MB")
    try:
        value = json.loads(content.decode("utf-8-sig"), parse_constant=no_number)
        return to_recording(value, base_url)
    except RecursionError as error:
        raise InvalidRequest(f"{path} is nested too deeply to be read") from error
    except ValueError as error:
        raise InvalidRequest(f"{path} is no HAR file: {str(error)[:200]}") from error


def to_recording(value: object, base_url: str) -> Recording:
    """The recording in a HAR. Raises ValueError that begins with the pointer to the fault."""
    log = _Place("", value).inner("log")
    entries = log.places("entries")
    if len(entries) > MAXIMUM_ENTRIES:
        raise ValueError(f"/log/entries has more than {MAXIMUM_ENTRIES} entries")
    exchanges = [_exchange(entry) for entry in entries]
    if log.has("_apikley"):
        return evolve(_own(log.inner("_apikley")), exchanges=exchanges)
    ours = [each for each in exchanges if path_of(each.url, base_url) is not None]
    return Recording(
        base_url=base_url,
        is_ours=False,
        exchanges=[evolve(each, check=None) for each in ours],
        elsewhere=len(exchanges) - len(ours),
    )


def _own(said: "_Place") -> Recording:
    return Recording(
        base_url=said.text("base_url"),
        is_rehearsal=said.flag("is_rehearsal"),
        planned=tuple(_texts(said, "planned")),
        skipped={name: str(reason) for name, reason in said.inner("skipped").members()},
        budget=said.number("budget"),
        price=said.number("price"),
    )


def _exchange(entry: "_Place") -> Exchange:
    request, response = entry.inner("request"), entry.inner("response")
    headers = _headers(request)
    body, kind = _sent(request)
    if kind and not any(name.lower() == "content-type" for name, _ in headers):
        headers = (*headers, ("Content-Type", kind))
    elif kind.startswith(f"multipart/form-data; boundary={_BOUNDARY}"):
        headers = (*((n, v) for n, v in headers if n.lower() != "content-type"), ("Content-Type", kind))
    content, lacks = _answered(response)
    status = response.integer("status")
    if status > 999:
        response.fail("status", "is no HTTP status")
    url = request.text("url")
    _check_url(request, url)
    headers_of_answer = _headers(response)
    if not any(name.lower() == "content-type" for name, _ in headers_of_answer):
        kind = response.inner("content").text("mimeType", "") if response.has("content") else ""
        headers_of_answer = (*headers_of_answer, *((("Content-Type", kind),) if kind else ()))
    error = entry.text("_error", "")
    return Exchange(
        check=entry.text("_check", "") or None,
        started=entry.text("startedDateTime", ""),
        seconds=max(0.0, (entry.number("time") or 0.0) / 1000),
        method=request.text("method").upper(),
        url=url,
        request_headers=headers,
        request_body=body,
        status=max(0, status),
        response_headers=headers_of_answer,
        body=content,
        error=error or ("" if status > 0 else "no answer was recorded"),
        maybe_sent=entry.flag("_maybe_sent", default=True),
        lacks_body=lacks,
    )


def _check_url(request: "_Place", url: str) -> None:
    try:
        urlsplit(url)
    except ValueError as error:
        request.fail("url", f"is no address ({error})")


def _headers(place: "_Place") -> Headers:
    """All of them; what a browser kept of a key is not looked at, only that there was one."""
    found = ((each.text("name"), each.text("value")) for each in place.places("headers"))
    return tuple((name, f"Bearer {KEY}" if name.lower() == "authorization" and not value.startswith("Bearer [")
                  else value) for name, value in found)  # fmt: skip


def _sent(request: "_Place") -> tuple[bytes, str]:
    """The body that was sent, and its media type."""
    if not request.has("postData"):
        return b"", ""
    said = request.inner("postData")
    kind = said.text("mimeType", "")
    if said.has("params") and not said.text("text", ""):
        return _form(said), f"multipart/form-data; boundary={_BOUNDARY}" if "multipart" in kind else kind
    return _decoded(said, "_encoding"), kind


def _form(said: "_Place") -> bytes:
    """The fields as the form that they were."""
    parts = b""
    for each in said.places("params"):
        file = f'; filename="{each.text("fileName")}"' if each.text("fileName", "") else ""
        name = each.text("name").replace('"', "%22")
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts += _encoded(head) + _encoded(each.text("value", "")) + b"\r\n"
    return parts + f"--{_BOUNDARY}--\r\n".encode()


def _answered(response: "_Place") -> tuple[bytes, bool]:
    """The body that came, and whether there was one that was not recorded."""
    if not response.has("content"):
        return b"", False
    content = response.inner("content")
    if content.has("text"):
        return _decoded(content, "encoding"), False
    return b"", (content.number("size") or 0) > 0


def _decoded(place: "_Place", encoding: str) -> bytes:
    text = place.text("text", "")
    if place.text(encoding, "") != "base64":
        return _encoded(text)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        place.fail("text", f"is no Base64 ({error})")


def _encoded(text: str) -> bytes:
    """Half characters, which JSON allows and UTF-8 does not, become what stands for the unreadable."""
    return text.encode("utf-8", "replace")


def _texts(place: "_Place", name: str) -> Iterator[str]:
    found = place.values(name)
    if len(found) > _MAXIMUM_CHECKS:
        place.fail(name, f"names more than {_MAXIMUM_CHECKS} checks")
    for each in found:
        if not isinstance(each, str):
            place.fail(name, "is no list of texts")
        yield each


class _Place:
    """A value of the file and where it stands. Each question raises ValueError if the value is of another type."""

    def __init__(self, pointer: str, value: object) -> None:
        self.pointer = pointer
        if not isinstance(value, dict):
            raise ValueError(f"{pointer or '/'} is no object")  # noqa: TRY004  # of the file, not of the program
        self._value = cast("Mapping[str, Any]", value)

    def has(self, name: str) -> bool:
        return self._value.get(name) is not None

    def members(self) -> Iterator[tuple[str, object]]:
        yield from self._value.items()

    def inner(self, name: str) -> "_Place":
        return _Place(f"{self.pointer}/{name}", self._value.get(name))

    def values(self, name: str) -> list[object]:
        found = self._value.get(name, [])
        return cast("list[object]", found) if isinstance(found, list) else self.fail(name, "is no list")

    def places(self, name: str) -> "list[_Place]":
        if name == "entries" and name not in self._value:
            self.fail(name, "is missing")
        return [
            _Place(f"{self.pointer}/{name}/{index}", each) for index, each in enumerate(self.values(name))
        ]

    def text(self, name: str, default: str | None = None) -> str:
        found = self._value.get(name)
        if found is None and default is not None:
            return default
        # Half a character could not be shown or sent.
        return _encoded(found).decode() if isinstance(found, str) else self.fail(name, "is no text")

    def number(self, name: str) -> float | None:
        found = self._value.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) < 1e18:
            self.fail(name, "is no number")
        return float(found)

    def integer(self, name: str) -> int:
        found = self.number(name)
        return 0 if found is None else int(found)

    def flag(self, name: str, *, default: bool = False) -> bool:
        found = self._value.get(name, default)
        return found if isinstance(found, bool) else self.fail(name, "is neither true nor false")

    def fail(self, name: str, problem: str) -> NoReturn:
        raise ValueError(f"{self.pointer}/{name} {problem}")
