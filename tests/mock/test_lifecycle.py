"""How tasks go from one state to the next."""

import json

import pytest

from apikley.mock import Request, VirtualClock, lasts, polls
from apikley.mock.tasks import MAXIMUM

FETCH = "/api/v1/jobs/recordInfo"


class Clock:
    now = 1_765_179_676.651

    def __call__(self):
        return self.now


def states(ask, task_id, fetches):
    return [ask.fetch(task_id)["state"] for _ in range(fetches)]


def test_a_task_walks_through_all_states_in_order_and_stays_where_it_ends(ask):
    assert states(ask, ask.create(), 6) == [
        "waiting",
        "queuing",
        "generating",
        "success",
        "success",
        "success",
    ]


@pytest.mark.parametrize(
    ("fetches", "seen"),
    [
        (0, ["success"]),
        (1, ["waiting", "success"]),
        (2, ["waiting", "queuing", "success"]),
        (5, ["waiting", "waiting", "queuing", "queuing", "generating", "success"]),
    ],
)
def test_polls_says_how_often_a_task_is_seen_running(asker, fetches, seen):
    ask = asker(scenario=polls(fetches))
    assert states(ask, ask.create(), len(seen)) == seen


def test_a_task_that_lasts_ends_by_the_clock_however_often_it_is_fetched(asker):
    clock = Clock()
    ask = asker(scenario=lasts(15), clock=clock)
    task_id = ask.create()
    assert states(ask, task_id, 3) == ["waiting"] * 3
    clock.now += 14.9
    assert states(ask, task_id, 2) == ["generating"] * 2
    clock.now += 100
    record = ask.fetch(task_id)
    assert record["state"] == "success"
    assert record["completeTime"] - record["createTime"] == record["costTime"] == 15_000


def test_a_task_never_goes_back_though_the_clock_does(asker):
    clock = Clock()
    ask = asker(scenario=lasts(15), clock=clock)
    task_id = ask.create()
    clock.now += 20
    assert states(ask, task_id, 1) == ["success"]
    clock.now -= 20
    assert states(ask, task_id, 1) == ["success"]


def test_head_looks_at_the_record_and_is_no_fetch(asker):
    ask = asker(scenario=polls(2, unknown_for=1), clock=VirtualClock())
    query = f"taskId={ask.create()}"
    seen = []
    for _ in range(5):
        looks = [ask("HEAD", FETCH, query=query) for _ in range(3)]
        fetched = ask("GET", FETCH, query=query)
        assert [(look.status, look.headers, look.body) for look in looks] == [
            (fetched.status, fetched.headers, b"")
        ] * 3
        seen.append((json.loads(fetched.body)["data"] or {}).get("state"))
    assert seen == [None, "waiting", "queuing", "success", "success"]


def test_a_running_record_has_no_result_and_no_end(ask):
    record = ask.fetch(ask.create())
    assert (record["resultJson"], record["completeTime"], record["failCode"]) == ("", None, "")
    assert isinstance(record["createTime"], int)
    assert "progress" not in record
    assert "creditsConsumed" not in record


def test_a_record_repeats_the_request_with_its_input_as_json_in_json(ask):
    record = ask.fetch(ask.create(prompt="сделай ночь"))
    param = json.loads(record["param"])
    assert param["model"] == record["model"] == "qwen/image-edit"
    assert json.loads(param["input"])["prompt"] == "сделай ночь"


def test_a_success_has_as_many_links_as_pictures_were_asked_for(asker):
    ask = asker(scenario=polls(0))
    record = ask.fetch(ask.create(num_images="3"))
    assert len(set(json.loads(record["resultJson"])["resultUrls"])) == 3
    assert record["creditsConsumed"] == 7.5


def test_a_failure_is_http_200_with_code_200_and_a_numeric_text(asker):
    ask = asker(scenario=polls(1, "fail"))
    task_id = ask.create()
    assert states(ask, task_id, 2) == ["waiting", "fail"]
    record = ask.fetch(task_id)
    assert (record["failCode"], record["failMsg"], record["resultJson"]) == ("501", "Generation Failed", "")


def test_progress_is_told_where_it_is_asked_for(asker):
    ask = asker(progress=True)
    task_id = ask.create()
    assert [ask.fetch(task_id)["progress"] for _ in range(4)] == [0, 33, 66, 100]


def test_the_scenario_can_change_between_tasks(ask):
    first = ask.create()
    ask.mock.scenario = polls(0, "fail")
    assert states(ask, ask.create(), 1) == ["fail"]
    assert states(ask, first, 1) == ["waiting"]


def test_ids_follow_from_the_seed(asker):
    one, same, other = (asker(seed=seed) for seed in (1, 1, 2))
    assert [one.create(), one.create()] == [same.create(), same.create()]
    assert one.create() != other.create()


@pytest.mark.parametrize("seed", [2**63 - 1, 2**64 + 1, -(2**70), 10**300 + 1])
def test_a_seed_of_any_length_is_repeated_to_its_last_digit(asker, seed):
    ask = asker(scenario=polls(0))
    record = ask.fetch(ask.create(seed=seed))
    assert f'"seed":{seed}' in json.loads(record["param"])["input"]
    assert record["state"] == "success"


def test_creating_takes_credits_by_size_and_count_until_they_are_short(asker):
    ask = asker(credits=6)
    ask.create(image_size="square", num_images="2")
    ask.create(image_size="square_hd")
    assert ask.mock.credits == 0.5
    body = {"model": "qwen/image-edit", "input": {"prompt": "a", "image_url": "https://example.com/a.jpg"}}
    reply = ask("POST", "/api/v1/jobs/createTask", body=body)
    assert json.loads(reply.body) == {"code": 402, "msg": "Insufficient Credits", "data": None}
    assert json.loads(ask("GET", "/api/v1/chat/credit").body)["data"] == 0.5
    assert len(ask.mock.tasks) == 2


def test_the_oldest_task_goes_when_there_are_too_many(asker):
    ask = asker(credits=1e9)
    first, second = ask.create(), ask.create()
    for _ in range(MAXIMUM - 1):
        ask.create()
    assert ask.mock.tasks.get(first) is None
    assert ask.mock.tasks.get(second)


def test_the_log_of_requests_holds_no_key(ask):
    ask.create()
    assert [request.path for request in ask.mock.requests] == ["/api/v1/jobs/createTask"]
    assert "sk-test" not in str([(each, each.headers) for each in ask.mock.requests])
    assert "sk-test" not in repr(Request("GET", "/", headers={"Authorization": "Bearer sk-test-1"}))


def test_the_shortest_task_has_ended_a_moment_later():
    assert lasts(1e-320).stage(3, fetches=0, elapsed=1) == 3
