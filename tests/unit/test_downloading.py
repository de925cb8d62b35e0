"""What must be true of a result before it is kept, and where a link may lead."""

import base64
import hashlib

import pytest

from apikley.downloading import MAXIMUM_BYTES, MAXIMUM_HOPS, Hops, Incoming, inline
from apikley.errors import AnswerUnreadable, RateLimited, RequestRefused, ServiceUnavailable, Unreachable
from apikley.pictures import is_whole, media_type
from unit.playing import PNG

API = "https://api.apikley.ru"
LOCAL = "http://127.0.0.1:8455"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1 picture \xff\xd9"
WEBP = b"RIFF\x0c\0\0\0WEBPVP8 data"


def arrive(content: bytes, target=None, piece: int = 5, time: float = 0.0):
    incoming = Incoming("https://cdn.test/1", target, deadline=10.0)
    try:
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
    incoming = Incoming("https://cdn.test/1", None, deadline=10.0)

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
    incoming = Incoming("https://cdn.test/1", tmp_path / "a.png", deadline=10.0)
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
    "url",
    [
        "http://cdn.test/1.png",
        "ftp://cdn.test/1.png",
        "file:///etc/passwd",
        "1.png",
        "",
        "https://",
        "//cdn.test/a",
    ],
)
@pytest.mark.parametrize("base", [API, LOCAL])
def test_a_result_is_fetched_over_https(url, base):
    with pytest.raises(AnswerUnreadable):
        Hops(url, base)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.9.9.9"])
def test_a_mock_on_this_machine_may_use_plain_http(host):
    assert Hops(f"http://{host}:8455/1.png", LOCAL).address == f"http://{host}:8455/1.png"


def test_a_server_of_one_s_own_may_use_plain_http_for_itself_alone():
    assert Hops("http://box.lan:9000/1.png", "http://BOX.lan:8455/api").address == "http://box.lan:9000/1.png"
    for url in ("http://other.lan/1.png", "http://127.0.0.1/1.png", "http://box.lan.evil.test/1.png"):
        with pytest.raises(AnswerUnreadable, match="not https"):
            Hops(url, "http://box.lan:8455")


@pytest.mark.parametrize("url", ["http://127.0.0.1/1.png", "http://localhost/1.png", "http://[::1]/1.png"])
def test_the_real_service_leads_nobody_to_plain_http_on_this_machine(url):
    with pytest.raises(AnswerUnreadable):
        Hops(url, API)


@pytest.mark.parametrize("host", ["localhost.evil.test", "127.0.0.1.evil.test", "10.0.0.1", "0x7f000001"])
def test_what_only_looks_like_this_machine_is_not(host):
    with pytest.raises(AnswerUnreadable):
        Hops(f"http://{host}/1.png", LOCAL)


def test_redirects_are_followed_to_the_end():
    hops = Hops("https://cdn.test/a/1.png", API)

    assert not hops.arrived(302, {"location": "../b/2 2.png"})
    assert hops.address == "https://cdn.test/b/2%202.png"
    assert not hops.arrived(307, {"location": "https://other.test/3.png"})
    assert hops.address == "https://other.test/3.png"
    assert hops.arrived(200, {})
    assert hops.address is None


def test_a_chain_of_redirects_ends():
    hops = Hops("https://cdn.test/0", API)
    for number in range(MAXIMUM_HOPS):
        assert not hops.arrived(302, {"location": f"/{number}"})

    with pytest.raises(AnswerUnreadable, match="more than 3 times"):
        hops.arrived(302, {"location": "/more"})


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:8455/x", "http://cdn.test/1.png", "ftp://a/", "data:,x"]
)
def test_no_redirect_leads_to_a_lower_scheme(location):
    hops = Hops("https://cdn.test/1.png", LOCAL)

    with pytest.raises(AnswerUnreadable):
        hops.arrived(302, {"location": location})


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
        Hops("https://cdn.test/1.png", API).arrived(status, {})

    assert caught.value.code == status


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
def test_an_encoded_result_could_be_a_bomb(encoding):
    with pytest.raises(AnswerUnreadable, match=encoding):
        Hops("https://cdn.test/1.png", API).arrived(200, {"content-encoding": encoding})


@pytest.mark.parametrize(
    "uri",
    [
        "data:image/png;base64," + base64.b64encode(PNG).decode(),
        "DATA:image/png;BASE64," + base64.b64encode(PNG).decode(),
        "data:image/png;base64," + base64.b64encode(PNG).decode().replace("+", "%2B").replace("=", "%3D"),
        "data:image/png," + "".join(f"%{byte:02X}" for byte in PNG),
        "data:image/png;base64,\n" + base64.encodebytes(PNG).decode().replace("\n", "\r\n  "),
        "data:image/png;base64,%0A" + base64.b64encode(PNG).decode() + "%20",
        "data:image/png;charset=utf-8;base64," + base64.b64encode(PNG).decode(),
        "data:image/png; name=a.png; base64," + base64.b64encode(PNG).decode(),
        "data:;base64;x=1," + base64.b64encode(PNG).decode(),
    ],
)
def test_a_result_may_be_in_the_link_itself(uri):
    assert inline(uri) == PNG


def test_any_other_link_holds_nothing():
    assert inline("https://cdn.test/data:") is None


def test_a_result_in_a_link_that_cannot_be_decoded_is_unreadable():
    with pytest.raises(AnswerUnreadable):
        inline("data:image/png;base64,####")
