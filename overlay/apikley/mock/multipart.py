"""What the parts of a form are."""

import logging
import re

from attrs import define, field
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from apikley.mock.refusals import Malformed

# Its warnings tell of broken forms, as the answer does. Where nobody has set up logging they would go to stderr.
_SILENCE = logging.NullHandler()
_MAXIMUM = 1000  # parts: many small ones take long to read
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_EXTENDED = re.compile(r";\s*filename\*\s*=", re.IGNORECASE)  # of which the parser makes nothing


def parts_of(content_type: str, body: bytes) -> "list[Part]":
    """The parts in their order. Raises Malformed."""
    logging.getLogger("python_multipart").addHandler(_SILENCE)
    boundary = _boundary(content_type)
    reader = _Reader()
    try:
        parser = MultipartParser(
            boundary,
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
        parser.write(_without_preamble(body, b"--" + boundary))
    except FormParserError as error:
        raise Malformed(str(error)) from error
    if not reader.is_complete:
        raise Malformed("the last boundary is missing")
    return reader.parts


def _without_preamble(body: bytes, delimiter: bytes) -> bytes:
    """From the first delimiter on. What stands before it means nothing."""  # RFC 2046, 5.1.1
    begun = body.find(b"\r\n" + delimiter)
    return body if begun < 0 or body.startswith(delimiter) else body[begun + 2 :]


def _boundary(content_type: str) -> bytes:
    try:
        _, options = parse_options_header(content_type)
    except UnicodeEncodeError as error:
        raise Malformed("the content type is no header") from error
    if not options.get(b"boundary"):
        raise Malformed("the content type names no boundary")
    return options[b"boundary"]


@define
class Part:
    """One field of a form."""

    headers: dict[str, str] = field(factory=dict[str, str])
    data: bytearray = field(factory=bytearray)
    name: str = ""
    is_file: bool = False

    def name_itself(self) -> None:
        disposition = self.headers.get("content-disposition", "")
        _, options = parse_options_header(disposition)
        if b"name" not in options:
            raise Malformed("a part has no name")
        self.name = options[b"name"].decode(errors="replace")
        is_extended = _EXTENDED.search(_QUOTED.sub("", disposition)) is not None
        self.is_file = b"filename" in options or is_extended


@define
class _Reader:
    """Collects what the parser calls out."""

    parts: list[Part] = field(factory=list[Part])
    header: tuple[bytearray, bytearray] = field(factory=lambda: (bytearray(), bytearray()))
    is_complete: bool = False

    def begin(self) -> None:
        if len(self.parts) == _MAXIMUM:
            raise Malformed(f"the form has more than {_MAXIMUM} parts")
        self.parts.append(Part())

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
