"""Which kind of picture some bytes are, how large it is, and whether they are all of it."""

import hashlib
import struct
from typing import Literal, TypeAlias

from attrs import field, frozen

MediaType: TypeAlias = Literal["image/jpeg", "image/png", "image/webp"]

HEAD_LENGTH = 12
"""How many first bytes tell the kind."""
TAIL_LENGTH = 12
"""How many last bytes tell whether it is whole."""

SUFFIXES: dict[MediaType, str] = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}

_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")


@frozen
class Picture:
    """A whole picture in memory."""

    content: bytes = field(repr=False)
    media_type: MediaType

    @property
    def sha256(self) -> str:
        """The digest of its bytes, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


def media_type(head: bytes) -> MediaType | None:
    """The media type that the first `HEAD_LENGTH` bytes tell; None for anything the model does not take."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def may_become_one(head: bytes) -> bool:
    """Whether a head shorter than `HEAD_LENGTH`, even an empty one, is how a picture begins."""
    return any(each.startswith(head) or head.startswith(each) for each in _BEGINNINGS)


def is_whole(kind: MediaType, head: bytes, tail: bytes, size: int) -> bool:
    """Whether a picture that begins with `head`, ends with `tail` and has `size` bytes ends as its kind does."""
    match kind:
        case "image/jpeg":
            return tail.rstrip(b"\0").endswith(b"\xff\xd9")
        case "image/png":
            return tail.endswith(b"IEND\xaeB`\x82")
        case "image/webp":
            return size >= int.from_bytes(head[4:8], "little") + 8


def is_torn(picture: Picture) -> bool:
    """Whether the end of a picture is nowhere in it. What cameras write behind the end does no harm."""
    content = picture.content
    match picture.media_type:
        case "image/jpeg":
            return b"\xff\xd9" not in content
        case "image/png":
            return b"IEND\xaeB`\x82" not in content
        case "image/webp":
            return len(content) < int.from_bytes(content[4:8], "little") + 8


def dimensions(picture: Picture) -> tuple[int, int] | None:
    """Width and height in pixels, as the header tells; None where it does not."""
    content = picture.content
    try:
        match picture.media_type:
            case "image/png":
                return struct.unpack_from(">II", content, 16)
            case "image/jpeg":
                return _jpeg_dimensions(content)
            case "image/webp":
                return _webp_dimensions(content)
    except (struct.error, IndexError):
        return None


def _jpeg_dimensions(content: bytes) -> tuple[int, int] | None:
    place = 2
    while content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:  # padding
            place += 1
        elif 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # a start of frame
            height, width = struct.unpack_from(">HH", content, place + 5)
            return width, height
        else:
            (length,) = struct.unpack_from(">H", content, place + 2)
            place += 2 + length
    return None


def _webp_dimensions(content: bytes) -> tuple[int, int] | None:
    match content[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", content, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", content, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
            return width, height
    return None
