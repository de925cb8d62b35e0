"""What kind of file some bytes are."""

# By kind, what stands where; of several marks, one.
_SIGNATURES: tuple[tuple[str, dict[int, bytes | tuple[bytes, ...]]], ...] = (
    ("image/jpeg", {0: b"\xff\xd8\xff"}),
    ("image/png", {0: b"\x89PNG\r\n\x1a\n"}),
    ("image/webp", {0: b"RIFF", 8: b"WEBP"}),
    ("image/gif", {0: (b"GIF87a", b"GIF89a")}),
    (
        "image/heic",
        {4: tuple(b"ftyp" + brand for brand in b"heic heix heim heis hevc hevx mif1 msf1".split())},
    ),
    ("image/avif", {4: (b"ftypavif", b"ftypavis")}),
    ("image/bmp", {0: b"BM", 6: b"\0\0\0\0"}),
    ("image/tiff", {0: (b"II*\0", b"MM\0*")}),
    ("application/pdf", {0: b"%PDF-"}),
)
# Those of mimetypes, which would first read what this computer calls all files that there are.
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/avif": ".avif",
    "image/bmp": ".bmp",
    "image/tiff": ".tiff",
    "application/pdf": ".pdf",
}


def sniffed(data: bytes) -> str:
    """The media type by the first bytes; what a file's name says counts for nothing."""
    for kind, marks in _SIGNATURES:
        if all(data.startswith(mark, at) for at, mark in marks.items()):
            return kind
    return "application/octet-stream"


def extension(media_type: str) -> str:
    """The usual end of a name, with its dot."""
    return _ENDINGS.get(media_type, ".bin")
