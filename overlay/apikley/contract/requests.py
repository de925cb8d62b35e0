"""What a check sends."""

from typing import Literal

from attrs import field, frozen

JSON = "application/json"

Bearer = Literal["ours", "none", "wrong"]


@frozen(kw_only=True)
class Request:
    """One request. `path` is whole, `target` an address instead of one of the API's.

    recorded_body: what is recorded in place of a body that holds a file
    """

    method: str
    path: str = ""
    query: str = ""
    bearer: Bearer = "ours"
    body: bytes = field(default=b"", repr=False)
    media_type: str | None = None
    recorded_body: bytes | None = field(default=None, repr=False)
    target: str | None = None


def to_form(*, media_type: str, name: str, content: bytes, folder: str) -> tuple[bytes, bytes, str]:
    """An upload's form: its bytes, what is recorded of it, and its media type."""
    boundary = "apikley-contract-7f3a"
    texts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{text}\r\n'
        for field, text in (("uploadPath", folder), ("fileName", name))
    )
    head = (
        f'{texts}--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n"
    ).encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    shown = head + f"[{len(content)} bytes]".encode() + tail
    return head + content + tail, shown, f"multipart/form-data; boundary={boundary}"
