"""A run never spends more than it was allowed to, whatever the service does."""

import json
from functools import cache

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apikley.contract import plan as names
from apikley.contract.checking import Checker
from apikley.contract.document import Document
from apikley.contract.guarding import Guard, PlanExceeded, is_harmless
from apikley.contract.plan import to_plan
from apikley.contract.rows import free
from apikley.contract.running import Run
from apikley.contract.sending import open_transport
from apikley.contract.verdicts import exit_code
from apikley.errors import OutOfCredits
from apikley.mock import Mock, polls, running
from contract.live.doors import (
    DEEP,
    KEY,
    PICTURE,
    PRICE,
    Door,
    answer,
    is_create,
    open_mock,
    run_through,
    takes_everything,
)

FIRST_CREATE = [row.creates for row in free(Document.shipped())].index(True)
LAST = sum(row.creates for row in free(Document.shipped()))  # the number of the paid createTask, from 0


def verdicts(run):
    return {verdict.name: verdict for verdict in run.verdicts()}


def spent(door, before=1000):
    return before - door.mock.credits


def test_a_good_service_is_paid_once_and_what_the_document_says():
    door = Door(open_mock(rate_limit=True))
    found = verdicts(run_through(door, uploads=True))

    assert {name: each.outcome for name, each in found.items() if each.outcome != "passed"} == {}
    assert spent(door) == PRICE
    assert len(door.mock.tasks) == len(door.could_be_paid) == 1
    assert len(door.creates) == LAST + 1


def test_without_a_budget_no_request_could_be_paid():
    door = Door(open_mock())
    run = run_through(door, budget=None)
    found = verdicts(run)

    assert exit_code(found.values()) == 0
    assert (spent(door), door.could_be_paid, len(door.creates)) == (0, [], LAST)
    assert run.guard.creates_left == run.guard.paid_left == 0


def test_a_service_that_takes_everything_is_asked_for_one_task_and_never_for_a_second():
    door = Door(open_mock(), takes_everything)
    found = verdicts(run_through(door))

    assert len(door.mock.tasks) == len(door.creates) == 1
    assert spent(door) <= PRICE
    assert found["create-by-get"].outcome == "failed"
    assert found["create-by-get"].task_id == next(iter(door.mock.tasks)).id
    assert found[names.PAID_CREATE].outcome == found["create-list"].outcome == "skipped"
    assert "took the request create-by-get" in found[names.PAID_CREATE].reason
    assert found[names.UNCHARGED].outcome == "failed"
    assert exit_code(found.values()) == 9


LOST = {
    "reset": httpx.ReadError("reset"),
    "broken off": httpx.RemoteProtocolError("broken off"),
    "timed out": httpx.ReadTimeout("too late"),
    "not wholly sent": httpx.WriteError("broken pipe"),
}
SAID = {
    "nothing": (b"", 200),
    "no object": (b"[]", 200),
    "half an object": (b'{"code": 200, "da', 200),
    "a page": (b"<html>502</html>", 502),
    "a 500": ({"code": 500, "msg": "Server Error", "data": None}, 500),
    "a 500 in an envelope": ({"code": 500, "msg": "Server Error", "data": None}, 200),
    "no code": ({"msg": "success", "data": {"taskId": "1"}}, 200),
    "a code of no type": ({"code": [], "data": None}, 200),
    "a code of letters": ({"code": "ok", "data": {"taskId": "1"}}, 200),
    "a code in quotes": ({"code": "200", "data": {"taskId": "1"}}, 200),
    "a task by another name": ({"code": 200, "msg": "success", "data": {"id": "1"}}, 200),
    "no data": ({"code": 200, "msg": "success"}, 200),
    "a redirect": (b"", 307),
    "a 429": ({"code": 429, "msg": "Rate Limited"}, 429),
    "a 455": ({"code": 455, "msg": "Maintenance"}, 455),
    "a 408": ({"code": 408, "msg": "no result for ten minutes"}, 200),
    "a 418": (b"", 418),
    "a 201": ({"code": 200, "data": {"taskId": "1"}}, 201),
}


def _loses(error):
    def spoil(deliver):
        deliver()
        raise error

    return spoil


def _says(body, status):
    def spoil(deliver):
        deliver()
        return answer(body, status)

    return spoil


SPOILS = {name: _loses(error) for name, error in LOST.items()} | {
    name: _says(*said) for name, said in SAID.items()
}


@cache
def paid(what):
    """A door on which the answer to the paid createTask is spoilt so, the run through it, and its verdicts."""
    door = Door(open_mock(), lambda _, deliver: SPOILS[what](deliver))
    run = run_through(door, rows=1, image_url=PICTURE)
    return door, run, verdicts(run)


@pytest.mark.parametrize("what", SPOILS)
def test_the_paid_request_is_sent_once_however_it_is_answered(what):
    door, _, found = paid(what)

    assert len(door.could_be_paid) == len(door.creates) == len(door.mock.tasks) == 1
    assert spent(door) == PRICE
    assert found[names.PAID_CREATE].outcome != "passed"
    assert exit_code(found.values()) != 0


NAMED = {"a 201", "a code in quotes"}
AT_THE_DOOR = {"a 429", "a 455"}


@pytest.mark.parametrize("what", [each for each in SPOILS if each not in NAMED | AT_THE_DOOR])
def test_a_paid_request_whose_answer_is_neither_a_task_nor_a_clear_no_is_told_as_in_doubt(what):
    _, _, found = paid(what)

    assert found[names.PAID_CREATE].trouble == "doubt"
    assert "may exist and be billed" in found[names.PAID_CREATE].reason
    assert exit_code(found.values()) == 7
    assert found[names.PAID_CREDITS].came.startswith("1 credits paid")  # so that one sees what became of it


@pytest.mark.parametrize("what", SPOILS)
def test_a_task_that_was_made_of_nothing_is_the_last_whatever_is_said_of_it(what):
    """The first createTask makes a task and is paid, as each would be, and is then answered otherwise."""
    door = Door(
        open_mock(),
        lambda number, deliver: (
            SPOILS[what](lambda: takes_everything(number, deliver))
            if number == 0
            else takes_everything(number, deliver)
        ),
    )
    found = verdicts(run_through(door, rows=FIRST_CREATE + 2))

    assert len(door.mock.tasks) == len(door.creates) == 1
    assert found[names.PAID_CREATE].outcome == "skipped"
    assert exit_code(found.values()) != 0


def test_a_paid_request_that_never_left_is_not_in_doubt_and_not_sent_again():
    def spoil(number, deliver):
        if number == LAST:
            raise httpx.ConnectError("refused")
        return deliver()

    door = Door(open_mock(), spoil)
    found = verdicts(run_through(door))

    assert found[names.PAID_CREATE].trouble == "network"
    assert (len(door.could_be_paid), spent(door)) == (1, 0)


@settings(max_examples=300 if DEEP else 8)
@given(
    spoilt=st.dictionaries(st.integers(0, LAST), st.sampled_from([*SPOILS, "taken"]), max_size=4),
    is_permissive=st.booleans(),
)
def test_whatever_goes_wrong_where_the_budget_holds_and_no_request_is_repeated(spoilt, is_permissive):
    def spoil(number, deliver):
        take = takes_everything if is_permissive or spoilt.get(number) == "taken" else lambda _, send: send()
        what = spoilt.get(number)
        if what in SPOILS:
            return SPOILS[what](lambda: take(number, deliver))
        return take(number, deliver)

    door = Door(open_mock(scenario=polls(0)), spoil)
    run = run_through(door)
    found = verdicts(run)

    assert spent(door) <= PRICE
    assert len(door.mock.tasks) <= 1
    assert len(door.could_be_paid) <= 1
    assert len(door.creates) <= run.plan.creates
    asked = [
        (each.method, each.content, each.headers.get("authorization"), each.headers.get("content-type"))
        for each in door.creates
    ]
    assert len(asked) == len(set(asked))
    assert found.keys() == set(run.plan.names)


@pytest.mark.parametrize("budget", [0, 0.5, 0.999])
def test_a_budget_below_the_price_is_refused_before_anything_is_sent(budget):
    with pytest.raises(OutOfCredits, match="nothing was sent"):
        to_plan(Document.shipped(), budget=budget)


def test_an_account_that_cannot_pay_is_not_asked_to():
    door = Door(open_mock(credits=0.5))
    found = verdicts(run_through(door))

    assert door.could_be_paid == []
    assert found[names.PAID_CREATE].outcome == "skipped"
    assert exit_code(found.values()) == 4


def test_a_task_that_costs_more_than_the_budget_is_found():
    door = Door(open_mock())

    def dearer(number, deliver):
        response = deliver()
        if number == LAST:
            door.mock.credits -= 3
        return response

    door.spoil = dearer
    found = verdicts(run_through(door))

    assert found[names.PAID_CREDITS].outcome == "failed"
    assert "4 credits are gone" in found[names.PAID_CREDITS].faults[0].says


def test_a_task_that_says_itself_that_it_cost_more_than_the_budget_is_found():
    class Dear(Door):
        def handle_request(self, request):
            response = super().handle_request(request)
            if is_create(request) and b"qwen" in request.content:
                self.mock.credits -= 3
            if not request.url.path.endswith("/recordInfo"):
                return response
            value = json.loads(response.read())
            if value["code"] == 200 and "creditsConsumed" in value["data"]:
                value["data"]["creditsConsumed"] = 4
            return answer(value, response.status_code)

    found = verdicts(run_through(Dear(open_mock())))

    (fault,) = found[names.PAID_CREDITS].faults
    assert fault.rule == "budget"
    assert "more than the budget of 1" in fault.says


def priced(price):
    """A service that charges for whatever reaches createTask, and says no all the same to what it must refuse."""

    def charges(number, deliver):
        door.mock.credits -= price
        return deliver()

    door = Door(open_mock(), charges)
    return door


@pytest.mark.parametrize("price", [0.25, 10])
def test_the_first_free_request_that_costs_is_the_last(price):
    door = priced(price)
    found = verdicts(run_through(door, budget=1.2))

    assert (len(door.creates), spent(door)) == (1, price)
    assert (
        found[names.PAID_CREATE].reason
        == f"the request create-by-get, which should be free, cost {price:g} credits"
    )
    assert f"{1000 - price:g} after create-by-get" in found[names.WATCHED].faults[0].says
    assert found[names.UNCHARGED].faults[0].rule == "charged"
    assert exit_code(found.values()) == 9


@pytest.mark.parametrize("first", range(LAST))
def test_whichever_free_request_costs_none_follows_it(first):
    def charges(number, deliver):
        door.mock.credits -= number >= first
        return deliver()

    door = Door(open_mock(), charges)
    found = verdicts(run_through(door, rows=FIRST_CREATE + first + 4))

    assert spent(door) == 1
    assert len(door.creates) == first + 1
    assert found[names.WATCHED].outcome == "failed"


def test_nothing_is_asked_of_create_task_once_nobody_knows_what_that_costs():
    class Silent(Door):
        def handle_request(self, request):
            if request.url.path.endswith("/credit") and self.creates:
                return answer({"code": 500, "msg": "Server Error", "data": None})
            return super().handle_request(request)

    door = Silent(open_mock())
    found = verdicts(run_through(door))

    assert len(door.creates) == 1
    assert found[names.PAID_CREATE].reason == "nobody knows whether the request create-by-get cost something"


def test_what_else_is_free_and_costs_is_kept_within_the_budget():
    class Charging(Door):
        def handle_request(self, request):
            self.mock.credits -= 0.25 * request.url.path.endswith("/download-url")
            return super().handle_request(request)

    door = Charging(open_mock())
    found = verdicts(run_through(door))

    assert door.could_be_paid == []
    assert (
        found[names.PAID_CREATE].reason == "1 credits are gone already, and 1 more are over the budget of 1"
    )


class Counting(Door):
    """A service that says so of the credits, in bytes."""

    def __init__(self, said):
        super().__init__(open_mock(scenario=polls(0)))
        self.said = said

    def handle_request(self, request):
        response = super().handle_request(request)
        if not request.url.path.endswith("/credit") or request.method != "GET":
            return response
        is_yes = json.loads(response.read())["code"] == 200
        return answer(b'{"code": 200, "msg": "success", "data": %b}' % self.said) if is_yes else response


@pytest.mark.parametrize(
    "said",
    [b"9" * 400, b"NaN", b"Infinity", b"1e999", b"-5", b'"1000"', b"true", b"null", b"[1000]", b"0.99"],
)
def test_an_account_of_which_nobody_knows_that_it_can_pay_is_not_asked_to(said):
    door = Counting(said)
    found = verdicts(run_through(door, rows=1))

    assert door.could_be_paid == []
    assert found[names.PAID_CREATE].outcome == "skipped"
    assert exit_code(found.values()) != 0


def test_the_guard_raises_before_number_n_plus_1_is_sent():
    door = Door(open_mock())
    guard = Guard(door, Document.shipped(), "http://service.test", creates=3, paid=1)
    client = httpx.Client(transport=guard, base_url="http://service.test")
    good = {"headers": {"authorization": f"Bearer {KEY}"}, "json": {"model": "qwen/image-edit"}}

    client.post("/api/v1/jobs/createTask", **good)
    with pytest.raises(PlanExceeded):
        client.post("/api/v1/jobs/createTask", **good)
    client.post("/api/v1/jobs/createTask", json={})
    client.post("/api/v1/jobs/createTask", json={})
    with pytest.raises(PlanExceeded):
        client.post("/api/v1/jobs/createTask", json={})

    assert len(door.requests) == 3


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", "/api/v1/jobs/createTask/"),
        ("POST", "/api/v1/jobs//createTask"),
        ("POST", "/api/v1/jobs/createtask"),
        ("POST", "/api/v1/jobs/create%54ask"),
        ("POST", "/api/v1/jobs/./createTask?x=1"),
        ("GET", "/api/v1/jobs/createTask"),
        ("GET", "/api/v1/jobs/CREATETASK/?model=qwen/image-edit"),
        ("HEAD", "/api/v1/jobs/create%54ask"),
        ("OPTIONS", "/api/v1/jobs/createTask"),
        ("PUT", "/api/v1/jobs/createTask"),
        ("PATCH", "/api/v2/jobs/createTask"),
        ("POST", "/api/v1/anything/else"),
        ("DELETE", "/"),
        ("POST", "https://elsewhere.test/api/v1/jobs/createTask"),
        ("POST", "http://service.test:81/api/v1/chat/credit"),
    ],
)
def test_what_could_be_a_create_task_under_another_name_counts_as_one(method, url):
    door = Door(open_mock())
    guard = Guard(door, Document.shipped(), "http://service.test", creates=0, paid=0)

    with pytest.raises(PlanExceeded):
        httpx.Client(transport=guard, base_url="http://service.test").request(method, url, json={})

    assert door.requests == []


def test_a_query_that_names_a_model_could_be_paid():
    guard = Guard(Door(open_mock()), Document.shipped(), "http://service.test", creates=1, paid=0)

    with pytest.raises(PlanExceeded, match="another task"):
        httpx.Client(transport=guard).get("http://service.test/api/v1/jobs/createTask?model=qwen/image-edit")


def test_the_key_goes_to_no_other_host():
    door = Door(open_mock())
    guard = Guard(door, Document.shipped(), "https://service.test", creates=0, paid=0)
    client = httpx.Client(transport=guard)

    for url in ("https://elsewhere.test/", "http://service.test/api/v1/chat/credit"):
        with pytest.raises(PlanExceeded):
            client.get(url, headers={"authorization": f"Bearer {KEY}"})

    assert door.requests == []


def test_the_link_to_the_picture_is_followed_without_the_key():
    door = Door(open_mock())
    verdicts(run_through(door))

    (fetched,) = [each for each in door.requests if each.url.path.startswith("/results/")]
    assert "authorization" not in fetched.headers
    assert not any(KEY in value for value in fetched.headers.values())


@pytest.mark.parametrize(
    "row", [row for row in free(Document.shipped()) if row.creates], ids=lambda row: row.name
)
def test_no_refused_request_names_a_model_or_holds_what_a_task_is_made_of(row):
    """Told by the test's own reading of the body, not by the guard's."""
    assert row.why
    body = row.request.body
    for word in (b"qwen", b"image", b"prompt", b"http", b"//", b"data:", b"\\"):
        assert word not in body
    try:
        value = json.loads(body)
    except ValueError:
        return
    if isinstance(value, dict):
        assert value.get("input", {}) == {}
        assert value.get("model") in (None, 7, "apikley-contract-nowhere")
    else:
        assert value == []


@pytest.mark.parametrize(
    "body",
    [
        {"model": "qwen/image-edit"},
        {"model": "QWEN/image-edit", "input": {}},
        {"input": {"prompt": "a"}},
        {"input": "make it night"},
        {"x": "https://example.com/a.png"},
        {"x": "data:image/png;base64,"},
        {"x": "a" * 300},
    ],
)
def test_a_body_with_anything_that_a_task_could_be_made_of_is_not_harmless(body):
    assert not is_harmless(Document.shipped(), json.dumps(body).encode())


def test_an_escaped_model_is_not_harmless():
    assert not is_harmless(Document.shipped(), rb'{"model": "\u0071wen/image-edit"}')


@pytest.mark.parametrize("slow_on", ["create-task", "report-credits", "fetch-task"])
def test_a_service_that_hangs_ends_the_run_in_time(slow_on):
    mock = open_mock()
    mock.fail_next("hang", on=slow_on, times=100)
    begun = mock.clock()
    door = Door(mock)
    found = verdicts(run_through(door))

    assert exit_code(found.values()) != 0
    assert mock.clock() - begun < 600
    assert spent(door) <= PRICE


def test_a_task_that_never_ends_is_left_in_time_and_its_id_is_told():
    door = Door(open_mock(scenario=polls(10**6)))
    found = verdicts(run_through(door, rows=1, patience=60))

    assert found[names.PAID_POLL].trouble == "task-runs"
    assert found[names.PAID_POLL].task_id == next(iter(door.mock.tasks)).id
    assert exit_code(found.values()) == 6


def test_a_task_that_fails_is_told_apart_from_drift():
    door = Door(open_mock(scenario=polls(2, "fail")))
    found = verdicts(run_through(door, rows=1))

    assert [name for name, each in found.items() if each.outcome == "failed"] == []
    assert exit_code(found.values()) == 5


def test_the_pace_stays_below_the_documented_limits():
    mock = open_mock()
    times = []

    class Clocked(Door):
        def handle_request(self, request):
            times.append((mock.clock(), is_create(request)))
            return super().handle_request(request)

    verdicts(run_through(Clocked(mock), uploads=True))

    def busiest(moments, span):
        return max(sum(start <= each < start + span for each in moments) for start in moments)

    assert busiest([when for when, _ in times], 1) <= 10
    assert busiest([when for when, creates in times if creates], 10) <= 20


ODD = {
    "half a character": "https://a.test/\ud800.png",
    "a user": "https://a:b@a.test/1.png",
    "no host": "https://",
    "half an address": "http://[",
    "a port of letters": "https://a.test:x/",
    "a newline": "https://a.test/\n1.png",
    "a NUL": "https://a.test/\0",
    "a file": "file:///etc/passwd",
    "100,000 letters": "https://a.test/" + "a" * 100_000,
    "another script": "https://пример.рф/ж.png",
    "a broken name": "https://xn--/",
    "data": "data:image/png;base64,AA==",
    "the API": "http://service.test/api/v1/jobs/createTask",
}


@pytest.mark.parametrize("link", ODD.values(), ids=ODD)
def test_an_odd_link_to_what_was_paid_for_does_not_end_the_run(link):
    class Odd(Door):
        def handle_request(self, request):
            response = super().handle_request(request)
            if not request.url.path.endswith("/recordInfo") or request.url.host != "service.test":
                return response
            value = json.loads(response.read())
            if value["code"] == 200 and value["data"].get("resultJson"):
                value["data"]["resultJson"] = json.dumps({"resultUrls": [link]})
            return answer(value, response.status_code)

    door = Odd(open_mock(scenario=polls(0)))
    run = run_through(door, rows=1, image_url=PICTURE)
    found = verdicts(run)

    assert found[names.PAID_CREDITS].outcome == "passed"
    assert found.keys() == set(run.plan.names)
    assert len(door.could_be_paid) == 1


def test_a_link_into_the_users_own_network_is_not_followed_and_does_not_end_the_run():
    with running(Mock()) as private:

        class Odd(Door):
            def __init__(self, mock):
                super().__init__(mock)
                self.network = open_transport(private)

            def handle_request(self, request):
                if request.url.host != "service.test":
                    return self.network.handle_request(request)
                response = super().handle_request(request)
                value = json.loads(response.read())
                if request.url.path.endswith("/recordInfo") and value["code"] == 200:
                    value["data"]["resultJson"] = json.dumps({"resultUrls": [f"{private}/secret"]})
                return answer(value, response.status_code)

        door = Odd(open_mock(scenario=polls(0)))
        found = verdicts(run_through(door, rows=1))
        door.network.close()

    assert "private address" in found[names.PAID_RESULT].reason
    assert found[names.PAID_CREDITS].outcome == "passed"


@pytest.mark.parametrize("task_id", ["\ud800", " ", "a" * 10_000, "../../x?y#z", "\n\0", 7, ["7"], {}])
def test_an_odd_task_id_does_not_end_the_run(task_id):
    said = {"code": 200, "msg": "success", "data": {"taskId": task_id}}
    door = Door(open_mock(), lambda _, __: answer(said))
    run = run_through(door, rows=1, patience=5, image_url=PICTURE)

    assert verdicts(run).keys() == set(run.plan.names)
    assert len(door.could_be_paid) == 1


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, MemoryError])
def test_a_paid_request_that_was_under_way_when_the_run_ended_is_in_doubt(end):
    """Whatever ends it, also where nothing could be recorded any more."""

    def ends(_, deliver):
        deliver()
        raise end

    run = run_through(Door(open_mock(), ends), rows=1)
    kept = []
    run._on_begun = lambda exchange: kept.append((exchange.check, len(run.recording.exchanges)))
    ended = run._sender._ended
    run._sender._ended = lambda exchange: exchange.check != names.PAID_CREATE and ended(exchange)
    with pytest.raises(end):
        verdicts(run)

    found = Checker(run.plan.document).verdict(run.recording, names.PAID_CREATE)
    assert kept[-1] == (names.PAID_CREATE, len(run.recording.exchanges))
    assert found.trouble == "doubt"


def test_a_run_is_given_the_numbers_of_its_plan():
    run = run_through(Door(open_mock()))

    assert isinstance(run, Run)
    assert (run.guard.creates_left, run.guard.paid_left) == (LAST + 1, 1)
    assert run.plan.creates == LAST + 1
