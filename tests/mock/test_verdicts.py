"""What the service says to which request: written by hand from what is known of it, not from the document."""

import base64
import json

import pytest

CREATE = "/api/v1/jobs/createTask"
FETCH = "/api/v1/jobs/recordInfo"
CREDITS = "/api/v1/chat/credit"
LINK = "/api/v1/common/download-url"
STREAM, BASE64, BY_URL = (f"/file-upload/api/file-{way}-upload" for way in ("stream", "base64", "url"))

NO_TASK_ID = "taskId parameter is required"
FIELD = "This field is required"
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def create(model="qwen/image-edit", **wish):
    """A create request; a value None leaves the field out."""
    wish = {"prompt": "make it night", "image_url": "https://example.com/a.jpg"} | wish
    return {"model": model, "input": {name: value for name, value in wish.items() if value is not None}}


def without(name):
    return {key: value for key, value in create().items() if key != name}


ACCEPTED = {
    "the least": create(),
    "everything": create(
        acceleration="high",
        image_size="square",
        num_inference_steps=49,
        seed=-1,
        guidance_scale=20,
        sync_mode=False,
        num_images="4",
        enable_safety_checker=False,
        output_format="jpeg",
        negative_prompt=" ",
    ),
    "a whole number as a float": create(num_inference_steps=30.0),
    "the smallest scale": create(guidance_scale=0),
    "a prompt of 2000 letters": create(prompt="ж" * 2000),
    "a callback": create() | {"callBackUrl": "https://example.com/done?x=1"},
    "a field that nobody knows": create(whim="yes"),
    "a source with percent signs": create(image_url="https://example.com/%D1%83%20.jpg"),
}

# Name: body, code, message.
REFUSED = {
    "no model": (without("model"), 422, FIELD),
    "another model": (create(model="qwen/other"), 422, "Validation Error"),
    "no input": (without("input"), 422, FIELD),
    "input as text": (create() | {"input": "{}"}, 422, "Validation Error"),
    "no prompt": (create(prompt=None), 500, "prompt is required"),
    "an empty prompt": (create(prompt=""), 500, "prompt is required"),
    "a long prompt": (create(prompt="a" * 2001), 422, "Validation Error"),
    "a prompt that is a number": (create(prompt=7), 422, "Validation Error"),
    "no source": (create(image_url=None), 422, FIELD),
    "an empty source": (create(image_url=""), 422, FIELD),
    "a file as source": (create(image_url="file:///etc/passwd"), 422, "Validation Error"),
    "a script as source": (create(image_url="javascript:alert(1)"), 422, "Validation Error"),
    "a data URL as source": (create(image_url="data:image/png;base64,AA=="), 422, "Validation Error"),
    "a source with a space": (create(image_url="https://example.com/a b.jpg"), 422, "Validation Error"),
    "an integer count": (create(num_images=2), 422, "Validation Error"),
    "five pictures": (create(num_images="5"), 422, "Validation Error"),
    "one step": (create(num_inference_steps=1), 422, "Validation Error"),
    "fifty steps": (create(num_inference_steps=50), 422, "Validation Error"),
    "half a step": (create(num_inference_steps=30.5), 422, "Validation Error"),
    "a scale over 20": (create(guidance_scale=20.1), 422, "Validation Error"),
    "a scale below 0": (create(guidance_scale=-0.1), 422, "Validation Error"),
    "an unknown size": (create(image_size="1024x1024"), 422, "Validation Error"),
    "an unknown format": (create(output_format="webp"), 422, "Validation Error"),
    "an unknown acceleration": (create(acceleration="max"), 422, "Validation Error"),
    "a seed as text": (create(seed="7"), 422, "Validation Error"),
    "a switch as text": (create(sync_mode="true"), 422, "Validation Error"),
    "a long negative prompt": (create(negative_prompt="a" * 501), 422, "Validation Error"),
    "a callback to nowhere": (create() | {"callBackUrl": "ftp://example.com"}, 422, "Validation Error"),
    "an empty callback": (create() | {"callBackUrl": ""}, 422, "Validation Error"),
    "a list": ([], 422, "Validation Error"),
    "null": (b"null", 422, "Validation Error"),
    "no body": (b"", 400, "The request body is not valid"),
    "half an object": (b'{"model":', 400, "The request body is not valid"),
    "a lone surrogate": (b'{"model": "\\ud800"}', 400, "The request body is not valid"),
    "bytes that are no UTF-8": (b'{"model": "\xff"}', 400, "The request body is not valid"),
    "not a number": (b'{"model": NaN}', 400, "The request body is not valid"),
    "a deep nest": (b"[" * 900 + b"]" * 900, 400, "The request body is not valid"),
}

# Name: method, path, what else is said, code, message.
OTHERS = {
    "no key": ("GET", CREDITS, {"key": None}, 401, "Unauthorized"),
    "an empty key": ("GET", CREDITS, {"key": "Bearer "}, 401, "Unauthorized"),
    "a wrong key": ("GET", CREDITS, {"key": "Bearer sk-live-1"}, 401, "Unauthorized"),
    "another scheme": ("GET", CREDITS, {"key": "Basic sk-test-1"}, 401, "Unauthorized"),
    "the key alone": ("GET", CREDITS, {"key": "sk-test-1"}, 401, "Unauthorized"),
    "no key before a bad body": ("POST", CREATE, {"key": None, "body": b"{"}, 401, "Unauthorized"),
    "a form": (
        "POST",
        CREATE,
        {"body": b"a=1", "media_type": "application/x-www-form-urlencoded"},
        400,
        None,
    ),
    "JSON as text": ("POST", CREATE, {"body": create(), "media_type": "text/plain"}, 400, None),
    "no task id": ("GET", FETCH, {}, 400, NO_TASK_ID),
    "an empty task id": ("GET", FETCH, {"query": "taskId="}, 400, NO_TASK_ID),
    "a task id of another name": ("GET", FETCH, {"query": "task_id=1"}, 400, NO_TASK_ID),
    "an unknown task": ("GET", FETCH, {"query": "taskId=task_qwen_1"}, 422, "recordInfo is null"),
    "a task id in broken UTF-8": ("GET", FETCH, {"query": "taskId=%ff%00"}, 422, "recordInfo is null"),
    "a foreign link": (
        "POST",
        LINK,
        {"body": {"url": "https://example.com/a.png"}},
        422,
        "The url is not one of ours",
    ),
    "no link": ("POST", LINK, {"body": {}}, 422, FIELD),
    "no link at all": ("POST", LINK, {"body": {"url": "a.png"}}, 422, "Validation Error"),
}

# Name: path, body, code or None where it is accepted.
UPLOADS = {
    "base64": (BASE64, {"base64Data": PIXEL, "uploadPath": "images"}, None),
    "a data URL": (BASE64, {"base64Data": f"data:image/png;base64,{PIXEL}", "uploadPath": "a/b"}, None),
    "bad base64": (BASE64, {"base64Data": "!!!", "uploadPath": "images"}, 400),
    "empty base64": (BASE64, {"base64Data": "", "uploadPath": "images"}, 400),
    "no folder": (BASE64, {"base64Data": PIXEL}, 400),
    "a folder with a slash before it": (BASE64, {"base64Data": PIXEL, "uploadPath": "/images"}, 400),
    "a folder with a slash after it": (BASE64, {"base64Data": PIXEL, "uploadPath": "images/"}, 400),
    "an empty name": (BASE64, {"base64Data": PIXEL, "uploadPath": "images", "fileName": ""}, 400),
    "a foreign URL": (BY_URL, {"fileUrl": "https://example.com/a.jpg", "uploadPath": "images"}, 400),
    "a URL of another kind": (BY_URL, {"fileUrl": "ftp://example.com/a.jpg", "uploadPath": "images"}, 400),
    "no URL": (BY_URL, {"uploadPath": "images"}, 400),
    "JSON as a stream": (STREAM, {"uploadPath": "images"}, 400),
}


def effective_code(reply):
    """As a client has to read it: the status where it is not 2xx, else the code in the body."""
    return reply.status if reply.status != 200 else json.loads(reply.body)["code"]


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED)
def test_a_request_that_the_service_takes_makes_a_task(ask, body):
    reply = ask("POST", CREATE, body=body)
    assert reply.status == 200
    assert json.loads(reply.body)["data"]["taskId"]


@pytest.mark.parametrize("errors", ["status", "envelope"])
@pytest.mark.parametrize(("body", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_a_bad_create_request_is_refused_in_the_services_words(asker, errors, body, code, message):
    ask = asker(errors=errors)
    reply = ask("POST", CREATE, body=body)
    assert reply.status == (code if errors == "status" else 200)
    assert json.loads(reply.body) == {"code": code, "msg": message, "data": None}
    assert len(ask.mock.tasks) == 0


@pytest.mark.parametrize("errors", ["status", "envelope"])
@pytest.mark.parametrize(("method", "path", "said", "code", "message"), OTHERS.values(), ids=OTHERS)
def test_what_else_is_refused(asker, errors, method, path, said, code, message):
    reply = asker(errors=errors)(method, path, **said)
    assert reply.status == (code if errors == "status" else 200)
    body = json.loads(reply.body)
    assert (body["code"], body["data"]) == (code, None)
    assert message in (None, body["msg"])


@pytest.mark.parametrize("errors", ["status", "envelope"])
@pytest.mark.parametrize(("path", "body", "code"), UPLOADS.values(), ids=UPLOADS)
def test_an_upload_is_taken_or_refused_in_the_words_of_uploads(asker, errors, path, body, code):
    reply = asker(errors=errors)("POST", path, body=body)
    answer = json.loads(reply.body)
    assert effective_code(reply) == (code or 200)
    assert answer["success"] is (code is None)
    assert ("data" in answer) is (code is None)


@pytest.mark.parametrize("errors", ["status", "envelope"])
@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/", 404, None),
        ("POST", "/api/v1/jobs/createtask", 404, None),
        ("GET", f"{FETCH}/", 404, None),
        ("POST", "/api/file-base64-upload", 404, None),
        ("GET", "/files/images/none.jpg", 404, None),
        ("GET", "/results/none/1.png", 404, None),
        ("GET", CREATE, 405, "POST"),
        ("HEAD", CREATE, 405, "POST"),
        ("POST", FETCH, 405, "GET, HEAD"),
        ("OPTIONS", CREDITS, 405, "GET, HEAD"),
        ("DELETE", BASE64, 405, "POST"),
        ("POST", "/files/images/none.jpg", 405, "GET, HEAD"),
    ],
)
def test_a_wrong_route_or_method_is_a_real_status_in_both_modes(asker, errors, method, path, status, allow):
    reply = asker(errors=errors)(method, path, key=None)
    assert reply.status == status
    assert dict(reply.headers).get("allow") == allow
    assert method == "HEAD" or json.loads(reply.body)["code"] == status


def test_head_is_get_without_a_body(ask):
    got, head = ask("GET", CREDITS), ask("HEAD", CREDITS)
    assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")


def test_a_refusal_tells_in_its_headers_which_rule_it_was(ask):
    headers = dict(ask("POST", CREATE, body=create(num_images=2)).headers)
    assert (headers["x-mock-rule"], headers["x-mock-pointer"]) == ("type", "/input/num_images")


def test_the_headers_of_a_refusal_are_ascii_whatever_the_request_says(ask):
    reply = ask("POST", CREATE, body=create() | {"callBackUrl": "ж\r\nx: y"})
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
