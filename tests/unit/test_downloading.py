"""Where a result is, and where its link may lead."""

import base64

import pytest

from apikley.downloading import MAXIMUM_HOPS, Hops, inline
from apikley.errors import AnswerUnreadable
from unit.playing import PNG

API = "https://api.apikley.ru"
LOCAL = "http://127.0.0.1:8455"


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

    assert hops.follow(302, {"location": "../b/2 2.png"})
    assert hops.address == "https://cdn.test/b/2%202.png"
    assert hops.follow(307, {"location": "https://other.test/3.png"})
    assert hops.address == "https://other.test/3.png"
    assert not hops.follow(200, {})
    assert hops.address is None


def test_a_chain_of_redirects_ends():
    hops = Hops("https://cdn.test/0", API)
    for number in range(MAXIMUM_HOPS):
        assert hops.follow(302, {"location": f"/{number}"})

    with pytest.raises(AnswerUnreadable, match="more than 3 times"):
        hops.follow(302, {"location": "/more"})


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:8455/x", "http://cdn.test/1.png", "ftp://a/", "data:,x"]
)
def test_no_redirect_leads_to_a_lower_scheme(location):
    hops = Hops("https://cdn.test/1.png", LOCAL)

    with pytest.raises(AnswerUnreadable):
        hops.follow(302, {"location": location})


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
