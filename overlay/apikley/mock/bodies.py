"""What the bytes of a body mean."""

import json
import re
from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl

import orjson
from attrs import define

from apikley.mock.extras import mock_extra
from apikley.mock.nodes import Json, JsonObject
from apikley.mock.refusals import Malformed
from apikley.mock.shapes import Shape

_NUMBER = re.compile(r"-?\d{1,18}(\.\d+)?")
_WORDS: Mapping[str, bool] = {"true": True, "false": False}
_NO_FILES: Mapping[str, bytes] = {}


@define(eq=False, repr=False)  # as an order is
class Parsed:
    """A body's values, and the files beside them, which stand in the values as empty texts.

    size: of the body, in bytes
    """

    values: Json
    files: Mapping[str, bytes] = _NO_FILES
    size: int = 0


def from_json(body: bytes) -> Parsed:
    try:
        return Parsed(cast("Json", orjson.loads(body)), _NO_FILES, len(body))
    except orjson.JSONDecodeError as error:
        raise Malformed(str(error)) from error


def exact(parsed: Parsed, body: bytes) -> Parsed:
    """The same with its integers beyond 64 bits, of which orjson makes numbers with fewer digits."""
    try:
        orjson.dumps(parsed.values)  # so that what is nested too deeply for it stays with it
        return Parsed(cast("Json", json.loads(body)), size=len(body))
    except (orjson.JSONEncodeError, ValueError):  # more than 4300 digits
        return parsed


def to_json(values: Json) -> str:
    """Raises Malformed for what is nested too deeply to be written."""
    try:
        return orjson.dumps(values).decode()  # as bytes it would keep the whole buffer of 4 KiB
    except orjson.JSONEncodeError as error:
        if "64-bit" not in str(error):
            raise Malformed(str(error)) from error
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def from_query(query: str, shape: Shape) -> JsonObject:
    """The last one counts of a parameter that comes several times."""
    if "%" in query or "+" in query:
        return _typed(dict(parse_qsl(query, keep_blank_values=True)), shape)
    pairs = (pair.partition("=") for pair in query.split("&") if pair)  # the same, sooner
    return _typed({name: text for name, _, text in pairs}, shape)


def from_multipart(content_type: str, body: bytes, shape: Shape) -> Parsed:
    """Files count only where files are wanted, texts only where texts are."""
    with mock_extra():
        from apikley.mock.multipart import parts_of  # noqa: PLC0415 - not before there is a form

    parts = parts_of(content_type, body)
    wanted = {pointer[0] for pointer, each in shape.fields.items() if each.is_file}
    files = {part.name: part.data for part in parts if part.is_file and part.name in wanted}
    try:
        texts = {
            part.name: part.data.decode() for part in parts if not part.is_file and part.name not in wanted
        }
    except UnicodeDecodeError as error:
        raise Malformed(str(error)) from error
    return Parsed({**_typed(texts, shape), **dict.fromkeys(files, "")}, files, len(body))


def _typed(texts: Mapping[str, str], shape: Shape) -> JsonObject:
    return {name: _typed_text(text, shape.kinds.get(name)) for name, text in texts.items()}


def _typed_text(text: str, kind: str | None) -> Json:
    if kind == "boolean":
        return _WORDS.get(text, text)
    if kind in ("integer", "number") and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text
