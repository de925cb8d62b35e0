"""How a mock that runs is steered."""

import json

import attrs
import httpx
import pytest

from apikley.mock import App, Mock, MockTransport, Request, VirtualClock, lasts, polls, running
from apikley.mock.control import controlled

CREATE = "/api/v1/jobs/createTask"
KEY = {"authorization": "Bearer sk-test-1"}
WISH = {
    "model": "qwen/image-edit",
    "input": {"prompt": "make it night", "image_url": "https://example.com/a.jpg"},
}
HERE = "http://127.0.0.1:8455"


@attrs.define
class Desk:
    """Where a developer steers a mock."""

    mock: Mock = attrs.field(factory=lambda: Mock(clock=VirtualClock()))
    origin: str = HERE

    def __call__(self, method, path, body=None, query="", **headers):
        """Status and body."""
        reply = self.reply(method, path, body, query, **headers)
        return reply.status, json.loads(reply.body) if reply.body else None

    def reply(self, method, path, body=None, query="", **headers):
        said = {"content-type": "application/json"} | {
            name.replace("_", "-"): each for name, each in headers.items()
        }
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = Request(method, f"/__mock__/{path}", query, said, data, self.origin)
        return controlled(self.mock, request)

    def create(self, **wish):
        body = WISH | {"input": WISH["input"] | wish}
        headers = KEY | {"content-type": "application/json"}
        request = Request("POST", CREATE, "", headers, json.dumps(body).encode(), "https://api.apikley.ru")
        return json.loads(self.mock.handle(request).body)["data"]["taskId"]

    def state(self):
        return self("GET", "state")[1]


@pytest.fixture
def desk():
    return Desk()


def test_the_state_tells_of_tasks_newest_first(desk):
    first, second = desk.create(), desk.create(prompt="make it day", num_images="2")
    desk.mock.finish(second)
    newest, oldest = desk.state()["tasks"]
    assert oldest == {
        "id": first,
        "model": "qwen/image-edit",
        "state": "waiting",
        "prompt": "make it night",
        "source": "https://example.com/a.jpg",
        "results": [],
        "credits": 2.5,
        "created_at": desk.mock.clock.now(),
        "updated_at": desk.mock.clock.now(),
        "failure": None,
        "fetches": 0,
    }
    assert (newest["id"], newest["state"], newest["credits"]) == (second, "success", 5)
    assert newest["results"] == [f"{HERE}/results/{second}/{number}.png" for number in (1, 2)]


def test_the_state_tells_of_requests_and_why_they_were_refused(desk):
    desk.create()
    desk.mock.handle(Request("POST", CREATE, "", KEY | {"content-type": "application/json"}, b"{}"))
    desk.mock.handle(Request("GET", "/nowhere"))
    nowhere, refused, accepted = desk.state()["requests"]
    assert accepted.pop("milliseconds") >= 0
    assert accepted == {
        "number": 1,
        "time": desk.mock.clock.now(),
        "method": "POST",
        "path": CREATE,
        "operation": "create_task",
        "status": 200,
        "code": 200,
        "refusal": None,
        "fault": None,
    }
    assert refused["refusal"] == {"rule": "required", "pointer": "/model", "cause": "required"}
    assert (nowhere["status"], nowhere["operation"], nowhere["refusal"]["cause"]) == (
        404,
        None,
        "route-unknown",
    )


def test_the_state_tells_of_all_else(desk):
    desk.mock.fail_next(429, retry_after=7, on="create-task", as_="envelope")
    said = desk.state()
    assert (said["credits"], said["deliveries"], said["clock"]) == (1000, [], desk.mock.clock.now())
    assert said["settings"] == {
        "errors": "status",
        "rate_limit": False,
        "scenario": {
            "ending": "success",
            "fetches": 3,
            "seconds": None,
            "unknown_for": 0,
            "failure": None,
        },
        "seed": 0,
        "callbacks": "once",
    }
    [fault] = said["faults"]
    assert (fault["what"], fault["on"], fault["times"], fault["retry_after"]) == (429, "create-task", 1, 7)
    assert fault["short"] == "429:create-task"
    desk("DELETE", "faults")
    desk("POST", "faults", {name: value for name, value in fault.items() if name != "short"})
    assert desk.state()["faults"] == [fault]


def test_no_more_than_200_of_anything_is_told(desk):
    for _ in range(201):
        desk.create()
    said = desk.state()
    assert (len(said["tasks"]), len(said["requests"])) == (200, 200)
    assert said["requests"][0]["number"] == 201


def test_nothing_is_told_twice_to_those_who_say_what_they_know(desk):
    version = desk.state()["version"]
    assert desk("GET", "state", query=f"since={version}") == (204, None)
    desk.create()
    assert desk("GET", "state", query=f"since={version}")[0] == 200
    assert desk("GET", "state", query="since=fish")[0] == 200


def test_the_passing_of_time_is_news_where_a_task_goes_on():
    ahead = [0.0]
    desk = Desk(Mock(scenario=lasts(15), clock=lambda: 1e9 + ahead[0]))
    desk.create()
    version = desk.state()["version"]
    ahead[0] += 1
    assert desk("GET", "state", query=f"since={version}")[0] == 204
    ahead[0] += 5
    assert desk.state()["tasks"][0]["state"] == "queuing"
    assert desk.state()["version"] > version


def test_a_source_that_the_mock_holds_is_told_under_the_address_of_the_page(desk):
    upload = {"base64Data": "iVBORw0KGgo=", "uploadPath": "images", "fileName": "a.png"}
    headers = KEY | {"content-type": "application/json"}
    path = "/file-upload/api/file-base64-upload"
    desk.mock.handle(
        Request("POST", path, "", headers, json.dumps(upload).encode(), "https://api.apikley.ru")
    )
    desk.create(image_url="https://api.apikley.ru/files/images/a.png")
    assert desk.state()["tasks"][0]["source"] == f"{HERE}/files/images/a.png"


def test_faults_are_queued_and_forgotten(desk):
    body = {"what": "slow", "on": "fetch-task", "times": 2, "retry_after": None, "seconds": 0.5}
    assert desk("POST", "faults", body)[0] == 200
    assert desk("POST", "faults", {"what": 429, "as": "envelope"})[0] == 200
    assert [(str(fault), fault.seconds, fault.as_) for fault in desk.mock.faults] == [
        ("slow:fetch-task:2", 0.5, None),
        ("429", None, "envelope"),
    ]
    assert desk("DELETE", "faults", content_type="")[0] == 200
    assert desk.mock.faults == []


def test_tasks_are_finished_and_failed(desk):
    first, second, third = (desk.create() for _ in range(3))
    desk("POST", f"tasks/{first}/finish")
    desk("POST", f"tasks/{second}/fail", {"code": 402, "message": "too poor"})
    desk("POST", f"tasks/{third}/fail")
    told = {task["id"]: (task["state"], task["failure"]) for task in desk.state()["tasks"]}
    assert told == {
        first: ("success", None),
        second: ("fail", {"code": 402, "message": "too poor"}),
        third: ("fail", {"code": 501, "message": "Generation Failed"}),
    }
    assert desk("POST", f"tasks/{first}/finish") == (400, {"error": f"the task {first} has already ended"})


def test_time_the_scenario_and_the_settings_are_set(desk):
    begun = desk.mock.clock.now()
    desk("POST", "clock", {"advance": 5.5})
    desk("PUT", "scenario", {"fetches": 2, "ending": "fail", "unknown_for": 1})
    desk(
        "PUT",
        "settings",
        {"errors": {"*": "envelope"}, "credits": 7.5, "rate_limit": True, "callbacks": "twice"},
    )
    mock = desk.mock
    assert mock.clock.now() == begun + 5.5
    assert mock.scenario == polls(2, "fail", unknown_for=1)
    assert (mock.errors, mock.credits, mock.rate_limit, mock.callbacks) == (
        {"*": "envelope"},
        7.5,
        True,
        "twice",
    )
    desk("PUT", "scenario", {"seconds": 5, "failure": {"code": 402, "message": "too poor"}})
    assert (mock.scenario.seconds, mock.scenario.failure.code) == (5, 402)


def test_one_comes_back_to_a_snapshot_and_to_the_beginning(desk):
    desk.create()
    _, saved = desk("GET", "snapshot")
    desk.create()
    assert desk("PUT", "snapshot", saved)[0] == 200
    assert len(desk.mock.tasks) == 1
    desk("POST", "reset")
    assert len(desk.mock.tasks) == 0


# Name: method, path, body.
IMPOSSIBLE = {
    "an unknown fault": ("POST", "faults", {"what": "fire"}),
    "no fault": ("POST", "faults", {}),
    "a true fault": ("POST", "faults", {"what": True}),
    "a fault with a whim": ("POST", "faults", {"what": 429, "whim": 1}),
    "half a time": ("POST", "faults", {"what": 429, "times": 0.5}),
    "a fault as known": ("POST", "faults", {"what": 429, "as": "known"}),
    "no JSON": ("POST", "faults", b"{"),
    "a list": ("POST", "clock", []),
    "time going back": ("POST", "clock", {"advance": -1}),
    "time in words": ("POST", "clock", {"advance": "5"}),
    "no time": ("POST", "clock", {}),
    "no scenario": ("PUT", "scenario", {}),
    "two scenarios": ("PUT", "scenario", {"fetches": 1, "seconds": 1}),
    "an open end": ("PUT", "scenario", {"fetches": 1, "ending": "perhaps"}),
    "half a fetch": ("PUT", "scenario", {"fetches": 0.5}),
    "half a failure": ("PUT", "scenario", {"fetches": 1, "failure": {"code": 402}}),
    "fewer than no fetches": ("PUT", "scenario", {"fetches": -1}),
    "a loud mode": ("PUT", "settings", {"errors": "loud"}),
    "a number as mode": ("PUT", "settings", {"errors": 7}),
    "less than no credits": ("PUT", "settings", {"credits": -1, "callbacks": "never"}),
    "endless time": ("POST", "clock", {"advance": 1e12}),
    "a failure by truth": ("PUT", "scenario", {"fetches": 1, "failure": {"code": True, "message": ""}}),
    "a failure with a whim": (
        "PUT",
        "scenario",
        {"fetches": 1, "failure": {"code": 402, "message": "", "whim": 1}},
    ),
    "endless fetches": ("PUT", "scenario", {"fetches": 2**63}),
    "a fault for ever": ("POST", "faults", {"what": 429, "times": 2**63}),
    "a callback lost elsewhere": ("POST", "faults", {"what": "lost-callback", "on": "create-task"}),
    "a fetch whose result is broken": ("POST", "faults", {"what": "corrupt-result", "on": "fetch-task"}),
    "credits in words": ("PUT", "settings", {"credits": "many"}),
    "a limit by number": ("PUT", "settings", {"rate_limit": 1}),
    "callbacks thrice": ("PUT", "settings", {"credits": 7, "callbacks": "thrice"}),
    "a snapshot of nothing": ("PUT", "snapshot", {}),
    "a failure in words": ("POST", "tasks/TASK/fail", {"code": "402"}),
}


@pytest.mark.parametrize(("method", "path", "body"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_done_is_said_in_a_sentence_and_changes_nothing(desk, method, path, body):
    task_id = desk.create()
    before = desk.state()
    status, said = desk(method, path.replace("TASK", task_id), body)
    assert status == 400
    assert " " in said["error"]
    assert desk.state() == before


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "", 404, None),
        ("GET", "states", 404, None),
        ("GET", "state/", 404, None),
        ("POST", "tasks/none/finish", 404, None),
        ("POST", "tasks/none/fail", 404, None),
        ("POST", "tasks/a/b/fail", 404, None),
        ("POST", "state", 405, "GET"),
        ("GET", "reset", 405, "POST"),
        ("OPTIONS", "faults", 405, "POST, DELETE"),
        ("GET", "tasks/none/fail", 405, "POST"),
    ],
)
def test_what_is_not_there_is_told(desk, method, path, status, allow):
    reply = desk.reply(method, path)
    assert (reply.status, dict(reply.headers).get("allow")) == (status, allow)
    assert json.loads(reply.body)["error"]


# What a web page must not do.


@pytest.mark.parametrize("method_and_path", [("POST", "reset"), ("PUT", "scenario"), ("DELETE", "faults")])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
    ],
    ids=str,
)
def test_another_sites_page_changes_nothing(desk, method_and_path, headers, status):
    desk.create()
    desk.mock.fail_next(429)
    assert desk(*method_and_path, {"fetches": 1}, **headers)[0] == status
    assert (len(desk.mock.tasks), len(desk.mock.faults), desk.mock.scenario) == (1, 1, polls(3))


def test_a_wrong_method_is_told_first_whatever_is_sent(desk):
    reply = desk.reply("POST", "scenario", content_type="text/plain")
    assert (reply.status, dict(reply.headers)["allow"]) == (405, "PUT")


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("method_and_path", [("POST", "reset"), ("PUT", "scenario")])
def test_a_form_changes_nothing(desk, method_and_path, content_type):
    assert desk(*method_and_path, {"fetches": 1}, content_type=content_type)[0] == 415


def test_the_mocks_own_page_may_change_things(desk):
    headers = {"origin": HERE, "sec_fetch_site": "same-origin"}
    assert desk("POST", "reset", **headers)[0] == 200


@pytest.mark.parametrize("path", ["state", "snapshot"])
@pytest.mark.parametrize(
    "origin", ["http://evil.example:8455", "http://localhost.evil.example", "http://0.0.0.0", "http://["]
)
def test_a_name_that_was_bound_to_this_computer_by_stealth_is_told_nothing(path, origin):
    assert Desk(origin=origin)("GET", path)[0] == 403


@pytest.mark.parametrize("origin", ["http://localhost:1", "http://[::1]:1", "http://127.0.0.2"])
def test_all_names_of_this_computer_will_do(origin):
    assert Desk(origin=origin)("GET", "state")[0] == 200


def test_a_link_on_another_site_leads_to_the_inspector_and_to_nothing_else():
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    page = controlled(Mock(), Request("GET", "/", "", headers, b"", HERE))
    state = controlled(Mock(), Request("GET", "/__mock__/state", "", headers, b"", HERE))
    assert (page.status, state.status) == (200, 403)


def test_a_host_that_was_named_may_steer_and_no_other():
    mock = Mock(control_hosts=["Mock"])
    assert Desk(mock, "http://mock:8455")("GET", "state")[0] == 200
    assert Desk(mock, "http://evil.example")("GET", "state")[0] == 403
    assert Desk(mock, "http://mock:8455")("POST", "reset", origin="https://evil.example")[0] == 403


def test_a_picture_on_the_mocks_own_page_is_no_request_and_uses_up_no_fault(desk):
    task_id = desk.create()
    desk.mock.finish(task_id)
    desk.mock.fail_next("expired-result")
    asked, version = len(desk.mock.requests), desk.mock.version
    shown = {"sec-fetch-dest": "image", "sec-fetch-site": "same-origin"}
    look = Request("GET", f"/results/{task_id}/1.png", "", shown, b"", HERE)
    assert desk.mock.handle(look).status == 200
    assert (len(desk.mock.requests), desk.mock.version, len(desk.mock.faults)) == (asked, version, 1)
    elsewhere = Request("GET", look.path, "", {**shown, "sec-fetch-site": "cross-site"}, b"", HERE)
    assert desk.mock.handle(elsewhere).status == 403
    assert (len(desk.mock.requests), len(desk.mock.faults)) == (asked + 1, 0)


# Where it is there.


@pytest.mark.parametrize("path", ["/", "/__mock__/state", "/__mock__/reset", "/__mock__/nothing"])
def test_head_brings_no_body_whatever_is_said(path):
    head = controlled(Mock(), Request("HEAD", path, origin="http://localhost"))
    foreign = controlled(Mock(), Request("HEAD", path, origin="http://example.com"))
    assert (head.body, foreign.status, foreign.body) == (b"", 403, b"")


def test_in_process_it_is_there_only_if_that_is_wished():
    def status(**settings):
        transport = MockTransport(Mock(**settings))
        with httpx.Client(transport=transport, base_url="http://127.0.0.1") as client:
            return client.get("/__mock__/state").status_code

    assert (status(), status(control=True)) == (404, 200)


def test_on_a_port_it_is_always_there_and_needs_no_key():
    mock = Mock()
    with running(mock) as url, httpx.Client(base_url=url) as client:
        assert client.post("/__mock__/faults", json={"what": 429}).status_code == 200
        assert len(mock.faults) == 1
        assert client.get("/__mock__/state").headers["cache-control"] == "no-store"
        assert client.get("/__mock__/state", headers={"host": "evil.example"}).status_code == 403


def test_what_is_done_to_steer_is_no_request_to_the_service():
    mock = Mock()
    with running(mock) as url:
        httpx.get(f"{url}/__mock__/state")
        httpx.get(url)
    assert [*mock.requests] == []


def test_the_root_is_a_page_that_may_load_nothing_from_elsewhere():
    with running(Mock()) as url, httpx.Client(base_url=url) as client:
        page, head = client.get("/"), client.head("/")
        assert client.post("/", json={}).status_code == 405
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
    )
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.text.lower().startswith("<!doctype html>")
    assert (head.status_code, head.content) == (200, b"")


def test_an_asgi_application_of_ones_own_is_steered_only_if_that_is_wished():
    import asyncio

    async def status(mock):
        transport = httpx.ASGITransport(App(mock))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/__mock__/state")).status_code

    assert asyncio.run(status(Mock())) == 404
    assert asyncio.run(status(Mock(control=True))) == 200
