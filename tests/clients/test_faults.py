"""Things break on the way: never more than one task for a call, and none is lost."""

import asyncio
import gzip
import hashlib
import json
import threading
from contextlib import suppress
from random import Random

import httpx
import pytest

from apikley import (
    AnswerUnreadable,
    ApikleyError,
    AsyncApikley,
    RequestRefused,
    SubmissionUnknown,
    Timeouts,
    Unreachable,
    arriving,
    bounding,
)
from clients.harness import (
    KEY,
    SWIFT,
    NeverConnects,
    Way,
    cuts,
    drips,
    loses,
    only_says,
    raises,
    works_but_says,
)

ACCEPTED = {
    "dropped": loses(httpx.RemoteProtocolError("server disconnected")),
    "reset": loses(httpx.ReadError("connection reset")),
    "never answered": loses(httpx.ReadTimeout("timed out")),
    "500": works_but_says(json.dumps({"code": 500, "msg": "internal error"}).encode(), 500),
    "502 page": works_but_says(b"<html>bad gateway</html>", 502),
    "503 empty": works_but_says(b"", 503),
    "page with 200": works_but_says(b"<html>"),
    "empty": works_but_says(b""),
    "cut in half": cuts(0.5),
    "cut at the end": cuts(0.98),
    "code 0": works_but_says(b'{"code": 0}'),
    "408": works_but_says(b'{"code": 408, "msg": "no result"}'),
    "501": works_but_says(b'{"code": 501, "msg": "failed"}'),
    "deep": works_but_says(b"[" * 100_000),
    "redirect": works_but_says(b"", 307, location="https://api.apikley.ru/api/v1/jobs/createTask"),
}
NOT_ACCEPTED = {
    "no connection": NeverConnects(httpx.ConnectError("refused")),
    "connect timeout": NeverConnects(httpx.ConnectTimeout("timed out")),
    "429": only_says(b'{"code": 429, "msg": "slow down"}', 429),
    "429 in the envelope": only_says(b'{"code": 429, "msg": "slow down"}'),
    "429 page": only_says(b"<html>", 429),
    "455": only_says(b'{"code": 455, "msg": "maintenance"}', 455),
}
ANYWHERE = ACCEPTED | NOT_ACCEPTED | {"never sent": raises(httpx.WriteError("broken pipe"))}


def table(faults):
    return pytest.mark.parametrize("fault", faults.values(), ids=faults)


@table(ANYWHERE)
def test_no_fault_makes_two_tasks_of_one_call(fault, client, way, mock, picture):
    way.faults["createTask"] = [fault]

    with suppress(ApikleyError):
        client.edit(picture, "night", image_size="square")

    assert len(mock.tasks) <= 1
    assert mock.credits >= 999


@table(ACCEPTED)
def test_a_lost_answer_is_told_as_such_and_kept_in_mind(fault, client, way, mock, picture):
    way.faults["createTask"] = [fault]

    with pytest.raises(SubmissionUnknown) as caught:
        client.submit(picture, "night")

    assert len(way.to("createTask")) == 1
    assert len(mock.tasks) == 1
    (submission,) = client._driver.books.ledger.in_doubt()
    assert submission.key == caught.value.key


@table(NOT_ACCEPTED)
def test_what_was_not_accepted_is_sent_again(fault, client, way, mock, picture):
    way.faults["createTask"] = [fault, fault]

    client.submit(picture, "night")

    assert len(way.to("createTask")) == 3
    assert len(mock.tasks) == 1
    assert client._driver.books.ledger.in_doubt() == []


LASTING = {"code 0", "501"}


@table({name: fault for name, fault in ANYWHERE.items() if name not in LASTING})
def test_an_upload_survives(fault, client, way, mock, picture):
    way.faults["upload"] = [fault, fault]

    client.submit(picture, "night")

    assert len(mock.tasks) == 1
    assert len(way.to("upload")) == 3
    for request in way.to("upload"):
        assert picture in request.content


@table({name: fault for name, fault in ANYWHERE.items() if name not in LASTING})
def test_a_poll_survives(fault, client, way, mock, picture):
    way.faults["recordInfo"] = [fault, fault]

    edit = client.edit(picture, "night", image_size="square")

    assert edit.images
    assert len(mock.tasks) == 1


FOREIGN = {
    "RuntimeError": RuntimeError("mine"),
    "OSError": OSError(5, "Input/output error"),
    "LookupError": LookupError("mine"),
    "KeyboardInterrupt": KeyboardInterrupt(),
}


def foreign(*names):
    return pytest.mark.parametrize("kind", [type(FOREIGN[name]) for name in names], ids=names)


@foreign("RuntimeError", "OSError", "LookupError")
@pytest.mark.parametrize("breaks", [raises, loses])
def test_a_foreign_error_in_a_submission_leaves_it_in_doubt(breaks, kind, client, way, mock):
    way.faults["createTask"] = [breaks(kind("mine"))]

    with pytest.raises(SubmissionUnknown, match="mine") as caught:
        client.submit("https://a.test/", "night")

    assert isinstance(caught.value.__cause__, kind | ApikleyError)
    assert len(way.to("createTask")) == 1
    (submission,) = client._driver.books.ledger.in_doubt()
    assert (submission.key, submission.state) == (caught.value.key, "unknown")


@foreign("KeyboardInterrupt")
@pytest.mark.parametrize("breaks", [raises, loses])
def test_who_interrupts_a_submission_is_told_its_key(breaks, kind, client, way):
    way.faults["createTask"] = [breaks(kind())]

    with pytest.raises(kind) as caught:
        client.edit("https://a.test/", "night")

    (submission,) = client._driver.books.ledger.in_doubt()
    assert submission.state == "unknown"
    (note,) = caught.value.__notes__
    assert "createTask was under way" in note
    assert submission.key in note
    assert client.submit("https://a.test/", "night").id


@foreign(*FOREIGN)
@pytest.mark.parametrize("where", ["recordInfo", "/results/"])
def test_whatever_breaks_in_after_the_submission_is_told_the_id(where, kind, client, way, mock, tmp_path):
    way.faults[where] = [raises(kind("mine"))]

    with pytest.raises(kind) as caught:
        client.edit("https://a.test/", "night", to=tmp_path / "a.png")

    (task,) = mock.tasks
    assert caught.value.__notes__ == [f"task {task.id} is not lost: its id takes it up again"]
    assert list(tmp_path.iterdir()) == []
    assert client.task(task.id).collect().images


@foreign("RuntimeError", "OSError", "LookupError", "KeyboardInterrupt")
def test_a_foreign_error_before_the_submission_is_left_as_it_is(kind, client, way, picture):
    way.faults["upload"] = [raises(kind("mine"))]

    with pytest.raises(kind) as caught:
        client.edit(picture, "night")

    assert not hasattr(caught.value, "__notes__")
    assert way.created() == []


def test_a_page_on_the_way_does_not_end_the_wait(client, way, mock):
    way.faults["recordInfo"] = [only_says(b"<html>", status) for status in (403, 404, 405)]

    assert client.edit("https://a.test/", "night", image_size="square").images
    assert len(way.to("recordInfo")) >= 4


def test_a_picture_that_cannot_be_had_does_not_keep_the_others_away(client, way, picture, tmp_path):
    way.faults["/1.png"] = [only_says(b"", 401)]

    with pytest.raises(RequestRefused) as caught:
        client.edit(picture, "night", to=tmp_path / "a.png", num_images=3, image_size="square")

    assert caught.value.code == 401
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-2.png", "a-3.png"]
    saved = [f"saved all the same: {tmp_path / name}" for name in ("a-2.png", "a-3.png")]
    assert caught.value.__notes__ == saved
    assert len(client.task(caught.value.task_id).collect(tmp_path / "a.png").paths) == 3


@foreign("OSError", "RuntimeError")
def test_whatever_else_breaks_one_of_several_pictures_ends_the_others(kind, client, way, picture, tmp_path):
    way.faults["/2.png"] = [raises(kind("mine"))]

    with pytest.raises(kind, match="mine") as caught:
        client.edit(picture, "night", to=tmp_path / "a.png", num_images=4, image_size="square")

    (note,) = caught.value.__notes__
    assert "is not lost" in note
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_pictures_are_fetched_at_once(opens, mock, picture):
    """Each is kept waiting until all are asked for."""
    everybody = threading.Barrier(3, timeout=10)

    class Meeting(Way):
        def handle_request(self, request):
            if "/results/" in request.url.path:
                everybody.wait()
            return super().handle_request(request)

        async def handle_async_request(self, request):
            if "/results/" in request.url.path:
                await asyncio.to_thread(everybody.wait)
            return await super().handle_async_request(request)

    with opens(KEY, transport=Meeting(mock), schedule=SWIFT) as client:
        edit = client.edit(picture, "night", num_images=3, image_size="square")

    assert len({image.sha256 for image in edit.images}) == 3
    assert [image.url.rpartition("/")[2] for image in edit.images] == ["1.png", "2.png", "3.png"]


def test_a_task_that_a_no_names_is_in_the_doubt(client, way, mock):
    way.faults["createTask"] = [only_says(b'{"code": 402, "data": {"taskId": "7f3"}}')]

    with pytest.raises(SubmissionUnknown) as caught:
        client.submit("https://a.test/", "night")

    assert caught.value.task_id == "7f3"
    assert client.task(caught.value.task_id).id == "7f3"


DOWNLOAD = {
    "no connection": NeverConnects(httpx.ConnectError("refused")),
    "reset": loses(httpx.ReadError("reset")),
    "cut in half": cuts(0.5),
    "cut at the end": cuts(0.99),
    "empty": only_says(b""),
    "page": only_says(b"<html>expired</html>"),
    "503": only_says(b"", 503),
    "429": only_says(b"", 429),
    "403": only_says(b"", 403),
    "404": only_says(b"", 404),
    "encoded": only_says(b"\x1f\x8b", content_encoding="gzip"),
    "redirect to plain http": only_says(b"", 302, location="http://cdn.test/1.png"),
}


# After these a fresh link is asked for, once.
ASKS_AFRESH = [DOWNLOAD[name] for name in ("403", "404", "page", "encoded", "redirect to plain http")]


@table(DOWNLOAD)
def test_a_download_survives_and_leaves_one_file(fault, client, way, picture, tmp_path):
    way.faults["/results/"] = [fault] if fault in ASKS_AFRESH else [fault, fault]

    edit = client.edit(picture, "night", to=tmp_path / "a.png", image_size="square")

    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert edit.paths[0].stat().st_size == edit.images[0].size
    for request in way.to("/results/"):
        assert "authorization" not in request.headers


@pytest.mark.parametrize("name", [None, "a.png"])
def test_a_download_that_breaks_off_is_gone_on_with(name, client, way, mock, picture, tmp_path):
    mock.fail_next("truncated", on="result", times=3)

    edit = client.edit(picture, "night", to=name and tmp_path / name, image_size="square")

    size = edit.images[0].size
    assert edit.images[0].sha256 == hashlib.sha256(edit.images[0].read()).hexdigest()
    begins = [request.headers.get("range") for request in way.to("/results/")]
    assert begins[0] is None
    assert begins[1] == f"bytes={size // 2}-"
    assert len(begins) == len({*begins}) == 4
    assert len(mock.tasks) == 1


@table({name: fault for name, fault in DOWNLOAD.items() if name != "429"})
def test_a_picture_that_never_comes_leaves_nothing_but_the_id(fault, client, way, picture, tmp_path):
    way.faults["/results/"] = [fault] * 99
    (tmp_path / "a.png").write_bytes(b"what was there")

    with pytest.raises(ApikleyError) as caught:
        client.edit(picture, "night", to=tmp_path / "a.png", image_size="square")

    assert caught.value.task_id
    assert caught.value.task_id in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == b"what was there"
    way.faults.clear()
    assert client.task(caught.value.task_id).collect().images


@pytest.mark.parametrize(("slow", "asked"), [("createTask", 1), ("credit", 5)])
def test_an_answer_that_drips_is_given_up(slow, asked, opens, mock, picture):
    way = Way(mock, {slow: [lambda deliver: drips(deliver())] * 9})
    with opens(KEY, transport=way, timeouts=Timeouts(answer=0.02)) as client:
        ask = {"createTask": lambda: client.submit("https://a.test/", "night"), "credit": client.credits}[
            slow
        ]
        with pytest.raises((SubmissionUnknown, Unreachable), match="slowly"):
            ask()

    assert len(way.to(slow)) == asked
    assert len(mock.tasks) <= 1


def test_a_picture_that_drips_is_given_up(opens, mock, picture, tmp_path):
    way = Way(mock, {"/results/": [lambda deliver: drips(deliver())] * 99})
    client = opens(KEY, transport=way, schedule=SWIFT, timeouts=Timeouts(download=0.02))
    with client, pytest.raises(Unreachable, match="slowly") as caught:
        client.edit(picture, "night", to=tmp_path / "a.png", image_size="square")

    assert caught.value.task_id
    assert list(tmp_path.iterdir()) == []


def test_an_answer_without_measure_is_given_up(client, way, mock, monkeypatch):
    monkeypatch.setattr(bounding, "MAXIMUM_ANSWER_BYTES", 1000)
    way.faults["createTask"] = [works_but_says(b" " * 1001)]

    with pytest.raises(SubmissionUnknown, match="larger than 1000 bytes"):
        client.submit("https://a.test/", "night")

    assert len(mock.tasks) == 1


def test_an_encoded_answer_is_given_up_before_it_could_unfold(client, way, mock):
    random = Random(0).randbytes(bounding.MAXIMUM_ENCODED_BYTES)
    way.faults["createTask"] = [works_but_says(gzip.compress(random), content_encoding="gzip")]

    with pytest.raises(SubmissionUnknown, match="larger than 65536 bytes"):
        client.submit("https://a.test/", "night")

    assert len(mock.tasks) == 1


def test_an_encoded_answer_that_nobody_asked_for_is_read_all_the_same(client, way):
    content = gzip.compress(b'{"code": 200, "msg": "success", "data": 7.5}')
    way.faults["credit"] = [only_says(content, content_encoding="gzip")]

    assert client.credits() == 7.5


@table({kind.__name__: kind for kind in (AttributeError, KeyError, TypeError, ValueError)})
def test_an_error_of_a_transport_of_one_s_own_is_its_own_and_is_not_repeated(fault, client, way):
    way.faults["credit"] = [raises(fault("mine"))] * 9

    with pytest.raises(fault, match="mine"):
        client.credits()

    assert len(way.to("credit")) == 1


def test_an_error_of_a_transport_of_one_s_own_leaves_a_submission_in_doubt(client, way, mock):
    way.faults["createTask"] = [loses(AttributeError("mine"))]

    with pytest.raises(SubmissionUnknown) as caught:
        client.submit("https://a.test/", "night")

    assert isinstance(caught.value.__cause__, AttributeError)
    assert len(mock.tasks) == 1
    assert len(client.in_doubt()) == 1


def test_a_call_that_hangs_is_given_up_where_one_awaits():
    class Hanging(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            await asyncio.sleep(600)

    async def submit():
        async with AsyncApikley(KEY, transport=Hanging(), timeouts=Timeouts(answer=0.02)) as client:
            await client.submit("https://a.test/", "night")

    with pytest.raises(SubmissionUnknown, match="slowly"):
        asyncio.run(submit())


def test_a_picture_without_measure_is_given_up(client, picture, tmp_path, monkeypatch):
    monkeypatch.setattr(arriving, "MAXIMUM_BYTES", 1000)

    with pytest.raises(AnswerUnreadable, match="larger than 1000 bytes") as caught:
        client.edit(picture, "night", to=tmp_path / "a.png", image_size="square")

    assert caught.value.task_id
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_repeats_the_key_does_not_get_it_into_an_error(client, way):
    way.faults["credit"] = [only_says(f"<html>Bearer {KEY}</html>".encode())] * 9

    with pytest.raises(AnswerUnreadable) as caught:
        client.credits()

    assert KEY not in repr(vars(caught.value))


def test_a_listener_that_breaks_costs_nothing(client, mock, picture, caplog):
    def listener(event):
        raise RuntimeError("mine")

    edit = client.edit(picture, "night", on_event=listener)

    assert [task.id for task in mock.tasks] == [edit.task_id]
    assert "mine" in caplog.text
