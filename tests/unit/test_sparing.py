"""httpx's clients for one API."""

import httpx
import pytest

from apikley import sparing

PAIRS = [(sparing.Client, httpx.Client), (sparing.AsyncClient, httpx.AsyncClient)]


@pytest.mark.parametrize("base_url", ["https://a.test", "https://a.test/", "http://127.0.0.1:8455/below"])
@pytest.mark.parametrize("params", [None, {}, {"taskId": "7f3"}, {"taskId": "ночь &=+/?#%20"}])
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_a_request_is_the_one_that_httpx_would_make(ours, theirs, base_url, params):
    given = {"params": params, "json": {"prompt": "ночь"}, "headers": {"X-Said": "so"}}
    client = ours(base_url=base_url, headers={"Authorization": "Bearer k"})

    once, again = (client.build_request("POST", "/api/v1/ask", **given) for _ in range(2))

    expected = theirs(base_url=base_url, headers={"Authorization": "Bearer k"}).build_request(
        "POST", "/api/v1/ask", **given
    )
    for request in (once, again):
        assert (request.method, request.url) == ("POST", expected.url)
        assert request.headers == expected.headers
        assert request.content == expected.content
        assert request.extensions == expected.extensions


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_no_request_takes_after_one_of_another_kind(ours, theirs):
    asked = [
        ("GET", {}),
        ("POST", {}),
        ("POST", {"json": {"prompt": "night"}}),
        ("POST", {"json": {"prompt": "a longer night"}, "headers": {"Content-Type": "application/json"}}),
        ("POST", {"json": {}, "headers": {"X-Said": "so"}}),
        ("POST", {"json": [], "headers": {"X-Said": "otherwise"}}),
        ("POST", {"content": b"as it is"}),
        ("POST", {"json": {"prompt": "night"}, "timeout": 3}),
        ("POST", {"json": {"prompt": "night"}, "timeout": None}),
        ("POST", {"json": {"prompt": "night"}, "extensions": {"sni_hostname": "b.test"}}),
    ]
    given = {"base_url": "https://a.test", "headers": {"Authorization": "Bearer k"}, "timeout": 7}
    client, plain = ours(**given), theirs(**given)

    for method, said in [*asked, *reversed(asked)]:
        request, expected = (each.build_request(method, "/ask", **said) for each in (client, plain))
        assert request.headers == expected.headers
        assert request.content == expected.content
        assert request.extensions == expected.extensions


@pytest.mark.parametrize("ours", [ours for ours, _ in PAIRS])
def test_what_a_hook_does_to_a_request_is_not_done_to_the_next(ours):
    client = ours(base_url="https://a.test")
    for _ in range(3):
        request = client.build_request("GET", "/ask")
        assert "x-signed" not in request.headers
        assert request.extensions["timeout"]["read"] == 5.0
        request.headers["X-Signed"] = "by a hook"
        request.extensions["timeout"]["read"] = 1.0


@pytest.mark.parametrize("ours", [ours for ours, _ in PAIRS])
def test_cookies_are_neither_taken_nor_kept(ours):
    client = ours(base_url="https://a.test", cookies={"session": "1"})

    client.cookies = {"session": "2"}

    assert dict(client.cookies) == {}
    assert "cookie" not in client.build_request("GET", "/").headers
