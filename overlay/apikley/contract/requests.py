"""What a check sends."""

import base64
import json
from typing import Literal
from urllib.parse import urlencode

from attrs import field, frozen

from apikley.contract import pictures
from apikley.contract.document import Document, Operation

JSON = "application/json"
FOLDER = "apikley-contract"
"""Where uploads are kept."""

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


def api_request(document: Document, does: str, *, body: bytes = b"", task_id: str | None = None) -> Request:
    """A request as the document wants it."""
    operation = document.operation(does)
    query = "" if task_id is None else urlencode({"taskId": task_id})
    kind = JSON if body else None
    return Request(method=operation.method, path=operation.path, query=query, body=body, media_type=kind)


def form_request(document: Document) -> Request:
    """The upload of our picture as a form."""
    operation = next(
        each for each in document.operations() if (document.body(each) or ("",))[0] == "multipart/form-data"
    )
    body, shown, kind = _to_form(
        media_type=pictures.MEDIA_TYPE, name=pictures.NAME, content=pictures.source(), folder=FOLDER
    )
    return Request(
        method=operation.method, path=operation.path, body=body, recorded_body=shown, media_type=kind
    )


def base64_request(document: Document) -> Request:
    """The upload of our picture in Base64."""
    content = base64.b64encode(pictures.source()).decode()
    return _json_upload(document, "base64Data", content, f"[{len(content)} letters]")


def by_url_request(document: Document, link: str) -> Request:
    """The upload of a file that is on the web."""
    return _json_upload(document, "fileUrl", link, link)


def _json_upload(document: Document, name: str, value: str, shown: str) -> Request:
    def takes(operation: Operation) -> bool:
        kind, schema = document.body(operation) or ("", {})
        return kind == JSON and name in document.resolved(schema).get("properties", {})

    operation = next(each for each in document.operations() if takes(each))
    said = {name: value, "uploadPath": FOLDER, "fileName": pictures.NAME}
    body, recorded = json.dumps(said).encode(), json.dumps(said | {name: shown}).encode()
    return Request(
        method=operation.method, path=operation.path, body=body, recorded_body=recorded, media_type=JSON
    )


def _to_form(*, media_type: str, name: str, content: bytes, folder: str) -> tuple[bytes, bytes, str]:
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
