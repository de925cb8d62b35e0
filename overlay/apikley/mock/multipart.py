"""What the parts of a form are."""

import re
from functools import lru_cache

from attrs import frozen
from python_multipart.multipart import parse_options_header

from apikley.mock.refusals import Malformed

_MAXIMUM = 1000  # parts: many small ones take long to read
_LONGEST_HEAD = 8192  # bytes before the content of a part
_HEADER = re.compile(rb"([\w!#$%&'*+.^`|~-]+):([^\r\n]*)", re.ASCII)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_EXTENDED = re.compile(r";\s*filename\*\s*=", re.IGNORECASE)  # of which the parser makes nothing


@frozen
class Part:
    """One field of a form."""

    name: str
    is_file: bool
    data: bytes


def parts_of(content_type: str, body: bytes) -> list[Part]:
    """The parts in their order. Raises Malformed.

    What stands before the first boundary and behind the last means nothing, and a line that begins with the boundary
    is no content (RFC 2046, 5.1.1). The parser of python-multipart is for bodies that come in pieces, and takes
    several times as long for a whole one.
    """
    _, *pieces = (b"\r\n" + body.lstrip(b"\r\n")).split(b"\r\n--" + _boundary(content_type), _MAXIMUM + 1)
    parts: list[Part] = []
    for piece in pieces:
        if piece.startswith(b"--"):
            return parts
        parts.append(_part(piece))
    if len(pieces) > _MAXIMUM:
        raise Malformed(f"the form has more than {_MAXIMUM} parts")
    raise Malformed("the last boundary is missing")


def _boundary(content_type: str) -> bytes:
    try:
        _, options = parse_options_header(content_type)
    except UnicodeEncodeError as error:
        raise Malformed("the content type is no header") from error
    if not options.get(b"boundary"):
        raise Malformed("the content type names no boundary")
    return options[b"boundary"]


def _part(piece: bytes) -> Part:
    """From what stands between two boundaries."""
    end = piece.find(b"\r\n\r\n", 0, _LONGEST_HEAD)
    if end < 0 and len(piece) >= _LONGEST_HEAD:
        raise Malformed(f"the head of a part does not end within {_LONGEST_HEAD} bytes")
    if end < 0:
        raise Malformed("no empty line ends the head of a part")
    name, is_file = _named(piece[:end])
    return Part(name, is_file, piece[end + 4 :])


@lru_cache(maxsize=256)  # the parts of most forms are headed alike
def _named(head: bytes) -> tuple[str, bool]:
    """The name of a part, and whether it is a file. The head begins with what is left of the boundary's line."""
    padding, *lines = head.split(b"\r\n")
    if padding.strip(b" \t"):
        raise Malformed("a boundary is not alone in its line")
    disposition = ""
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise Malformed("a part has a line in its head that is no header")
        if header[1].lower() == b"content-disposition":
            disposition = header[2].strip(b" \t").decode("latin-1")
    _, options = parse_options_header(disposition)
    if b"name" not in options:
        raise Malformed("a part has no name")
    is_extended = _EXTENDED.search(_QUOTED.sub("", disposition)) is not None
    return options[b"name"].decode(errors="replace"), b"filename" in options or is_extended
