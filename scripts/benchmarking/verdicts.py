"""Requests, and what the service says to each.

Written by hand from the vendored page's prose and from what is known of the service, not from the document: a mock that
reads the document is judged by something else. Only what can be asked of every mock stands here: nothing that hangs
on an earlier request, and no wrong key of a right form, since nothing tells a peer which keys are right.
"""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum

from attrs import field, frozen

KEY = "sk-test-bench"
CREATE = "/api/v1/jobs/createTask"
RECORD = "/api/v1/jobs/recordInfo"
CREDITS = "/api/v1/chat/credit"
DOWNLOAD = "/api/v1/common/download-url"
STREAM = "/file-upload/api/file-stream-upload"
BASE64 = "/file-upload/api/file-base64-upload"
BY_URL = "/file-upload/api/file-url-upload"

LINK = "https://example.com/street.jpg"
ON_THE_PAGE = "https://file.aiquickdraw.com/custom-page/akr/section-images/1755603225969i6j87xnw.jpg"
# Prism sends the document's callbacks: an address where nobody listens keeps that off the network.
NOWHERE = "http://127.0.0.1:9/callback"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="  # 1 × 1, PNG


class Verdict(StrEnum):
    """What the service says to a request."""

    ACCEPTED = "accepted"
    BAD = "bad request"
    NO_KEY = "no key"
    NO_ROUTE = "no such route"
    NO_METHOD = "no such method"


# The service refuses a bad createTask by 400, 422 or 500, whichever field it is; 415 would be as clear.
CODES: Mapping[Verdict, frozenset[int]] = {
    Verdict.ACCEPTED: frozenset({200}),
    Verdict.BAD: frozenset({400, 415, 422, 500}),
    Verdict.NO_KEY: frozenset({401}),
    Verdict.NO_ROUTE: frozenset({404}),
    Verdict.NO_METHOD: frozenset({405}),
}

_KEYED = {"Authorization": f"Bearer {KEY}"}
_JSON = {"Content-Type": "application/json"}


@frozen
class Request:
    """A request as it is sent; `headers` lacks what the connection needs."""

    method: str
    path: str
    headers: Mapping[str, str] = field(factory=dict[str, str])
    body: bytes = b""

    def wire(self, host: str, *, keep: bool) -> bytes:
        """The bytes to send to `host`, which holds a port; `keep` the connection or not."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body or self.method == "POST":
            lines.append(f"Content-Length: {len(self.body)}")
        if not keep:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


@frozen
class Row:
    """A request and what is right to say to it."""

    about: str
    request: Request
    verdict: Verdict


def get(path: str, headers: Mapping[str, str] = _KEYED) -> Request:
    return Request("GET", path, headers)


def post(path: str, value: object, headers: Mapping[str, str] = _KEYED | _JSON) -> Request:
    """A POST of JSON, or of bytes as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return Request("POST", path, headers, body)


def create(**fields: object) -> Request:
    """A createTask whose input differs by these fields from the least there can be; None leaves one out."""
    return _whole(input={name: value for name, value in (_LEAST | fields).items() if value is not None})


def form(path: str, *parts: tuple[str, str], file: bytes | None = None) -> Request:
    """A POST of multipart/form-data."""
    pieces = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in parts
    ]
    if file is not None:
        head = (
            'Content-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        )
        pieces.insert(0, head.encode() + file)
    body = b"".join(b"--edge\r\n" + piece + b"\r\n" for piece in pieces) + b"--edge--\r\n"
    return Request("POST", path, _KEYED | {"Content-Type": "multipart/form-data; boundary=edge"}, body)


def _whole(**fields: object) -> Request:
    """A createTask whose body differs by these fields; None leaves one out."""
    body: dict[str, object] = {"model": "qwen/image-edit", "input": _LEAST} | fields
    return post(CREATE, {name: value for name, value in body.items() if value is not None})


_LEAST: dict[str, object] = {"prompt": "make it night", "image_url": LINK}
_FULL = create(
    acceleration="none",
    image_size="landscape_4_3",
    num_inference_steps=25,
    seed=7,
    guidance_scale=4,
    sync_mode=False,
    num_images="2",
    enable_safety_checker=True,
    output_format="png",
    negative_prompt="blurry, ugly",
)

# What the load is made of: a request of an ordinary client, and the same with one value that no mock lets pass.
VALID = _FULL
INVALID = create(image_size="huge")


def rows() -> Iterator[Row]:
    """The whole table."""
    for verdict, requests in _TABLE.items():
        for about, request in requests.items():
            yield Row(about, request, verdict)


_TABLE: Mapping[Verdict, Mapping[str, Request]] = {
    Verdict.ACCEPTED: {
        "createTask: prompt and picture only": create(),
        "createTask: every option": _FULL,
        "createTask: a prompt of 2000 letters that are not ASCII": create(prompt="ж" * 2000),
        "createTask: a negative prompt of 500": create(negative_prompt="a" * 500),
        "createTask: 2 steps": create(num_inference_steps=2),
        "createTask: 49 steps": create(num_inference_steps=49),
        "createTask: guidance 0": create(guidance_scale=0),
        "createTask: guidance 20": create(guidance_scale=20),
        "createTask: guidance 3.5": create(guidance_scale=3.5),
        "createTask: four pictures": create(num_images="4"),
        "createTask: acceleration high": create(acceleration="high"),
        "createTask: a callback address": _whole(callBackUrl=NOWHERE),
        "createTask: a charset in the media type": post(
            CREATE,
            {"model": "qwen/image-edit", "input": _LEAST},
            _KEYED | {"Content-Type": "application/json; charset=utf-8"},
        ),
        "credits": get(CREDITS),
        "stream upload": form(STREAM, ("uploadPath", "images"), file=b"\x89PNG\r\n\x1a\n"),
        "stream upload: with a name": form(
            STREAM, ("uploadPath", "a/b"), ("fileName", "a.png"), file=b"\x89PNG"
        ),
        "Base64 upload: bare": post(BASE64, {"base64Data": PIXEL, "uploadPath": "images"}),
        "Base64 upload: a data URL": post(
            BASE64, {"base64Data": f"data:image/png;base64,{PIXEL}", "uploadPath": "images"}
        ),
        "URL upload: the page's picture": post(BY_URL, {"fileUrl": ON_THE_PAGE, "uploadPath": "images"}),
    },
    Verdict.BAD: {
        "createTask: no input": _whole(input=None),
        "createTask: no model": _whole(model=None),
        "createTask: another model": _whole(model="qwen/nothing"),
        "createTask: input is a string": _whole(input="make it night"),
        "createTask: the callback address is none": _whole(callBackUrl="nowhere at all"),
        "createTask: no prompt": create(prompt=None),
        "createTask: an empty prompt": create(prompt=""),
        "createTask: the prompt is a number": create(prompt=7),
        "createTask: a prompt of 2001": create(prompt="a" * 2001),
        "createTask: no picture": create(image_url=None),
        "createTask: the picture is no address": create(image_url="street.jpg"),
        "createTask: the picture is a script": create(image_url="javascript:alert(1)"),
        "createTask: the picture is on FTP": create(image_url="ftp://example.com/street.jpg"),
        "createTask: pictures as a number": create(num_images=2),
        "createTask: five pictures": create(num_images="5"),
        "createTask: 1 step": create(num_inference_steps=1),
        "createTask: 50 steps": create(num_inference_steps=50),
        "createTask: seven and a half steps": create(num_inference_steps=7.5),
        "createTask: steps as a string": create(num_inference_steps="25"),
        "createTask: guidance -0.1": create(guidance_scale=-0.1),
        "createTask: guidance 20.1": create(guidance_scale=20.1),
        "createTask: an unknown size": create(image_size="huge"),
        "createTask: an unknown format": create(output_format="gif"),
        "createTask: an unknown acceleration": create(acceleration="warp"),
        "createTask: a negative prompt of 501": create(negative_prompt="a" * 501),
        "createTask: half a seed": create(seed=1.5),
        "createTask: the seed is a string": create(seed="7"),
        "createTask: sync_mode is a string": create(sync_mode="yes"),
        "createTask: the safety checker is a number": create(enable_safety_checker=1),
        "createTask: an empty body": post(CREATE, b""),
        "createTask: broken JSON": post(CREATE, b'{"model": "qwen/image-edit", "input": {'),
        "createTask: an array": post(CREATE, []),
        "createTask: null": post(CREATE, None),
        "createTask: not UTF-8": post(CREATE, json.dumps({"input": _LEAST}).encode("utf-16")),
        "createTask: plain text": post(CREATE, b"make it night", _KEYED | {"Content-Type": "text/plain"}),
        "createTask: a web form": post(
            CREATE, b"model=qwen%2Fimage-edit", _KEYED | {"Content-Type": "application/x-www-form-urlencoded"}
        ),
        "recordInfo: no taskId": get(RECORD),
        "recordInfo: an empty taskId": get(f"{RECORD}?taskId="),
        "stream upload: no file": form(STREAM, ("uploadPath", "images")),
        "stream upload: no folder": form(STREAM, file=b"\x89PNG"),
        "stream upload: a folder with a slash before it": form(
            STREAM, ("uploadPath", "/images"), file=b"\x89PNG"
        ),
        "stream upload: JSON": post(STREAM, {"uploadPath": "images"}),
        "Base64 upload: no content": post(BASE64, {"uploadPath": "images"}),
        "Base64 upload: no folder": post(BASE64, {"base64Data": PIXEL}),
        "Base64 upload: not Base64": post(BASE64, {"base64Data": "no, not this", "uploadPath": "images"}),
        "URL upload: no address": post(BY_URL, {"uploadPath": "images"}),
        "URL upload: an address of a local file": post(
            BY_URL, {"fileUrl": "file:///a.png", "uploadPath": "images"}
        ),
        "URL upload: a folder with a slash after it": post(
            BY_URL, {"fileUrl": LINK, "uploadPath": "images/"}
        ),
        "download link: no address": post(DOWNLOAD, {}),
        "download link: the address is a number": post(DOWNLOAD, {"url": 7}),
    },
    Verdict.NO_KEY: {
        "createTask without a key": post(CREATE, {"model": "qwen/image-edit", "input": _LEAST}, _JSON),
        "createTask with Basic": post(
            CREATE,
            {"model": "qwen/image-edit", "input": _LEAST},
            _JSON | {"Authorization": "Basic c2stdGVzdDo="},
        ),
        "recordInfo without a key": get(f"{RECORD}?taskId=task_qwen_1765179676651", {}),
        "credits without a key": get(CREDITS, {}),
        "Base64 upload without a key": post(BASE64, {"base64Data": PIXEL, "uploadPath": "images"}, _JSON),
    },
    Verdict.NO_ROUTE: {
        "a route nobody has": get("/api/v1/jobs/nothing"),
        "createTask in small letters": post(
            "/api/v1/jobs/createtask", {"model": "qwen/image-edit", "input": _LEAST}
        ),
        "an upload without the server's path": post(
            "/api/file-base64-upload", {"base64Data": PIXEL, "uploadPath": "images"}
        ),
    },
    Verdict.NO_METHOD: {
        "GET createTask": get(CREATE),
        "POST recordInfo": post(f"{RECORD}?taskId=task_qwen_1765179676651", {}),
        "DELETE credits": Request("DELETE", CREDITS, _KEYED),
    },
}
