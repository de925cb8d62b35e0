"""Whatever a saved state is changed into, the mock refuses it or lives with it."""

import asyncio
import copy
import io
import json
import re

import pytest
from PIL import Image

from apikley.mock import App, Failure, Mock, Request, VirtualClock, lasts, polls
from apikley.mock.control import controlled, room
from apikley.mock.files import to_file
from apikley.mock.snapshots import longest

HERE = "http://127.0.0.1:8455"
JSON = {"content-type": "application/json"}
KEY = {"authorization": "Bearer sk-test-1"}


def picture(colour):
    sink = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(sink, "png")
    return sink.getvalue()


@pytest.fixture
def saved(asker):
    """A state with a bit of everything, whose pictures are small."""
    ask = asker(scenario=lasts(15, failure=Failure(501, "no")), clock=VirtualClock())
    ask.origin = HERE
    link = ask.upload(picture("red"), name="a.png")
    ask.create(image_url=link, num_images="2", seed=7)
    ask.mock.scenario = polls(0)
    ask.create(image_url=link, output_format="jpeg", sync_mode=True)
    body = {"prompt": "a", "image_url": "https://example.com/a.jpg"}
    wish = {"model": "qwen/image-edit", "callBackUrl": f"{HERE}/", "input": body}
    ask.mock.scenario = lasts(15, unknown_for=1)
    ask("POST", "/api/v1/jobs/createTask", body=wish)
    ask.mock.fail_next(429, on="sign-link", times=2, retry_after=1.5, as_="status")
    ask.mock.fail_next("slow", on="sign-link", seconds=1.5)
    ask.mock.errors = {"*": "envelope"}
    whole = ask.mock.save()
    for task in whole["tasks"]:
        task["wish"]["pixels"] = [16, 16]
    return json.loads(json.dumps(whole))


def leaves(value, way=()):
    """The ways to all values, whole objects and lists among them."""
    if way:
        yield way
    if isinstance(value, dict | list):
        for key in [*value] if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[key], (*way, key))


MISSING = object()
ODD = {
    "missing": MISSING,
    "null": None,
    "true": True,
    "nothing": "",
    "a word": "fish",
    "Base64": "AAAA",
    "a broken link": "http://[",
    "half a character": "\ud800",
    "a long text": "x" * 20_000,
    "0": 0,
    "1": 1,
    "-1": -1,
    "a half": 0.5,
    "99": 99,
    "5000": 5000,
    "1e18": 1e18,
    "-1e18": -1e18,
    "1e308": 1e308,
    "2**53": 2**53,
    "2**63": 2**63,
    "2**64": 2**64,
    "no number": float("nan"),
    "no end": float("inf"),
    "a list": [],
    "a full list": [1, 2],
    "a list too long": [1, 2, 3],
    "zeros": [0, 0],
    "an object": {},
    "a full object": {"a": {"b": 1}},
}


def changed(saved, way, value):
    whole = copy.deepcopy(saved)
    inner = whole
    for key in way[:-1]:
        inner = inner[key]
    if value is MISSING:
        del inner[way[-1]]
    else:
        inner[way[-1]] = value
    return whole


def answers(mock, path, method="GET", query="", body=None):
    said = b"" if body is None else json.dumps(body).encode()
    return mock.handle(Request(method, path, query, KEY | (JSON if said else {}), said, HERE))


def live(mock):
    """Everything that can be asked of a mock. Its answers have to come, whatever they are."""
    mock.clear_faults()
    for task in [*mock.tasks][:3]:
        for _ in range(3):
            answers(mock, "/api/v1/jobs/recordInfo", query=f"taskId={task.id}")
        place = f"/results/{task.id}/1.{task.wish.format}"
        answers(mock, place)
        answers(mock, "/api/v1/common/download-url", "POST", body={"url": f"{HERE}{place}"})
    for path in [*mock.service().files.paths()][:3]:
        answers(mock, f"/files/{path}")
        answers(mock, "/api/v1/common/download-url", "POST", body={"url": f"{HERE}/files/{path}"})
    answers(mock, "/api/v1/chat/credit")
    upload = {"base64Data": "AAAA", "uploadPath": "images"}
    answers(mock, "/file-upload/api/file-base64-upload", "POST", body=upload)
    wish = {"prompt": "a", "image_url": f"{HERE}/files/images/a.png"}
    answers(mock, "/api/v1/jobs/createTask", "POST", body={"model": "qwen/image-edit", "input": wish})
    for path in ("state", "snapshot"):
        assert controlled(mock, Request("GET", f"/__mock__/{path}", "", {}, b"", HERE)).status == 200
    mock.advance(30)
    for task in [*mock.tasks][:3]:
        if not task.has_ended:
            mock.finish(task.id)
    mock.take_deliveries()
    for task in [*mock.tasks][:3]:
        answers(mock, f"/results/{task.id}/1.{task.wish.format}")
    assert controlled(mock, Request("GET", "/__mock__/state", "", {}, b"", HERE)).status == 200
    Mock(clock=VirtualClock()).restore(json.loads(json.dumps(mock.save())))


def test_a_mock_of_another_seed_goes_on_as_the_one_that_was_saved(asker):
    told = {"chance": {"429:report-credits": 0.5, "slow:fetch-task:3": 0.25}, "progress": True}
    ask = asker(seed=7, clock=VirtualClock(), **told)
    ask.create()
    link = json.loads(
        ask("POST", "/api/v1/common/download-url", body={"url": ask.upload(picture("red"))}).body
    )["data"]
    state = json.loads(json.dumps(ask.mock.save()))
    other = asker(seed=8, clock=VirtualClock())
    before = other.mock.save()
    other.mock.restore(state)
    assert [each.download(link).status for each in (other, ask)] == [200, 200]
    assert other.mock.seed == 7

    def goes_on(ask):
        drawn = [ask("GET", "/api/v1/chat/credit").status for _ in range(40)]
        return drawn, ask.create(), ask.fetch(ask.create())

    assert goes_on(other) == goes_on(ask)
    other.mock.reset()
    assert other.mock.save() == before


def test_a_seed_that_json_cannot_be_told_of_is_an_error():
    assert Mock(seed=2**63 - 1).seed == 2**63 - 1
    with pytest.raises(ValueError, match="64 bits"):
        Mock(seed=2**63)


def refusal(mock, state):
    """What the mock says against a state that it does not go on from."""
    try:
        mock.restore(state)
    except ValueError as error:
        return str(error)
    return None


def test_a_state_that_is_changed_anywhere_is_refused_with_its_place_or_can_be_lived_with(saved):
    live(Mock.load(saved, clock=VirtualClock()))
    refused, lived, before = 0, 0, Mock(clock=VirtualClock()).save()
    for way in leaves(saved):
        for name, value in ODD.items():
            mock = Mock(clock=VirtualClock())
            if said := refusal(mock, changed(saved, way, value)):
                # What is wrong is said of the value, of what holds it, or of what it has to agree with.
                first = "files" if way[0] == "contents" else way[0]
                assert said.startswith((way[0], f"{first}/", "this is no state of a mock")), (way, name, said)
                assert mock.save() == before
                refused += 1
                continue
            try:
                live(mock)
            except Exception as error:
                raise AssertionError(f"{way} as {name} was accepted") from error
            lived += 1
    assert refused > 1000
    assert lived > 100


CANNOT_BE = {
    "a stage beyond the last": (("tasks", 0, "stage"), 99, "tasks/0/stage: 99 is not between 0 and 3"),
    "more stages than states": (("tasks", 0, "stages"), 99, "tasks/0/stages: 99 is not between 3 and 3"),
    "a task of the far future": (
        ("tasks", 0, "created_at"),
        1e18,
        "tasks/0/created_at: 1e+18 is not between",
    ),
    "an end before the beginning": (("tasks", 0, "updated_at"), 1.0, "before the task was created"),
    "a picture of no width": (("tasks", 0, "wish", "pixels"), [0, 16], "tasks/0/wish/pixels/0: 0 is not"),
    "a picture of another kind": (("tasks", 0, "wish", "format"), "exe", "jpeg or png, not 'exe'"),
    "the same task twice": (("tasks", 1, "id"), "task_qwen_0", None),
    "a clock beyond its end": (("now",), 1e12, "now: "),
    "less than no credits": (("credits",), -1, "credits: -1 is not between"),
    "a file of no content": (("files", "images/a.png", 0), "00", "no content has this digest"),
    "a fault without end": (("faults", 0, "times"), 2**53, "faults/0: a fault happens"),
    "a fault on nothing": (("faults", 0, "on"), "fish", "faults/0: nothing is called 'fish'"),
    "a loud mode": (("errors",), {"*": "loud"}, "errors: errors come as"),
    "a word too much": (("mood",), "good", "nothing here is called 'mood'"),
}


@pytest.mark.parametrize(("way", "value", "why"), CANNOT_BE.values(), ids=CANNOT_BE)
def test_what_cannot_be_is_said_with_its_place(saved, way, value, why):
    spoilt = changed(saved, way, value)
    if why is None:
        spoilt["tasks"][0]["id"] = value
        why = "tasks/1: another task has the id"
    with pytest.raises(ValueError, match=re.escape(why)):
        Mock().restore(spoilt)


def test_no_new_task_takes_the_id_of_one_that_came_with_a_state(saved):
    mock = Mock.load(changed(saved, ("made",), 0), clock=VirtualClock())
    before = {task.id for task in mock.tasks}
    wish = {"prompt": "a", "image_url": "https://example.com/a.jpg"}
    reply = answers(mock, "/api/v1/jobs/createTask", "POST", body={"model": "qwen/image-edit", "input": wish})
    assert json.loads(reply.body)["data"]["taskId"] not in before


def test_a_seed_of_any_length_can_be_saved(asker):
    ask = asker()
    ask.create(seed=1e300)
    assert Mock.load(json.loads(json.dumps(ask.mock.save()))).save()["tasks"] == ask.mock.save()["tasks"]
    assert controlled(ask.mock, Request("GET", "/__mock__/snapshot", "", {}, b"", HERE)).status == 200


def test_what_has_no_room_any_more_is_left_out(saved):
    small = Mock.load(saved, clock=VirtualClock(), maximum_file_bytes=1)
    assert len(small.service().files.paths()) == 1  # the newest is kept, however large
    saved = json.loads(json.dumps(saved))
    ask = Mock.load(saved, clock=VirtualClock())
    ask.service().files.store("b.png", to_file(picture("blue")), 1e9)
    small = Mock.load(json.loads(json.dumps(ask.save())), clock=VirtualClock(), maximum_file_bytes=1)
    assert [*small.service().files.paths()] == ["b.png"]
    live(small)


# Over a port.


async def put(app, path, body, **headers):
    """Status and what is said."""
    sent = []

    pieces = iter([*(body[at : at + 2**20] for at in range(0, len(body), 2**20)), b""])

    async def receive():
        piece = next(pieces)
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message):
        sent.append(message)

    said = {"host": "127.0.0.1:1", "content-type": "application/json"} | headers
    head = [(name.encode(), value.encode()) for name, value in said.items()]
    scope = {"type": "http", "method": "PUT", "path": path, "headers": head, "scheme": "http"}
    await app(scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


def full():
    """A mock whose state is longer than any request."""
    mock = Mock(control=True, maximum_file_bytes=40 * 2**20)
    for number in range(4):
        mock.service().files.store(f"{number}.bin", to_file(bytes([number]) * (9 * 2**20)), mock.clock())
    return mock


def test_what_a_mock_has_saved_can_be_put_back_however_large():
    mock = full()
    body = controlled(mock, Request("GET", "/__mock__/snapshot", "", {}, b"", HERE)).body
    assert len(body) > 32 * 2**20
    mock.reset()
    assert asyncio.run(put(App(mock), "/__mock__/snapshot", body))[0] == 200
    assert len(mock.service().files.paths()) == 4


def test_what_no_mock_can_have_saved_is_too_large(monkeypatch):
    monkeypatch.setattr("apikley.mock.snapshots.longest", lambda _: 33 * 2**20)
    mock = full()
    body = b" " * (34 * 2**20)
    status, said = asyncio.run(put(App(mock), "/__mock__/snapshot", body))
    assert (status, said) == (413, {"error": f"the body has more than {33 * 2**20} bytes"})
    assert asyncio.run(put(App(mock), "/__mock__/scenario", body))[0] == 413
    assert asyncio.run(put(App(mock), "/__mock__/snapshot", body, origin="https://evil.example"))[0] == 403
    assert len(mock.service().files.paths()) == 4


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"content-type": "text/plain"}, {"sec-fetch-site": "cross-site"}],
)
def test_who_is_denied_has_no_room_for_a_state(headers):
    asked = Request("PUT", "/__mock__/snapshot", "", JSON | headers, b"", HERE)
    assert room(Mock(), asked) == 0
    assert room(Mock(), Request("PUT", "/__mock__/snapshot", "", JSON, b"", HERE)) > 512 * 2**20


def test_the_longest_state_follows_from_the_room_for_files():
    less, more = longest(0), longest(512 * 2**20)
    assert more - less == 512 * 2**20 * 4 // 3


def test_a_task_that_is_not_there_yet_is_not_paid_for_in_a_state(ask):
    wish = {"prompt": "a", "image_url": ask.upload(picture("red"))}
    body = json.dumps({"model": "qwen/image-edit", "input": wish}).encode()
    asked = Request("POST", "/api/v1/jobs/createTask", headers=KEY | JSON, body=body, origin=ask.origin)
    begun = ask.mock.start(asked)
    assert ask.mock.credits == 997.5
    before = Mock.load(ask.mock.save())
    begun.finish()
    after = Mock.load(ask.mock.save())
    assert [(len(each.tasks), each.credits) for each in (before, after)] == [(0, 1000), (1, 997.5)]
