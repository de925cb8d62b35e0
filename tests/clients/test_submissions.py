"""What is kept of a submission, what it may cost, and how a doubt ends."""

import hashlib
import json
import threading
import time
from contextlib import nullcontext, suppress

import httpx
import pytest

from apikley import (
    InvalidRequest,
    NotAuthenticated,
    OutOfCredits,
    OverBudget,
    PollSchedule,
    Stage,
    SubmissionMoved,
    SubmissionUnknown,
    TaskFailed,
    TaskUnfinished,
    callbacks,
)
from apikley.durable import DurableLedger
from apikley.ledger import MemoryLedger
from apikley.mock import Mock, lasts, polls
from clients.harness import KEY, SWIFT, NeverConnects, Way, loses, only_says

LOST = loses(httpx.ReadError("connection reset by peer"))
NEVER = NeverConnects(httpx.ConnectError("connection refused"))
LINK = "https://pictures.test/street.jpg"


@pytest.fixture
def ledger():
    return MemoryLedger()


@pytest.fixture
def keeping(opens, way, ledger):
    """A client with a ledger that the test sees."""
    with opens(KEY, transport=way, schedule=SWIFT, ledger=ledger) as client:
        yield client


def test_an_edit_is_kept_from_its_intent_to_its_pictures(keeping, ledger, picture, tmp_path):
    edit = keeping.edit(picture, "night", to=tmp_path / "night.png", key="order-17")

    kept = ledger.find("order-17")
    assert (kept.state, kept.task_id, kept.paths) == ("done", edit.task_id, (str(tmp_path / "night.png"),))
    assert (kept.credits, kept.reserved, kept.shape) == (2.5, 2.5, "qwen/image-edit landscape_4_3 1")
    assert kept.seconds == edit.task.seconds
    assert ledger.durations(kept.shape) == [kept.seconds]
    assert json.loads(kept.body)["input"]["prompt"] == "night"


def test_a_task_that_failed_is_kept_as_such_and_teaches_no_duration(keeping, ledger, mock):
    mock.scenario = polls(0, "fail")
    handle = keeping.submit(LINK, "night", key="a")

    with pytest.raises(Exception, match="Generation Failed"):
        handle.wait()

    kept = ledger.find("a")
    assert (kept.state, kept.problem, kept.seconds) == ("failed", "Generation Failed", None)
    assert ledger.durations(kept.shape) == []


def test_a_key_is_sent_once(keeping, way):
    keeping.submit(LINK, "night", key="order-17")

    with pytest.raises(SubmissionMoved, match="order-17") as told:
        keeping.submit(LINK, "night", key="order-17")

    assert told.value.state == "submitted"
    assert len(way.created()) == 1


@pytest.mark.parametrize("key", ["", "a" * 201, "a\nb", 7])
def test_a_key_that_cannot_be_kept_is_refused_before_anything_is_sent(key, keeping, way):
    with pytest.raises(InvalidRequest, match="key"):
        keeping.submit(LINK, "night", key=key)
    assert way.requests == []


def test_a_key_survives_the_process_in_a_file(opens, way, tmp_path):
    for _ in range(2):
        path = tmp_path / "ledger.sqlite3"
        with opens(KEY, transport=way, schedule=SWIFT, ledger=path) as client, suppress(SubmissionMoved):
            client.submit(LINK, "night", key="order-17")

    assert len(way.created()) == 1


def test_a_doubt_ends_with_the_task_that_the_user_names(keeping, way, mock, ledger):
    way.faults["createTask"] = [LOST]
    with pytest.raises(SubmissionUnknown):
        keeping.submit(LINK, "night", key="a")
    (task,) = mock.tasks

    handle = keeping.resolve("a", task.id)

    assert keeping.in_doubt() == []
    assert (ledger.find("a").state, ledger.find("a").task_id) == ("submitted", task.id)
    assert len(handle.collect().images) == 1
    assert ledger.find("a").state == "done"
    with pytest.raises(SubmissionMoved):
        keeping.resolve("a", "task_2")


def test_a_doubt_ends_when_it_is_forgotten(opens, way):
    way.faults["createTask"] = [LOST]
    with opens(KEY, transport=way, schedule=SWIFT, max_credits=2.5) as client:
        with pytest.raises(SubmissionUnknown):
            client.submit(LINK, "night", key="a")
        with pytest.raises(OverBudget):
            client.submit(LINK, "night")

        client.forget("a")

        assert client.in_doubt() == []
        client.submit(LINK, "night")
        with pytest.raises(SubmissionMoved, match="is forgotten, not"):
            client.resubmit("a")


def test_a_doubt_that_is_sent_again_has_its_own_words_and_its_key(keeping, way, ledger):
    way.faults["createTask"] = [LOST]
    with pytest.raises(SubmissionUnknown):
        keeping.submit(LINK, "ночь", key="a", seed=7, num_images=2, callback_url="https://cb.test/?x=1")

    handle = keeping.resubmit("a")

    first, second = way.created()
    assert first == second
    assert ledger.find("a").task_id == handle.id
    with pytest.raises(SubmissionMoved):
        keeping.resubmit("a")


def test_nothing_is_settled_that_is_not_in_doubt(keeping):
    with pytest.raises(SubmissionMoved, match=r"is not in the ledger$"):
        keeping.forget("nobody's")
    with pytest.raises(SubmissionMoved, match=r"is not in the ledger$"):
        keeping.resubmit("nobody's")


def test_a_submission_goes_on_from_wherever_it_is(keeping, way, ledger, tmp_path):
    way.faults["createTask"] = [only_says(b'{"code": 402, "msg": "top up", "data": null}')]
    way.faults["recordInfo"] = [only_says(b'{"code": 401, "msg": "no", "data": null}')]
    states = []
    for error in (OutOfCredits, NotAuthenticated, None, None):
        with pytest.raises(error) if error else nullcontext():
            if not states:
                keeping.edit(LINK, "night", key="a")
            else:
                keeping.advance("a", to=tmp_path / "night.png")
        states.append(ledger.find("a").state)

    assert states == ["refused", "submitted", "done", "done"]
    assert len(way.created()) == 2
    assert (tmp_path / "night.png").exists()


def test_a_submission_that_failed_stays_failed(keeping, way, mock):
    mock.scenario = polls(0, "fail")
    for _ in range(2):
        with pytest.raises(TaskFailed):
            keeping.edit(LINK, "night", key="a") if not way.requests else keeping.advance("a")
    assert len(way.created()) == 1


def test_a_doubt_is_not_advanced(keeping, way):
    way.faults["createTask"] = [LOST]
    with pytest.raises(SubmissionUnknown):
        keeping.submit(LINK, "night", key="a")
    with pytest.raises(SubmissionUnknown, match="submission a is in doubt"):
        keeping.advance("a")
    keeping.forget("a")
    with pytest.raises(SubmissionMoved, match="forgotten"):
        keeping.advance("a")
    with pytest.raises(SubmissionMoved, match=r"is not in the ledger$"):
        keeping.advance("nobody's")
    assert len(way.created()) == 1


def test_a_doubt_that_is_not_advanced_says_which_task_it_may_be(keeping, way):
    way.faults["createTask"] = [only_says(b'{"code": 422, "msg": "no", "data": {"taskId": "t1"}}')]
    for ask in (lambda: keeping.submit(LINK, "night", key="a"), lambda: keeping.advance("a")):
        with pytest.raises(SubmissionUnknown) as caught:
            ask()
        assert caught.value.task_id == "t1"


def test_a_fetched_task_that_bears_the_token_settles_the_doubt(keeping, way, mock, ledger):
    way.faults["createTask"] = [LOST]
    with pytest.raises(SubmissionUnknown):
        keeping.submit(LINK, "night", key="a", callback_url="https://cb.test/done")
    (task,) = mock.tasks

    keeping.task(task.id).fetch()

    assert keeping.in_doubt() == []
    assert ledger.find("a").task_id == task.id


def test_what_a_connection_that_was_never_made_carried_is_in_no_doubt(keeping, way, ledger):
    way.faults["createTask"] = [NEVER] * 9

    with pytest.raises(Exception, match="refused"):
        keeping.submit(LINK, "night", key="a")

    assert keeping.in_doubt() == []


def test_a_budget_is_kept_over_all_tasks_of_a_client(opens, way):
    with opens(KEY, transport=way, schedule=SWIFT, max_credits=6) as client:
        for _ in range(2):
            client.edit(LINK, "night")

        with pytest.raises(OverBudget, match=r"costs about 2\.5 credits, and 1 of the budget of 6 are left"):
            client.edit(LINK, "night")

        client.edit(LINK, "night", image_size="square")
    assert len(way.created()) == 3


def test_a_refusal_for_the_budget_comes_before_the_upload(client, way, picture):
    with pytest.raises(OverBudget, match="and 1 are allowed"):
        client.submit(picture, "night", max_credits=1)
    with pytest.raises(OverBudget):
        client.submit(model="qwen/image-edit", input={"prompt": "a", "image_url": picture}, max_credits=1)
    assert way.requests == []


def test_what_was_refused_or_not_uploaded_costs_nothing(opens, way, mock, picture):
    with opens(KEY, transport=way, schedule=SWIFT, max_credits=2.5) as client:
        way.faults["upload"] = [NEVER] * 9
        with pytest.raises(Exception, match="refused"):
            client.submit(picture, "night")
        way.faults.clear()
        mock.fail_next(402, on="create-task")
        with pytest.raises(Exception, match="402"):
            client.submit(LINK, "night")

        client.submit(LINK, "night")


def test_a_plan_sends_nothing_and_says_what_would_be_sent(client, way, picture):
    plan = client.plan(picture, "night", image_size="square", num_images=2, key="a")

    assert way.requests == []
    (facts,) = plan.pictures
    assert (facts.media_type, facts.width, facts.height) == ("image/png", 64, 48)
    assert (facts.size, facts.sha256) == (len(picture), hashlib.sha256(picture).hexdigest())
    assert (plan.key, plan.model, plan.credits) == ("a", "qwen/image-edit", 2)
    assert plan.said == {"prompt": "night", "image_size": "square", "num_images": 2}


def test_a_plan_refuses_what_a_submission_would(client, way, tmp_path):
    with pytest.raises(InvalidRequest, match="num_images"):
        client.plan(LINK, "night", num_images=9)
    with pytest.raises(InvalidRequest, match="cannot be read"):
        client.plan(tmp_path / "none.png", "night")
    assert way.requests == []


def test_a_plan_sends_the_bytes_it_was_made_of_and_only_once(client, way, picture, tmp_path):
    path = tmp_path / "street.png"
    path.write_bytes(picture)
    plan = client.plan(path, "night")
    path.unlink()

    client.run(plan)

    (upload,) = way.to("file-stream-upload")
    assert picture in upload.content
    (body,) = way.created()
    assert body["input"]["prompt"] == "night"
    with pytest.raises(SubmissionMoved):
        client.run(plan)
    assert len(way.created()) == 1


def test_a_plan_of_a_link_uploads_nothing(client, way):
    client.run(client.plan(LINK, "night"), max_credits=3)

    (body,) = way.created()
    assert body["input"]["image_url"] == LINK
    assert len(way.requests) == 1


def test_events_are_what_is_new(client, mock):
    mock.scenario = polls(6)
    handle = client.submit(LINK, "night")

    events = list(handle.events())

    states = [event.task.state for event in events]
    assert states == list(dict.fromkeys(states))
    assert states[-1] == "success"
    assert {event.kind for event in events} == {"polled"}


def test_the_last_event_of_a_failed_task_says_so(client, mock):
    mock.scenario = polls(1, "fail")

    *_, last = client.submit(LINK, "night").events()

    assert last.task.has_failed


def test_events_end_with_patience(client, mock):
    mock.scenario = polls(10**6)
    handle = client.submit(LINK, "night")

    with pytest.raises(TaskUnfinished) as told:
        list(handle.events(timeout=0.02))

    assert told.value.task_id == handle.id


def test_a_callback_that_is_heard_ends_the_sleep(opens):
    mock = Mock(scenario=lasts(0.2))
    patient = PollSchedule((Stage(60, 30),))
    with opens(KEY, transport=Way(mock), schedule=patient) as client:
        handle = client.submit(LINK, "night")
        heard = callbacks.Callback(task_id=handle.id, code=200)
        teller = threading.Timer(0.5, client.hear, [heard])
        teller.start()

        begun = time.monotonic()
        task = handle.wait()
        waited = time.monotonic() - begun

        teller.join()
    assert task.is_final
    assert waited < 10  # instead of 30


def test_a_false_callback_costs_one_question(opens):
    mock = Mock(scenario=lasts(0.3))
    way = Way(mock)
    with opens(KEY, transport=way, schedule=PollSchedule((Stage(10, 0.5),))) as client:
        handle = client.submit(LINK, "night")
        client.hear(callbacks.Callback(task_id=handle.id, code=501))

        task = handle.wait()

    assert not task.has_failed
    assert 2 <= len(way.to("recordInfo")) <= 3


@pytest.mark.parametrize("learns", [True, False])
def test_durations_that_were_learned_set_the_pace_unless_the_user_did(opens, tmp_path, learns):
    ledger = DurableLedger(tmp_path / "ledger.sqlite3")
    mock = Mock(scenario=lasts(0.4))
    way = Way(mock)
    coarse = PollSchedule((Stage(60, 2),), learns=learns)
    with opens(KEY, transport=way, schedule=coarse, ledger=ledger) as client:
        for number in range(5):
            done = client.submit(LINK, "night", key=f"{number}")
            kept = ledger.find(f"{number}")
            ledger.record(kept.became("ready", seconds=0.4))
        asked = len(way.to("recordInfo"))

        begun = time.monotonic()
        client.submit(LINK, "night").wait()
        waited = time.monotonic() - begun

    assert done.id
    assert (waited < 2) is learns
    assert len(way.to("recordInfo")) - asked <= 6


def test_a_picture_is_uploaded_once(client, way, picture, tmp_path):
    path = tmp_path / "street.png"
    path.write_bytes(picture)

    client.submit(picture, "night")
    client.submit(path, "sunset")
    client.submit(picture + b"\0", "night")

    first, second, third = (body["input"]["image_url"] for body in way.created())
    assert first == second != third
    assert len(way.to("upload")) == 2


def test_an_upload_that_has_expired_is_made_again(client, way, picture, monkeypatch):
    monkeypatch.setattr("apikley.uploads.LIFETIME", 0.0)

    client.submit(picture, "night")
    client.submit(picture, "night")

    assert len(way.to("upload")) == 2
