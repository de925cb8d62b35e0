"""A submission's own name in the address of its callback."""

import json

import pytest

from apikley import InvalidRequest, Task, callbacks


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.test/done", "https://a.test/done?apikley=wish-1"),
        ("https://a.test", "https://a.test?apikley=wish-1"),
        ("https://a.test/done?", "https://a.test/done?apikley=wish-1"),
        ("https://a.test/done?x=1&y=%2F#top", "https://a.test/done?x=1&y=%2F&apikley=wish-1"),
        ("https://a.test/done?apikley=old&x=1&apikley", "https://a.test/done?x=1&apikley=wish-1"),
        ("https://a.test/done?apikley2=x", "https://a.test/done?apikley2=x&apikley=wish-1"),
        ("http://a.test/über?x=a b", "http://a.test/%C3%BCber?x=a%20b&apikley=wish-1"),
    ],
)
def test_a_token_takes_its_place_in_the_query_and_leaves_the_rest(url: str, expected: str):
    assert callbacks.with_token(url, "wish-1") == expected


@pytest.mark.parametrize("key", ["7f3a", "a b", "a+b", "a&apikley=c", "ключ", "100%", "#?/=", "=", "%41"])
def test_a_token_comes_back_as_it_went(key: str):
    url = callbacks.with_token("https://a.test/?x=1#y", key)
    assert callbacks.token_of(url) == key
    assert callbacks.token_of(url.removeprefix("https://a.test")) == key


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/done",
        "/done?x=1",
        "/done?apikley",
        "/done?apikley=",
        "/done?apikley=a&apikley=a",
        "/done?APIKLEY=a",
        "/done?x=1#?apikley=a",
        "/apikley=a",
        "/done?apikley=%ff",
        "https://[/",
    ],
)
def test_an_address_without_one_clear_token_has_none(url: str):
    assert callbacks.token_of(url) is None


def test_what_follows_a_hash_is_not_of_the_query():
    assert callbacks.token_of("/done?apikley=a#top") == "a"


def test_a_plus_is_a_space_as_forms_write_it():
    assert callbacks.token_of("?apikley=a+b") == "a b"


def test_an_empty_token_is_refused():
    with pytest.raises(ValueError, match="empty"):
        callbacks.with_token("https://a.test/", "")


def test_an_address_that_is_none_is_refused():
    with pytest.raises(InvalidRequest, match="callback_url"):
        callbacks.with_token("a.test/done", "wish-1")


def task(request: str | None) -> Task:
    return Task(id="7f3", state="success", request=request)


def test_the_request_that_a_task_echoes_proves_the_token():
    echoed = {
        "model": "qwen/image-edit",
        "callBackUrl": callbacks.with_token("https://a.test/done", "wish-1"),
    }
    assert callbacks.token_in(task(json.dumps(echoed))) == "wish-1"


@pytest.mark.parametrize(
    "request_", [None, "", "no JSON", "[]", "{}", '{"callBackUrl": null}', '{"callBackUrl": []}']
)
def test_a_task_that_echoes_no_address_proves_nothing(request_: str | None):
    assert callbacks.token_in(task(request_)) is None
