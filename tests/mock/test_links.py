"""How long links hold, and how much of a file they give."""

import json

import pytest

from apikley.mock import Reply, Request, VirtualClock, polls

HOUR = 3600
JPEG = b"\xff\xd8\xff\xe0 not much of a picture"
LINK = "/api/v1/common/download-url"
BY_URL = "/file-upload/api/file-url-upload"


def result_link(ask):
    return json.loads(ask.fetch(ask.create(image_size="square"))["resultJson"])["resultUrls"][0]


def test_a_result_can_be_fetched_for_24_hours(asker):
    ask = asker(scenario=polls(0), clock=VirtualClock())
    link = result_link(ask)
    ask.mock.advance(24 * HOUR - 1)
    assert ask.download(link).status == 200
    ask.mock.advance(1)
    assert ask.download(link).status == 403


def test_an_upload_can_be_fetched_for_3_days(asker):
    ask = asker(clock=VirtualClock())
    link = ask.upload(JPEG)
    ask.mock.advance(72 * HOUR - 1)
    assert ask.download(link).status == 200
    ask.mock.advance(1)
    assert ask.download(link).status == 403


def test_an_upload_that_is_replaced_lives_as_long_again(asker):
    ask = asker(clock=VirtualClock())
    ask.upload(JPEG)
    ask.mock.advance(71 * HOUR)
    link = ask.upload(JPEG)
    ask.mock.advance(71 * HOUR)
    assert ask.download(link).status == 200


def test_an_expired_file_gets_no_new_link_and_makes_no_picture(asker):
    ask = asker(scenario=polls(0), clock=VirtualClock())
    link = ask.upload(JPEG)
    signed = json.loads(ask("POST", LINK, body={"url": link}).body)["data"]
    ask.mock.advance(72 * HOUR)
    assert ask("POST", LINK, body={"url": link}).status == 422
    assert ask.download(signed).status == 403
    record = ask.fetch(ask.create(image_url=link))
    assert (record["state"], record["failMsg"]) == (
        "fail",
        "The image cannot be used: its link has expired",
    )


def test_a_signed_link_whose_time_is_over_is_no_source(asker):
    ask = asker(scenario=polls(0), clock=VirtualClock())
    link = ask.upload(JPEG)
    signed = json.loads(ask("POST", LINK, body={"url": link}).body)["data"]
    ask.mock.advance(20 * 60)
    record = ask.fetch(ask.create(image_url=signed))
    assert record["failMsg"] == "The image cannot be used: its link has expired"
    copied = ask("POST", BY_URL, body={"fileUrl": signed, "uploadPath": "copies"})
    assert copied.status == 400
    assert ask("POST", BY_URL, body={"fileUrl": link, "uploadPath": "copies"}).status == 200


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("HTTPS://example.com/a.jpg", True),
        ("hTTp://user:word@[::1]:8080", True),
        ("https://example.com?of=@x", True),
        ("https://", False),
        ("http:///a.jpg", False),
        ("https://?a.jpg", False),
        ("https://:443/a.jpg", False),
        ("https://user@/a.jpg", False),
        ("ftp://example.com/a.jpg", False),
    ],
)
def test_an_address_of_the_web_names_a_host_and_has_its_scheme_in_any_letters(ask, address, is_one):
    wish = {"prompt": "a", "image_url": "https://example.com/a.jpg"}
    bodies = [
        {"model": "qwen/image-edit", "input": wish | {"image_url": address}},
        {"model": "qwen/image-edit", "input": wish, "callBackUrl": address},
    ]
    replies = [ask("POST", "/api/v1/jobs/createTask", body=body) for body in bodies]
    assert [reply.status for reply in replies] == ([200, 200] if is_one else [422, 422])
    assert is_one or {dict(reply.headers)["x-mock-rule"] for reply in replies} <= {"pattern", "format"}


SIZE = len(JPEG)

# What is asked: status, what is sent, what is said of it.
RANGES = {
    "bytes=0-3": (206, JPEG[:4], f"bytes 0-3/{SIZE}"),
    "bytes=4-": (206, JPEG[4:], f"bytes 4-{SIZE - 1}/{SIZE}"),
    "bytes=-4": (206, JPEG[-4:], f"bytes {SIZE - 4}-{SIZE - 1}/{SIZE}"),
    "bytes=-9999": (206, JPEG, f"bytes 0-{SIZE - 1}/{SIZE}"),
    "bytes=2-9999": (206, JPEG[2:], f"bytes 2-{SIZE - 1}/{SIZE}"),
    f"bytes={SIZE - 1}-": (206, JPEG[-1:], f"bytes {SIZE - 1}-{SIZE - 1}/{SIZE}"),
    f"bytes={SIZE}-": (416, b"", f"bytes */{SIZE}"),
    "bytes=-0": (416, b"", f"bytes */{SIZE}"),
    f"bytes={'9' * 5000}-": (416, b"", f"bytes */{SIZE}"),
    "bytes=3-2": (200, JPEG, None),
    "bytes=0-1,4-5": (200, JPEG, None),
    "bytes=-": (200, JPEG, None),
    "lines=1-2": (200, JPEG, None),
    "bytes=a-b": (200, JPEG, None),
}


@pytest.mark.parametrize(("asked", "answer"), RANGES.items(), ids=[each[:20] for each in RANGES])
def test_a_part_of_a_file_can_be_asked_for(ask, asked, answer):
    path = ask.upload(JPEG).removeprefix(ask.origin)
    reply = ask("GET", path, key=None, range=asked)
    headers = dict(reply.headers)
    assert (reply.status, reply.body, headers.get("content-range")) == answer
    assert headers["content-length"] == str(len(reply.body))


def test_a_part_of_a_result_is_a_part_of_the_whole(asker):
    ask = asker(scenario=polls(0))
    link = result_link(ask)
    part = ask("GET", link.removeprefix(ask.origin), range="bytes=1-3")
    assert (part.status, part.body) == (206, b"PNG")
    assert ask.download(link).body.startswith(b"\x89PNG")


def test_a_part_is_had_only_of_the_file_that_is_meant(ask):
    path = ask.upload(JPEG).removeprefix(ask.origin)
    version = dict(ask("GET", path).headers)["etag"]
    same, other = (ask("GET", path, range="bytes=4-", **{"if-range": each}) for each in (version, '"other"'))
    assert (same.status, same.body, dict(same.headers)["etag"]) == (206, JPEG[4:], version)
    assert (other.status, other.body) == (200, JPEG)


def test_head_knows_no_parts(ask):
    path = ask.upload(JPEG).removeprefix(ask.origin)
    reply = ask("HEAD", path, range="bytes=0-3")
    assert (reply.status, reply.body, dict(reply.headers)["content-length"]) == (200, b"", str(SIZE))


def test_a_picture_is_left_to_be_made_by_another_thread_and_once_made_is_at_hand(asker):
    ask = asker(scenario=polls(0))
    request = Request.of("GET", result_link(ask), {}, b"")
    unfinished = ask.mock.start(request)
    assert not isinstance(unfinished, Reply)
    assert unfinished.finish() == ask.mock.start(request)


def test_a_record_that_holds_its_picture_is_left_to_be_made_too(asker):
    ask = asker(scenario=polls(0))
    task_id = ask.create(sync_mode=True, image_size="square")
    request = Request(
        "GET", "/api/v1/jobs/recordInfo", f"taskId={task_id}", {"authorization": "Bearer sk-test-1"}
    )
    unfinished = ask.mock.start(request)
    assert not isinstance(unfinished, Reply)
    record = json.loads(unfinished.finish().body)["data"]
    assert json.loads(record["resultJson"])["resultUrls"][0].startswith("data:image/png;base64,")


@pytest.mark.parametrize("number", ["0", "2", "1" * 5000, "01", "１", "x", ""])
def test_a_result_that_no_task_made_is_not_there(asker, number):
    ask = asker(scenario=polls(0))
    created = ask(
        "POST",
        "/api/v1/jobs/createTask",
        body={"model": "qwen/image-edit", "input": {"prompt": "a", "image_url": "https://example.com/a.jpg"}},
    )
    task_id = json.loads(created.body)["data"]["taskId"]
    ask.fetch(task_id)
    assert ask("GET", f"/results/{task_id}/{number}.png").status == 404
