"""Which kind of file some bytes are, by how they begin."""

import re
from typing import Final

from apikley import pictures

HEAD_LENGTH: Final = 64
"""How many first bytes tell the kind."""
UNKNOWN: Final = "application/octet-stream"

_KINDS: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
    (re.compile(beginning, re.DOTALL), media_type, suffix)
    for beginning, media_type, suffix in (
        (rb"GIF8[79]a", "image/gif", ".gif"),
        (rb"....ftypavi[fs]", "image/avif", ".avif"),
        (rb"....ftyp(hei[cmsx]|hev[cx]|mif1|msf1)", "image/heic", ".heic"),
        (rb"....ftypM4A", "audio/mp4", ".m4a"),
        (rb"....ftypqt  ", "video/quicktime", ".mov"),
        (rb"....ftyp", "video/mp4", ".mp4"),
        (rb"\x1aE\xdf\xa3", "video/webm", ".webm"),
        (rb"OggS", "audio/ogg", ".ogg"),
        (rb"ID3|\xff[\xf2\xf3\xfb]", "audio/mpeg", ".mp3"),
        (rb"RIFF....WAVE", "audio/wav", ".wav"),
        (rb"fLaC", "audio/flac", ".flac"),
        (rb"II\*\0|MM\0\*", "image/tiff", ".tif"),
        (rb"BM....\0\0\0\0", "image/bmp", ".bmp"),
        (rb"%PDF-", "application/pdf", ".pdf"),
        (rb"PK\x03\x04", "application/zip", ".zip"),
        (rb"glTF", "model/gltf-binary", ".glb"),
        (rb"\s*[\[{]", "application/json", ".json"),
    )
)
_SUFFIXES = {str(kind): suffix for kind, suffix in pictures.SUFFIXES.items()} | {
    kind: suffix for _, kind, suffix in _KINDS
}
_SAID = {ending: media_type for media_type, ending in _SUFFIXES.items()} | {".jpeg": "image/jpeg"}
_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body)", re.IGNORECASE)


def media_type(head: bytes) -> str:
    """The media type that the first `HEAD_LENGTH` bytes tell; `UNKNOWN` where they tell none."""
    if (picture := pictures.media_type(head)) is not None:
        return picture
    return next((kind for beginning, kind, _ in _KINDS if beginning.match(head)), UNKNOWN)


def suffix(media_type: str) -> str:
    """How the name of such a file ends."""
    return _SUFFIXES.get(media_type, ".bin")


def is_suffix(ending: str, media_type: str) -> bool:
    """Whether a name may end so and be of such a file. One that says nothing known says nothing wrong."""
    said = _SAID.get(ending.lower())
    return said is None or said == media_type


def is_page(head: bytes) -> bool:
    """Whether the first bytes are those of a web page, which is no result of any model."""
    return _PAGE.match(head) is not None
