"""What the mock holds, and that it can come back to it."""

import json

import httpx
import pytest

from apikley.mock import Failure, Mock, MockTransport, Request, VirtualClock, lasts, polls

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


@pytest.mark.parametrize("seconds", [1e12, 10**400])
@pytest.mark.parametrize("clock", [VirtualClock(), lambda: 100.0])
def test_time_ends_before_its_dates_cannot_be_written(asker, clock, seconds):
    ask = asker(clock=clock)
    with pytest.raises(ValueError, match="beyond the year 9000"):
        ask.mock.advance(seconds)
    ask.mock.advance(221_845_392_000 - ask.mock.clock.now())
    with pytest.raises(ValueError, match="beyond the year 9000"):
        ask.mock.advance(1)
    body = {"base64Data": "AAAA", "uploadPath": "images"}
    stored = json.loads(ask("POST", "/file-upload/api/file-base64-upload", body=body).body)["data"]
    assert stored["uploadedAt"].startswith("9000-01-01T00:00:00")


@pytest.mark.parametrize("moment", [-1.0, 1e18, float("nan"), float("inf")])
def test_a_clock_shows_no_time_that_cannot_be(moment):
    with pytest.raises(ValueError, match="between the years 1970 and 9000"):
        VirtualClock(moment)
    with pytest.raises(ValueError, match="between the years 1970 and 9000"):
        Mock(clock=lambda: moment)


@pytest.mark.parametrize("scenario", [lasts(0), polls(0)], ids=["by the clock", "by fetches"])
def test_a_task_lives_though_the_clock_is_set_back(asker, scenario):
    moment = [2e9]
    ask = asker(scenario=scenario, clock=lambda: moment[0])
    task_id = ask.create()
    moment[0] = 1e9
    record = ask.fetch(task_id)
    assert (record["state"], record["updateTime"]) == ("success", record["createTime"])


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
    "another version": ("format", 1),
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


@pytest.mark.parametrize("clock", [VirtualClock(), lambda: 1e9], ids=["virtual", "real"])
def test_reset_goes_back_to_the_settings_the_credits_and_the_time_of_the_beginning(clock):
    errors = {"*": "envelope"}
    mock = Mock(clock=clock, errors=errors, credits=5, rate_limit=True, callbacks="twice", scenario=polls(1))
    begun, saved = mock.clock.now(), mock.save()
    errors["*"] = "status"
    for _ in range(2):  # what is brought back must not be what the next changes reach
        mock.errors["create-task"] = "known"
        mock.change(errors={"*": "known"}, credits=7, rate_limit=False, callbacks="never")
        mock.errors, mock.callbacks, mock.rate_limit = "known", "never", False
        mock.credits, mock.scenario = 7, polls(9)
        mock.advance(1000)
        mock.fail_next(429)
        mock.reset()
        assert mock.save() == saved
    assert (mock.errors, mock.credits, mock.rate_limit, mock.callbacks) == (
        {"*": "envelope"},
        5,
        True,
        "twice",
    )
    assert (mock.scenario, mock.clock.now()) == (polls(1), begun)


def test_a_real_clock_goes_on_after_a_reset():
    moment = [1e9]
    mock = Mock(clock=lambda: moment[0])
    mock.advance(1000)
    moment[0] += 5
    mock.reset()
    assert mock.clock.now() == 1e9 + 5


def test_a_reset_forgets_what_load_has_brought_too(busy):
    mock = Mock.load(busy.mock.save(), credits=5, clock=VirtualClock(7.0))
    mock.reset()
    assert (len(mock.tasks), mock.credits, mock.errors, mock.clock.now()) == (0, 5, "status", 7.0)


def test_the_log_of_after_a_reset_holds_no_request_of_before(ask):
    task_id = ask.create()
    ask.mock.finish(task_id)
    begun = ask.mock.start(Request("GET", f"/results/{task_id}/1.png"))
    ask.mock.reset()
    assert begun.finish().body.startswith(b"\x89PNG")
    assert [*ask.mock.requests] == []


# What is on the account.


@pytest.mark.parametrize("sum_", [float("nan"), float("inf"), -float("inf"), -0.5, 1e13, 10**400])
def test_an_account_holds_no_sum_that_cannot_be(sum_):
    with pytest.raises(ValueError, match="an account cannot hold"):
        Mock(credits=sum_)
    mock = Mock(credits=7)
    with pytest.raises(ValueError, match="an account cannot hold"):
        mock.credits = sum_
    with pytest.raises(ValueError, match="an account cannot hold"):
        mock.change(credits=sum_, callbacks="never")
    assert (mock.credits, mock.callbacks) == (7, "once")


@pytest.mark.parametrize("code", [-1, 10**9, True, 501.5])
def test_a_task_fails_by_no_code_that_cannot_be(code):
    with pytest.raises(ValueError, match="cannot fail with the code"):
        Failure(code, "no")


def test_a_task_fails_with_no_message_that_nobody_can_write(ask):
    task_id = ask.create()
    with pytest.raises(ValueError, match="cannot be written: surrogates not allowed"):
        ask.mock.fail(task_id, 501, "\ud800")
    assert ask.fetch(task_id)["state"] == "waiting"


@pytest.mark.parametrize(
    "make",
    [lambda: polls(1.5), lambda: polls(1, unknown_for=0.5), lambda: Mock().fail_next(429, times=1.5)],
)
def test_what_is_counted_is_counted_in_whole_numbers(make):
    with pytest.raises(TypeError, match="must be <class 'int'>"):
        make()


@pytest.mark.parametrize("saved", [[], None, "state", {}, {"format": 1}])
def test_what_is_no_state_of_a_mock_is_said_to_be_none(saved):
    with pytest.raises(ValueError, match="no state of a mock"):
        Mock.load(saved)


# What is too much.


def test_the_oldest_tasks_go_when_their_texts_are_too_much(ask, monkeypatch):
    monkeypatch.setattr("apikley.mock.tasks.MAXIMUM_BYTES", 5000)
    first, *_, last = [ask.create(prompt="ж" * 500) for _ in range(5)]
    assert sum(task.size for task in ask.mock.tasks) <= 5000
    assert ask.mock.tasks.get(first) is None
    assert ask.fetch(last)["state"] == "waiting"


def test_no_more_faults_wait_than_can_be_looked_through(ask):
    for _ in range(1000):
        ask.mock.fail_next(429)
    with pytest.raises(ValueError, match="no more than 1000"):
        ask.mock.fail_next(429)
