"""How what people have of a picture becomes the bytes to upload, or the address to name."""

import binascii
import io
import re
import sys
from base64 import b64decode
from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast
from urllib.parse import unquote_to_bytes

from apikley import limits, pictures
from apikley.errors import InvalidRequest
from apikley.pictures import Picture
from apikley.weblinks import is_link

if TYPE_CHECKING:
    from PIL.Image import Image


# How a link of another kind begins; of one letter, it is a disk of Windows.
_SCHEME = re.compile(r"(?!data:)[a-z][a-z0-9+.-]+:", re.IGNORECASE)


class Readable(Protocol):
    """A file that was opened in binary mode."""

    def read(self, size: int = -1, /) -> bytes:
        """Give at most `size` bytes."""
        ...


ImageSource: TypeAlias = "str | PathLike[str] | bytes | bytearray | memoryview | Readable | Image"
"""A path, an http(s) address, a data URI, bytes, a binary file, or a picture of Pillow's."""


def is_remote(source: ImageSource) -> bool:
    """Whether the service is to fetch the picture itself, so that nothing needs to be uploaded."""
    return isinstance(source, str) and is_link(source)


def to_upload(source: object) -> list[ImageSource]:
    """What has to be uploaded of a value: paths and bytes, alone or in a list. A text is a link."""
    match source:
        case bytes() | bytearray() | memoryview() | PathLike():
            return [cast("ImageSource", source)]
        case list() | tuple():
            return [file for each in cast("list[object]", source) for file in to_upload(each)]
    return []


def linked(source: object, links: Mapping[int, str] | Mapping[int, bytes] | None = None) -> object:
    """A value with links in place of its files: their own, by identity, or until they have some any one."""
    match source:
        case list() | tuple():
            return [linked(each, links) for each in cast("list[object]", source)]
        case _ if to_upload(source):
            return links[id(source)] if links else "https://example.com/"
    return source


def load(source: ImageSource) -> Picture:
    """Read a picture and check its kind and size; raises `InvalidRequest` for what the model does not take."""
    content = _read(source)
    if not content:
        raise _refusal("is empty", source)
    limits.check_size(len(content))
    kind = pictures.media_type(content[: pictures.HEAD_LENGTH])
    if kind is None or kind not in limits.file_limit().media_types:
        allowed = ", ".join(limits.file_limit().media_types)
        raise _refusal(f"is not one of {allowed}, whatever its name says", source)
    picture = Picture(content, kind)
    if pictures.is_torn(picture):
        raise _refusal(f"breaks off after {len(content)} bytes: its end is missing", source)
    return picture


def _read(source: ImageSource) -> bytes:
    try:
        return _content(source)
    except (OSError, ValueError, SyntaxError) as error:  # the last is Pillow's word for a torn PNG
        name = f"{str(source)!r:.200} " if isinstance(source, (str, PathLike)) else ""
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        if isinstance(source, str) and _SCHEME.match(source):
            reason += "; of links, only http and https are taken"
        raise _refusal(f"{name}cannot be read: {reason}", source) from error


def _content(source: ImageSource) -> bytes:
    match source:
        case bytes() | bytearray() | memoryview():
            return bytes(source)
        case "":
            raise _refusal("is empty", source)
        case str() if source.startswith("data:"):
            return _decoded(source)
        case str() | PathLike():
            return _read_path(Path(fspath(source)))
    if _is_pillow(source):
        return _encoded(source)
    if not hasattr(source, "read"):
        raise _refusal(f"cannot be a {type(source).__name__}", source)
    return _read_file(cast("Readable", source))


def _read_path(path: Path) -> bytes:
    limits.check_size(path.stat().st_size)
    with path.open("rb") as file:
        return _read_file(file)


def _read_file(file: Readable) -> bytes:
    maximum = limits.file_limit().maximum_bytes
    content = file.read(maximum + 1)
    if not isinstance(cast("object", content), bytes):
        raise _refusal("must be a file opened in binary mode", file)
    while len(content) <= maximum and (more := file.read(maximum + 1 - len(content))):
        content += more
    return content


def _decoded(uri: str) -> bytes:
    header, _, payload = uri.partition(",")
    data = unquote_to_bytes(payload)
    try:
        return b64decode(data, validate=True) if header.endswith(";base64") else data
    except binascii.Error as error:
        raise _refusal(f"is a data URI that cannot be decoded: {error}", uri[:80]) from error


def _is_pillow(source: object) -> bool:
    """Whether it is a picture of Pillow's, which is not imported for the question."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(source, module.Image)


def _encoded(picture: Any) -> bytes:
    """A Pillow picture, turned as its camera was held: as PNG, or as JPEG if that would be too large."""
    from PIL import ImageOps  # noqa: PLC0415  # whoever has a picture of it has imported it

    upright = ImageOps.exif_transpose(picture)
    if upright.mode not in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}:
        upright = upright.convert("RGB")
    content = _saved(upright, "PNG")
    if len(content) <= limits.file_limit().maximum_bytes:
        return content
    return _saved(upright.convert("RGB"), "JPEG", quality=95)


def _saved(picture: Any, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _refusal(problem: str, value: object) -> InvalidRequest:
    return InvalidRequest(f"image {problem}", parameter="image", value=value)
