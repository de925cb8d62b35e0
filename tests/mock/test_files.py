"""What becomes of files."""

import base64
import io
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import attrs
import httpx
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from apikley.mock import Mock, Reply, Request, files, multipart, polls, running

LINK = "/api/v1/common/download-url"
BASE64 = "/file-upload/api/file-base64-upload"
STREAM = "/file-upload/api/file-stream-upload"
BY_URL = "/file-upload/api/file-url-upload"
ELSEWHERE = "https://example.com/street.jpg"
KEY = {"authorization": "Bearer sk-test-1"}
JPEG = b"\xff\xd8\xff\xe0 not much of a picture"


@attrs.define
class Clock:
    now: float = 1_765_179_676.0

    def __call__(self):
        return self.now


def sign(ask, link):
    return json.loads(ask("POST", LINK, body={"url": link}).body)["data"]


def test_an_upload_can_be_fetched_without_a_key_under_the_origin_that_it_was_sent_to(ask):
    ask.origin = "http://127.0.0.1:8080"
    link = ask.upload(JPEG, folder="my images", name="улица.jpg")
    assert link.startswith("http://127.0.0.1:8080/files/my%20images/%D1%83")
    reply = ask.download(link)
    assert (reply.status, reply.body) == (200, JPEG)
    headers = dict(reply.headers)
    assert re.fullmatch('"[0-9a-f]{32}"', headers.pop("etag"))
    assert headers == {"content-type": "image/jpeg", "content-length": str(len(JPEG))}


def test_a_file_is_what_its_first_bytes_say_whatever_its_name(ask):
    assert (
        dict(ask.download(ask.upload(b"\0\0\0\x18ftypheic", name="a.jpg")).headers)["content-type"]
        == "image/heic"
    )


def test_a_file_of_the_same_name_takes_the_place_of_the_first(ask):
    ask.upload(JPEG)
    link = ask.upload(JPEG + b"2")
    assert ask.download(link).body == JPEG + b"2"


def test_a_name_is_made_up_where_none_is_given(ask):
    body = {"base64Data": "iVBORw0KGgo=", "uploadPath": "images"}
    data = json.loads(ask("POST", "/file-upload/api/file-base64-upload", body=body).body)["data"]
    assert data["filePath"] == f"images/{data['fileName']}"
    assert data["fileName"].endswith(".png")
    assert (data["fileSize"], data["mimeType"]) == (8, "image/png")


def test_a_file_of_the_mocks_own_can_be_uploaded_by_its_url(ask):
    body = {"fileUrl": ask.upload(JPEG), "uploadPath": "copies", "fileName": "b.jpg"}
    data = json.loads(ask("POST", BY_URL, body=body).body)["data"]
    assert ask.download(data["downloadUrl"]).body == JPEG


def test_the_oldest_files_go_when_there_is_too_much(asker):
    ask = asker(maximum_file_bytes=2 * len(JPEG) + 2)
    first, second, third = (ask.upload(JPEG + name.encode(), name=name) for name in "123")
    assert [ask.download(link).status for link in (first, second, third)] == [404, 200, 200]


def test_a_signed_link_holds_for_20_minutes(asker):
    clock = Clock()
    ask = asker(clock=clock)
    link = sign(ask, ask.upload(JPEG))
    clock.now += 20 * 60 - 1
    assert ask.download(link).body == JPEG
    clock.now += 1
    assert ask.download(link).status == 403


@pytest.mark.parametrize("ending", ["0", "&expires=9999999999", "ж"])
def test_a_changed_signature_opens_nothing(ask, ending):
    assert ask.download(sign(ask, ask.upload(JPEG)) + ending).status == 403


def test_a_file_that_is_not_there_or_lies_under_a_foreign_origin_gets_no_link(ask):
    link = ask.upload(JPEG)
    for url in (
        link + "x",
        link.replace("api.apikley.ru", "example.com"),
        "http://[",
        "https://api.apikley.ru/",
    ):
        assert ask("POST", LINK, body={"url": url}).status == 422


def test_texts_count_as_files_no_more_than_files_as_texts(ask):
    def part(name, more):
        return f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\nimages\r\n'

    for file, folder in [("", ""), ('; filename="a"', '; filename="a"')]:
        body = (part("file", file) + part("uploadPath", folder) + "--x--\r\n").encode()
        path, kind = "/file-upload/api/file-stream-upload", "multipart/form-data; boundary=x"
        reply = ask("POST", path, body=body, media_type=kind)
        assert (reply.status, json.loads(reply.body)["msg"]) == (400, "This field is required")


def form(*parts, before="", after=""):
    said = "".join(f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n" for head, text in parts)
    return f"{before}{said}--x--\r\n{after}".encode()


@pytest.mark.parametrize(
    "body",
    [
        form(('name="file"; filename="a"', "1"), ('name="uploadPath"', "images"), before="Words.\r\n"),
        form(('name="file"; filename="a"', "1"), ('name="uploadPath"', "images"), before="\r\n--y\r\n"),
        form(('name="file"; filename="a"', "1"), ('name="uploadPath"', "images"), before="\n"),
        form(('name="file"; filename="a"', "1"), ('name="uploadPath"', "images"), after="Words."),
        form(("name=\"file\"; filename*=UTF-8''%D1%83.jpg", "1"), ('name="uploadPath"', "images")),
        form(('name="file"; filename="a"', "1"), ('name="uploadPath"', "images")).replace(
            b"--x\r", b"--x \t\r"
        ),
        form(('name="file"; filename="a"\r\nContent-Type: image/png', "1"), ('name="uploadPath"', "images")),
    ],
    ids=[
        "words before it",
        "an empty line before it",
        "a line feed before it",
        "words after it",
        "a name in another alphabet",
        "spaces behind its boundaries",
        "several headers",
    ],
)
def test_a_form_is_read_as_it_was_meant(ask, body):
    reply = ask("POST", STREAM, body=body, media_type="multipart/form-data; boundary=x")
    assert (reply.status, json.loads(reply.body)["data"]["fileSize"]) == (200, 1)


def test_a_name_that_speaks_of_a_file_name_makes_no_file(ask):
    body = form(('name="file"; note="a; filename*=b"', "1"), ('name="uploadPath"', "images"))
    assert ask("POST", STREAM, body=body, media_type="multipart/form-data; boundary=x").status == 400


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ('name="file"\r\nwords', "a part has a line in its head that is no header"),
        ('name="file"\r\nX-Note:' + "a" * 8192, "the head of a part does not end within 8192 bytes"),
        ("x=y", "a part has no name"),
    ],
    ids=["a line that is no header", "a head that is too long", "no name"],
)
def test_a_part_without_a_proper_head_is_refused(ask, head, why):
    body = form((head, "1"), ('name="uploadPath"', "images"))
    reply = ask("POST", STREAM, body=body, media_type="multipart/form-data; boundary=x")
    assert (reply.status, dict(reply.headers)["x-mock-rule"]) == (400, why)


def test_a_part_without_an_empty_line_is_refused_for_that(ask):
    body = form(('name="file"; filename="a"', "1")).replace(b"--x--", b'--x\r\nname="uploadPath"\r\n--x--')
    reply = ask("POST", STREAM, body=body, media_type="multipart/form-data; boundary=x")
    assert dict(reply.headers)["x-mock-rule"] == "no empty line ends the head of a part"


def test_a_line_that_begins_with_the_boundary_is_no_content(ask):
    body = form(('name="file"; filename="a"', "1\r\n--xyz"), ('name="uploadPath"', "images"))
    reply = ask("POST", STREAM, body=body, media_type="multipart/form-data; boundary=x")
    assert (reply.status, json.loads(reply.body)["code"]) == (400, 400)


def test_a_form_of_more_parts_than_anybody_sends_is_refused_soon(ask):
    file, folder = ('name="file"; filename="a"', "1"), ('name="uploadPath"', "images")
    kind = "multipart/form-data; boundary=x"
    assert (
        ask("POST", STREAM, body=form(file, folder, *[('name="a"', "")] * 998), media_type=kind).status == 200
    )
    begun = time.process_time()
    reply = ask("POST", STREAM, body=form(file, folder, *[('name="a"', "")] * 16_000), media_type=kind)
    assert time.process_time() - begun < 1
    assert (reply.status, dict(reply.headers)["x-mock-rule"]) == (400, "the form has more than 1000 parts")


@pytest.mark.parametrize("folder", [".", "..", "a/../b", "a/."])
def test_a_folder_has_no_dots_that_a_client_would_resolve(ask, folder):
    body = {"base64Data": "AAAA", "uploadPath": folder}
    assert ask("POST", "/file-upload/api/file-base64-upload", body=body).status == 400


def test_paths_lead_nowhere_outside_the_uploads(ask):
    for path in ("/files/../../etc/passwd", "/files/", "/files", "/results/1.png", "/results//1.png"):
        assert ask.mock.handle(Request("GET", path)).status == 404


@pytest.mark.parametrize(
    ("folder", "name", "status"),
    [("a" * 1022, "b", 200), ("a" * 1023, "b", 400), ("a", "ж" * 511, 200), ("a", "ж" * 512, 400)],
    ids=["just fits", "too long a folder", "fits in two bytes a letter", "too long a name"],
)
def test_a_path_has_1024_bytes_at_most(ask, folder, name, status):
    body = {"base64Data": "AAAA", "uploadPath": folder, "fileName": name}
    assert ask("POST", "/file-upload/api/file-base64-upload", body=body).status == status


def test_a_folder_that_is_too_long_is_refused_where_no_name_is_given(ask):
    body = {"base64Data": "AAAA", "uploadPath": "a" * 1024}
    reply = ask("POST", "/file-upload/api/file-base64-upload", body=body)
    assert (reply.status, reply.refusal.pointer) == (400, "/uploadPath")


def test_the_oldest_names_and_contents_go_when_there_are_too_many(ask, monkeypatch):
    monkeypatch.setattr("apikley.mock.files.MAXIMUM", 2)
    first = ask.upload(JPEG, name="1")
    again, other = (ask.upload(JPEG, name=name) for name in "23")
    assert [ask.download(link).status for link in (first, again, other)] == [404, 200, 200]
    ask.upload(JPEG, name="2")  # is the newest now
    ask.upload(b"another", name="4")
    assert [ask.download(link).status for link in (again, other)] == [200, 404]
    for name in "56":
        ask.upload(name.encode(), name=name)
    assert len(ask.mock.service().files.contents()) == 2


def test_the_addresses_used_last_are_remembered_and_no_endless_ones(ask):
    def come_by(*origins):
        for origin in origins:
            ask.mock.handle(Request("GET", "/", origin=origin))

    link, endless = ask.upload(JPEG), "http://" + "a" * 70_000
    come_by(*(f"http://host-{number}" for number in range(90)), ask.origin, endless)
    come_by(*(f"http://other-{number}" for number in range(90)))
    ask.origin = "http://door"
    assert sign(ask, link)
    assert endless not in ask.mock.service().origins
    come_by(*(f"http://host-{number}" for number in range(100)))
    assert sign(ask, link) is None
    assert len([*ask.mock.service().origins]) == 100


def test_a_picture_is_decoded_once_however_many_tasks_work_on_it(ask, monkeypatch):
    looked = []
    monkeypatch.setattr("apikley.mock.pictures.problem", looked.append)
    link = ask.upload(JPEG)
    for _ in range(3):
        ask.create(image_url=link)
    assert looked == [JPEG]


def test_a_task_that_is_brought_to_succeed_has_a_result_though_its_source_is_broken(ask):
    task_id = ask.create(image_url=ask.upload(JPEG))
    ask.mock.finish(task_id)
    assert ask.mock.handle(Request("GET", f"/results/{task_id}/1.png")).body.startswith(b"\x89PNG")


def test_a_long_upload_is_read_and_hashed_while_others_are_answered(ask, monkeypatch):
    free = []

    def watched(work):
        def watching(*said):
            free.append(ask.is_free())
            return work(*said)

        return watching

    monkeypatch.setattr("apikley.mock.multipart.parts_of", watched(multipart.parts_of))
    monkeypatch.setattr("apikley.mock.files.digest", watched(files.digest))
    link = ask.upload(bytes(100_000))
    assert ask.download(link).body == bytes(100_000)
    data = base64.b64encode(bytes(100_000)).decode()
    reply = ask("POST", BASE64, body={"base64Data": data, "uploadPath": "a", "fileName": "b.bin"})
    assert reply.status == 200
    assert free == [True] * 3


def test_a_server_answers_others_while_it_reads_a_long_upload(monkeypatch):
    begun, goes_on = threading.Event(), threading.Event()

    def slow(*said):
        begun.set()
        assert goes_on.wait(5)
        return parts_of(*said)

    parts_of = multipart.parts_of
    monkeypatch.setattr("apikley.mock.multipart.parts_of", slow)
    with running(Mock()) as url, ThreadPoolExecutor() as threads:
        said = {"data": {"uploadPath": "a"}, "files": {"file": ("a.bin", bytes(100_000))}}
        uploading = threads.submit(httpx.post, f"{url}{STREAM}", headers=KEY, **said)
        assert begun.wait(5)
        assert httpx.get(f"{url}/api/v1/chat/credit", headers=KEY, timeout=2).status_code == 200
        goes_on.set()
        assert uploading.result().status_code == 200


def copied(ask, url):
    """The file that is stored of a link."""
    data = json.loads(ask("POST", BY_URL, body={"fileUrl": url, "uploadPath": "copies"}).body)["data"]
    body = ask.download(data["downloadUrl"]).body
    assert (data["fileSize"], data["mimeType"]) == (len(body), "image/png")
    return body


def test_of_an_address_elsewhere_a_picture_is_made_up_that_is_always_the_same(asker):
    first, again, other = (copied(asker(), url) for url in (ELSEWHERE, ELSEWHERE, f"{ELSEWHERE}?2"))
    assert first == again != other


def test_a_copy_from_elsewhere_is_the_picture_that_a_task_works_on_there(asker):
    ask = asker(scenario=polls(0))

    def edited(source):
        task_id = ask.create(image_url=source, prompt="black and white", image_size="square")
        [link] = json.loads(ask.fetch(task_id)["resultJson"])["resultUrls"]
        picture = Image.open(io.BytesIO(ask.download(link).body)).convert("L").crop((0, 0, 512, 400))
        return ImageOps.equalize(picture)  # no two results are equally bright

    data = json.loads(ask("POST", BY_URL, body={"fileUrl": ELSEWHERE, "uploadPath": "copies"}).body)["data"]
    here, there, nowhere = map(edited, (data["downloadUrl"], ELSEWHERE, f"{ELSEWHERE}?2"))
    near, far = (ImageStat.Stat(ImageChops.difference(here, each)).mean[0] for each in (there, nowhere))
    assert near < 4 < far


@pytest.mark.parametrize("path", ["/files/images/none.png", "/results/none/1.png", "/none.png", ""])
def test_of_an_own_address_at_which_nothing_is_nothing_is_made_up(ask, path):
    for host in (ask.origin, ask.origin.upper()):
        reply = ask("POST", BY_URL, body={"fileUrl": host + path, "uploadPath": "copies"})
        assert (reply.status, dict(reply.headers)["x-mock-rule"]) == (400, "file-link")


def test_making_up_a_picture_holds_up_nobody(ask):
    body = json.dumps({"fileUrl": ELSEWHERE, "uploadPath": "copies"}).encode()
    headers = {**KEY, "content-type": "application/json"}
    begun = ask.mock.start(Request("POST", BY_URL, headers=headers, body=body))
    assert not isinstance(begun, Reply)
    assert begun.finish().status == 200
