"""Which part of a file is asked for."""

import hashlib
import re
from collections.abc import Mapping

from apikley.mock.replies import Reply, to_reply

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*")


def part(data: bytes, media_type: str, headers: Mapping[str, str]) -> Reply:
    """The file, or the part that the header `range` asks for, if it is still what `if-range` names.

    More parts than one are answered with all.
    """
    version = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    whole = to_reply(data, media_type, more=(("etag", version),))
    match = _RANGE.fullmatch(headers.get("range", ""))
    if match is None or match.groups() == ("", "") or headers.get("if-range", version) != version:
        return whole
    size = len(data)
    first, last = _bounds(match[1], match[2], size)
    if first >= size:
        return to_reply(b"", media_type, 416, (("content-range", f"bytes */{size}"),))
    if first > last:  # no range by RFC 9110, and so none that was asked for
        return whole
    said = ("content-range", f"bytes {first}-{last}/{size}")
    return to_reply(data[first : last + 1], media_type, 206, (said, ("etag", version)))


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:  # so many bytes from the end
        return (max(0, size - _number(last)), size - 1) if _number(last) else (size, size)
    return _number(first), min(_number(last), size - 1) if last else size - 1


def _number(digits: str) -> int:
    return int(digits[:18])
