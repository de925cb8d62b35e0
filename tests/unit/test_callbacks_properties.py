"""Whatever comes, it is a callback or it is rejected."""

import json

from hypothesis import find, given, settings
from hypothesis import strategies as st

from apikley import CallbackRejected, callbacks
from apikley.callbacks import Callback

NOW = 1_769_670_760.0
KEY = "hush"
NAMES = ["X-Webhook-Timestamp", "x-webhook-signature", b"X-WEBHOOK-SIGNATURE", "host"]

words = st.sampled_from(
    ["taskId", "task_id", "code", "data", "msg", "resultJson", "param", "state", "createTime"]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=20,
)
callback_like = st.fixed_dictionaries(
    {"code": st.sampled_from([200, 501, "200"]) | json_values},
    optional={
        "taskId": st.just("a") | json_values,
        "data": st.fixed_dictionaries(
            {},
            optional={
                "taskId": st.just("a") | json_values,
                "state": st.sampled_from(["success", "fail"]) | json_values,
                **dict.fromkeys(
                    ["task_id", "resultJson", "param", "createTime", "completeTime"], json_values
                ),
                **dict.fromkeys(
                    ["failCode", "failMsg", "creditsConsumed", "consumeCredits", "costTime"], json_values
                ),
                **dict.fromkeys(["remainedCredits", "model", "progress", "updateTime"], json_values),
            },
        )
        | json_values,
    },
)
bodies = st.binary(max_size=200) | (callback_like | json_values).map(lambda value: json.dumps(value).encode())
texts = (
    st.text(max_size=50) | st.binary(max_size=50) | st.sampled_from([*callbacks.sign("a", KEY, NOW).values()])
)
pairs = st.tuples(st.sampled_from(NAMES) | texts, texts)
headers = st.lists(pairs, max_size=4) | st.lists(pairs, max_size=4).map(dict)


@settings(max_examples=400)
@given(headers, bodies, st.sampled_from([None, KEY]), st.text(max_size=30))
def test_any_bytes_are_a_callback_or_rejected(headers, content, key, url):
    read = read_or_rejected(headers, content, key=key, now=NOW, url=url)
    if isinstance(read, CallbackRejected):
        assert read.status in {400, 401}
        assert "\n" not in str(read)
        return
    assert read.is_signed is (key is not None)
    assert read.task_id.isprintable()
    assert read.has_succeeded in {True, False, None}
    assert repr(read)


def read_or_rejected(headers, content, **options) -> Callback | CallbackRejected:
    try:
        return callbacks.read(headers, content, **options)
    except CallbackRejected as error:
        return error


def test_callbacks_are_drawn_and_not_only_what_is_rejected():
    find(callback_like, lambda said: isinstance(read_or_rejected({}, json.dumps(said).encode()), Callback))


@settings(max_examples=300)
@given(bodies)
def test_nothing_is_believed_without_its_own_signature(content):
    signed = callbacks.sign("another task than any that is drawn", KEY, NOW)
    assert isinstance(read_or_rejected(signed, content, key=KEY, now=NOW), CallbackRejected)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60), st.text(min_size=1))
def test_any_id_and_key_are_signed_and_believed(task_id, key):
    headers, content = callbacks.write(task_id, key=key, now=NOW)
    assert callbacks.read(headers, content, key=key, now=NOW).task_id == task_id


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_each_bit_of_what_is_signed_counts():
    task_id = "ee9c2715375b7837"
    content = b'{"code":200,"data":{"taskId":"%s"}}' % task_id.encode()
    proofs = {name: value.encode() for name, value in callbacks.sign(task_id, KEY, NOW).items()}
    start = content.index(task_id.encode())
    assert callbacks.read(proofs, content, key=KEY, now=NOW).is_signed

    changed = [
        *(
            (proofs | {name: flipped(value, bit)}, content, KEY)
            for name, value in proofs.items()
            for bit in range(len(value) * 8)
        ),
        *((proofs, flipped(content, bit), KEY) for bit in range(start * 8, (start + len(task_id)) * 8)),
        *((proofs, content, flipped(KEY.encode(), bit)) for bit in range(len(KEY) * 8)),
    ]

    assert len(changed) == (10 + 44 + 16 + 4) * 8
    for headers, body, key in changed:
        assert isinstance(read_or_rejected(headers, body, key=key, now=NOW), CallbackRejected)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text(max_size=20))
def test_any_token_comes_back(key, query):
    try:
        url = callbacks.with_token(f"https://a.test/?{query}", key)
    except ValueError:
        return
    assert callbacks.token_of(url) == key


@given(st.text())
def test_any_text_has_a_token_or_none(text):
    token = callbacks.token_of(text)
    assert token is None or token
