"""Which kind of picture some bytes are, and whether they are all of it."""

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
