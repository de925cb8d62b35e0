"""What the service says to which request: by hand from the facts and the page's prose, not from the document.

Where the facts name a code, it stands here. Where they leave a choice (a bad request is 400 or 422; a missing field
of a create request has been answered with 422 and with 500) all that they allow stand here. Where they are silent, a
row is `unsaid`: the mock may refuse it as it likes, but never with a 500, and never by taking it, or, with
`may_be_taken`, taking it is as good.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from attrs import evolve, field, frozen

CREATE = "/api/v1/jobs/createTask"
FETCH = "/api/v1/jobs/recordInfo"
CREDITS = "/api/v1/chat/credit"
LINK = "/api/v1/common/download-url"
STREAM, BASE64, BY_URL = (f"/file-upload/api/file-{way}-upload" for way in ("stream", "base64", "url"))
UPLOADS = (STREAM, BASE64, BY_URL)

KEY = "Bearer sk-test-1"
JSON = "application/json"
FORM = "multipart/form-data; boundary=7f3a"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
PNG = base64.b64decode(PIXEL)

# What a row writes for what only the mock can know.
OWN_UPLOAD, OWN_LOCAL, OWN_RESULT, RUNNING, ENDED = "@upload@", "@local@", "@result@", "@running@", "@ended@"

OK = frozenset({200})
BAD = frozenset({400, 422})
INVALID = frozenset({422})  # the page: the request parameters failed validation checks
MISSING = frozenset({422, 500})
NO_PROMPT = frozenset({500})
REFUSED_UPLOAD = frozenset({400})
UNSAID = frozenset(range(400, 500))

FIELD = "This field is required"
PROMPT = "prompt is required"
NO_TASK_ID = "taskId parameter is required"


@frozen(eq=False)
class Row:
    """A request and its verdict.

    codes: the effective codes that are right
    makes_task: whether a task exists afterwards; None where that depends on the code
    message: the service's words, where they are known
    is_real: whether the code is an HTTP status in both error modes
    allow: the method that a 405 has to name
    """

    name: str
    path: str
    codes: frozenset[int]
    body: bytes | str = b""
    method: str = "POST"
    query: str = ""
    key: str | None = KEY
    media_type: str | None = JSON
    headers: Mapping[str, str] = field(factory=dict)
    makes_task: bool | None = False
    message: str | None = None
    is_real: bool = False
    allow: str | None = None


def wish(**more: Any) -> dict[str, Any]:
    """The input of a create request; `...` leaves a field out."""
    said = {"prompt": "make it night", "image_url": "https://example.com/a.jpg"} | more
    return {name: value for name, value in said.items() if value is not ...}


def whole(model: Any = "qwen/image-edit", **more: Any) -> dict[str, Any]:
    """A create request with these fields beside a good input; `...` leaves a field out."""
    said = {"model": model, "input": wish()} | more
    return {name: value for name, value in said.items() if value is not ...}


def text(value: Any) -> str:
    return value if isinstance(value, str | bytes) else json.dumps(value, ensure_ascii=False)


def taken(name: str, body: Any, **more: Any) -> Row:
    return Row(name, CREATE, OK, text(body), makes_task=True, **more)


def refused(
    name: str, body: Any, codes: frozenset[int] = INVALID, message: str | None = None, **more: Any
) -> Row:
    return Row(name, CREATE, codes, text(body), message=message, **more)


def unsaid(name: str, body: Any, **more: Any) -> Row:
    return Row(name, CREATE, UNSAID, text(body), **more)


def may_be_taken(row: Row) -> Row:
    return evolve(row, codes=row.codes | OK, makes_task=None)


def asked(name: str, path: str, codes: frozenset[int], body: Any = b"", **more: Any) -> Row:
    return Row(name, path, codes, text(body), **more)


def form(*parts: tuple[str, str | None, bytes | str], end: bytes = b"--7f3a--\r\n") -> bytes:
    """The bytes of a form: name, file name or None for a text, content."""
    body = b""
    for name, file_name, content in parts:
        disposition = f'form-data; name="{name}"' + (
            f'; filename="{file_name}"' if file_name is not None else ""
        )
        data = content.encode() if isinstance(content, str) else content
        body += f"--7f3a\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + data + b"\r\n"
    return body + end


def stream(name: str, codes: frozenset[int], *parts: tuple[str, str | None, bytes | str], **more: Any) -> Row:
    return Row(name, STREAM, codes, form(*parts), media_type=more.pop("media_type", FORM), **more)


FILE, FOLDER = ("file", "a.png", PNG), ("uploadPath", None, "images")

# -- createTask: the fields of the input

_TEXTS = {
    "the least": {},
    "a prompt of one letter": {"prompt": "a"},
    "a prompt of 2000 letters": {"prompt": "a" * 2000},
    "a prompt of 2000 Cyrillic letters, which are 4000 bytes": {"prompt": "ж" * 2000},
    "a prompt of 2000 astral characters, which are 8000 bytes": {"prompt": "🌙" * 2000},
    "a prompt of several lines": {"prompt": "make it\nnight"},
    "no negative prompt but a space": {"negative_prompt": " "},
    "an empty negative prompt": {"negative_prompt": ""},
    "a negative prompt of 500 letters": {"negative_prompt": "a" * 500},
    "a negative prompt of 500 astral characters": {"negative_prompt": "🌙" * 500},
    "no acceleration": {"acceleration": "none"},
    "regular acceleration": {"acceleration": "regular"},
    "high acceleration, which the text does not name": {"acceleration": "high"},
    "square": {"image_size": "square"},
    "square_hd": {"image_size": "square_hd"},
    "portrait_4_3": {"image_size": "portrait_4_3"},
    "portrait_16_9": {"image_size": "portrait_16_9"},
    "landscape_4_3": {"image_size": "landscape_4_3"},
    "landscape_16_9": {"image_size": "landscape_16_9"},
    "2 steps": {"num_inference_steps": 2},
    "49 steps": {"num_inference_steps": 49},
    "25.0 steps": {"num_inference_steps": 25.0},
    "seed 0": {"seed": 0},
    "a negative seed": {"seed": -1},
    "a seed beyond 32 bits": {"seed": 2**40},
    "scale 0": {"guidance_scale": 0},
    "scale 20": {"guidance_scale": 20},
    "scale 20.0": {"guidance_scale": 20.0},
    "scale 4.1": {"guidance_scale": 4.1},
    "sync mode": {"sync_mode": True},
    "no sync mode": {"sync_mode": False},
    "'1' picture": {"num_images": "1"},
    "'4' pictures": {"num_images": "4"},
    "no safety checker": {"enable_safety_checker": False},
    "jpeg": {"output_format": "jpeg"},
    "png": {"output_format": "png"},
    "a field of the input that nobody knows": {"whim": {"of": ["mine"]}},
    "a field of a sibling model": {"strength": 0.8},
    "everything": {
        "acceleration": "high",
        "image_size": "square",
        "num_inference_steps": 49,
        "seed": 7,
        "guidance_scale": 20,
        "sync_mode": False,
        "num_images": "4",
        "enable_safety_checker": True,
        "output_format": "jpeg",
        "negative_prompt": "blurry, ugly",
    },
    "a source over http": {"image_url": "http://example.com/a.jpg"},
    "a percent-encoded source": {"image_url": "https://example.com/%D1%83%D0%BB%D0%B8%D1%86%D0%B0%20.jpg"},
    "an IDN source in its ASCII form": {"image_url": "https://xn--e1afmkfd.xn--p1ai/a.jpg"},
    "a source with port, query and fragment": {"image_url": "https://example.com:8443/a.jpg?x=1&y=%20#z"},
    "a source without an ending": {"image_url": "https://example.com/image"},
    "a source by address": {"image_url": "https://93.184.216.34/a.jpg"},
    "a source with its scheme and host in capitals": {"image_url": "HTTPS://EXAMPLE.com/x.png"},
}

_INVALID = {
    "a prompt of 2001 letters": {"prompt": "a" * 2001},
    "a prompt of 2001 astral characters": {"prompt": "🌙" * 2001},
    "a prompt of 100,000 letters": {"prompt": "a" * 100_000},
    "a prompt that is a number": {"prompt": 7},
    "a prompt that is a list": {"prompt": ["make it night"]},
    "a prompt that is an object": {"prompt": {"text": "make it night"}},
    "a prompt that is true": {"prompt": True},
    "a source that is a number": {"image_url": 7},
    "a source that is a list": {"image_url": ["https://example.com/a.jpg"]},
    "a source that is null": {"image_url": None},
    "a script as source": {"image_url": "javascript:alert(1)"},
    "a script that looks like a link": {"image_url": "javascript://example.com/%0aalert(1)"},
    "a source over ftp": {"image_url": "ftp://example.com/a.jpg"},
    "a data URL as source": {"image_url": "data:image/png;base64,AA=="},
    "a file as source": {"image_url": "file:///etc/passwd"},
    "a path as source": {"image_url": "/images/a.jpg"},
    "a source without a scheme": {"image_url": "example.com/a.jpg"},
    "a source with the scheme left open": {"image_url": "//example.com/a.jpg"},
    "a source of two letters": {"image_url": "ht"},
    "a source that leads to an address": {"image_url": "view-source:https://example.com/a.jpg"},
    "a source without a host": {"image_url": "https://"},
    "a source with a path and no host": {"image_url": "https:///a.jpg"},
    "a source with a query and no host": {"image_url": "https://?a.jpg"},
    "a source that is Base64": {"image_url": PIXEL},
    "an acceleration that is unknown": {"acceleration": "max"},
    "an acceleration in capitals": {"acceleration": "None"},
    "an empty acceleration": {"acceleration": ""},
    "an acceleration that is null": {"acceleration": None},
    "an acceleration that is false": {"acceleration": False},
    "a size in pixels": {"image_size": "1024x768"},
    "a size that is unknown": {"image_size": "landscape_3_2"},
    "a size that is an object": {"image_size": {"width": 512, "height": 512}},
    "a size with a space behind": {"image_size": "square "},
    "an empty size": {"image_size": ""},
    "a size that is null": {"image_size": None},
    "1 step": {"num_inference_steps": 1},
    "0 steps": {"num_inference_steps": 0},
    "-2 steps": {"num_inference_steps": -2},
    "50 steps": {"num_inference_steps": 50},
    "2.5 steps, for they come by ones": {"num_inference_steps": 2.5},
    "49.5 steps": {"num_inference_steps": 49.5},
    "steps in quotes": {"num_inference_steps": "25"},
    "steps that are true": {"num_inference_steps": True},
    "steps that are null": {"num_inference_steps": None},
    "steps that are a list": {"num_inference_steps": [25]},
    "1e300 steps": {"num_inference_steps": 1e300},
    "half a seed": {"seed": 1.5},
    "a seed in quotes": {"seed": "7"},
    "a seed that is true": {"seed": True},
    "a seed that is null": {"seed": None},
    "scale 20.1": {"guidance_scale": 20.1},
    "scale 21": {"guidance_scale": 21},
    "scale -0.1": {"guidance_scale": -0.1},
    "scale -1": {"guidance_scale": -1},
    "a scale in quotes": {"guidance_scale": "4"},
    "a scale that is null": {"guidance_scale": None},
    "a scale that is true": {"guidance_scale": True},
    "sync mode in quotes": {"sync_mode": "true"},
    "sync mode 1": {"sync_mode": 1},
    "sync mode null": {"sync_mode": None},
    "1 picture as a number": {"num_images": 1},
    "'5' pictures": {"num_images": "5"},
    "'0' pictures": {"num_images": "0"},
    "'01' pictures": {"num_images": "01"},
    "' 1' pictures": {"num_images": " 1"},
    "pictures that are null": {"num_images": None},
    "no number of pictures": {"num_images": ""},
    "a list of pictures": {"num_images": ["1"]},
    "a safety checker in quotes": {"enable_safety_checker": "false"},
    "a safety checker 0": {"enable_safety_checker": 0},
    "a safety checker that is null": {"enable_safety_checker": None},
    "webp": {"output_format": "webp"},
    "PNG in capitals": {"output_format": "PNG"},
    "jpg": {"output_format": "jpg"},
    "an empty format": {"output_format": ""},
    "a format that is null": {"output_format": None},
    "a negative prompt of 501 letters": {"negative_prompt": "a" * 501},
    "a negative prompt of 501 astral characters": {"negative_prompt": "🌙" * 501},
    "a negative prompt that is a list": {"negative_prompt": ["blurry"]},
    "a negative prompt that is null": {"negative_prompt": None},
}

INPUT = (
    *(taken(name, whole(input=wish(**more))) for name, more in _TEXTS.items()),
    *(refused(name, whole(input=wish(**more))) for name, more in _INVALID.items()),
    refused("no prompt", whole(input=wish(prompt=...)), NO_PROMPT, PROMPT),
    refused("an empty prompt, as in the page's example", whole(input=wish(prompt="")), NO_PROMPT, PROMPT),
    refused("a prompt that is null", whole(input=wish(prompt=None)), MISSING),
    refused("no source", whole(input=wish(image_url=...)), MISSING, FIELD),
    refused("an empty source", whole(input=wish(image_url="")), MISSING),
    refused("the input of text-to-image, which has no source", whole(input={"prompt": "a"}), MISSING, FIELD),
    refused("an empty input", whole(input={}), MISSING),
    refused("two faults at once", whole(input=wish(prompt="a" * 2001, num_images=5))),
    may_be_taken(unsaid("a prompt of one space", whole(input=wish(prompt=" ")))),
    may_be_taken(unsaid("a prompt with a NUL", whole(input=wish(prompt="a\0b")))),
    may_be_taken(unsaid("scale 4.05, between two steps", whole(input=wish(guidance_scale=4.05)))),
    may_be_taken(unsaid("a seed with a point", whole(input=wish(seed=7.0)))),
    may_be_taken(unsaid("a seed beyond 64 bits", whole(input=wish(seed=2**70)))),
    may_be_taken(unsaid("an IDN source", whole(input=wish(image_url="https://пример.рф/a.jpg")))),
    may_be_taken(
        unsaid("a source with a bare space", whole(input=wish(image_url="https://example.com/a b.jpg")))
    ),
    may_be_taken(
        unsaid("a source with bare Cyrillic", whole(input=wish(image_url="https://example.com/ж.jpg")))
    ),
    may_be_taken(
        unsaid("a source on this computer", whole(input=wish(image_url="http://127.0.0.1:9/a.jpg")))
    ),
    may_be_taken(
        unsaid("a source with a password", whole(input=wish(image_url="https://a:b@example.com/a.jpg")))
    ),
    may_be_taken(
        unsaid(
            "a source of 10,000 letters", whole(input=wish(image_url="https://example.com/" + "a" * 10_000))
        )
    ),
    may_be_taken(unsaid("a source with half an IPv6 host", whole(input=wish(image_url="http://[")))),
    may_be_taken(
        unsaid("a source with a port of letters", whole(input=wish(image_url="https://example.com:abc/")))
    ),
    may_be_taken(unsaid("a source with a newline", whole(input=wish(image_url="https://example.com/a\nb")))),
)

# -- createTask: around the input

AROUND = (
    taken("a callback", whole(callBackUrl="https://example.com/done?token=7f3a")),
    taken("a callback over http", whole(callBackUrl="http://example.com/")),
    taken("a callback with a port", whole(callBackUrl="https://example.com:8443/a/b")),
    taken("a callback with its scheme and host in capitals", whole(callBackUrl="HTTPS://EXAMPLE.com/done")),
    taken("a field beside the input that nobody knows", whole(whim=None)),
    taken("a key for idempotency, which the service does not know", whole(idempotencyKey="1")),
    taken("the input first", {"input": wish(), "model": "qwen/image-edit"}),
    refused("a callback over ftp", whole(callBackUrl="ftp://example.com/")),
    refused("a callback to a script", whole(callBackUrl="javascript:alert(1)")),
    refused("a callback that leads to an address", whole(callBackUrl="view-source:https://example.com/")),
    refused("an empty callback", whole(callBackUrl="")),
    refused("a callback without a host", whole(callBackUrl="https://")),
    refused("a callback that is a path", whole(callBackUrl="/done")),
    refused("a callback that is a word", whole(callBackUrl="done")),
    refused("a callback that is a number", whole(callBackUrl=7)),
    refused("a callback that is null", whole(callBackUrl=None)),
    refused("a callback that is a list", whole(callBackUrl=["https://example.com/"])),
    may_be_taken(unsaid("a callback to an IDN", whole(callBackUrl="https://пример.рф/"))),
    may_be_taken(unsaid("a callback with a newline", whole(callBackUrl="https://example.com/\r\nx: y"))),
    refused("no model", whole(model=...), MISSING, FIELD),
    refused("an unknown model", whole(model="qwen/other")),
    refused("a sibling's model that no page describes", whole(model="qwen/image-to-text")),
    refused("the model in capitals", whole(model="QWEN/IMAGE-EDIT")),
    refused("the model with a space", whole(model=" qwen/image-edit")),
    refused("an empty model", whole(model=""), MISSING),
    refused("a model that is null", whole(model=None), MISSING),
    refused("a model that is a number", whole(model=1)),
    refused("a model that is a list", whole(model=["qwen/image-edit"])),
    refused("no input", whole(input=...), MISSING, FIELD),
    refused("the input beside the model", {"model": "qwen/image-edit", **wish()}, MISSING, FIELD),
    refused("an input that is null", whole(input=None), MISSING),
    refused("an input that is a list", whole(input=[wish()])),
    refused("an input that is JSON in a string", whole(input=json.dumps(wish()))),
    refused("an input that is a number", whole(input=0)),
    refused("an input that is false", whole(input=False)),
    refused("an empty object", {}, MISSING, FIELD),
    refused("a list", [whole()], BAD),
    refused("an empty list", [], BAD),
    refused("a text", json.dumps("qwen/image-edit"), BAD),
    refused("a number", "7", BAD),
    refused("true", "true", BAD),
    refused("null", "null", BAD),
)

# -- createTask: bytes

_GOOD = text(whole())


def _raw(prompt: bytes) -> bytes:
    return text(whole(input=wish(prompt="@"))).encode().replace(b"@", prompt)


def _deep(depth: int) -> str:
    return _GOOD[:-1] + ', "whim": ' + "[" * depth + "]" * depth + "}"


def _number(number: str) -> str:
    return text(whole(input=wish(guidance_scale=777))).replace("777", number)


BYTES = (
    taken("spaces around", f" \r\n\t{_GOOD}\n"),
    taken("escaped letters", json.dumps(whole(input=wish(prompt="ночь 🌙")))),
    taken("a nest of 50", _deep(50)),
    taken("JSON with a charset", _GOOD, media_type="application/json; charset=utf-8"),
    taken("JSON in capitals", _GOOD, media_type="Application/JSON"),
    refused("no body", b"", BAD),
    refused("nothing but spaces", b"  \r\n", BAD),
    refused("half an object", b'{"model":', BAD),
    refused("no JSON at all", b"model=qwen/image-edit", BAD),
    refused("single quotes", _GOOD.replace('"', "'"), BAD),
    refused("a comma too many", _GOOD[:-1] + ",}", BAD),
    refused("a comment", "/* go */" + _GOOD, BAD),
    refused("two objects", _GOOD * 2, BAD),
    refused("an object and a brace", _GOOD + "}", BAD),
    refused("NaN", _number("NaN"), BAD),
    refused("Infinity", _number("Infinity"), BAD),
    refused("-Infinity", _number("-Infinity"), BAD),
    refused("a number with a plus", _number("+4"), BAD),
    refused("a number with a leading zero", _number("04"), BAD),
    refused("a number without digits before its point", _number(".5"), BAD),
    refused("a hexadecimal number", _number("0x4"), BAD),
    refused("a newline inside a string", _raw(b"a\nb"), BAD),
    refused("an escape that is none", _raw(b"\\x41"), BAD),
    refused("half an escape", _raw(b"\\u12"), BAD),
    refused("bytes that are not UTF-8", _raw(b"\xff\xfe"), BAD),
    refused("Latin-1", _raw("nuit été".encode("latin-1")), BAD),
    refused("half a UTF-8 letter", _raw("ж".encode()[:1]), BAD),
    refused("a letter longer than need be", _raw(b"\xc0\xaf"), BAD),
    refused("a surrogate in UTF-8", _raw(b"\xed\xa0\x80"), BAD),
    refused("UTF-16", _GOOD.encode("utf-16"), BAD),
    refused("a lone surrogate", _raw(b"\\ud800"), BAD),
    refused("a lone low surrogate", _raw(b"\\udc00"), BAD),
    refused("a lone surrogate in a name", _GOOD[:-1] + ', "\\ud800": 1}', BAD),
    refused("surrogates in the wrong order", _raw(b"\\udf19\\ud83c"), BAD),
    refused("a megabyte of prompt", _raw(b"a" * 1_000_000)),
    refused(
        "the fields of a web form",
        b"model=qwen%2Fimage-edit",
        BAD,
        media_type="application/x-www-form-urlencoded",
    ),
    refused("JSON as text", _GOOD, BAD, media_type="text/plain"),
    refused("JSON as XML", _GOOD, BAD, media_type="application/xml"),
    refused("JSON as a form of parts", _GOOD, BAD, media_type="multipart/form-data; boundary=x"),
    unsaid("JSON of no media type", _GOOD, media_type=None),
    unsaid("JSON of an empty media type", _GOOD, media_type=""),
    unsaid("JSON of a media type that is none", _GOOD, media_type="ж"),
    unsaid("JSON of another suffix", _GOOD, media_type="application/problem+json"),
    unsaid("lines of JSON", _GOOD + "\n" + _GOOD, media_type="application/x-ndjson"),
    unsaid("compressed bytes", b"\x1f\x8b\x08\x00", headers={"content-encoding": "gzip"}),
    unsaid("100,000 open lists", b"[" * 100_000),
    unsaid("100,000 nested lists", b"[" * 100_000 + b"]" * 100_000),
    unsaid("100,000 nested objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    unsaid("a million NULs", b"\0" * 1_000_000),
    may_be_taken(unsaid("a byte order mark", b"\xef\xbb\xbf" + _GOOD.encode())),
    may_be_taken(unsaid("a nest of 500", _deep(500))),
    may_be_taken(unsaid("a nest of 5000", _deep(5000))),
    may_be_taken(unsaid("the model twice", _GOOD[:-1] + ', "model": "qwen/other"}')),
    may_be_taken(
        unsaid("a seed of 400 digits", _number("4").replace('"guidance_scale": 4', '"seed": ' + "9" * 400))
    ),
    may_be_taken(unsaid("a number too large", _number("1e400"))),
    may_be_taken(
        unsaid("10,000 unknown fields", whole(**{f"f{number}": number for number in range(10_000)}))
    ),
    may_be_taken(unsaid("2 MB in a field that nobody knows", whole(whim="a" * 2_000_000))),
    may_be_taken(unsaid("JSON in another charset", _GOOD, media_type="application/json; charset=latin-1")),
)

# -- Keys

_DENIED = frozenset({401})
KEYS = (
    *(
        asked(f"no key for {path}", path, _DENIED, method=method, key=None)
        for method, path in [
            ("POST", CREATE),
            ("GET", FETCH),
            ("GET", CREDITS),
            ("POST", LINK),
            *(("POST", each) for each in UPLOADS),
        ]
    ),
    refused("a wrong key", _GOOD, _DENIED, key="Bearer sk-live-1"),
    refused("a key in capitals", _GOOD, _DENIED, key="Bearer SK-TEST-1"),
    refused("an empty key", _GOOD, _DENIED, key="Bearer "),
    refused("a scheme alone", _GOOD, _DENIED, key="Bearer"),
    refused("an empty header", _GOOD, _DENIED, key=""),
    refused("the key alone", _GOOD, _DENIED, key="sk-test-1"),
    refused("another scheme", _GOOD, _DENIED, key="Basic c2stdGVzdC0xOg=="),
    refused("a scheme that is nearly right", _GOOD, _DENIED, key="Bearers sk-test-1"),
    refused("another scheme with the key", _GOOD, _DENIED, key="Token sk-test-1"),
    refused("a word for the key", _GOOD, _DENIED, key="Bearer APIKLEY_API_KEY"),
    refused("a key in the query", _GOOD, _DENIED, key=None, query="key=sk-test-1&api_key=sk-test-1"),
    refused("a key in another header", _GOOD, _DENIED, key=None, headers={"x-api-key": "sk-test-1"}),
    refused("a wrong key before a bad body", b"{", _DENIED, key="Bearer wrong"),
    refused(
        "a wrong key before a bad media type", _GOOD, _DENIED, key="Bearer wrong", media_type="text/plain"
    ),
    asked(
        "a wrong key for an unknown task", FETCH, _DENIED, method="GET", query="taskId=1", key="Bearer wrong"
    ),
    asked("a wrong key for no task", FETCH, _DENIED, method="GET", key="Bearer wrong"),
    asked("a wrong key for the credits", CREDITS, _DENIED, method="GET", key="Bearer wrong"),
    *(asked(f"a wrong key for {path}", path, _DENIED, "{}", key="Bearer wrong") for path in (*UPLOADS, LINK)),
    refused("a poor key", _GOOD, frozenset({402}), "Insufficient Credits", key="Bearer sk-test-poor"),
    refused("a capped key", _GOOD, frozenset({433}), key="Bearer sk-test-capped"),
    asked("the credits of a poor key", CREDITS, OK, method="GET", key="Bearer sk-test-poor"),
    asked("the credits of a capped key", CREDITS, OK, method="GET", key="Bearer sk-test-capped"),
    asked(
        "a task of a poor key", FETCH, OK, method="GET", query=f"taskId={ENDED}", key="Bearer sk-test-poor"
    ),
    may_be_taken(unsaid("a lower-case scheme", _GOOD, key="bearer sk-test-1")),
    may_be_taken(unsaid("a scheme in capitals", _GOOD, key="BEARER sk-test-1")),
    unsaid("a key with a space within", _GOOD, key="Bearer sk- test-1"),
    unsaid("a key of 100,000 letters", _GOOD, key="Bearer " + "a" * 100_000),
    unsaid("a key that is no ASCII", _GOOD, key="Bearer ключ"),
)

# -- Routes and methods


def nowhere(path: str, method: str = "POST") -> Row:
    body = _GOOD if method == "POST" else b""
    return asked(f"{method} {path}", path, frozenset({404}), body, method=method, is_real=True)


def wrong(method: str, path: str, allow: str) -> Row:
    return asked(f"{method} {path}", path, frozenset({405}), method=method, is_real=True, allow=allow)


ROUTES = (
    nowhere("/"),
    nowhere("/", "GET"),
    nowhere("/api/v1/jobs"),
    nowhere("/api/v1/jobs/createTask/"),
    nowhere("//api/v1/jobs/createTask"),
    nowhere("/api//v1/jobs/createTask"),
    nowhere("/api/v1/jobs/createtask"),
    nowhere("/API/v1/jobs/createTask"),
    nowhere("/api/v2/jobs/createTask"),
    nowhere("/v1/jobs/createTask"),
    nowhere("/api/v1/jobs/createTask/qwen"),
    nowhere("/api/v1/jobs/createTask "),
    nowhere("/api/v1/jobs/createTask\n"),
    nowhere("/api/v1/jobs/createTask\0"),
    nowhere("/api/v1/jobs/createTask;x=1"),
    nowhere("/api/v1/x/../jobs/createTask"),
    nowhere("/file-upload/api/v1/jobs/createTask"),
    nowhere("/api/v1/jobs/recordInfo/", "GET"),
    nowhere("/api/v1/jobs/recordinfo", "GET"),
    nowhere("/api/v1/jobs/recordInfo/1", "GET"),
    nowhere("/api/v1/chat/credits", "GET"),
    nowhere("/api/file-stream-upload"),
    nowhere("/api/file-base64-upload"),
    nowhere("/api/file-url-upload"),
    nowhere("/file-upload/api/file-upload"),
    nowhere("/files/images/none.jpg", "GET"),
    nowhere("/results/none/1.png", "GET"),
    nowhere("", "GET"),
    nowhere("*", "OPTIONS"),
    nowhere("/" + "a" * 10_000, "GET"),
    *(
        wrong(method, CREATE, "POST")
        for method in ("GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
    ),
    *(wrong(method, FETCH, "GET") for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW")),
    *(wrong(method, CREDITS, "GET") for method in ("POST", "OPTIONS")),
    wrong("GET", LINK, "POST"),
    *(wrong("GET", path, "POST") for path in UPLOADS),
    wrong("HEAD", BASE64, "POST"),
)

# -- Reading: task details and credits

_UNKNOWN = {"codes": INVALID, "message": "recordInfo is null"}


def fetch(name: str, query: str, codes: frozenset[int], message: str | None = None, **more: Any) -> Row:
    return asked(name, FETCH, codes, **({"method": "GET", "query": query, "message": message} | more))


READING = (
    fetch("a task that runs", f"taskId={RUNNING}", OK),
    fetch("a task that has ended", f"taskId={ENDED}", OK),
    fetch("a task by HEAD", f"taskId={ENDED}", OK, method="HEAD"),
    fetch("a task and a parameter that nobody knows", f"x=1&taskId={ENDED}&y", OK),
    fetch("a task whose id is percent-encoded", f"%74askId={ENDED}", OK),
    fetch("no task id", "", BAD, NO_TASK_ID),
    fetch("an empty task id", "taskId=", BAD, NO_TASK_ID),
    fetch("a task id without a value", "taskId", BAD, NO_TASK_ID),
    fetch("a task id of another case", f"taskid={ENDED}", BAD, NO_TASK_ID),
    fetch("a task id of another name", f"task_id={ENDED}", BAD, NO_TASK_ID),
    fetch("an unknown task", "taskId=task_qwen_1", **_UNKNOWN),
    fetch("an unknown task of hex digits", "taskId=ee9c2715375b7837f8bb51d641ff5863", **_UNKNOWN),
    fetch("a task id that ends otherwise", f"taskId={ENDED}0", **_UNKNOWN),
    fetch("a task id in capitals", "taskId=TASK_QWEN_1", **_UNKNOWN),
    fetch("a task id of 10,000 letters", f"taskId={'a' * 10_000}", **_UNKNOWN),
    fetch("a task id in another script", "taskId=%D0%B6", **_UNKNOWN),
    fetch("a task id like an injection", "taskId=1%27%20OR%20%271%27%3D%271", **_UNKNOWN),
    asked(
        "a task id in the body alone",
        FETCH,
        BAD,
        f'{{"taskId": "{ENDED}"}}',
        method="GET",
        message=NO_TASK_ID,
    ),
    fetch("a task id of a space", "taskId=%20", UNSAID),
    fetch("a task id in broken UTF-8", "taskId=%ff%00", UNSAID),
    fetch("a task id with a bare percent sign", "taskId=%", UNSAID),
    fetch("a query of ampersands", "&&&=&", UNSAID),
    may_be_taken(fetch("two task ids, the last unknown", f"taskId={ENDED}&taskId=1", UNSAID)),
    may_be_taken(fetch("two task ids, the first unknown", f"taskId=1&taskId={ENDED}", UNSAID)),
    may_be_taken(fetch("10,000 parameters", "a=1&" * 10_000 + f"taskId={ENDED}", UNSAID)),
    asked("the credits", CREDITS, OK, method="GET"),
    asked("the credits by HEAD", CREDITS, OK, method="HEAD"),
    asked("the credits and a parameter", CREDITS, OK, method="GET", query="x=1"),
    asked("the credits of no media type", CREDITS, OK, method="GET", media_type=None),
    may_be_taken(asked("the credits and a body", CREDITS, UNSAID, "{", method="GET")),
)

# -- Uploads


def encoded(name: str, codes: frozenset[int] = REFUSED_UPLOAD, **more: Any) -> Row:
    """An upload as Base64; `...` leaves a field out."""
    said = {"base64Data": PIXEL, "uploadPath": "images", "fileName": "a.png"} | more
    return asked(name, BASE64, codes, {key: value for key, value in said.items() if value is not ...})


def linked(name: str, codes: frozenset[int] = REFUSED_UPLOAD, **more: Any) -> Row:
    """An upload by URL; `...` leaves a field out."""
    said = {"fileUrl": OWN_UPLOAD, "uploadPath": "images", "fileName": "b.png"} | more
    return asked(name, BY_URL, codes, {key: value for key, value in said.items() if value is not ...})


_FOLDERS = {
    "no folder": ...,
    "an empty folder": "",
    "a folder with a slash before it": "/images",
    "a folder with a slash after it": "images/",
    "a folder of a slash": "/",
    "a folder between slashes": "/images/",
}

UPLOADING = (
    encoded("bare Base64", OK),
    encoded("a data URL", OK, base64Data=f"data:image/png;base64,{PIXEL}"),
    encoded("no file name", OK, fileName=...),
    encoded("a folder in a folder", OK, uploadPath="images/user-uploads"),
    encoded("a folder in Cyrillic", OK, uploadPath="картинки"),
    encoded("a folder of one letter", OK, uploadPath="a"),
    encoded("a file name in Cyrillic", OK, fileName="улица.png"),
    encoded("an astral file name", OK, fileName="🌙.png"),
    encoded("a file name with a space", OK, fileName="my street.png"),
    encoded("Base64 and a field that nobody knows", OK, whim=1),
    encoded("a file that is no picture", OK, base64Data=base64.b64encode(b"text").decode()),
    *(encoded(f"Base64: {name}", uploadPath=folder) for name, folder in _FOLDERS.items()),
    encoded("a folder that is a number", uploadPath=7),
    encoded("a folder that is null", uploadPath=None),
    encoded("no Base64", base64Data=...),
    encoded("empty Base64", base64Data=""),
    encoded("Base64 of other letters", base64Data="!!!"),
    encoded("Base64 in Cyrillic", base64Data="жжжж"),
    encoded("Base64 that is null", base64Data=None),
    encoded("Base64 that is a list", base64Data=[PIXEL]),
    encoded("a data URL of other letters", base64Data="data:image/png;base64,!!!"),
    encoded("a link as Base64", base64Data="https://example.com/a.png"),
    encoded("a file name that is a number", fileName=7),
    may_be_taken(encoded("a data URL without a comma", UNSAID, base64Data="data:image/png;base64")),
    may_be_taken(encoded("a data URL that is not in Base64", UNSAID, base64Data="data:text/plain,abcd")),
    may_be_taken(encoded("Base64 without padding", UNSAID, base64Data=PIXEL.rstrip("="))),
    may_be_taken(encoded("Base64 in lines", UNSAID, base64Data=PIXEL[:40] + "\n" + PIXEL[40:])),
    may_be_taken(encoded("Base64 for URLs", UNSAID, base64Data="__--")),
    may_be_taken(encoded("an empty file name", UNSAID, fileName="")),
    may_be_taken(encoded("a file name of a path", UNSAID, fileName="a/b.png")),
    may_be_taken(encoded("a file name that climbs", UNSAID, fileName="../../etc/passwd")),
    may_be_taken(encoded("a folder that climbs", UNSAID, uploadPath="../..")),
    may_be_taken(encoded("a folder with two slashes", UNSAID, uploadPath="a//b")),
    may_be_taken(encoded("a folder with a backslash", UNSAID, uploadPath="a\\b")),
    may_be_taken(encoded("a folder with a NUL", UNSAID, uploadPath="a\0b")),
    may_be_taken(encoded("a folder with a newline", UNSAID, uploadPath="a\nb")),
    may_be_taken(encoded("a file name of 10,000 letters", UNSAID, fileName="a" * 10_000)),
    asked("half a Base64 request", BASE64, REFUSED_UPLOAD, b'{"base64Data":'),
    asked("a list as Base64 request", BASE64, REFUSED_UPLOAD, "[]"),
    asked("no Base64 request", BASE64, REFUSED_UPLOAD),
    asked("a Base64 request that is not UTF-8", BASE64, REFUSED_UPLOAD, b'{"base64Data": "\xff"}'),
    asked(
        "a lone surrogate as folder",
        BASE64,
        REFUSED_UPLOAD,
        f'{{"base64Data":"{PIXEL}","uploadPath":"\\ud800"}}',
    ),
    asked("a Base64 request as a form", BASE64, REFUSED_UPLOAD, form(FILE, FOLDER), media_type=FORM),
    linked("a file of the service's own", OK),
    linked("a file of its own in capitals", OK, fileUrl="HTTPS://API.APIKLEY.RU/files/images/own.png"),
    linked("a file of its own over http", OK, fileUrl=OWN_LOCAL),
    linked("a URL, and a folder in a folder", OK, uploadPath="images/user-uploads"),
    linked("a URL, and a name of 300 letters", OK, fileName="a" * 300),
    linked("a URL, and no name", OK, fileName=...),
    linked("a URL, and a name that is a number", fileName=7),
    linked("no URL", fileUrl=...),
    linked("an empty URL", fileUrl=""),
    linked("a URL that leads to an address", fileUrl="view-source:https://example.com/a.jpg"),
    linked("a URL over ftp", fileUrl="ftp://example.com/a.jpg"),
    linked("a URL of a file", fileUrl="file:///etc/passwd"),
    linked("a URL of a script", fileUrl="javascript:alert(1)"),
    linked("a URL of data", fileUrl=f"data:image/png;base64,{PIXEL}"),
    linked("a URL without a scheme", fileUrl="example.com/a.jpg"),
    linked("a URL that is a number", fileUrl=7),
    linked("a URL that is null", fileUrl=None),
    *(linked(f"URL: {name}", uploadPath=folder) for name, folder in _FOLDERS.items()),
    linked("a URL of the service's own, where nothing is", fileUrl="https://api.apikley.ru/files/none.png"),
    linked("a URL of the service's own, of no file", fileUrl="https://api.apikley.ru/none.png"),
    linked("a URL without a host", fileUrl="https://"),
    linked("a URL with a space", fileUrl="https://example.com/a b.jpg"),
    linked("a URL of a path alone", fileUrl="images/a.jpg"),
    may_be_taken(linked("a URL with half an IPv6 host", UNSAID, fileUrl="http://[")),
    stream("a form", OK, FILE, FOLDER),
    stream("a form with a name", OK, FILE, FOLDER, ("fileName", None, "улица.png")),
    stream("a form with a folder in a folder", OK, FILE, ("uploadPath", None, "images/user-uploads")),
    stream("a form with a name of 300 letters", OK, FILE, FOLDER, ("fileName", None, "a" * 300)),
    stream("a form with the file last", OK, FOLDER, ("fileName", None, "b.png"), FILE),
    stream("a form with a field that nobody knows", OK, FILE, FOLDER, ("whim", None, "1")),
    stream("a form whose file has a name in Cyrillic", OK, ("file", "улица.png", PNG), FOLDER),
    stream("a form with a line break in its file", OK, ("file", "a.bin", b"a\r\nb\r\n--7f3"), FOLDER),
    stream("a form of a megabyte", OK, ("file", "a.bin", b"\0" * 1_000_000), FOLDER),
    stream("a form without a file", REFUSED_UPLOAD, FOLDER),
    stream("a form with text instead of a file", REFUSED_UPLOAD, ("file", None, "a.png"), FOLDER),
    stream("a form without a folder", REFUSED_UPLOAD, FILE),
    stream("a form with an empty folder", REFUSED_UPLOAD, FILE, ("uploadPath", None, "")),
    stream("a form with a slash before its folder", REFUSED_UPLOAD, FILE, ("uploadPath", None, "/images")),
    stream("a form with a slash after its folder", REFUSED_UPLOAD, FILE, ("uploadPath", None, "images/")),
    stream("a form with a file as folder", REFUSED_UPLOAD, FILE, ("uploadPath", "images", "images")),
    stream("a form with a file of another name", REFUSED_UPLOAD, ("image", "a.png", PNG), FOLDER),
    stream("an empty form", REFUSED_UPLOAD),
    stream("a form without a boundary", REFUSED_UPLOAD, FILE, FOLDER, media_type="multipart/form-data"),
    stream(
        "a form with another boundary",
        REFUSED_UPLOAD,
        FILE,
        FOLDER,
        media_type="multipart/form-data; boundary=x",
    ),
    stream("a form as JSON", REFUSED_UPLOAD, FILE, FOLDER, media_type=JSON),
    asked("a form that breaks off", STREAM, REFUSED_UPLOAD, form(FILE, FOLDER, end=b""), media_type=FORM),
    asked("a form that is no form", STREAM, REFUSED_UPLOAD, b"\xff\x00--", media_type=FORM),
    asked("JSON instead of a form", STREAM, REFUSED_UPLOAD, {"uploadPath": "images"}),
    asked("no form", STREAM, REFUSED_UPLOAD, media_type=FORM),
    asked(
        "a folder that is not UTF-8",
        STREAM,
        REFUSED_UPLOAD,
        form(FILE, ("uploadPath", None, b"\xff")),
        media_type=FORM,
    ),
    may_be_taken(stream("a form with an empty file", UNSAID, ("file", "a.png", b""), FOLDER)),
    may_be_taken(stream("a form with two files", UNSAID, FILE, ("file", "b.png", b"b"), FOLDER)),
    may_be_taken(stream("a form with two folders", UNSAID, FILE, FOLDER, ("uploadPath", None, "/"))),
    may_be_taken(stream("a form with 1000 parts", UNSAID, FILE, FOLDER, *(("x", None, "1"),) * 1000)),
    may_be_taken(stream("a form whose file has no name", UNSAID, ("file", "", PNG), FOLDER)),
)

# For each of these a picture is made, which takes a hundred times as long as any other answer.
PICTURED = (
    linked("a result of the service's own", UNSAID | OK, fileUrl=OWN_RESULT),
    linked("a URL elsewhere", OK, fileUrl="https://example.com/a.jpg"),
    linked("a URL over http, with port and query", OK, fileUrl="http://example.com:8080/a%20b.jpg?x=1"),
    linked("a URL with its scheme and host in capitals", OK, fileUrl="HTTPS://EXAMPLE.com/a.jpg"),
    linked("a URL in capitals", OK, fileUrl="HTTP://EXAMPLE.COM/"),
)

# -- Download links


def link(name: str, codes: frozenset[int], url: Any) -> Row:
    return asked(name, LINK, codes, {"url": url} if url is not ... else {})


LINKS = (
    link("a file of the service", OK, OWN_UPLOAD),
    link("a file of the service in capitals", OK, "HTTPS://API.APIKLEY.RU/files/images/own.png"),
    link("a file of the service over http", OK, OWN_LOCAL),
    link("a result of the service", OK, OWN_RESULT),
    link("a foreign link", INVALID, "https://example.com/a.png"),
    link(
        "the service's host with more behind it",
        INVALID,
        "https://api.apikley.ru.example.com/files/images/a.png",
    ),
    link("the service's host as a user", INVALID, "https://api.apikley.ru@example.com/files/images/a.png"),
    link(
        "a file of the service under another port",
        INVALID,
        "https://api.apikley.ru:8443/files/images/own.png",
    ),
    link("a file that is not there", INVALID, OWN_UPLOAD + "x"),
    link("a result that is not there", INVALID, "https://api.apikley.ru/results/none/1.png"),
    link("the service itself", INVALID, "https://api.apikley.ru/"),
    link("no link", BAD, ...),
    link("an empty link", BAD, ""),
    link("a link that is null", BAD, None),
    link("a link that is a number", BAD, 7),
    link("a link that is a list", BAD, [OWN_UPLOAD]),
    link("a link without a scheme", BAD, "a.png"),
    link("a link that leads to an address", BAD, "view-source:https://api.apikley.ru/files/images/own.png"),
    link("a link over ftp", BAD, "ftp://api.apikley.ru/files/images/a.png"),
    link("a link to a script", BAD, "javascript:alert(1)"),
    link("a link with half an IPv6 host", BAD, "http://["),
    asked("a list of links", LINK, BAD, [OWN_UPLOAD]),
    asked("half a link", LINK, BAD, b'{"url":'),
    asked("no body for a link", LINK, BAD),
    asked("a link as text", LINK, BAD, {"url": OWN_UPLOAD}, media_type="text/plain"),
    asked("a link that is not UTF-8", LINK, BAD, b'{"url": "\xff"}'),
    asked("a lone surrogate as link", LINK, BAD, b'{"url": "\\ud800"}'),
    asked("a link and a field that nobody knows", LINK, OK, {"url": OWN_UPLOAD, "whim": 1}),
)

ROWS = (*INPUT, *AROUND, *BYTES, *KEYS, *ROUTES, *READING, *UPLOADING, *PICTURED, *LINKS)
