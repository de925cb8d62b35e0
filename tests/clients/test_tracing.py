"""What OpenTelemetry is told: the same of both clients, and no secret."""

import asyncio
import subprocess
import sys
from collections import Counter

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from apikley import Apikley, ApikleyError, AsyncApikley, SubmissionUnknown, TaskFailed
from apikley.mock import polls
from clients.harness import KEY, loses, only_says, raises

LINK = "https://pictures.test/street.jpg"
DOT = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU"
    b"\0\0\0\nIDATx\x9cc`\0\0\0\2\0\1H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82"
)
PROMPT = "the crown jewels on my kitchen table"


@pytest.fixture
def spans(monkeypatch):
    """What was told, when asked for: the spans that have ended."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter.get_finished_spans
    provider.shutdown()


def tree(spans):
    """How often each span lies below which other."""
    names = {span.context.span_id: span.name.removeprefix("apikley.") for span in spans}
    return Counter(
        (names[span.parent.span_id] if span.parent else "", names[span.context.span_id]) for span in spans
    )


def named(spans, name):
    (span,) = [span for span in spans if span.name == f"apikley.{name}"]
    return span


def test_an_edit_is_a_tree_of_its_parts_and_their_requests(client, spans, way, picture):
    edit = client.edit(picture, PROMPT, image_size="square", key="order-17")

    assert tree(spans()) == {
        ("", "edit"): 1,
        ("edit", "upload"): 1,
        ("upload", "upload_file"): 1,
        ("edit", "submit"): 1,
        ("submit", "create_task"): 1,
        ("edit", "wait"): 1,
        ("wait", "fetch"): len(way.to("recordInfo")),
        ("edit", "collect"): 1,
        ("collect", "picture"): 1,
        ("picture", "download"): 1,
    }
    said = {
        "apikley.task.id": edit.task_id,
        "apikley.model": "qwen/image-edit",
        "apikley.task.state": "success",
    }
    assert named(spans(), "wait").attributes == said
    assert named(spans(), "edit").attributes == said | {"apikley.submission.key": "order-17"}
    states = [event.name for event in named(spans(), "wait").events]
    assert states[-1] == "success"
    assert len(states) == len({*states}) > 1


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda client, _: client.submit(LINK, PROMPT), {("", "submit"): 1, ("submit", "create_task"): 1}),
        (lambda _, handle: handle.fetch(), {("", "fetch"): 1, ("fetch", "fetch"): 1}),
        (lambda _, handle: handle.wait(), {("", "wait"): 1, ("wait", "fetch"): 1}),
        (lambda _, handle: [*handle.events()], {("", "wait"): 1, ("wait", "fetch"): 1}),
        (
            lambda _, handle: handle.collect(),
            {
                ("", "collect"): 1,
                ("collect", "fetch"): 1,
                ("collect", "picture"): 1,
                ("picture", "download"): 1,
            },
        ),
        (lambda client, _: client.credits(), {("", "credits"): 1, ("credits", "get_credits"): 1}),
        (lambda client, _: client.upload(DOT), {("", "upload"): 1, ("upload", "upload_file"): 1}),
    ],
    ids=["submit", "fetch", "wait", "events", "collect", "credits", "upload"],
)
def test_each_call_is_a_span_of_its_name(call, expected, client, mock, spans):
    mock.scenario = polls(0)
    handle = client.submit(LINK, PROMPT, image_size="square")
    before = len(spans())

    call(client, handle)

    assert tree(spans()[before:]) == expected


def test_pictures_that_are_collected_together_are_below_one_call(client, spans):
    client.edit(LINK, PROMPT, image_size="square", num_images=3)

    found = tree(spans())
    assert (found["collect", "picture"], found["picture", "download"]) == (3, 3)
    assert len({span.context.trace_id for span in spans()}) == 1


def test_a_request_says_where_it_went_and_what_came(client, spans):
    client.credits()

    request = named(spans(), "get_credits")
    assert request.kind is trace.SpanKind.CLIENT
    assert request.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "api.apikley.ru",
        "url.path": "/api/v1/chat/credit",
    }


def test_a_refusal_has_its_code_and_is_the_request_s_not_the_call_s_if_the_call_goes_on(client, spans, way):
    way.faults["createTask"] = [only_says(b'{"code": 429, "msg": "slow down"}')]
    client.submit(LINK, PROMPT)

    first, second = [span for span in spans() if span.name == "apikley.create_task"]
    assert (first.attributes["apikley.code"], first.attributes["error.type"]) == ("429", "RateLimited")
    assert first.status.status_code is trace.StatusCode.ERROR
    assert second.status.status_code is named(spans(), "submit").status.status_code is trace.StatusCode.UNSET


def test_a_doubt_is_an_error_of_the_call_that_names_the_submission(client, spans, way):
    way.faults["createTask"] = [loses(httpx.ReadError("reset"))]
    with pytest.raises(SubmissionUnknown):
        client.submit(LINK, PROMPT, key="order-17")

    call = named(spans(), "submit")
    assert call.status.status_code is trace.StatusCode.ERROR
    assert call.attributes["error.type"] == "SubmissionUnknown"
    assert call.attributes["apikley.submission.key"] == "order-17"


def test_a_task_that_failed_has_its_state_and_its_code(client, mock, spans):
    mock.scenario = polls(0, "fail")
    with pytest.raises(TaskFailed) as caught:
        client.edit(LINK, PROMPT)

    wait = named(spans(), "wait")
    assert wait.attributes["apikley.task.state"] == "fail"
    assert wait.attributes["apikley.code"] == caught.value.code
    assert wait.status.status_code is trace.StatusCode.ERROR


def test_whoever_is_interrupted_leaves_no_span_open(client, spans, way):
    way.faults["recordInfo"] = [raises(KeyboardInterrupt())]
    with pytest.raises(KeyboardInterrupt):
        client.edit(LINK, PROMPT)

    assert {name for _, name in tree(spans())} == {"edit", "submit", "create_task", "wait", "fetch"}
    assert trace.get_current_span() is trace.INVALID_SPAN


def ask_blocking(way):
    with Apikley(KEY, transport=way) as client, trace.get_tracer("mine").start_as_current_span("mine"):
        client.credits()


def ask_awaiting(way):
    async def ask():
        async with AsyncApikley(KEY, transport=way) as client:
            with trace.get_tracer("mine").start_as_current_span("mine"):
                await asyncio.gather(client.credits(), client.credits())

    asyncio.run(ask())


@pytest.mark.parametrize(("ask", "times"), [(ask_blocking, 1), (ask_awaiting, 2)])
def test_a_span_of_the_program_s_own_is_above_and_what_httpx_does_below(ask, times, spans, way):
    seen = []
    deliver = way._answer
    way._answer = lambda *given: seen.append(trace.get_current_span().name) or deliver(*given)
    ask(way)

    assert seen == ["apikley.get_credits"] * times
    assert tree(spans()) == {("", "mine"): 1, ("mine", "credits"): times, ("credits", "get_credits"): times}


def test_no_span_holds_the_key_a_prompt_or_a_link(client, spans, way, picture):
    way.faults["credit"] = [only_says(f'{{"code": 401, "msg": "{KEY} {PROMPT}"}}'.encode())]
    client.edit(picture, PROMPT, image_size="square")
    with pytest.raises(ApikleyError):
        client.credits()

    everything = "".join(span.to_json() for span in spans())
    for secret in (KEY, PROMPT, "resultUrls", "/files/"):
        assert secret not in everything


def test_a_client_that_nobody_traces_loads_nothing():
    code = """
import sys
from apikley import Apikley
from apikley.mock import Mock, MockTransport
print(Apikley("k", transport=MockTransport(Mock(any_key=True))).credits(), "opentelemetry" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.split() == ["1000.0", "False"]
