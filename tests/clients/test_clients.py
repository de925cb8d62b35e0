"""What one does with a client, for both of them."""

import asyncio
import base64
import io
import json
import re
from pathlib import Path

import httpx
import pytest
from PIL import Image

from apikley import (
    AsyncApikley,
    InvalidRequest,
    NotAuthenticated,
    OutOfCredits,
    PollSchedule,
    RequestRefused,
    Stage,
    TaskFailed,
    TaskUnfinished,
)
from apikley.mock import Mock, MockTransport, polls
from clients.harness import KEY, SWIFT, Way, only_says


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_an_edit_gives_the_picture_in_memory(client, picture):
    edit = client.edit(picture, "make it night")

    (image,) = edit.images
    assert opened(image.read()).size == (1024, 768)
    assert image.media_type == "image/png"
    assert edit.paths == ()
    assert edit.task.state == "success"
    assert edit.credits == 2.5
    assert edit.seconds >= 0


@pytest.mark.parametrize("form", [str, Path])
def test_an_edit_streams_its_picture_to_a_file(form, client, picture, tmp_path):
    edit = client.edit(picture, "make it night", to=form(tmp_path / "new" / "ночь 🌙.png"))

    assert edit.paths == (tmp_path / "new" / "ночь 🌙.png",)
    assert opened(edit.paths[0].read_bytes()).format == "PNG"
    assert edit.images[0].content is None
    assert [path.name for path in edit.paths[0].parent.iterdir()] == ["ночь 🌙.png"]


SOURCES = {
    "path": lambda path: path,
    "str": str,
    "bytes": Path.read_bytes,
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "file": lambda path: io.BytesIO(path.read_bytes()),
    "data uri": lambda path: "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode(),
    "pillow": lambda path: opened(path.read_bytes()),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_picture_may_come_in_any_form(source, client, way, picture, tmp_path):
    path = tmp_path / "фото улицы 📷.png"
    path.write_bytes(picture)

    client.submit(source(path), "make it night")

    (upload,) = way.to("upload")
    assert len(upload.content) > 300
    (body,) = way.created()
    assert body["input"]["image_url"].startswith("https://api.apikley.ru/")
    assert body["input"]["image_url"].isascii()


def test_an_address_is_not_uploaded(client, way):
    client.submit("https://pictures.test/улица 1.jpg", "make it night")

    assert way.to("upload") == []
    assert (
        way.created()[0]["input"]["image_url"]
        == "https://pictures.test/%D1%83%D0%BB%D0%B8%D1%86%D0%B0%201.jpg"
    )


def test_what_is_not_said_is_not_sent(client, way, picture):
    client.submit(picture, "сделай ночь", seed=None, callback_url=None)

    (body,) = way.created()
    assert body.keys() == {"model", "input"}
    assert body["input"].keys() == {"prompt", "image_url"}
    assert body["input"]["prompt"] == "сделай ночь"


def test_everything_that_is_said_is_sent(client, way, picture):
    options = {
        "image_size": "square",
        "output_format": "jpeg",
        "seed": 0,
        "num_inference_steps": 49,
        "guidance_scale": 20,
        "acceleration": "regular",
        "negative_prompt": "blurry",
        "enable_safety_checker": False,
        "sync_mode": False,
    }

    client.submit(picture, "night", num_images=2, callback_url="https://cb.test/x?token=1", **options)

    (body,) = way.created()
    assert body["callBackUrl"].startswith("https://cb.test/x?token=1&apikley=")
    del body["input"]["prompt"], body["input"]["image_url"]
    assert body["input"] == options | {"num_images": "2"}


def test_four_pictures_come_as_four_files(client, picture, tmp_path):
    edit = client.edit(picture, "night", to=tmp_path / "a.png", num_images=4, image_size="square")

    assert [path.name for path in edit.paths] == [f"a-{number}.png" for number in range(1, 5)]
    assert len({image.sha256 for image in edit.images}) == 4


@pytest.mark.parametrize(("output_format", "suffix"), [("jpeg", ".jpg"), ("png", ".png")])
def test_a_picture_gets_the_suffix_of_its_kind(output_format, suffix, client, picture, tmp_path):
    edit = client.edit(picture, "night", to=f"{tmp_path}/", output_format=output_format, image_size="square")

    assert [path.name for path in edit.paths] == [edit.task_id + suffix]
    assert opened(edit.paths[0].read_bytes()).format == output_format.upper()


def test_sync_mode_brings_the_picture_in_the_answer(client, way, picture, tmp_path):
    edit = client.edit(picture, "night", to=tmp_path / "a", sync_mode=True, image_size="square")

    assert opened(edit.paths[0].read_bytes()).size == (512, 512)
    assert way.to("/results/") == []


def test_a_task_is_taken_up_by_its_id(client, picture, tmp_path):
    task_id = client.submit(picture, "night").id
    handle = client.task(task_id)

    assert not handle.fetch().is_final
    assert handle.wait().result_urls
    assert handle.fetch().is_final
    edit = handle.collect(tmp_path / "a.png")
    assert edit.task_id == task_id
    assert handle.collect().images[0].content == edit.paths[0].read_bytes()


def test_each_step_is_told(client, picture):
    events = []

    edit = client.edit(picture, "night", on_event=events.append)

    kinds = [event.kind for event in events]
    assert kinds == ["uploading", "submitting", "submitted", "polled", "polled", "polled", "collecting"]
    assert {event.task_id for event in events[2:]} == {edit.task_id}
    assert [event.task.state for event in events if event.kind == "polled"][-1] == "success"


def test_only_what_is_sent_is_said_to_be_uploaded(client, picture):
    events = []
    client.upload(picture)
    client.submit(picture, "night", on_event=events.append)
    with pytest.raises(InvalidRequest):
        client.submit("nowhere.jpg", "night", on_event=events.append)

    assert [event.kind for event in events] == ["submitting", "submitted"]


def test_an_upload_gives_an_address(client, picture):
    link = client.upload(picture)

    assert client.edit(link, "night").images


def test_credits_are_counted(client, mock, picture):
    mock.credits = 6.97
    assert client.credits() == 6.97

    client.submit(picture, "night", image_size="square")
    assert client.credits() == 5.97


def test_a_fresh_link_leads_to_the_same_picture(client, picture):
    (url,) = client.task(client.submit(picture, "night").id).wait().result_urls

    fresh = client.download_url(url)

    assert fresh != url
    with pytest.raises(InvalidRequest):
        client.download_url("https://foreign.test/1.png")


@pytest.mark.parametrize("errors", ["status", "envelope"])
class TestRefusals:
    """The service says no by status or in the envelope; nobody can say where."""

    @pytest.fixture
    def mock(self, errors):
        return Mock(errors=errors, scenario=polls(0))

    def test_a_wrong_key_is_told_apart_though_http_says_200(self, opens, mock, picture):
        with opens("wrong", transport=MockTransport(mock)) as client:
            for ask in (
                client.credits,
                lambda: client.upload(picture),
                lambda: client.submit("https://a.test/", "n"),
            ):
                with pytest.raises(NotAuthenticated) as caught:
                    ask()
                assert caught.value.code == 401
        assert len(mock.tasks) == 0

    def test_short_credits_are_told(self, client, mock, picture):
        mock.credits = 0

        with pytest.raises(OutOfCredits) as caught:
            client.edit(picture, "night")

        assert caught.value.code == 402
        assert caught.value.task_id is None
        assert len(mock.tasks) == 0

    def test_an_unknown_task_is_told(self, client):
        with pytest.raises(RequestRefused) as caught:
            client.task("task_of_nobody").fetch()

        assert caught.value.task_id == "task_of_nobody"
        assert "task_of_nobody" in str(caught.value)

    def test_a_failed_task_is_told(self, client, mock, picture):
        mock.scenario = polls(1, "fail")

        with pytest.raises(TaskFailed) as caught:
            client.edit(picture, "night")

        assert caught.value.task_id == next(iter(mock.tasks)).id
        assert caught.value.code == "501"

    def test_patience_ends_and_the_task_goes_on(self, client, mock, picture):
        mock.scenario = polls(10)
        handle = client.submit(picture, "night")

        with pytest.raises(TaskUnfinished) as caught:
            handle.wait(timeout=0)

        assert caught.value.task_id == handle.id
        assert handle.wait().result_urls


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (b"", {}),
        (b"GIF89a", {}),
        ("no such file.png", {}),
        (None, {}),
        ("https://a.test/", {"num_images": 5}),
        ("https://a.test/", {"num_images": True}),
        ("https://a.test/", {"guidance_scale": float("nan")}),
        ("https://a.test/", {"image_size": "huge"}),
        ("https://a.test/", {"callback_url": "here"}),
        ("https://", {}),
    ],
)
def test_a_wrong_wish_costs_no_request(image, options, client, way):
    for ask in (client.edit, client.submit):
        with pytest.raises(InvalidRequest) as caught:
            ask(image, "night", **options)
        assert caught.value.parameter
    assert way.requests == []


def test_a_place_that_cannot_be_written_costs_no_request(client, way, picture, tmp_path):
    (tmp_path / "file").touch()

    for ask in (
        lambda: client.edit(picture, "night", to=tmp_path / "file" / "a.png"),
        lambda: client.edit(picture, "night", timeout=-1),
    ):
        with pytest.raises(InvalidRequest):
            ask()
    assert way.requests == []


def test_an_option_that_nobody_knows_is_refused(client, way, picture):
    for ask in (client.edit, client.submit):
        with pytest.raises(TypeError, match="no option 'num_image'; did you mean 'num_images'"):
            ask(picture, "night", num_image=2)
    assert way.requests == []


@pytest.mark.parametrize(("name", "asked"), [("a.jpg", "jpeg"), ("a.JPEG", "jpeg"), ("a.png", "png")])
def test_the_name_of_the_file_asks_for_its_format(name, asked, client, way, picture, tmp_path):
    (path,) = client.edit(picture, "night", to=tmp_path / name, image_size="square").paths

    assert path == tmp_path / name
    assert way.created()[0]["input"]["output_format"] == asked
    assert opened(path.read_bytes()).format == asked.upper()


def test_a_file_of_a_kind_that_the_service_cannot_make_costs_no_request(client, way, picture, tmp_path):
    with pytest.raises(InvalidRequest, match="must end in one of") as caught:
        client.edit(picture, "night", to=tmp_path / "a.webp")

    assert caught.value.parameter == "to"
    assert way.requests == []


def test_a_folder_asks_for_no_format(client, way, picture, tmp_path):
    (tmp_path / "night.webp").mkdir()

    edit = client.edit(picture, "night", to=tmp_path / "night.webp", image_size="square")

    assert edit.paths == (tmp_path / "night.webp" / f"{edit.task_id}.png",)
    assert "output_format" not in way.created()[0]["input"]


@pytest.mark.parametrize("timeout", ["5", [5], 1j])
def test_a_patience_that_is_no_number_costs_no_request(timeout, client, way, picture):
    for ask in (
        lambda: client.edit(picture, "night", timeout=timeout),
        lambda: client.task("7f3").wait(timeout=timeout),
        lambda: client.task("7f3").collect(timeout=timeout),
    ):
        with pytest.raises(InvalidRequest, match="timeout must be"):
            ask()
    assert way.requests == []


def test_the_key_goes_to_the_api_and_nowhere_else(client, way, picture, tmp_path):
    client.edit(picture, "night", to=tmp_path / "a.png")

    (download,) = way.to("/results/")
    assert KEY not in repr(download.headers.raw)
    assert "cookie" not in download.headers
    for request in way.requests:
        assert (request.headers.get("authorization") == f"Bearer {KEY}") == (request is not download)
        assert KEY not in str(request.url)
        assert KEY.encode() not in request.content


def test_every_request_says_who_asks_and_wants_no_encoding(client, way, picture):
    client.edit(picture, "night")

    for request in way.requests:
        assert re.fullmatch(r"apikley/\d+\.\d+\.\d+\S*", request.headers["user-agent"])
        assert request.headers["accept-encoding"] == "identity"


def test_each_upload_has_a_boundary_of_its_own(client, way, picture):
    client.upload(picture)
    client.upload(picture + b"\0")

    boundaries = {request.headers["content-type"].partition("boundary=")[2] for request in way.requests}
    assert len(boundaries) == 2
    assert all(len(boundary) >= 16 for boundary in boundaries)


def test_the_key_shows_nowhere(opens, mock, picture, caplog):
    caplog.set_level("DEBUG")
    shown = []
    with opens(KEY, transport=MockTransport(mock), schedule=SWIFT) as client:
        handle = client.submit(picture, "night")
        shown += [
            client,
            client._driver,
            handle,
            handle.collect(),
            client._driver._api,
            client._driver._settings,
        ]
        for ask in (lambda: client.task("nobody").fetch(), lambda: client.submit(b"", "night")):
            with pytest.raises(RequestRefused) as caught:
                ask()
            shown += [caught.value, vars(caught.value), caught.getrepr(style="short")]
    assert caplog.records
    assert KEY not in caplog.text
    for each in shown:
        assert KEY not in f"{each!r} {each}"


def test_the_address_may_have_a_path(opens, mock):
    way = Way(mock)
    with (
        opens(KEY, base_url="https://proxy.test/apikley/", transport=way) as client,
        pytest.raises(RequestRefused),
    ):
        client.credits()

    assert str(way.requests[0].url) == "https://proxy.test/apikley/api/v1/chat/credit"


def test_key_and_address_come_from_the_environment(opens, mock, monkeypatch):
    monkeypatch.setenv("APIKLEY_API_KEY", KEY)
    monkeypatch.setenv("APIKLEY_BASE_URL", "https://other.test")
    way = Way(mock)

    with opens(transport=way) as client:
        client.credits()

    assert way.requests[0].url.host == "other.test"


def test_without_a_key_no_client_opens(opens):
    with pytest.raises(NotAuthenticated, match="APIKLEY_API_KEY"):
        opens()


def test_a_transport_that_is_none_is_refused(opens):
    with pytest.raises(TypeError, match="transport must be an httpx"):
        opens(KEY, transport="https://api.apikley.ru")


@pytest.mark.parametrize("task_id", ["", " ", None, 7])
def test_a_handle_wants_an_id(client, task_id):
    with pytest.raises(InvalidRequest):
        client.task(task_id)


def test_a_schedule_is_the_client_s_unless_said(opens, way, picture):
    with opens(KEY, transport=way, schedule=PollSchedule((Stage(0, 1),))) as client:
        handle = client.submit(picture, "night")
        with pytest.raises(TaskUnfinished):
            handle.wait()
        assert client.task(handle.id).fetch().id == handle.id


def test_a_client_can_be_closed_unused_and_twice(opens, way):
    with opens(KEY, transport=way) as client:
        client.close()


def test_a_closed_client_says_so_before_anything_is_sent(opens, way, picture):
    with opens(KEY, transport=way) as client:
        handle = client.submit(picture, "night")
        way.requests.clear()

        client.close()

        for ask in (
            client.credits,
            lambda: client.submit(picture, "night"),
            lambda: client.edit("https://a.test/", "night"),
            lambda: client.upload(picture),
            handle.fetch,
            handle.wait,
            handle.collect,
        ):
            with pytest.raises(RuntimeError, match="this client is closed"):
                ask()
    assert way.requests == []


def test_a_listener_may_be_awaited_for_where_one_awaits(way, picture):
    heard = []

    async def listen(event):
        await asyncio.sleep(0)
        heard.append(event.kind)

    async def edit():
        async with AsyncApikley(KEY, transport=way, schedule=SWIFT) as client:
            return await client.edit(picture, "night", image_size="square", on_event=listen)

    assert asyncio.run(edit()).images
    assert heard == ["uploading", "submitting", "submitted", "polled", "polled", "polled", "collecting"]


def test_a_client_s_key_is_not_taken_for_a_link_s(client, way, picture):
    edit = client.edit(picture, "night")

    assert isinstance(edit.images[0].url, str)
    assert httpx.URL(edit.images[0].url).userinfo == b""


@pytest.mark.parametrize("drop", ["msg", "success"])
def test_an_upload_that_lacks_what_nobody_needs_is_one_all_the_same(client, way, picture, drop):
    def answers_less(deliver):
        said = json.loads(deliver().read())
        del said[drop]
        return only_says(json.dumps(said | {"message": "success"}).encode())(deliver)

    way.faults["upload"] = [answers_less]
    assert client.upload(picture).startswith("https://")
    assert len(way.to("upload")) == 1
