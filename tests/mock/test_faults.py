"""What goes wrong when it is told to."""

import asyncio
import json
import socket
import time

import httpx
import pytest

from apikley.mock import App, Mock, MockTransport, VirtualClock, polls, running

API = "https://api.apikley.ru"
CREATE = "/api/v1/jobs/createTask"
FETCH = "/api/v1/jobs/recordInfo"
CREDITS = "/api/v1/chat/credit"
KEY = {"authorization": "Bearer sk-test-1"}
WISH = {"model": "qwen/image-edit", "input": {"prompt": "a", "image_url": "https://example.com/a.jpg"}}

# Name: whether the service has done what it was asked, though the answer is spoilt.
DONE = {
    "429": False,
    "500": False,
    "html": False,
    "reset-before": False,
    "reset-after": True,
    "slow": True,
    "hang": True,
    "truncated": True,
    "garbage": True,
    "empty": True,
}


def code(reply):
    return reply.status if reply.status != 200 else json.loads(reply.body)["code"]


@pytest.mark.parametrize(("what", "is_done"), DONE.items(), ids=DONE)
def test_a_task_is_made_and_paid_or_neither(ask, what, is_done):
    ask.mock.fail_next(what, on="create-task")
    ask("POST", CREATE, body=WISH)
    assert (len(ask.mock.tasks), ask.mock.credits) == ((1, 997.5) if is_done else (0, 1000))
    assert ask.mock.faults == []


@pytest.mark.parametrize(
    ("refused_by", "message"),
    [
        (402, "Insufficient Credits"),
        (408, "No result came within 10 minutes"),
        (429, "Rate Limited"),
        (433, "The spending limit of this API key is reached"),
        (455, "Service Unavailable"),
        (505, "This feature is disabled"),
        (418, "Server Error"),
    ],
)
@pytest.mark.parametrize("errors", ["status", "envelope"])
def test_a_code_is_refused_in_the_words_of_the_document(asker, errors, refused_by, message):
    ask = asker(errors=errors)
    ask.mock.fail_next(refused_by)
    reply = ask("GET", CREDITS)
    assert reply.status == (refused_by if errors == "status" else 200)
    assert json.loads(reply.body) == {"code": refused_by, "msg": message, "data": None}
    assert ask("GET", CREDITS).status == 200


def test_a_refusal_may_come_another_way_than_the_others(ask):
    ask.mock.fail_next(429, as_="envelope", retry_after=7)
    reply = ask("GET", CREDITS)
    assert (reply.status, code(reply), dict(reply.headers)["retry-after"]) == (200, 429, "7")


def test_a_time_to_wait_is_told_in_whole_seconds(ask):
    ask.mock.fail_next(429, retry_after=1.5)
    assert dict(ask("GET", CREDITS).headers)["retry-after"] == "2"


def test_no_time_to_wait_is_told_unless_it_is_given(ask):
    ask.mock.fail_next(429)
    assert "retry-after" not in dict(ask("GET", CREDITS).headers)


def test_faults_wait_in_a_queue_for_the_requests_that_they_are_meant_for(ask):
    ask.mock.fail_next(500, on="create-task", times=2)
    ask.mock.fail_next(455, on="get_credits")
    ask.mock.fail_next(429)
    assert [str(fault) for fault in ask.mock.faults] == ["500:create-task:2", "455:get_credits", "429"]
    seen = [code(ask("GET", CREDITS)) for _ in range(3)]
    seen += [code(ask("POST", CREATE, body=WISH)) for _ in range(3)]
    assert seen == [455, 429, 200, 500, 500, 200]
    assert ask.mock.faults == []


def test_a_fault_may_be_given_in_its_short_form(ask):
    ask.mock.fail_as("reset-after:create_task:3")
    ask.mock.fail_as("429:2")
    assert [(fault.what, fault.on, fault.times) for fault in ask.mock.faults] == [
        ("reset-after", "create_task", 3),
        (429, None, 2),
    ]


def test_faults_that_are_forgotten_happen_to_nobody(ask):
    ask.mock.fail_next("html")
    ask.mock.clear_faults()
    assert ask("GET", CREDITS).status == 200


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("fire", {}),
        (200, {}),
        (600, {}),
        (429, {"on": "createTask"}),
        (429, {"on": "callback"}),
        (429, {"times": 0}),
        (429, {"retry_after": -1}),
        ("slow", {"seconds": float("nan")}),
        (429, {"as_": "known"}),
        ("unknown-state", {"on": "create-task"}),
        ("unknown-state", {"on": "report-credits"}),
        ("unknown-state", {"on": "create_task"}),
        ("unknown-state", {"on": "result"}),
        ("expired-result", {"on": "fetch-task"}),
        ("lost-callback", {"on": "create-task"}),
    ],
)
def test_what_cannot_happen_is_an_error(ask, what, said):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        ask.mock.fail_next(what, **said)
    assert ask.mock.faults == []


def test_an_unknown_state_is_told_of_a_task_that_has_no_result_yet(asker):
    ask = asker(scenario=polls(0))
    task_id = ask.create()
    ask.mock.fail_next("unknown-state")
    record = ask.fetch(task_id)
    assert record["state"] not in ("waiting", "queuing", "generating", "success", "fail")
    assert (record["resultJson"], record["completeTime"]) == ("", None)
    assert ask.fetch(task_id)["state"] == "success"


@pytest.mark.parametrize("on", [None, "fetch-task", "get_task"])
def test_an_unknown_state_is_asked_for_by_any_name_of_what_it_befalls(ask, on):
    ask.mock.fail_next("unknown-state", on=on)
    assert ask.fetch(ask.create())["state"] == "moderating"


@pytest.mark.parametrize("what", ["reset-after", "unknown-state"])
def test_what_needs_a_deed_waits_for_one_that_is_done(asker, what):
    ask = asker(scenario=polls(1, unknown_for=1))
    task_id = ask.create()
    ask.mock.fail_next(what, on="fetch-task", times=2)
    for key, query in ((None, f"taskId={task_id}"), ("Bearer wrong", ""), (KEY["authorization"], "")):
        assert ask("GET", FETCH, query=query, key=key).status in (400, 401)
    assert ask("GET", FETCH, query=f"taskId={task_id}").status == 422
    assert [each.fault for each in ask.mock.requests] == [None] * 5
    for left in (1, 0):
        ask("GET", FETCH, query=f"taskId={task_id}")
        assert sum(fault.times for fault in ask.mock.faults) == left


def test_a_reset_waits_for_an_upload_though_it_takes_long_to_be_refused(ask):
    ask.mock.fail_next("reset-after", on="store-file")
    big = {"base64Data": "!" * 100_000, "uploadPath": "images"}
    assert ask("POST", "/file-upload/api/file-base64-upload", body=big).status == 400
    assert len(ask.mock.faults) == 1
    good = big | {"base64Data": "A" * 100_000}
    assert ask("POST", "/file-upload/api/file-base64-upload", body=good).broken
    assert ask.mock.faults == []


@pytest.mark.parametrize(
    "what", ["slow", "hang", "truncated", "garbage", "empty", "html", "reset-before", 429]
)
def test_what_can_befall_a_refusal_does(ask, what):
    ask.mock.fail_next(what)
    ask("GET", CREDITS, key=None)
    assert ask.mock.faults == []
    assert ask.mock.requests[-1].fault == str(what)


def test_the_next_fault_befalls_a_refusal_to_which_the_first_can_do_nothing(ask):
    ask.mock.fail_next("reset-after")
    ask.mock.fail_next("empty")
    assert ask("GET", CREDITS, key=None).body == b""
    assert ask("GET", CREDITS).broken


@pytest.mark.parametrize("what", ["expired-result", "corrupt-result", "reset-after"])
def test_what_befalls_a_file_waits_for_one_that_is_there(asker, what):
    ask = asker(scenario=polls(0))
    link = result_link(ask)
    ask.mock.fail_next(what, on="result")
    assert ask.download(f"{API}/results/none/1.png").status == 404
    assert len(ask.mock.faults) == 1
    ask.download(link)
    assert (ask.mock.faults, ask.mock.requests[-1].fault) == ([], what)


def test_an_unknown_state_hides_how_a_task_has_ended_whatever_came_of_it(asker):
    ask = asker(scenario=polls(0, "fail"), progress=True)
    failed = ask.create()
    ask.mock.scenario = polls(0)
    inline = ask.create(sync_mode=True, image_size="square")
    for task_id in (failed, inline):
        ask.mock.fail_next("unknown-state")
        record = ask.fetch(task_id)
        assert record["state"] == "moderating"
        told = ("resultJson", "failCode", "failMsg", "completeTime", "costTime")
        assert [record[name] for name in told] == ["", "", "", None, 0]
        assert "progress" not in record


def test_head_meets_no_fault_and_uses_up_none(asker):
    ask = asker(scenario=polls(0))
    link = result_link(ask)
    ask.mock.fail_next(429, on="report-credits")
    ask.mock.fail_next("expired-result")
    assert ask("HEAD", CREDITS).status == 200
    assert ask("HEAD", link.removeprefix(API), key=None).status == 200
    assert len(ask.mock.faults) == 2
    assert (ask("GET", CREDITS).status, ask.download(link).status) == (429, 403)


def result_link(ask):
    return json.loads(ask.fetch(ask.create(image_size="square"))["resultJson"])["resultUrls"][0]


def test_a_result_can_be_refused_or_broken_and_fetched_after_all(asker):
    ask = asker(scenario=polls(0))
    link = result_link(ask)
    ask.mock.fail_next("expired-result")
    ask.mock.fail_next("corrupt-result")
    ask.mock.fail_next("truncated", on="result")
    ask.mock.fail_next(503, on="result")
    refused, corrupt, torn, failed, whole = (ask.download(link) for _ in range(5))
    assert (refused.status, failed.status) == (403, 503)
    assert len(corrupt.body) == len(whole.body)
    assert corrupt.body != whole.body
    assert corrupt.body[:8] == whole.body[:8]
    assert torn.cut == len(whole.body) // 2


def test_a_fault_for_any_operation_leaves_downloads_alone(asker):
    ask = asker(scenario=polls(0))
    link = result_link(ask)
    ask.mock.fail_next(500)
    assert ask.download(link).status == 200
    assert len(ask.mock.faults) == 1


def test_chance_falls_as_often_as_it_is_told_and_the_same_for_the_same_seed(asker):
    def fallen(seed):
        ask = asker(seed=seed, chance={"429": 0.2, "500:create-task": 1})
        return [code(ask("GET", CREDITS)) for _ in range(300)]

    assert fallen(1) == fallen(1) != fallen(2)
    assert set(fallen(1)) == {200, 429}
    assert 30 < fallen(1).count(429) < 90


@pytest.mark.parametrize("chance", [{"429": 1.5}, {"fire": 0.5}, {"429:nothing": 0.5}])
def test_a_chance_of_nothing_that_can_happen_is_an_error(chance):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        Mock(chance=chance)


def test_the_log_says_which_fault_befell_a_request(ask):
    ask.mock.fail_next("reset-after")
    ask.mock.fail_next(429)
    ask("GET", CREDITS)
    ask("GET", CREDITS)
    broken, refused = ask.mock.requests
    assert (broken.status, broken.fault, broken.code) == (None, "reset-after", 200)
    assert (refused.status, refused.fault, refused.refusal.cause) == (429, "429", "fault")


# The doors.

# Name: what httpx raises.
RAISED = {
    "reset-before": httpx.ReadError,
    "reset-after": httpx.ReadError,
    "truncated": httpx.RemoteProtocolError,
    "hang": httpx.ReadTimeout,
}


@pytest.mark.parametrize(("what", "error"), RAISED.items(), ids=RAISED)
def test_a_blocking_client_meets_the_fault_without_a_port(what, error):
    mock = Mock(clock=VirtualClock())
    mock.fail_next(what)
    with httpx.Client(transport=MockTransport(mock), base_url=API, headers=KEY) as client:
        with pytest.raises(error):
            client.get(CREDITS)
        assert client.get(CREDITS).json()["code"] == 200


@pytest.mark.parametrize(("what", "error"), RAISED.items(), ids=RAISED)
def test_an_async_client_meets_the_fault_without_a_port(what, error):
    async def main():
        mock = Mock(clock=VirtualClock())
        mock.fail_next(what)
        async with httpx.AsyncClient(transport=MockTransport(mock), base_url=API, headers=KEY) as client:
            with pytest.raises(error):
                await client.get(CREDITS)
            return await client.get(CREDITS)

    assert asyncio.run(main()).json()["code"] == 200


def test_a_client_on_the_virtual_clock_waits_for_nothing():
    clock = VirtualClock()
    mock, begun = Mock(clock=clock), clock.now()
    mock.fail_next("slow", seconds=3)
    mock.fail_next("hang")
    with httpx.Client(transport=MockTransport(mock), base_url=API, headers=KEY, timeout=30) as client:
        assert client.get(CREDITS).status_code == 200
        assert clock.now() - begun == 3
        with pytest.raises(httpx.ReadTimeout):
            client.get(CREDITS)
        assert clock.now() - begun == 33


def test_a_client_on_a_real_clock_waits_no_longer_than_it_will():
    mock = Mock()
    mock.fail_next("hang")
    with httpx.Client(transport=MockTransport(mock), base_url=API, headers=KEY, timeout=0.01) as client:
        begun = time.perf_counter()
        with pytest.raises(httpx.ReadTimeout):
            client.get(CREDITS)
        assert time.perf_counter() - begun < 1


def test_a_client_without_patience_sees_a_hanging_connection_break_at_last():
    mock = Mock(clock=VirtualClock())
    mock.fail_next("hang", seconds=3600)
    with (
        httpx.Client(transport=MockTransport(mock), base_url=API, headers=KEY, timeout=None) as client,
        pytest.raises(httpx.ReadError),
    ):
        client.get(CREDITS)


@pytest.mark.parametrize(("what", "error"), RAISED.items(), ids=RAISED)
def test_a_client_meets_the_fault_on_a_port(what, error):
    mock = Mock()
    mock.fail_next(what)
    with running(mock) as url, httpx.Client(base_url=url, headers=KEY, timeout=0.5) as client:
        with pytest.raises(error):
            client.post(CREATE, json=WISH)
        assert client.get(CREDITS).status_code == 200
    assert len(mock.tasks) == (0 if what == "reset-before" else 1)


def raw(url):
    """A connection on which a request has been sent by hand."""
    host, _, port = url.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)), timeout=5)
    connection.sendall(
        f"GET {CREDITS} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer sk-test-1\r\n\r\n".encode()
    )
    return connection


def await_request(mock):
    deadline = time.perf_counter() + 5
    while not mock.requests and time.perf_counter() < deadline:
        time.sleep(0.001)


def received(connection):
    """All that comes until the other end closes the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_reset_is_a_reset_on_the_wire():
    mock = Mock()
    mock.fail_next("reset-before")
    with running(mock) as url, raw(url) as connection, pytest.raises(ConnectionResetError):
        received(connection)


def test_a_torn_body_is_shorter_on_the_wire_than_its_head_says():
    mock = Mock()
    mock.fail_next("truncated")
    with running(mock) as url, raw(url) as connection:
        head, _, body = received(connection).partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if b"content-length" in line)
    assert head.startswith(b"HTTP/1.1 200")
    assert len(body) == length // 2


def test_a_server_stops_though_a_request_hangs():
    mock = Mock()
    mock.fail_next("hang")
    with running(mock) as url:
        connection = raw(url)
        await_request(mock)
        begun = time.perf_counter()
    assert time.perf_counter() - begun < 2
    with connection, pytest.raises(ConnectionResetError):
        received(connection)


def test_a_server_forgets_a_request_whose_client_has_gone():
    mock = Mock()
    mock.fail_next("hang")
    with running(mock) as url:
        connection = raw(url)
        await_request(mock)
        connection.close()
        assert httpx.get(url + CREDITS, headers=KEY).status_code == 200
        begun = time.perf_counter()
    assert time.perf_counter() - begun < 2


def test_under_a_foreign_server_a_broken_connection_is_an_error_that_the_server_sees():
    async def main():
        mock = Mock()
        mock.fail_next("reset-after")
        transport = httpx.ASGITransport(App(mock))
        async with httpx.AsyncClient(transport=transport, base_url="http://mock", headers=KEY) as client:
            with pytest.raises(ConnectionResetError):
                await client.get(CREDITS)

    asyncio.run(main())
