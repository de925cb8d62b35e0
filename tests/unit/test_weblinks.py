"""Addresses as people write them, and as they may be sent."""

import re

import jsonschema_rs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apikley import weblinks
from apikley.errors import InvalidRequest
from apikley.weblinks import is_link, to_link

URI = jsonschema_rs.validator_for({"type": "string", "format": "uri"}, validate_formats=True)
PATIENT = settings(deadline=None, max_examples=150)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://example.com", "https://example.com"),
        (" https://example.com/a.png\n", "https://example.com/a.png"),
        ("HTTPS://Example.COM/A.png", "https://example.com/A.png"),
        ("http://пример.рф/ночь.png", "http://xn--e1afmkfd.xn--p1ai/%D0%BD%D0%BE%D1%87%D1%8C.png"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://Faß.DE/", "https://xn--fa-hia.de/"),
        ("https://münchen.de/", "https://xn--mnchen-3ya.de/"),
        ("https://example.com/a b.png", "https://example.com/a%20b.png"),
        ('https://example.com/"a".png', "https://example.com/%22a%22.png"),
        ("https://example.com/100%.png", "https://example.com/100%25.png"),
        ("https://example.com/100%zz", "https://example.com/100%25zz"),
        ("https://example.com/a%20b.png", "https://example.com/a%20b.png"),
        ("https://example.com/?q=a b&r=ж#top", "https://example.com/?q=a%20b&r=%D0%B6"),
        ("https://example.com/a[1].png", "https://example.com/a%5B1%5D.png"),
        ("https://user:pa ss@example.com/", "https://user:pa%20ss@example.com/"),
        ("https://user@mail.ru:x@example.com/", "https://user%40mail.ru:x@example.com/"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://example.com:/a", "https://example.com/a"),
        ("http://127.0.0.1:8455/a", "http://127.0.0.1:8455/a"),
        ("http://[::1]:8455/a", "http://[::1]:8455/a"),
        ("https://under_score.example.com/", "https://under_score.example.com/"),
        ("https://example.com/😀", "https://example.com/%F0%9F%98%80"),
    ],
)
def test_an_address_is_quoted_as_little_as_may_be(written, sent):
    assert to_link(written, "image_url") == sent
    assert to_link(sent, "image_url") == sent


@PATIENT
@given(st.from_regex(weblinks._PLAIN, fullmatch=True))
def test_an_address_that_is_left_alone_would_be_the_same_if_it_were_taken_apart(written):
    assert weblinks._to_link(written) == written == to_link(written, "image_url")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "photo.png",
        "/photo.png",
        "ftp://example.com/",
        "file:///etc/passwd",
        "data:image/png;base64,AA==",
        "javascript:alert(1)",
        "http://",
        "https:///a.png",
        "https:example.com",
        "https://?a",
        "https://:80/",
        "https://user@/",
        "https://exa mple.com/",
        "https://example.com:port/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://%d1%85.test/",
        "https://example.com:0/",
        "https://[v1.a:b]/",
        "https://<host>/",
        'https://"/',
        "https://.../",
        "https://example.com/\ud800",
        "https://\ud800/",
        "https://" + "ж" * 64 + ".рф/",
        "https://ex\u2100mple.com/",
    ],
)
def test_what_is_no_web_address_is_refused_by_name(written):
    with pytest.raises(InvalidRequest, match="callback_url must be a public http or https address") as caught:
        to_link(written, "callback_url")

    assert caught.value.parameter == "callback_url"
    assert caught.value.value == written


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://a/", True),
        (" HTTP://a", True),
        ("http:a", False),
        ("a.png", False),
        ("data:image/png,", False),
        ("ftp://a", False),
    ],
)
def test_an_address_is_told_from_a_path(text, is_one):
    assert is_link(text) is is_one


def check_sent(written):
    try:
        sent = to_link(written, "image_url")
    except InvalidRequest:
        assume(False)
    assert sent.isascii()
    assert re.match(r"^https?://", sent)
    assert URI.is_valid(sent)
    assert to_link(sent, "image_url") == sent


@PATIENT
@given(st.builds("http{}://{}".format, st.sampled_from(["", "s"]), st.text(min_size=1)))
def test_what_is_sent_is_an_address_by_the_rules(written):
    check_sent(written)


PARTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Z"]), max_size=12)
HOSTS = st.one_of(
    st.sampled_from(
        ["example.com", "пример.рф", "127.0.0.1", "[::1]", "[fe80::1%25x]", "a_b", "-", "xn--", "1.2.3"]
    ),
    st.from_regex(r"[a-z0-9жß.-]{1,12}", fullmatch=True),
)


@PATIENT
@given(
    st.builds(
        "https://{}{}{}/{}?{}#{}".format,
        st.one_of(st.just(""), PARTS.map("{}@".format)),
        HOSTS,
        st.one_of(st.just(""), st.integers(0, 70000).map(":{}".format)),
        PARTS,
        PARTS,
        PARTS,
    )
)
def test_whatever_the_parts_what_is_sent_is_an_address(written):
    check_sent(written)
