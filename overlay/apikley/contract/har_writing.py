"""How a recording becomes a HAR 1.2 file. What HAR has no place for stands under names that begin with `_`."""

import base64
import json
import os
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from apikley.contract.exchanges import Exchange, Headers
from apikley.contract.recording import Recording


def save(recording: Recording, path: Path) -> None:
    """Write the file whole or not at all, for its owner's eyes. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(to_har(recording), file, indent=1)
            file.write("\n")
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def check_place(path: Path) -> None:
    """Raises OSError if no file can be written there, before anything is asked or paid."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent} is no folder, so {path.name} cannot be written there")
    with tempfile.NamedTemporaryFile(dir=path.parent):
        pass


def to_har(recording: Recording) -> dict[str, Any]:
    """The recording as HAR."""
    own = {
        "base_url": recording.base_url,
        "is_rehearsal": recording.is_rehearsal,
        "planned": list(recording.planned),
        "skipped": recording.skipped,
        "budget": recording.budget,
        "price": recording.price,
    }
    creator = {"name": "apikley", "version": version("apikley")}
    entries = [_entry(each) for each in recording.exchanges]
    return {"log": {"version": "1.2", "creator": creator, "entries": entries, "_apikley": own}}


def _entry(exchange: Exchange) -> dict[str, Any]:
    milliseconds = round(exchange.seconds * 1000, 1)
    entry: dict[str, Any] = {
        "startedDateTime": exchange.started,
        "time": milliseconds,
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "_check": exchange.check,
    }
    if exchange.error:
        entry |= {"_error": exchange.error, "_maybe_sent": exchange.maybe_sent}
    return entry


def _request(exchange: Exchange) -> dict[str, Any]:
    query = parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True)
    request: dict[str, Any] = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(exchange.request_headers),
        "queryString": [{"name": name, "value": value} for name, value in query],
        "headersSize": -1,
        "bodySize": len(exchange.request_body),
    }
    if exchange.request_body:
        text, encoding = _text(exchange.request_body)
        request["postData"] = {"mimeType": exchange.request_header("content-type"), "text": text}
        request["postData"] |= {"_encoding": encoding} if encoding else {}
    return request


def _response(exchange: Exchange) -> dict[str, Any]:
    text, encoding = _text(exchange.body)
    kind = exchange.response_header("content-type")
    content: dict[str, Any] = {"size": len(exchange.body), "mimeType": kind, "text": text}
    return {
        "status": exchange.status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(exchange.response_headers),
        "content": content | ({"encoding": encoding} if encoding else {}),
        "redirectURL": exchange.response_header("location"),
        "headersSize": -1,
        "bodySize": len(exchange.body),
    }


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _text(content: bytes) -> tuple[str, str]:
    """The content as HAR holds it, and how it is encoded, if it is."""
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError:
        return base64.b64encode(content).decode(), "base64"
