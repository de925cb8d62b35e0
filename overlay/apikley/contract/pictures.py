"""A picture to be edited, made of nothing but arithmetic."""

import struct
import zlib
from functools import cache

NAME = "apikley-contract.png"
MEDIA_TYPE = "image/png"


@cache
def source() -> bytes:
    """A PNG of 512 × 512 in which red grows to the right and blue downwards. Always the same bytes."""
    side = 512
    rows = b"".join(b"\0" + b"".join(bytes((x // 2, 64, y // 2)) for x in range(side)) for y in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
