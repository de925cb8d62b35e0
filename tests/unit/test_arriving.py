"""How a result arrives: what must be true of it before it is kept, and how it is resumed."""

import hashlib

import pytest

from apikley import arriving
from apikley.arriving import MAXIMUM_BYTES, Incoming
from apikley.errors import AnswerUnreadable, RateLimited, RequestRefused, ServiceUnavailable, Unreachable
from apikley.pictures import is_whole, media_type
from unit.playing import PNG

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1 picture \xff\xd9"
WEBP = b"RIFF\x0c\0\0\0WEBPVP8 data"
TAGGED = {"etag": '"v1"', "content-length": str(len(PNG))}


def arrive(content: bytes, target=None, piece: int = 5, time: float = 0.0, **how):
    incoming = Incoming("https://cdn.test/1", target, **how)
    try:
        incoming.begin_attempt(0.0, 10.0)
        for start in range(0, len(content), piece):
            incoming.take(content[start : start + piece], time)
        return incoming.finish()
    finally:
        incoming.close()


@pytest.mark.parametrize("piece", [1, 5, 1000])
@pytest.mark.parametrize(
    ("content", "kind", "suffix"), [(PNG, "png", ".png"), (JPEG, "jpeg", ".jpg"), (WEBP, "webp", ".webp")]
)
def test_a_whole_picture_is_kept_under_its_own_suffix(content, kind, suffix, piece, tmp_path):
    image = arrive(content, tmp_path / "a", piece)

    assert image.path == tmp_path / f"a{suffix}"
    assert image.path.read_bytes() == image.read() == content
    assert (image.media_type, image.size) == (f"image/{kind}", len(content))
    assert image.sha256 == hashlib.sha256(content).hexdigest()


def test_a_picture_in_memory_has_no_path():
    image = arrive(PNG)

    assert (image.path, image.content) == (None, PNG)


@pytest.mark.parametrize("content", [PNG, JPEG, WEBP])
def test_a_picture_that_breaks_off_anywhere_is_not_kept(content, tmp_path):
    for length in range(len(content)):
        with pytest.raises(Unreachable, match=f"breaks off after {length} bytes"):
            arrive(content[:length], tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"<html>expired</html>", b'{"code": 404}', b"GIF89a picture", b"\0" * 40]
)
def test_a_page_in_place_of_the_picture_is_refused_at_its_beginning(content):
    incoming = Incoming("https://cdn.test/1", None)

    with pytest.raises(AnswerUnreadable, match="no picture"):
        incoming.take(content[:12], 0.0)


@pytest.mark.parametrize("content", [b"gone", b"\n", b"{}", b"RIFF\0\0\0\0WAVE", b"\xff\xd9"])
def test_a_page_that_is_shorter_than_any_picture_s_head_is_a_page(content):
    with pytest.raises(AnswerUnreadable, match="no picture") as caught:
        arrive(content)

    assert caught.value.content == content


def test_a_picture_that_comes_too_slowly_is_given_up(tmp_path):
    with pytest.raises(Unreachable, match="slowly"):
        arrive(PNG, tmp_path / "a.png", time=10.1)

    assert list(tmp_path.iterdir()) == []


def test_a_picture_without_end_is_given_up(tmp_path):
    incoming = Incoming("https://cdn.test/1", tmp_path / "a.png")
    incoming.begin_attempt(0.0, 10.0)
    incoming.take(PNG, 0.0)
    piece = b"\0" * (MAXIMUM_BYTES // 4)
    for _ in range(3):
        incoming.take(piece, 0.0)

    with pytest.raises(AnswerUnreadable, match="larger"):
        incoming.take(piece, 0.0)
    incoming.close()

    assert list(tmp_path.iterdir()) == []


def test_padding_after_the_end_of_a_jpeg_is_met_and_taken():
    assert is_whole("image/jpeg", JPEG[:12], (JPEG + b"\0\0")[-12:], len(JPEG) + 2)


@pytest.mark.parametrize(
    "head", [b"", b"\xff\xd8", b"\x89PNG", b"RIFF\0\0\0\0WEB", b"\0\0\0\x18ftypheic", b"BM"]
)
def test_a_kind_is_told_by_all_of_its_first_bytes(head):
    assert media_type(head) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (201, RequestRefused),
        (206, RequestRefused),
        (304, RequestRefused),
        (302, RequestRefused),
        (403, RequestRefused),
        (404, RequestRefused),
        (429, RateLimited),
        (500, ServiceUnavailable),
        (503, ServiceUnavailable),
    ],
)
def test_any_other_answer_is_no_result(status, kind):
    with pytest.raises(kind) as caught:
        begun(status)

    assert caught.value.code == status


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
def test_an_encoded_result_could_be_a_bomb(encoding):
    with pytest.raises(AnswerUnreadable, match=encoding):
        begun(200, content_encoding=encoding)


def begun(status, target=None, **headers):
    incoming = Incoming("https://cdn.test/1", target)
    incoming.begin_attempt(0.0, 100.0)
    incoming.begin(status, {name.replace("_", "-"): value for name, value in headers.items()}, 0.0)
    return incoming


def broken_off(after, headers=TAGGED, target=None):
    """A picture of which so many bytes have come."""
    incoming = begun(200, target, **headers)
    incoming.take(PNG[:after], 0.0)
    return incoming


def goes_on(incoming, status=206, **headers):
    """Take the rest, if that is what the answer has."""
    after = int(incoming.begin_attempt(1.0, 100.0)["Range"].removeprefix("bytes=").rstrip("-"))
    said = {"content-range": f"bytes {after}-{len(PNG) - 1}/{len(PNG)}", "etag": '"v1"', **headers}
    incoming.begin(status, {name: value for name, value in said.items() if value}, 1.0)
    incoming.take(PNG[after:] if status == 206 else PNG, 1.0)
    return incoming.finish()


@pytest.mark.parametrize("after", range(1, len(PNG)))
@pytest.mark.parametrize("name", [None, "a.png"])
def test_a_picture_that_breaks_off_anywhere_is_gone_on_with(after, name, tmp_path):
    incoming = broken_off(after, target=name and tmp_path / name)

    assert incoming.begin_attempt(1.0, 100.0) == {"Range": f"bytes={after}-", "If-Range": '"v1"'}
    image = goes_on(incoming)

    assert image.read() == PNG
    assert (image.size, image.sha256) == (len(PNG), hashlib.sha256(PNG).hexdigest())
    assert [path.name for path in tmp_path.iterdir()] == ([name] if name else [])


def test_a_picture_may_break_off_again_and_again():
    incoming = broken_off(10)
    for after in (10, 20, 30):
        assert incoming.begin_attempt(1.0, 100.0)["Range"] == f"bytes={after}-"
        incoming.begin(206, {"content-range": f"bytes {after}-{len(PNG) - 1}/*", "etag": '"v1"'}, 1.0)
        incoming.take(PNG[after : after + 10], 1.0)

    assert goes_on(incoming).read() == PNG


@pytest.mark.parametrize("name", [None, "a.png"])
def test_a_server_that_sends_all_of_it_again_is_listened_to_from_the_beginning(name, tmp_path):
    incoming = broken_off(40, target=name and tmp_path / name)

    image = goes_on(incoming, 200)

    assert image.read() == PNG
    assert image.sha256 == hashlib.sha256(PNG).hexdigest()


OTHER_FILES = {
    "another version": {"etag": '"v2"'},
    "no version": {"etag": None},
    "a weak version": {"etag": 'W/"v1"'},
    "another offset": {"content-range": f"bytes 39-{len(PNG) - 1}/{len(PNG)}"},
    "another length": {"content-range": f"bytes 40-{len(PNG)}/{len(PNG) + 1}"},
    "no offset": {"content-range": None},
    "an offset that is none": {"content-range": "bytes */68"},
    "other units": {"content-range": "rows 40-68/69"},
}


@pytest.mark.parametrize("name", [None, "a.png"])
@pytest.mark.parametrize("headers", [pytest.param(each, id=name) for name, each in OTHER_FILES.items()])
def test_two_files_are_never_made_one(headers, name, tmp_path):
    incoming = broken_off(40, target=name and tmp_path / name)

    with pytest.raises(Unreachable, match="cannot be resumed after 40 bytes"):
        goes_on(incoming, **headers)

    assert incoming.begin_attempt(2.0, 100.0) == {}
    incoming.begin(200, {}, 2.0)
    incoming.take(JPEG, 2.0)
    assert incoming.finish().read() == JPEG
    incoming.close()


@pytest.mark.parametrize("total", [len(PNG), "*"])
@pytest.mark.parametrize("name", [None, "a.png"])
def test_all_of_it_in_place_of_the_rest_is_not_put_behind_what_is_there(name, total, tmp_path):
    incoming = broken_off(40, {"etag": '"v1"'}, target=name and tmp_path / name)
    incoming.begin_attempt(1.0, 100.0)
    incoming.begin(206, {"content-range": f"bytes 40-{len(PNG) - 1}/{total}", "etag": '"v1"'}, 1.0)

    with pytest.raises(Unreachable, match="more of the result came"):
        incoming.take(PNG, 1.0)

    assert incoming.begin_attempt(2.0, 100.0) == {}
    incoming.begin(200, {}, 2.0)
    incoming.take(PNG, 2.0)
    assert incoming.finish().read() == PNG
    incoming.close()


def test_a_part_that_the_server_does_not_have_begins_it_anew():
    incoming = broken_off(40, {"etag": '"v1"'})

    with pytest.raises(Unreachable, match="cannot be resumed"):
        goes_on(incoming, 416)

    assert incoming.begin_attempt(2.0, 100.0) == {}


@pytest.mark.parametrize("status", [403, 500, 503])
def test_a_fault_in_between_costs_nothing_of_what_is_there(status):
    incoming = broken_off(40)
    with pytest.raises(RequestRefused):
        goes_on(incoming, status)

    assert goes_on(incoming).read() == PNG


NEVER_THE_SAME = {
    "says nothing": {},
    "says nothing sure": {"etag": 'W/"v1"', "last-modified": "Thu, 26 Nov 2026 10:00:00 GMT"},
    "has changed just now": {
        "last-modified": "Thu, 26 Nov 2026 10:00:00 GMT",
        "date": "Thu, 26 Nov 2026 10:00:00 GMT",
    },
    "has no clock": {"last-modified": "Thu, 26 Nov 2026 10:00:00 GMT"},
    "says no time": {"last-modified": "yesterday", "date": "Thu, 26 Nov 2026 10:00:00 GMT"},
}


@pytest.mark.parametrize("headers", [pytest.param(each, id=name) for name, each in NEVER_THE_SAME.items()])
def test_what_may_be_another_file_begins_anew(headers):
    incoming = broken_off(40, headers)

    assert incoming.begin_attempt(1.0, 100.0) == {}
    incoming.begin(200, headers, 1.0)
    incoming.take(PNG, 1.0)
    assert incoming.finish().read() == PNG


def test_the_time_of_its_last_change_tells_a_file_as_well():
    changed, now = "Thu, 26 Nov 2026 10:00:00 GMT", "Thu, 26 Nov 2026 10:00:01 GMT"
    incoming = broken_off(40, {"last-modified": changed, "date": now})

    assert incoming.begin_attempt(1.0, 100.0)["If-Range"] == changed
    image = goes_on(incoming, etag=None, **{"last-modified": changed, "date": now})
    assert image.read() == PNG


def test_a_picture_that_is_broken_in_itself_begins_anew():
    incoming = begun(200, etag='"v1"', content_length="60")
    incoming.take(PNG[:60], 0.0)
    with pytest.raises(Unreachable, match="breaks off after 60 bytes"):
        incoming.finish()

    assert incoming.begin_attempt(1.0, 100.0) == {}


def test_a_result_whose_length_is_known_is_not_kept_without_its_end():
    incoming = begun(200, content_length=str(len(JPEG) + 1))
    incoming.take(JPEG, 0.0)

    with pytest.raises(Unreachable, match="breaks off"):
        incoming.finish()


def test_a_result_that_says_it_is_too_large_is_not_begun():
    with pytest.raises(AnswerUnreadable, match="larger"):
        begun(200, content_length=str(MAXIMUM_BYTES + 1))


def trickle(incoming, pieces, every, size=1000):
    incoming.take(PNG[:-12], 0.0)
    for number in range(1, pieces + 1):
        incoming.take(b"\0" * size, number * every)


def test_a_result_that_trickles_is_given_up_after_ten_seconds():
    incoming = begun(200)
    trickle(incoming, 10, 1.0)

    with pytest.raises(Unreachable, match="too slowly"):
        incoming.take(b"\0", 10.5)


def test_ten_kilobytes_a_second_are_enough():
    trickle(begun(200), 99, 1.0, size=arriving.SLOWEST)


def test_the_pace_is_that_of_the_attempt_and_not_of_what_is_there_already():
    incoming = begun(200, etag='"v1"')
    trickle(incoming, 9, 1.0, size=1_000_000)
    size = incoming.begin_attempt(200.0, 100.0)["Range"].removeprefix("bytes=").rstrip("-")
    incoming.begin(206, {"etag": '"v1"', "content-range": f"bytes {size}-20000000/20000001"}, 205.0)

    incoming.take(b"\0", 214.0)
    with pytest.raises(Unreachable, match="too slowly"):
        incoming.take(b"\0", 216.0)


def test_a_result_that_comes_late_and_whole_is_kept():
    incoming = begun(200, **{"content-length": str(len(PNG))})

    incoming.take(PNG, 101.0)

    assert incoming.finish().read() == PNG


@pytest.mark.parametrize(
    ("name", "content", "warned"),
    [
        ("a.png", PNG, False),
        ("a.JPG", JPEG, False),
        ("a.jpeg", JPEG, False),
        ("a.out", JPEG, False),
        ("a", JPEG, False),
        ("a.png", JPEG, True),
        ("a.jpg", WEBP, True),
    ],
)
def test_a_picture_of_another_format_than_its_name_says_is_kept_and_told_of(
    name, content, warned, tmp_path, caplog
):
    image = arrive(content, tmp_path / name)

    assert image.path is not None
    assert image.path.read_bytes() == content
    assert ("whatever its name says" in caplog.text) is warned


KINDS = {
    "video/mp4": (b"\0\0\0\x20ftypisom" + b"\0" * 40, ".mp4"),
    "image/gif": (b"GIF89a and so on", ".gif"),
    "audio/mpeg": (b"ID3\4 and so on", ".mp3"),
    "application/json": (b'{"text": "night"}', ".json"),
    "application/octet-stream": (b"nobody knows what", ".bin"),
    "image/png": (PNG, ".png"),
}


@pytest.mark.parametrize("name", ["a", "../a/b", None])
@pytest.mark.parametrize(
    ("kind", "content", "suffix"), [(kind, *each) for kind, each in KINDS.items()], ids=[*KINDS]
)
def test_a_file_of_another_model_is_kept_as_it_is(kind, content, suffix, name, tmp_path):
    target = name and (tmp_path / "in" / name)

    image = arrive(content, target, of_any_kind=True)

    assert (image.media_type, image.read()) == (kind, content)
    if target:
        assert image.path == target.with_name(target.name + suffix)


@pytest.mark.parametrize(
    "page",
    [b"<html>expired</html>", b"<!DOCTYPE html>\n<title>", b"\xef\xbb\xbf \n<HTML lang=en>", b"<head>"],
)
def test_a_page_is_no_file_of_any_model(page):
    with pytest.raises(AnswerUnreadable, match="no file"):
        arrive(page + b" " * 100, of_any_kind=True)


def test_a_picture_of_another_model_is_not_kept_without_its_end():
    with pytest.raises(Unreachable, match="breaks off"):
        arrive(PNG[:-4], of_any_kind=True)


def test_a_file_of_another_model_may_be_larger_than_any_picture(tmp_path, monkeypatch):
    monkeypatch.setattr(arriving, "MAXIMUM_BYTES", 10)
    monkeypatch.setattr(arriving, "MAXIMUM_FILE_BYTES", 100)

    assert arrive(b"x" * 100, tmp_path / "a", of_any_kind=True).size == 100
    with pytest.raises(AnswerUnreadable, match="larger than 100 bytes"):
        arrive(b"x" * 101, tmp_path / "b", of_any_kind=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]
