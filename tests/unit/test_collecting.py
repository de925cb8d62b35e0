"""Uploads and downloads: repeated as often as need be, and never torn."""

import json
from pathlib import Path

import httpx
import pytest

from apikley import flows
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    InvalidRequest,
    NotAuthenticated,
    RequestRefused,
    TaskFailed,
    Unreachable,
)
from apikley.requests import EditRequest
from apikley.retrying import DOWNLOAD
from apikley.schedule import DOCUMENTED_PACE
from apikley.tasks import Task
from unit.playing import KEY, PNG, TASK, created, ended, forever, player, record, refused, says

UPLOADED = says(
    {
        "success": True,
        "code": 200,
        "msg": "ok",
        "data": {
            "fileName": "a.png",
            "filePath": "apikley/a.png",
            "downloadUrl": "https://files.test/a b.png",
            "fileSize": len(PNG),
            "mimeType": "image/png",
            "uploadedAt": "2026-01-01T00:00:00Z",
        },
    }
)
UPLOAD_TROUBLE = {
    "no connection": httpx.ConnectError("refused"),
    "broken while writing": httpx.WriteError("broken pipe"),
    "timeout": httpx.ReadTimeout("timed out"),
    "429": refused(429, status=429),
    "500": says({"success": False, "code": 500, "msg": "internal error"}, 500),
    "502 page": says(b"<html>", 502),
    "page with 200": says(b"<html>"),
}
PAGE = says(b"<html>this link has expired</html>")
FRESH = says({"code": 200, "msg": "success", "data": "https://fresh.test/1.png"})
NO_NEWS = ended()
"""The task says what it said."""


def finished(*urls: str) -> Task:
    return Task(id=TASK, state="success", result_urls=urls or ("https://cdn.test/1.png",))


@pytest.mark.parametrize("answer", [pytest.param(each, id=name) for name, each in UPLOAD_TROUBLE.items()])
def test_an_upload_is_repeated_with_the_whole_file_each_time(answer):
    stage = player(answer, answer, answer, UPLOADED)

    assert stage.play(flows.upload(PNG)) == "https://files.test/a%20b.png"

    assert len(stage.requests) == 4
    for request in stage.requests:
        assert PNG in request.read()
    assert stage.sleeps == [0.5, 1, 2]


def test_an_upload_that_never_gets_through_is_given_up():
    stage = player(then=forever(httpx.ReadError("reset")))

    with pytest.raises(Unreachable):
        stage.play(flows.upload(PNG))

    assert len(stage.requests) == 4


@pytest.mark.parametrize(
    "answer", [refused(401), refused(401, status=401), refused(400), refused(405, status=405)]
)
def test_a_refused_upload_is_not_repeated(answer):
    stage = player(answer)

    with pytest.raises(RequestRefused):
        stage.play(flows.upload(PNG))

    assert len(stage.requests) == 1


@pytest.mark.parametrize("source", [b"", b"GIF89a", b"%PDF-1.7"])
def test_what_is_no_picture_is_not_uploaded(source):
    stage = player()

    with pytest.raises(InvalidRequest):
        stage.play(flows.upload(source))

    assert stage.requests == []


def test_an_upload_names_the_file_by_its_content():
    stage = player(UPLOADED, UPLOADED)
    stage.play(flows.upload(PNG))

    body = stage.requests[0].read()

    assert body.count(b'name="fileName"') == 1
    assert b".png" in body
    assert b"image/png" in body


@pytest.mark.parametrize(
    "options", [{"prompt": ""}, {"prompt": "night", "num_images": 9}, {"prompt": "x" * 2001}]
)
def test_a_wrong_wish_is_refused_before_its_picture_is_even_read(options):
    stage = player()

    with pytest.raises(InvalidRequest):
        stage.play(flows.prepare_and_submit("no such file.png", EditRequest(**options), "wish-1"))

    assert stage.effects == []


def test_an_address_is_named_and_not_uploaded():
    stage = player(created())

    stage.play(
        flows.prepare_and_submit(" https://pictures.test/ночь 1.png", EditRequest(prompt="night"), "wish-1")
    )

    assert stage.paths() == ["createTask"]
    assert json.loads(stage.requests[0].read())["input"]["image_url"] == (
        "https://pictures.test/%D0%BD%D0%BE%D1%87%D1%8C%201.png"
    )


def test_an_edit_goes_from_the_picture_to_the_picture(tmp_path):
    stage = player(UPLOADED, created(), record("waiting"), ended(), says(PNG))
    target = tmp_path / "night"

    edit = stage.play(flows.edit(PNG, EditRequest(prompt="night"), "wish-1", DOCUMENTED_PACE, target))

    assert stage.paths() == ["file-stream-upload", "createTask", "recordInfo", "recordInfo", "1.png"]
    assert edit.task_id == TASK
    assert edit.paths == (tmp_path / "night.png",)
    assert edit.paths[0].read_bytes() == PNG
    assert [event.kind for event in stage.events] == [
        "uploading",
        "submitting",
        "submitted",
        "polled",
        "polled",
        "collecting",
    ]


AFTER_THE_SUBMISSION = {
    "wrong key": [refused(401)],
    "failed": [record("fail", failMsg="no")],
    "no picture": [record("success", resultJson="")],
    "no result host": [ended(), *[httpx.ConnectError("refused")] * 6],
    "result refused": [ended(), says(b"", 401)],
    "result expired, no fresh link": [ended(), says(b"", 403), NO_NEWS, refused(422, "not ours")],
    "result a page for good": [ended(), PAGE, NO_NEWS, FRESH, PAGE],
    "result cut off": [ended(), *[says(PNG[:-4])] * 6],
    "result on plain http": [*[ended("http://cdn.test/1.png")] * 2, FRESH, *[says(b"", 500)] * 6],
    "link is no link": [*[ended("no link")] * 2, refused(422)],
    "link is half a character": [*[ended("https://cdn.test/\ud800.png")] * 2, refused(422)],
    "link to nothing": [*[ended("https://")] * 2, refused(422)],
    "inline garbage": [ended("data:image/png;base64,#")],
}


@pytest.mark.parametrize(
    "answers", [pytest.param(each, id=name) for name, each in AFTER_THE_SUBMISSION.items()]
)
def test_every_error_after_the_submission_names_the_task(answers, tmp_path):
    stage = player(created(), *answers)
    request = EditRequest(prompt="night")

    with pytest.raises(ApikleyError) as caught:
        stage.play(flows.edit("https://p.test/a.png", request, "wish-1", DOCUMENTED_PACE, tmp_path / "a.png"))

    assert caught.value.task_id == TASK
    assert TASK in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert stage.paths().count("createTask") == 1


def test_a_disk_that_fails_does_not_lose_the_id(tmp_path):
    (tmp_path / "file").write_bytes(b"in the way")
    stage = player(created(), ended(), says(PNG))
    request = EditRequest(prompt="night")
    target = tmp_path / "file" / "a.png"

    with pytest.raises(OSError, match="file") as caught:
        stage.play(flows.edit("https://p.test/a.png", request, "wish-1", DOCUMENTED_PACE, target))

    assert TASK in caught.value.__notes__[0]


@pytest.mark.parametrize("answer", [says(b"", 403), says(b"", 404), says(b"gone", 410)])
def test_an_expired_link_is_replaced_by_a_fresh_one(answer):
    stage = player(answer, NO_NEWS, FRESH, says(PNG))

    edit = stage.play(flows.collect(finished(), None))

    assert stage.paths() == ["1.png", "recordInfo", "download-url", "1.png"]
    assert stage.requests[2].read() == b'{"url":"https://cdn.test/1.png"}'
    assert stage.requests[3].url.host == "fresh.test"
    assert edit.images[0].content == PNG


NEWS = ended("https://fresh.test/2.png")


@pytest.mark.parametrize("answer", [says(b"", 403), PAGE])
def test_a_link_that_the_task_has_renewed_is_taken_from_there(answer):
    stage = player(answer, NEWS, says(PNG))

    edit = stage.play(flows.collect(finished(), None))

    assert stage.paths() == ["1.png", "recordInfo", "2.png"]
    assert edit.images[0].url == "https://fresh.test/2.png"


def test_a_renewed_link_that_has_expired_as_well_is_signed_afresh():
    stage = player(says(b"", 403), NEWS, says(b"", 410), FRESH, says(PNG))

    stage.play(flows.collect(finished(), None))

    assert stage.paths() == ["1.png", "recordInfo", "2.png", "download-url", "1.png"]
    assert stage.requests[3].read() == b'{"url":"https://fresh.test/2.png"}'


def test_a_picture_that_is_refused_at_its_renewed_link_is_not_looked_for_elsewhere():
    stage = player(says(b"", 403), NEWS, says(b"", 401))

    with pytest.raises(RequestRefused) as caught:
        stage.play(flows.collect(finished(), None))

    assert caught.value.code == 401
    assert stage.paths() == ["1.png", "recordInfo", "2.png"]


@pytest.mark.parametrize("no", [refused(422, "recordInfo is null"), refused(401), record("generating")])
def test_where_the_task_says_nothing_the_file_is_asked_for(no):
    stage = player(says(b"", 403), no, FRESH, says(PNG))

    assert stage.play(flows.collect(finished(), None)).images[0].content == PNG


def test_of_several_pictures_each_gets_its_own_fresh_link():
    urls = ["https://cdn.test/1.png", "https://cdn.test/2.png"]
    stage = player(
        says(PNG), says(b"", 403), ended("https://a.test/1.png", "https://a.test/2.png"), says(PNG)
    )

    edit = stage.play(flows.collect(finished(*urls), None))

    assert [image.url for image in edit.images] == ["https://cdn.test/1.png", "https://a.test/2.png"]


ODD = {
    "page": PAGE,
    "short page": says(b"gone"),
    "encoded": says(PNG, content_encoding="gzip"),
    "redirect to plain http": says(b"", 302, location="http://cdn.test/1.png"),
}


@pytest.mark.parametrize("answer", [pytest.param(each, id=name) for name, each in ODD.items()])
def test_for_an_odd_answer_a_fresh_link_is_asked_for_and_the_old_one_left_alone(answer, tmp_path):
    stage = player(answer, NO_NEWS, FRESH, says(PNG))

    edit = stage.play(flows.collect(finished(), tmp_path / "a.png"))

    assert stage.paths() == ["1.png", "recordInfo", "download-url", "1.png"]
    assert stage.sleeps == []
    assert edit.paths[0].read_bytes() == PNG
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_fresh_link_is_asked_for_once():
    stage = player(PAGE, NO_NEWS, FRESH, says(b"", 403))

    with pytest.raises(RequestRefused):
        stage.play(flows.collect(finished(), None))

    assert stage.paths() == ["1.png", "recordInfo", "download-url", "1.png"]


@pytest.mark.parametrize("no", [refused(422, "not ours"), refused(401), says(b"<html>", 404)])
def test_where_no_fresh_link_is_to_be_had_the_first_answer_says_more(no):
    stage = player(PAGE, NO_NEWS, no)

    with pytest.raises(AnswerUnreadable, match="no picture") as caught:
        stage.play(flows.collect(finished(), None))

    assert caught.value.task_id == TASK


@pytest.mark.parametrize("uri", ["data:image/png;base64,#", "DATA:,no picture at all", "data:", "data:,"])
def test_no_fresh_link_is_asked_for_in_place_of_what_was_in_the_link_itself(uri):
    stage = player()

    with pytest.raises((AnswerUnreadable, Unreachable)):
        stage.play(flows.collect(finished(uri), None))

    assert stage.requests == []


def test_a_picture_that_cannot_be_had_does_not_keep_the_others_away(tmp_path):
    urls = [f"https://cdn.test/{number}.png" for number in range(1, 5)]
    stage = player(says(PNG), says(b"", 403), ended(*urls), refused(422), says(PNG), says(b"", 401))

    with pytest.raises(RequestRefused) as caught:
        stage.play(flows.collect(finished(*urls), tmp_path / "a.png"))

    assert caught.value.code == 403
    assert caught.value.task_id == TASK
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-1.png", "a-3.png"]
    saved = [f"saved all the same: {tmp_path / name}" for name in ("a-1.png", "a-3.png")]
    assert caught.value.__notes__ == saved


def test_pictures_in_memory_are_noted_too_when_another_cannot_be_had():
    urls = ["https://cdn.test/1.png", "https://cdn.test/2.png"]
    stage = player(says(b"", 403), ended(*urls), refused(422), says(PNG))

    with pytest.raises(RequestRefused) as caught:
        stage.play(flows.collect(finished(*urls), None))

    assert caught.value.__notes__ == ["another one was fetched"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("mine")])
def test_who_interrupts_a_download_is_told_the_id(error, tmp_path):
    stage = player(error)

    with pytest.raises(type(error)) as caught:
        stage.play(flows.collect(finished(), tmp_path / "a.png"))

    assert TASK in caught.value.__notes__[0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("peer closed connection"),
        says(b"", 503),
        says(b"", 429),
        says(PNG[:30]),
        says(PNG[:5]),
        says(b""),
    ],
)
def test_a_download_that_breaks_is_tried_again(answer, tmp_path):
    stage = player(answer, answer, says(PNG))

    edit = stage.play(flows.collect(finished(), tmp_path / "a.png"))

    assert edit.paths[0].read_bytes() == PNG
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert stage.sleeps == [0.5, 1]


REST = {"content_range": f"bytes 40-{len(PNG) - 1}/{len(PNG)}"}


@pytest.mark.parametrize("name", [None, "a.png"])
def test_a_download_that_breaks_is_gone_on_with_where_it_broke(name, tmp_path):
    version = {"etag": '"v1"'}
    stage = player(says(PNG[:40], **version), says(b"", 503), says(PNG[40:], 206, **version, **REST))

    edit = stage.play(flows.collect(finished(), name and tmp_path / name))

    assert edit.images[0].read() == PNG
    assert [request.headers.get("range") for request in stage.requests] == [None, "bytes=40-", "bytes=40-"]
    assert stage.requests[1].headers["if-range"] == '"v1"'
    assert [path.name for path in tmp_path.iterdir()] == ([name] if name else [])


def part(start, end):
    return says(PNG[start:end], 206, etag='"v1"', content_range=f"bytes {start}-{len(PNG) - 1}/{len(PNG)}")


def test_a_download_that_gets_on_is_not_given_up():
    begun = says(PNG[:5], etag='"v1"')
    stage = player(begun, *(part(start, start + 5) for start in range(5, len(PNG), 5)))

    edit = stage.play(flows.collect(finished(), None))

    assert edit.images[0].read() == PNG
    assert len(stage.requests) > DOWNLOAD.attempts
    assert {*stage.sleeps} == {0.5}


def test_a_download_that_gets_on_for_ever_is_given_up():
    begun = says(PNG[:1], etag='"v1"')
    stage = player(begun, *(part(start, start + 1) for start in range(1, len(PNG))))

    with pytest.raises(Unreachable):
        stage.play(flows.collect(finished(), None))

    assert len(stage.requests) == 20


def test_a_download_that_breaks_at_the_same_byte_does_not_get_on():
    stage = player(then=forever(says(PNG[:40])))

    with pytest.raises(Unreachable):
        stage.play(flows.collect(finished(), None))

    assert len(stage.requests) == DOWNLOAD.attempts


def test_a_download_is_gone_on_with_at_the_end_of_its_redirects(tmp_path):
    away = says(b"", 302, location="https://other.test/1.png")
    version = {"etag": '"v1"'}
    stage = player(away, says(PNG[:40], **version), away, says(PNG[40:], 206, **version, **REST))

    edit = stage.play(flows.collect(finished(), tmp_path / "a.png"))

    assert edit.images[0].read() == PNG
    assert [request.url.host for request in stage.requests] == ["cdn.test", "other.test"] * 2
    assert stage.requests[3].headers["range"] == "bytes=40-"


def test_a_download_whose_file_has_changed_begins_anew(tmp_path):
    other = says(PNG[40:], 206, etag='"v2"', **REST)
    stage = player(says(PNG[:40], etag='"v1"'), other, says(PNG, etag='"v2"'))

    edit = stage.play(flows.collect(finished(), tmp_path / "a.png"))

    assert edit.images[0].read() == PNG
    assert "range" not in stage.requests[2].headers
    assert stage.sleeps == [0.5, 1]


def test_a_download_whose_link_expires_on_the_way_begins_anew(tmp_path):
    cut = says(PNG[:40], etag='"v1"')
    stage = player(cut, says(b"", 403), NO_NEWS, FRESH, says(PNG, etag='"v1"'))

    edit = stage.play(flows.collect(finished(), tmp_path / "a.png"))

    assert edit.images[0].read() == PNG
    assert "range" not in stage.requests[-1].headers
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_four_pictures_get_four_names(tmp_path):
    urls = [f"https://cdn.test/{number}.png" for number in range(1, 5)]
    stage = player(*[says(PNG)] * 4)

    edit = stage.play(flows.collect(finished(*urls), tmp_path / "a.png"))

    assert [path.name for path in edit.paths] == ["a-1.png", "a-2.png", "a-3.png", "a-4.png"]


def test_pictures_in_a_folder_are_named_after_the_task(tmp_path):
    stage = player(says(PNG))

    edit = stage.play(flows.collect(finished(), f"{tmp_path}/new/"))

    assert edit.paths == (Path(tmp_path, "new", f"{TASK}.png"),)


MOVIE = b"\0\0\0\x20ftypisom" + b"\0" * 40


def made_by(model: str | None) -> Task:
    return Task(id=TASK, state="success", model=model, result_urls=("https://cdn.test/1",))


def test_what_another_model_made_is_kept_whatever_it_is(tmp_path):
    stage = player(says(MOVIE))

    edit = stage.play(flows.collect(made_by("other/film"), f"{tmp_path}/"))

    assert edit.paths == (tmp_path / f"{TASK}.mp4",)
    assert edit.paths[0].read_bytes() == MOVIE
    assert edit.images[0].media_type == "video/mp4"


@pytest.mark.parametrize("model", [None, "qwen/image-edit"])
def test_what_is_no_picture_is_no_result_of_an_edit(model):
    stage = player(says(MOVIE), ended("https://cdn.test/1"), refused(422))

    with pytest.raises(AnswerUnreadable, match="no picture"):
        stage.play(flows.collect(made_by(model), None))


def test_a_model_that_makes_no_files_ends_well_all_the_same():
    stage = player(record("success", model="other/words", resultJson='{"resultObject": {"text": "night"}}'))

    edit = stage.play(flows.finish(TASK, DOCUMENTED_PACE, None))

    assert edit.images == ()
    assert edit.task.result_object == {"text": "night"}


@pytest.mark.parametrize(
    ("model", "result"),
    [
        ("other/words", '{"resultObject": {}}'),
        ("other/words", '{"resultObject": null}'),
        ("other/words", "{}"),
        ("qwen/image-edit", '{"resultObject": {"text": "night"}}'),
        (None, '{"resultObject": {"text": "night"}}'),
    ],
)
def test_a_success_without_any_result_is_a_failure(model, result):
    stage = player(record("success", model=model, resultJson=result))

    with pytest.raises(TaskFailed):
        stage.play(flows.finish(TASK, DOCUMENTED_PACE, None))


@pytest.mark.parametrize(
    "result",
    [
        {"resultObject": {"n": 1}},
        '{"resultObject": {"n": 1}}',
        '"{\\"resultObject\\": {\\"n\\": 1}}"',
    ],
)
def test_a_result_without_files_is_read_however_it_is_wrapped(result):
    stage = player(record("success", model="other/words", resultJson=result))

    assert stage.play(flows.fetch(TASK)).result_object == {"n": 1}


def test_no_download_carries_the_key():
    stage = player(says(b"", 302, location="https://other.test/2.png"), says(PNG))

    stage.play(flows.collect(finished("https://api.apikley.ru/results/1.png"), None))

    for request in stage.requests:
        assert "authorization" not in request.headers
        assert KEY not in repr(request.headers.raw)


def test_a_wrong_key_is_told_at_once_when_credits_are_asked_for():
    stage = player(refused(401))

    with pytest.raises(NotAuthenticated):
        stage.play(flows.credits_left())


@pytest.mark.parametrize("credits_", [6.97, 0, 1000, -0.5])
def test_credits_may_be_fractional(credits_):
    stage = player(httpx.ReadError("reset"), says({"code": 200, "msg": "success", "data": credits_}))

    assert stage.play(flows.credits_left()) == credits_


@pytest.mark.parametrize("data", [None, "many", True, [], {}])
def test_credits_that_are_no_number_are_unreadable(data):
    stage = player(then=forever(says({"code": 200, "msg": "success", "data": data})))

    with pytest.raises(AnswerUnreadable):
        stage.play(flows.credits_left())


@pytest.mark.parametrize("data", [None, "", "no link", 7, {}, "ftp://x/"])
def test_a_fresh_link_that_is_none_is_unreadable(data):
    stage = player(then=forever(says({"code": 200, "msg": "success", "data": data})))

    with pytest.raises(AnswerUnreadable):
        stage.play(flows.download_url("https://cdn.test/1.png"))
