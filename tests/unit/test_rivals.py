"""The comparison of clients: what its stub answers, what is counted as lost, and which goals are met."""

import json
import re

import pytest

from benchmarking import pages
from rivals import outcomes, reporting, serving, simulating, wishes
from rivals.measuring import AT_ONCE, FAST, HISTORIES, QUICK, SPREADS, Burst, Findings, Outcome, Results
from rivals.peers import HTTPX, OURS, PEERS
from rivals.service import Request, Service
from rivals.simulating import ROUND_TRIP, Watching
from rivals.wishes import Fault, Wish

# How each client creates a task, where its id stands in the answer, how it asks, and what "done" looks like.
PROTOCOLS = {
    "apikley": (
        "/api/v1/jobs/createTask",
        lambda said: said["data"]["taskId"],
        lambda task_id: Request("GET", "/api/v1/jobs/recordInfo", f"taskId={task_id}"),
        lambda said: said["data"]["state"] == "success",
    ),
    "fal-client": (
        "/fal-ai/qwen-image-edit",
        lambda said: said["request_id"],
        lambda task_id: Request("GET", f"/fal-ai/qwen-image-edit/requests/{task_id}/status"),
        lambda said: said["status"] == "COMPLETED",
    ),
    "replicate": (
        "/v1/models/qwen/qwen-image-edit/predictions",
        lambda said: said["id"],
        lambda task_id: Request("GET", f"/v1/predictions/{task_id}"),
        lambda said: said["status"] == "succeeded",
    ),
    "runapi-qwen-image": (
        "/api/v1/qwen_image/edit_image",
        lambda said: said["id"],
        lambda task_id: Request("GET", f"/api/v1/qwen_image/edit_image/{task_id}"),
        lambda said: said["status"] == "completed",
    ),
}


def asked_to(wish, path="/api/v1/jobs/createTask"):
    return Request("POST", path, body=json.dumps({"input": {"prompt": wish.prompt}}).encode())


def told(service, key):
    return json.loads(service.answer(Request("GET", f"/told/{key}"), 0.0).body)


def test_a_wish_comes_back_out_of_whatever_body_holds_its_prompt():
    wish = Wish("a1", 3.25, 8.0, Fault.POLL_PAGE)

    assert wishes.find(json.dumps({"input": json.dumps({"prompt": wish.prompt})})) == wish
    assert wishes.find("make it night") is None


@pytest.mark.parametrize("client", PROTOCOLS)
def test_in_every_protocol_a_task_is_done_when_its_time_is_over_and_not_before(client):
    path, to_id, to_question, is_done = PROTOCOLS[client]
    service = Service()

    task_id = to_id(json.loads(service.answer(asked_to(Wish("a1", 3.0), path), 100.0).body))
    before, after = (json.loads(service.answer(to_question(task_id), now).body) for now in (102.9, 103.0))

    assert (is_done(before), is_done(after)) == (False, True)
    assert told(service, "a1") == [{"id": task_id, "done_at": 103.0, "polls": 2}]


def test_where_the_picture_comes_at_once_the_answer_is_held_until_then():
    assert Service().answer(asked_to(Wish("a1", 3.0), "/v1/images/generations"), 0.0).delay == 3.0


@pytest.mark.parametrize(
    ("fault", "first", "second", "tasks"),
    [
        (Fault.DROPPED, ("drop", 200), ("answer", 200), 2),
        (Fault.SILENT, ("silence", 200), ("answer", 200), 2),
        (Fault.BROKEN, ("answer", 500), ("answer", 200), 2),
        (Fault.REFUSED, ("answer", 429), ("answer", 200), 1),
        (Fault.ALWAYS_DROPPED, ("drop", 200), ("drop", 200), 2),
    ],
)
def test_a_fault_befalls_the_first_create_and_every_task_that_was_made_counts(fault, first, second, tasks):
    service = Service()

    replies = [service.answer(asked_to(Wish("a1", fault=fault)), 0.0) for _ in range(2)]

    assert [(reply.deed, reply.status) for reply in replies] == [first, second]
    assert len(told(service, "a1")) == tasks


@pytest.mark.parametrize("fault", [Fault.POLL_BROKEN, Fault.POLL_PAGE, Fault.POLL_DROPPED])
def test_a_fault_befalls_the_first_question_only(fault):
    service = Service()
    service.answer(asked_to(Wish("a1", fault=fault)), 0.0)
    (task,) = told(service, "a1")
    question = PROTOCOLS["apikley"][2](task["id"])

    first, second = (service.answer(question, 1.0) for _ in range(2))

    assert (first.deed, first.status, first.media_type) != ("answer", 200, "application/json")
    assert json.loads(second.body)["data"]["state"] == "success"


def test_the_stub_takes_requests_apart_however_they_arrive():
    body = b'{"prompt": "x"}'
    whole = b"POST /a?b=c HTTP/1.1\r\nHost: here:1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    assert serving.take(whole[:-1]) is None
    assert serving.take(whole + b"GET") == (Request("POST", "/a", "b=c", body, "http://here:1"), b"GET")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, "ok"),
        (RuntimeError("task t7 failed"), "error names the task"),
        (RuntimeError("no answer; submission k1"), "in doubt, named"),
        (RuntimeError("no answer"), "lost"),
    ],
)
def test_an_error_is_worth_what_its_message_names(error, expected):
    assert outcomes.left(error, ["t7"], ["k1"]) == expected


def test_a_task_that_hangs_on_an_error_or_its_cause_is_not_lost():
    held = RuntimeError("no answer")
    held.request = type("Asked", (), {"url": "http://here/t7/status"})()
    caused = RuntimeError("no answer")
    caused.__cause__ = RuntimeError("GET /t7/status: 500")

    assert [outcomes.left(error, ["t7"]) for error in (held, caused)] == ["error holds the task"] * 2


def test_an_error_without_a_task_is_no_loss():
    assert outcomes.left(RuntimeError("429"), []) == "error"


def test_a_fixed_interval_is_late_by_what_is_left_of_it_and_an_answer():
    watching = simulating.fixed([1.0], interval=0.7)

    assert watching.polls == 3  # at 0, 0.75 and 1.5
    assert watching.lag == pytest.approx(0.5 + ROUND_TRIP)


def test_the_best_fixed_interval_beats_its_neighbours():
    durations = [2.9, 3.0, 3.2, 3.3]
    interval, best = simulating.best_fixed(durations)

    assert interval in simulating.INTERVALS
    assert best.product == min(simulating.fixed(durations, each).product for each in simulating.INTERVALS)


def results(**ours):
    """All goals met, unless something else is said of ours."""
    fine = Outcome(1, "ok")
    measured = {
        "cpu": {"create": [(1.0, 1.2)], "status": [(1.0, 1.1)]},
        "bursts": {how: [Burst(1.1 * AT_ONCE, 0.004)] for how in ("", "learned", FAST)},
        "watched": {"": {3: Watching(1.0, 2.0)}},
        "faults": dict.fromkeys(Fault, fine) | {Fault.DROPPED: Outcome(1, "in doubt, named")},
        "imports": [1.0],
        "openings": [1.0],
        "megabytes": 2.4,
    } | ours
    peer = Findings(PEERS["openai"], **measured | {"bursts": {"": measured["bursts"][""]}})
    httpx = Findings(HTTPX, imports=[0.1], openings=[0.2], bursts=peer.bursts, megabytes=2.0)
    return Results(
        QUICK,
        httpx,
        Findings(OURS, **measured),
        [peer],
        bare_imports=[0.2],
        simulated={(queue, known, 3): Watching(0.1, 3.0) for queue in SPREADS for known in HISTORIES},
        fixed={(queue, 3): (1.0, Watching(1.0, 3.0)) for queue in SPREADS},
        called_back=[0.01],
    )


def missed(found):
    return [goal.about for goal in reporting.goals(found) if not goal.is_met]


def test_nothing_is_missed_where_all_is_as_hoped():
    assert missed(results()) == []


@pytest.mark.parametrize(
    ("ours", "about"),
    [
        ({"cpu": {"create": [(1.0, 1.3)], "status": [(1.0, 1.1)]}}, "CPU of a create"),
        ({"megabytes": 2.6}, "size of the core"),
        ({"imports": [1.36]}, "`from apikley import Apikley`"),
        ({"faults": dict.fromkeys(Fault, Outcome(2, "ok"))}, "tasks made by a call"),
        (
            {"faults": dict.fromkeys(Fault, Outcome(1, "ok")) | {Fault.BROKEN: Outcome(1, "lost")}},
            "errors after",
        ),
    ],
)
def test_a_missed_goal_is_told(ours, about):
    assert [each.startswith(about) for each in missed(results(**ours))] == [True]


def test_the_page_has_a_table_of_one_width_for_each_measure():
    page = reporting.page(results(), "today")
    rows = [line for line in page.splitlines() if line.startswith("|")]

    assert "| task made, connection dropped | 1 task, in doubt, named |" in page
    assert len(re.findall(r"^### ", page, re.MULTILINE)) == 4
    tables = "\n".join(rows).split("| | ")
    assert all(
        len({line.count("|") for line in table.splitlines() if line.startswith("|")}) <= 1 for table in tables
    )


def test_figures_go_between_the_marks_and_nothing_else_changes(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{pages.begin('bench')}old\n{pages.END}after\n", encoding="utf-8")

    pages.put(page, "bench", "new")
    pages.put(page, "bench", "newer")

    assert page.read_text(encoding="utf-8") == f"before\n{pages.begin('bench')}\nnewer\n\n{pages.END}after\n"


def test_a_page_without_marks_is_left_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("words\n", encoding="utf-8")

    with pytest.raises(pages.NoMarks):
        pages.put(page, "bench", "new")
    assert page.read_text(encoding="utf-8") == "words\n"
