"""How the end of a task is told."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import attrs
import httpx
import pytest

from apikley.mock import (
    Document,
    DocumentError,
    Failure,
    Mock,
    MockTransport,
    VirtualClock,
    lasts,
    pictures,
    polls,
    posting,
    running,
)
from apikley.mock.deliveries import signature
from apikley.mock.posting import is_here

API = "https://api.apikley.ru"
CREATE = "/api/v1/jobs/createTask"
KEY = {"authorization": "Bearer sk-test-1"}
HOOK = "http://127.0.0.1:9/done?token=7f3a"


def wish(url=HOOK, **more):
    said = {"prompt": "a", "image_url": "https://example.com/a.jpg"} | more
    return {"model": "qwen/image-edit", "callBackUrl": url, "input": said}


def create(ask, url=HOOK, **more):
    return json.loads(ask("POST", CREATE, body=wish(url, **more)).body)["data"]["taskId"]


def told(ask):
    return [json.loads(delivery.body) for delivery in ask.mock.deliveries]


def test_the_end_that_a_fetch_finds_is_told_once(asker):
    ask = asker(scenario=polls(1))
    task_id = create(ask)
    ask.fetch(task_id)
    assert ask.mock.deliveries == []
    record = ask.fetch(task_id)
    ask.fetch(task_id)
    [delivery] = ask.mock.deliveries
    assert (delivery.url, delivery.task_id, delivery.state) == (HOOK, task_id, "queued")
    [news] = told(ask)
    assert (news["code"], news["msg"]) == (200, "success")
    same = (
        "taskId",
        "model",
        "state",
        "param",
        "resultJson",
        "createTime",
        "completeTime",
        "creditsConsumed",
    )
    assert {name: news["data"][name] for name in same} == {name: record[name] for name in same}
    assert news["data"]["remainedCredits"] == 997.5


def test_a_duration_is_told_in_seconds_there_and_in_milliseconds_to_those_who_ask(asker):
    ask = asker(scenario=lasts(15), clock=VirtualClock())
    task_id = create(ask)
    ask.mock.advance(20)
    assert told(ask)[0]["data"]["costTime"] == 15
    assert ask.fetch(task_id)["costTime"] == 15_000


def test_a_failure_is_told_with_code_501_whatever_it_failed_of(asker):
    ask = asker(scenario=polls(0, failure=Failure(402, "too poor")))
    ask.fetch(create(ask))
    [news] = told(ask)
    assert (news["code"], news["msg"]) == (501, "too poor")
    assert (news["data"]["state"], news["data"]["failCode"], news["data"]["failMsg"]) == (
        "fail",
        "402",
        "too poor",
    )


def test_the_clock_ends_tasks_that_nobody_asks_for(asker):
    ask = asker(scenario=lasts(15), clock=VirtualClock())
    ids = [create(ask) for _ in range(3)]
    ask.mock.advance(14.9)
    assert ask.mock.deliveries == []
    ask.mock.advance(0.1)
    assert [delivery.task_id for delivery in ask.mock.deliveries] == ids
    ask.mock.advance(100)
    assert len(ask.mock.deliveries) == 3


def test_a_task_that_lasts_no_time_is_told_of_at_the_next_tick(asker):
    ask = asker(scenario=polls(0))
    create(ask)
    ask.mock.tick()
    assert [news["data"]["state"] for news in told(ask)] == ["success"]


def test_a_task_that_is_finished_or_failed_by_hand_is_told_of(asker):
    ask = asker(scenario=polls(9))
    ask.mock.finish(create(ask))
    ask.mock.fail(create(ask))
    assert [news["code"] for news in told(ask)] == [200, 501]


def test_nobody_is_told_who_has_not_asked_for_it(asker):
    ask = asker(scenario=lasts(1), clock=VirtualClock())
    ask.create()
    ask.mock.advance(2)
    assert ask.mock.deliveries == []


@pytest.mark.parametrize(("callbacks", "times"), [("once", 1), ("twice", 2), ("never", 0)])
def test_the_end_is_told_as_often_as_wished(asker, callbacks, times):
    ask = asker(scenario=polls(0), callbacks=callbacks)
    ask.fetch(create(ask))
    assert len(ask.mock.deliveries) == times


def test_a_callback_can_be_lost(asker):
    ask = asker(scenario=polls(0), callbacks="twice")
    ask.mock.fail_next("lost-callback")
    ask.fetch(create(ask))
    assert [delivery.state for delivery in ask.mock.deliveries] == ["lost", "queued"]
    assert [delivery.number for delivery in ask.mock.take_deliveries()] == [2]
    assert ask.mock.take_deliveries() == []


def test_a_signature_is_the_one_that_the_service_is_known_to_make():
    made = signature("test-webhook-hmac-key", "ee9c2715375b7837f8bb51d641ff5863", "1769670760")
    assert made == "xG6/yOyrMyJtUdc1yjmHpKLHSHF3MpzOPa6uxSj3qb4="


def test_a_callback_is_signed_where_there_is_a_key(asker):
    ask = asker(scenario=polls(0), clock=VirtualClock(1_769_670_760.5), callback_key="hush")
    task_id = create(ask)
    ask.fetch(task_id)
    headers = dict(ask.mock.deliveries[0].headers)
    assert headers["x-webhook-timestamp"] == "1769670760"
    assert headers["x-webhook-signature"] == signature("hush", task_id, "1769670760")


def test_a_callback_without_a_key_bears_no_signature(asker):
    ask = asker(scenario=polls(0))
    ask.fetch(create(ask))
    assert {name for name, _ in ask.mock.deliveries[0].headers} == {"content-type", "user-agent"}


def test_in_process_a_signature_is_of_the_time_that_the_mocks_time_follows(asker):
    ask = asker(scenario=lasts(3600), clock=lambda: 1_769_670_760.5, callback_key="hush")
    create(ask)
    ask.mock.advance(7200)
    assert dict(ask.mock.deliveries[0].headers)["x-webhook-timestamp"] == "1769670760"


def test_a_key_that_no_bytes_spell_signs_too(asker):
    ask = asker(scenario=polls(0), callback_key="hush\udc80")
    ask.fetch(create(ask))
    assert dict(ask.mock.deliveries[0].headers)["x-webhook-signature"]


def test_the_headers_of_a_signature_are_the_documents():
    document = json.loads(json.dumps(Document.shipped().json).replace("X-Webhook-", "X-Hook-"))
    mock = Mock(document=Document.of(document), scenario=polls(0), callback_key="hush", deliver=lambda _: 200)
    with httpx.Client(transport=MockTransport(mock), base_url=API, headers=KEY) as client:
        client.post(CREATE, json=wish())
    mock.tick()
    assert {"x-hook-timestamp", "x-hook-signature"} < {name for name, _ in mock.deliveries[0].headers}


def test_a_document_whose_callbacks_lead_nowhere_cannot_be_played():
    document = json.loads(json.dumps(Document.shipped().json).replace('"callback-link"', '"name"'))
    with pytest.raises(DocumentError, match=r"createTask/post: nothing .* callback-link"):
        Document.of(document)


# In process.


@attrs.define
class Listener:
    """Whoever is called back, and answers with these statuses; an exception is raised."""

    answers: list
    heard: list = attrs.field(factory=list)

    def __call__(self, delivery):
        self.heard.append(delivery)
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("answers", "attempts", "state"),
    [
        ([200], 1, "delivered"),
        ([204], 1, "delivered"),
        ([500, OSError("nobody there"), 200], 3, "delivered"),
        ([500] * 9, 4, "failed"),
        ([OSError("nobody there")] * 9, 4, "failed"),
    ],
    ids=str,
)
def test_a_callback_is_sent_again_three_times_at_most(asker, answers, attempts, state):
    listener = Listener([*answers])
    ask = asker(scenario=polls(9), deliver=listener)
    ask.mock.finish(create(ask))
    [delivery] = ask.mock.deliveries
    assert (delivery.attempts, delivery.state, len(listener.heard)) == (attempts, state, attempts)
    assert {each.body for each in listener.heard} == {delivery.body}


def test_a_callback_that_will_be_sent_again_has_not_failed(asker):
    seen = []

    def deliver(delivery):
        seen.append(delivery.state)
        return 500

    ask = asker(scenario=polls(9), deliver=deliver)
    ask.mock.finish(create(ask))
    assert seen == ["queued"] * 4
    assert [each.state for each in ask.mock.deliveries] == ["failed"]


def test_an_in_process_client_is_called_back_by_the_fetch_that_finds_the_end():
    listener = Listener([])
    mock = Mock(scenario=polls(0), deliver=listener)
    with httpx.Client(transport=MockTransport(mock), base_url=API, headers=KEY) as client:
        task_id = client.post(CREATE, json=wish()).json()["data"]["taskId"]
        client.get("/api/v1/jobs/recordInfo", params={"taskId": task_id})
    assert [delivery.task_id for delivery in listener.heard] == [task_id]


# On a port.


@contextmanager
def hook(*statuses):
    """A server that is called back: its address, and what it has heard."""
    heard, left = [], [*statuses]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.append((self.path, dict(self.headers), json.loads(body)))
            self.send_response(left.pop(0) if left else 200)
            self.send_header("location", "http://127.0.0.1:9/")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/done?token=7f3a", heard
        server.shutdown()
        thread.join()


def settled(mock, *, number=1):
    """The deliveries, once so many have come to an end."""
    deadline = time.perf_counter() + 5
    while time.perf_counter() < deadline:
        done = [each for each in mock.deliveries if each.state in ("delivered", "refused", "lost")]
        if len(done) >= number:
            return done
        time.sleep(0.002)
    raise AssertionError(mock.deliveries)


def test_on_a_port_a_callback_is_posted_when_the_clock_ends_the_task_and_once_more_if_nobody_listens():
    mock = Mock(scenario=lasts(0.05), callback_key="hush")
    with hook(503) as (url, heard), running(mock) as base_url:
        assert httpx.post(base_url + CREATE, json=wish(url), headers=KEY).status_code == 200
        [delivery] = settled(mock)
    assert (delivery.state, delivery.attempts, delivery.status) == ("delivered", 2, 200)
    path, headers, body = heard[1]
    assert path == "/done?token=7f3a"
    assert headers["x-webhook-signature"] == signature(
        "hush", delivery.task_id, headers["x-webhook-timestamp"]
    )
    assert json.loads(body["data"]["resultJson"])["resultUrls"][0].startswith(base_url)


def test_on_a_port_a_callback_is_posted_when_time_is_let_pass_by_another_thread():
    mock = Mock(scenario=lasts(3600))
    with hook() as (url, heard), running(mock) as base_url:
        httpx.post(base_url + CREATE, json=wish(url), headers=KEY)
        mock.advance(3600)
        settled(mock)
    assert len(heard) == 1


def test_a_callback_goes_nowhere_else_than_to_this_computer():
    mock = Mock(scenario=polls(0))
    with running(mock) as base_url:
        httpx.post(base_url + CREATE, json=wish("http://callbacks.example.com/"), headers=KEY)
        [delivery] = settled(mock)
    assert (delivery.state, delivery.attempts) == ("refused", 0)
    assert "loopback" in delivery.error


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8080/x", True),
        ("http://127.9.9.9/", True),
        ("http://[::1]:8080/", True),
        ("https://LOCALHOST/", True),
        ("http://localhost.example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://127.0.0.1@example.com/", False),
        ("http://169.254.169.254/", False),
        ("http://0.0.0.0/", False),
        ("http://2130706433/", False),
        ("http://[/", False),
        ("http:///", False),
    ],
)
def test_what_leads_to_this_computer_is_told_by_the_letters_of_the_url(url, here):
    assert is_here(url) is here


@pytest.mark.parametrize("clock", [time.time, VirtualClock()], ids=["shifted", "virtual"])
def test_on_a_port_a_receiver_that_goes_by_its_own_clock_finds_the_signature_fresh(clock):
    mock = Mock(scenario=lasts(7200), callback_key="hush", clock=clock)
    with hook() as (url, heard), running(mock) as base_url:
        httpx.post(base_url + CREATE, json=wish(url), headers=KEY)
        mock.advance(7200)
        settled(mock)
    [(_, headers, body)] = heard
    assert abs(time.time() - int(headers["x-webhook-timestamp"])) < 60
    proof = signature("hush", body["data"]["taskId"], headers["x-webhook-timestamp"])
    assert headers["x-webhook-signature"] == proof


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/done", "http://127.0.0.1:1/\u2028"])
def test_a_callback_that_cannot_be_sent_does_not_keep_the_next_from_being_sent(url):
    mock = Mock(scenario=polls(0))
    with hook() as (good, heard), running(mock) as base_url:
        for each in (url, good):
            created = httpx.post(base_url + CREATE, json=wish(each), headers=KEY)
            assert created.status_code in (200, 422)
        settled(mock)
    assert len(heard) == 1


def test_an_error_that_nobody_expects_is_what_becomes_of_one_callback_and_of_no_other(monkeypatch, caplog):
    attempted, wrong = posting._attempted, []

    async def attempt(client, delivery, body):
        if not wrong:
            wrong.append(delivery.number)
            raise RuntimeError("nobody expects this")
        return await attempted(client, delivery, body)

    monkeypatch.setattr(posting, "_attempted", attempt)
    mock = Mock(scenario=polls(0))
    with hook() as (url, heard), running(mock) as base_url:
        for _ in range(2):
            httpx.post(base_url + CREATE, json=wish(url), headers=KEY)
        settled(mock)
        spoilt = next(each for each in mock.deliveries if each.number in wrong)
    assert (spoilt.state, spoilt.error) == ("failed", "nobody expects this")
    assert len(heard) == 1
    assert f"the callback {spoilt.number} of the task {spoilt.task_id} could not be sent" in caplog.text


def test_a_clock_that_fails_once_ends_no_callbacks(monkeypatch, caplog):
    monkeypatch.setattr(posting, "_AFTER_ERROR", 0.01)
    failures = []

    def tick(mock, whole=Mock.tick):
        if len(failures) < 2:
            failures.append(1)
            raise OSError("the clock has stopped")
        whole(mock)

    monkeypatch.setattr(Mock, "tick", tick)
    mock = Mock(scenario=lasts(0.05))
    with hook() as (url, heard), running(mock) as base_url:
        httpx.post(base_url + CREATE, json=wish(url), headers=KEY)
        settled(mock)
    assert (len(heard), len(failures)) == (1, 2)
    assert "the clock has stopped" in caplog.text


def test_pictures_inside_a_callback_are_made_while_others_are_answered(monkeypatch):
    seen, made = [], pictures.made

    def watched(picture):
        taken = threading.Event()

        def take():
            with mock.locked:
                taken.set()

        threading.Thread(target=take, daemon=True).start()
        seen.append((taken.wait(1), threading.current_thread() is not server[0]))
        return made(picture)

    mock, server = Mock(scenario=polls(9)), []
    monkeypatch.setattr(pictures, "made", watched)
    with hook() as (url, heard), running(mock) as base_url:
        server += [each for each in threading.enumerate() if each.name == "apikley-mock"]
        answer = httpx.post(base_url + CREATE, json=wish(url, sync_mode=True), headers=KEY).json()
        mock.finish(answer["data"]["taskId"])
        settled(mock)
    [link] = json.loads(heard[0][2]["data"]["resultJson"])["resultUrls"]
    assert link.startswith("data:image/png;base64,")
    assert seen == [(True, True)]


def test_both_callbacks_of_a_task_say_the_same_though_pictures_are_in_them(asker):
    ask = asker(scenario=polls(9), callbacks="twice")
    task_id = create(ask, sync_mode=True, image_size="square")
    ask.mock.finish(task_id)
    first, second = told(ask)
    assert first == second
    assert first["data"]["resultJson"] == ask.fetch(task_id)["resultJson"]


def test_no_callback_is_forgotten_before_it_was_sent(asker):
    posts = []
    ask = asker(
        scenario=lasts(10), clock=VirtualClock(), deliver=lambda delivery: posts.append(delivery) or 200
    )
    for _ in range(300):
        create(ask)
    ask.mock.advance(10)
    assert len(posts) == 300


def test_a_post_of_before_a_reset_takes_no_new_ones_place(asker):
    ask = asker(scenario=lasts(10), clock=VirtualClock())
    create(ask)
    ask.mock.advance(10)
    [old] = ask.mock.take_deliveries()
    ask.mock.reset()
    create(ask)
    ask.mock.delivered(old.answered(500))
    ask.mock.advance(10)
    [new] = ask.mock.take_deliveries()
    assert new.number != old.number
    assert [(delivery.number, delivery.state) for delivery in ask.mock.deliveries] == [(new.number, "queued")]
