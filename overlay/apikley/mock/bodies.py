"""What the bytes of a body mean."""

import re
from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl

import orjson
from attrs import define, field, frozen
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from apikley.mock.nodes import Json, JsonObject
from apikley.mock.shapes import Shape

_NUMBER = re.compile(r"-?\d{1,18}(\.\d+)?")
_WORDS: Mapping[str, bool] = {"true": True, "false": False}


class Malformed(ValueError):  # noqa: N818 - its name says what happened
    """These bytes mean nothing; the text says why."""


@frozen
class Parsed:
    """A body's values, and the files beside them, which stand in the values as empty texts."""

    values: Json
    files: Mapping[str, bytes] = field(factory=dict[str, bytes])


def from_json(body: bytes) -> Parsed:
    try:
        return Parsed(cast("Json", orjson.loads(body)))
    except orjson.JSONDecodeError as error:
        raise Malformed(str(error)) from error


def from_query(query: str, shape: Shape) -> JsonObject:
    """The last one counts of a parameter that comes several times."""
    return _typed(dict(parse_qsl(query, keep_blank_values=True)), shape)


def from_multipart(content_type: str, body: bytes, shape: Shape) -> Parsed:
    """Files count only where files are wanted, texts only where texts are."""
    parts = _parts(content_type, body)
    wanted = {pointer[0] for pointer, each in shape.fields.items() if each.is_file}
    files = {part.name: bytes(part.data) for part in parts if part.is_file and part.name in wanted}
    try:
        texts = {
            part.name: part.data.decode() for part in parts if not part.is_file and part.name not in wanted
        }
    except UnicodeDecodeError as error:
        raise Malformed(str(error)) from error
    return Parsed({**_typed(texts, shape), **dict.fromkeys(files, "")}, files)


def _typed(texts: Mapping[str, str], shape: Shape) -> JsonObject:
    kinds = {pointer[0]: each.kind for pointer, each in shape.fields.items() if len(pointer) == 1}
    return {name: _typed_text(text, kinds.get(name)) for name, text in texts.items()}


def _typed_text(text: str, kind: str | None) -> Json:
    if kind == "boolean":
        return _WORDS.get(text, text)
    if kind in ("integer", "number") and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


@define
class _Part:
    headers: dict[str, str] = field(factory=dict[str, str])
    data: bytearray = field(factory=bytearray)
    name: str = ""
    is_file: bool = False

    def name_itself(self) -> None:
        _, options = parse_options_header(self.headers.get("content-disposition"))
        if b"name" not in options:
            raise Malformed("a part has no name")
        self.name = options[b"name"].decode("latin-1").encode("latin-1").decode(errors="replace")
        self.is_file = b"filename" in options


@define
class _Reader:
    """Collects what the parser calls out."""

    parts: list[_Part] = field(factory=list[_Part])
    header: tuple[bytearray, bytearray] = field(factory=lambda: (bytearray(), bytearray()))
    is_complete: bool = False

    def begin(self) -> None:
        self.parts.append(_Part())

    def header_begin(self) -> None:
        self.header = (bytearray(), bytearray())

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self.header[0].extend(data[start:end])

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self.header[1].extend(data[start:end])

    def header_end(self) -> None:
        name, value = (each.decode("latin-1") for each in self.header)
        self.parts[-1].headers[name.lower()] = value

    def headers_finished(self) -> None:
        self.parts[-1].name_itself()

    def data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].data.extend(memoryview(data)[start:end])

    def end(self) -> None:
        self.is_complete = True


def _parts(content_type: str, body: bytes) -> list[_Part]:
    _, options = parse_options_header(content_type)
    if not options.get(b"boundary"):
        raise Malformed("the content type names no boundary")
    reader = _Reader()
    try:
        parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": reader.begin,
                "on_part_data": reader.data,
                "on_header_begin": reader.header_begin,
                "on_header_field": reader.header_name,
                "on_header_value": reader.header_value,
                "on_header_end": reader.header_end,
                "on_headers_finished": reader.headers_finished,
                "on_end": reader.end,
            },
        )
        parser.write(body)
    except FormParserError as error:
        raise Malformed(str(error)) from error
    if not reader.is_complete:
        raise Malformed("the last boundary is missing")
    return reader.parts
