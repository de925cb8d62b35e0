"""What the mock holds, and that it can come back to it."""

import json

import httpx
import pytest

from apikley.mock import Failure, Mock, MockTransport, VirtualClock, lasts, polls

CREATE = "/api/v1/jobs/createTask"
FETCH = "/api/v1/jobs/recordInfo"
JPEG = b"\xff\xd8\xff\xe0 not much of a picture"


# How a task goes.


def fetched(ask, task_id):
    """The state of a task, or the code of the refusal."""
    body = json.loads(ask("GET", FETCH, query=f"taskId={task_id}").body)
    return body["data"]["state"] if body["data"] else body["code"]


def test_a_new_task_may_be_unknown_for_some_fetches(asker):
    ask = asker(scenario=polls(1, unknown_for=2))
    task_id = ask.create()
    assert [fetched(ask, task_id) for _ in range(4)] == [422, 422, "waiting", "success"]


def test_an_unknown_task_goes_on_by_the_clock(asker):
    ask = asker(scenario=lasts(15, unknown_for=1), clock=VirtualClock())
    task_id = ask.create()
    ask.mock.advance(20)
    assert [fetched(ask, task_id) for _ in range(2)] == [422, "success"]


def test_a_scenario_may_say_why_a_task_fails(asker):
    ask = asker(scenario=polls(0, failure=Failure(402, "too poor")))
    record = ask.fetch(ask.create())
    assert (record["state"], record["failCode"], record["failMsg"]) == ("fail", "402", "too poor")


@pytest.mark.parametrize(
    "make",
    [lambda: polls(-1), lambda: lasts(-1), lambda: lasts(float("nan")), lambda: polls(1, unknown_for=-1)],
)
def test_a_scenario_that_cannot_be_is_an_error(make):
    with pytest.raises(ValueError, match="less than no"):
        make()


def test_a_task_can_be_finished_or_failed_by_hand(ask):
    done, failed, worded = (ask.create() for _ in range(3))
    ask.mock.finish(done)
    ask.mock.fail(failed)
    ask.mock.fail(worded, 402, "too poor")
    records = [ask.fetch(task_id) for task_id in (done, failed, worded)]
    assert [record["state"] for record in records] == ["success", "fail", "fail"]
    assert [record["failCode"] for record in records] == [None, "501", "402"]
    with pytest.raises(ValueError, match="already ended"):
        ask.mock.finish(done)
    with pytest.raises(KeyError):
        ask.mock.fail("nothing")


# What time it is.


def test_a_virtual_clock_stands_still_until_it_is_told_to_go_on():
    clock = VirtualClock(100.0)
    assert (clock(), clock.now()) == (100.0, 100.0)
    clock.advance(5.5)
    assert clock() == 105.5


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
@pytest.mark.parametrize("clock", [VirtualClock(), lambda: 100.0])
def test_time_goes_neither_back_nor_for_ever(clock, seconds):
    mock = Mock(clock=clock)
    with pytest.raises(ValueError, match="time cannot go on"):
        mock.advance(seconds)


def test_a_real_clock_can_be_advanced_too(asker):
    ask = asker(scenario=lasts(3600))
    task_id = ask.create()
    assert fetched(ask, task_id) == "waiting"
    ask.mock.advance(3600)
    assert fetched(ask, task_id) == "success"


# All of it.


def played(mock):
    """The bytes of all answers to the same requests."""
    with httpx.Client(
        transport=MockTransport(mock),
        base_url="https://api.apikley.ru",
        headers={"authorization": "Bearer sk-test-1"},
    ) as client:
        upload = {"base64Data": "iVBORw0KGgo=", "uploadPath": "images"}
        stored = client.post("/file-upload/api/file-base64-upload", json=upload)
        link = client.post("/api/v1/common/download-url", json={"url": stored.json()["data"]["downloadUrl"]})
        wish = {"prompt": "a", "image_url": "https://example.com/a.jpg", "image_size": "square"}
        created = client.post(CREATE, json={"model": "qwen/image-edit", "input": wish})
        task_id = created.json()["data"]["taskId"]
        mock.advance(20)
        record = client.get(FETCH, params={"taskId": task_id})
        result = client.get(json.loads(record.json()["data"]["resultJson"])["resultUrls"][0])
    return [each.content for each in (stored, link, created, record, result)]


def test_the_same_requests_have_the_same_bytes_for_answers():
    one, same, other = (Mock(clock=VirtualClock(), scenario=lasts(5), seed=seed) for seed in (1, 1, 2))
    first = played(one)
    assert first == played(same)
    assert first != played(other)


@pytest.fixture
def busy(asker):
    """A mock with a bit of everything, and its asker."""
    ask = asker(
        scenario=lasts(15, failure=Failure(501, "no")), clock=VirtualClock(), errors={"*": "envelope"}
    )
    ask.upload(JPEG)
    ask.create(image_size="square", num_images="2")
    ask.mock.advance(5)
    ask.mock.scenario = polls(2, unknown_for=1)
    ask.create(prompt="сделай ночь")
    ask.mock.fail_next(429, on="create-task", times=2, retry_after=1.5)
    ask.mock.rate_limit, ask.mock.callbacks = True, "twice"
    return ask


def test_a_mock_goes_on_from_a_saved_state_as_if_nothing_had_been(busy, asker):
    saved = json.loads(json.dumps(busy.mock.save()))
    other = asker(clock=VirtualClock(7.0))
    other.mock = Mock.load(saved, clock=VirtualClock(7.0))
    assert other.mock.save() == saved
    assert [*other.mock.tasks] == [*busy.mock.tasks]
    for ask in (busy, other):
        ask.mock.advance(10)
    ids = [task.id for task in busy.mock.tasks]
    assert [fetched(busy, each) for each in ids] == [fetched(other, each) for each in ids] == ["fail", 422]
    link = "https://api.apikley.ru/files/images/street.jpg"
    assert other.download(link).body == JPEG
    assert [str(fault) for fault in other.mock.faults] == ["429:create-task:2"]
    busy.mock.clear_faults()
    other.mock.clear_faults()
    assert busy.create() == other.create()


def test_a_real_clock_goes_on_from_the_moment_of_the_saved_state(busy):
    mock = Mock.load(busy.mock.save())
    assert 0 <= mock.clock.now() - busy.mock.clock.now() < 5


def test_a_task_that_is_awaited_is_told_of_after_a_restore_and_one_that_has_ended_is_not(asker):
    ask = asker(scenario=lasts(15), clock=VirtualClock())
    wish = {"prompt": "a", "image_url": "https://example.com/a.jpg"}
    body = {"model": "qwen/image-edit", "callBackUrl": "http://127.0.0.1:9/", "input": wish}
    ask("POST", CREATE, body=body)
    ask.mock.advance(15)
    ask("POST", CREATE, body=body)
    mock = Mock.load(ask.mock.save(), clock=VirtualClock())
    assert mock.deliveries == []
    mock.advance(15)
    assert [delivery.task_id for delivery in mock.deliveries] == [[*mock.tasks][1].id]


def spoilt(saved, *way_and_value):
    *way, last, value = way_and_value
    inner = saved
    for key in way:
        inner = inner[key]
    inner[last] = value
    return saved


SPOILT = {
    "another version": ("format", 2),
    "no tasks": ("tasks", None),
    "a task without a wish": ("tasks", 0, "wish", None),
    "a task with a text for a stage": ("tasks", 0, "stage", "1"),
    "a task with a truth for a number": ("tasks", 0, "fetches", True),
    "a task with a field too much": ("tasks", 0, "mood", "good"),
    "a picture with one side": ("tasks", 0, "wish", "pixels", [1]),
    "a file that is no Base64": ("contents", 0, "!"),
    "an ending that is none": ("scenario", "ending", "perhaps"),
    "an unknown mode": ("errors", "loud"),
    "an unknown fault": ("faults", 0, "what", "fire"),
    "credits in words": ("credits", "many"),
}


@pytest.mark.parametrize("change", SPOILT.values(), ids=SPOILT)
def test_a_state_that_cannot_be_read_changes_nothing(busy, change):
    mock = Mock()
    before = mock.save() | {"now": 0}
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        mock.restore(spoilt(json.loads(json.dumps(busy.mock.save())), *change))
    assert mock.save() | {"now": 0} == before


def test_reset_forgets_all_that_has_happened(busy):
    first = next(iter(busy.mock.tasks)).id
    busy.mock.reset()
    mock = busy.mock
    assert (len(mock.tasks), mock.faults, [*mock.requests], mock.deliveries, mock.credits) == (
        0,
        [],
        [],
        [],
        1000,
    )
    assert mock.scenario == lasts(15, failure=Failure(501, "no"))
    assert busy.download("https://api.apikley.ru/files/images/street.jpg").status == 404
    assert busy.create() == first
