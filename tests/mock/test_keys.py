"""Who may ask, and how each is refused."""

import json

import pytest

from apikley.mock import Mock

CREATE = "/api/v1/jobs/createTask"
CREDITS = "/api/v1/chat/credit"
BASE64 = "/file-upload/api/file-base64-upload"
WISH = {"model": "qwen/image-edit", "input": {"prompt": "a", "image_url": "https://example.com/a.jpg"}}
POOR, CAPPED = "Bearer sk-test-poor", "Bearer sk-test-capped"


def code(reply):
    return json.loads(reply.body)["code"]


@pytest.mark.parametrize("errors", ["status", "envelope"])
@pytest.mark.parametrize(
    ("key", "refused_by", "message"),
    [
        (POOR, 402, "Insufficient Credits"),
        (CAPPED, 433, "The spending limit of this API key is reached"),
    ],
)
def test_a_key_that_cannot_pay_makes_no_task(asker, errors, key, refused_by, message):
    ask = asker(errors=errors)
    reply = ask("POST", CREATE, body=WISH, key=key)
    assert reply.status == (refused_by if errors == "status" else 200)
    assert json.loads(reply.body) == {"code": refused_by, "msg": message, "data": None}
    assert len(ask.mock.tasks) == 0


def test_a_key_that_cannot_pay_may_still_ask_and_upload(ask):
    upload = {"base64Data": "AAAA", "uploadPath": "images"}
    assert json.loads(ask("GET", CREDITS, key=POOR).body)["data"] == 0
    assert json.loads(ask("GET", CREDITS, key=CAPPED).body)["data"] == 1000
    assert code(ask("POST", BASE64, body=upload, key=POOR)) == 200


def test_a_bad_request_is_refused_before_the_key_is_found_short(ask):
    assert code(ask("POST", CREATE, body={}, key=POOR)) == 422


def test_a_table_says_how_further_keys_are_refused(asker):
    ask = asker(keys={"sk-test-late": "maintenance", "my-own": "key-capped"})
    assert code(ask("GET", CREDITS, key="Bearer sk-test-late")) == 455
    assert code(ask("GET", CREDITS, key="Bearer my-own")) == 200
    assert code(ask("POST", CREATE, body=WISH, key="Bearer my-own")) == 433
    assert code(ask("POST", CREATE, body=WISH, key=POOR)) == 402


def test_a_cause_that_the_document_does_not_know_is_told_without_the_key():
    with pytest.raises(ValueError, match="'moody'") as caught:
        Mock(keys={"sk-test-secret": "moody"})
    assert "secret" not in str(caught.value)


# How refusals come.


def statuses(ask):
    """Of a wrong key at the credits, a wrong key at an upload, and a bad create request."""
    return (
        ask("GET", CREDITS, key="Bearer 1").status,
        ask("POST", BASE64, body={}, key="Bearer 1").status,
        ask("POST", CREATE, body={}).status,
    )


@pytest.mark.parametrize(
    ("errors", "seen"),
    [
        ("status", (401, 401, 422)),
        ("envelope", (200, 200, 200)),
        ("known", (200, 200, 200)),
        ({"get_credits": "envelope"}, (200, 401, 422)),
        ({"store-file": "envelope"}, (401, 200, 422)),
        ({"*": "envelope", "create_task": "status"}, (200, 200, 422)),
        ({}, (401, 401, 422)),
    ],
    ids=str,
)
def test_refusals_come_by_status_or_in_an_envelope_for_each_operation(asker, errors, seen):
    assert statuses(asker(errors=errors)) == seen


def test_a_rate_limit_is_known_to_come_by_status_where_others_come_in_an_envelope(asker):
    ask = asker(errors="known")
    ask.mock.fail_next(429)
    ask.mock.fail_next(402)
    assert [ask("GET", CREDITS).status for _ in range(2)] == [429, 200]


def test_the_way_of_refusals_can_change(ask):
    ask.mock.errors = "envelope"
    assert ask("GET", CREDITS, key=None).status == 200


@pytest.mark.parametrize("errors", ["loud", {"*": "loud"}, {"createTask": "status"}, None, 7])
def test_a_way_that_does_not_exist_is_an_error(errors):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        Mock(errors=errors)


def test_no_representation_holds_a_key(asker):
    ask = asker(keys={"sk-test-late": "maintenance"}, callback_key="hush", rate_limit=True)
    ask("GET", CREDITS)
    held = repr(vars(ask.mock)) + repr(ask.mock.service().calls) + json.dumps(ask.mock.save())
    assert "sk-test" not in held
    assert "hush" not in held
