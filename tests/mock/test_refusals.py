"""How the mock refuses, and that nothing sent to it brings it down."""

import asyncio

import httpx
import pytest

from apikley.mock import App, Mock
from apikley.mock.requests import MAXIMUM_BODY
from contract.verdicts.rows import BAD, BASE64, CREATE, CREDITS, JSON, KEY, STREAM, text, whole, wish


def header(reply, name):
    return dict(reply.headers).get(name)


def test_head_is_get_without_a_body(ask):
    got, head = ask("GET", CREDITS), ask("HEAD", CREDITS)
    assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")


@pytest.mark.parametrize(
    ("said", "rule", "pointer"),
    [
        ({"num_images": 2}, "type", "/input/num_images"),
        ({"num_images": "5"}, "enum", "/input/num_images"),
        ({"num_inference_steps": 50}, "maximum", "/input/num_inference_steps"),
        ({"num_inference_steps": 1}, "minimum", "/input/num_inference_steps"),
        ({"prompt": "a" * 2001}, "maxLength", "/input/prompt"),
        ({"image_url": ...}, "required", "/input/image_url"),
    ],
)
def test_a_refusal_tells_in_its_headers_which_rule_it_was_and_where(ask, said, rule, pointer):
    reply = ask("POST", CREATE, body=whole(input=wish(**said)))
    assert (header(reply, "x-mock-rule"), header(reply, "x-mock-pointer")) == (rule, pointer)
    assert (reply.refusal.rule, reply.refusal.pointer) == (rule, pointer)


def test_the_headers_of_a_refusal_are_ascii_whatever_the_request_says(ask):
    reply = ask("POST", CREATE, body=whole(callBackUrl="ж\r\nx: y"))
    assert all(f"{name}{value}".isascii() and "\n" not in value for name, value in reply.headers)


def test_any_key_passes_where_the_mock_is_told_so(asker):
    assert asker(any_key=True)("GET", CREDITS, key="Bearer 1").status == 200


@pytest.mark.parametrize("body", [b"\0", b"\xff" * 40, b"--x\r\n", b"--x--", b'--x\r\nA: "\r\n\r\n--x--\r\n'])
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "multipart/form-data", "application/json", "ж"]
)
@pytest.mark.parametrize("path", [CREATE, STREAM, BASE64])
def test_no_bytes_bring_the_mock_down(ask, path, kind, body):
    assert ask("POST", path, body=body, media_type=kind).status == 400


def test_a_body_beyond_the_cap_is_refused_in_process_too_and_told_why(ask):
    body = text(whole()).encode()
    assert ask("POST", CREATE, body=body + b" " * (MAXIMUM_BODY - len(body))).status == 200
    over = ask("POST", CREATE, body=body + b" " * (MAXIMUM_BODY - len(body) + 1))
    assert (over.status, header(over, "x-mock-rule")) == (400, f"the body has more than {MAXIMUM_BODY} bytes")


def test_a_body_beyond_the_cap_makes_no_task():
    mock = Mock()

    async def main():
        transport = httpx.ASGITransport(App(mock))
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            headers = {"authorization": KEY, "content-type": JSON}
            body = text(whole()).encode() + b" " * MAXIMUM_BODY
            return await client.post(CREATE, content=body, headers=headers)

    refused = asyncio.run(main())
    assert refused.status_code in BAD
    assert refused.headers["x-mock-rule"] == f"the body has more than {MAXIMUM_BODY} bytes"
    assert len(mock.tasks) == 0
