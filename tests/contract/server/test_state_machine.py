"""Whether the mock keeps the service's promises whatever is asked of it in whatever order.

A model, by hand from the facts, is told everything that the mock is asked, and says what has to come. A twin of the
mock, of the same seed or restored from what the mock saved, is asked the same and has to say the same, byte for byte.
A walk through all of it, with every fault once, comes first. APIKLEY_DEEP=1 tries eighty times as much, at random.
"""

import base64
import copy
import hashlib
import hmac
import json
import os
from collections import Counter
from itertools import chain

import pytest
from attrs import define, field
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apikley.mock import Failure, Mock, Request, VirtualClock, lasts, polls

DEEP = "APIKLEY_DEEP" in os.environ
CREATE, FETCH = ("POST", "/api/v1/jobs/createTask"), ("GET", "/api/v1/jobs/recordInfo")
CREDITS, LINK = ("GET", "/api/v1/chat/credit"), ("POST", "/api/v1/common/download-url")
UPLOAD = ("POST", "/file-upload/api/file-base64-upload")
# By what an operation does: that is how faults find it.
DOES = {
    CREATE: "create-task",
    FETCH: "fetch-task",
    CREDITS: "report-credits",
    LINK: "sign-link",
    UPLOAD: "store-file",
}
RUNNING = ("waiting", "queuing", "generating")
PRICES = {"square": 1.0, "square_hd": 3.5}
DAY = 86_400
KEY = "a key for callbacks"
TIMES = {"once": 1, "twice": 2, "never": 0}

# What is refused, with the status or code, before anything happens; what breaks before; and after it has happened.
REFUSING = (429, 455, 500, 408, 433, 418, 503)  # of the last two the document has no words
BEFORE, AFTER = ("reset-before", "html"), ("reset-after", "hang", "slow", "truncated", "garbage", "empty")
BROKEN = ("reset-before", "reset-after", "hang")
OF_FILES = ("expired-result", "corrupt-result")
OF_SUCCESS = ("reset-after", "unknown-state", *OF_FILES)

met: Counter = Counter()


@define
class Task:
    """What the model knows of one."""

    id: str
    input: dict
    price: float
    created: float
    fetches: int | None
    seconds: float | None
    unknown_for: int
    failure: tuple[str, str] | None
    callback: str | None
    fetched: int = 0
    rank: int = 0
    end: dict | None = None
    ended: float | None = None
    by_hand: bool = False
    told: bool = False
    param: str | None = None

    def must_have_ended(self, now):
        """At a fetch, which has been counted."""
        if self.ended is not None or self.by_hand:
            return True
        if self.fetches is not None:
            return self.fetches == 0 or self.fetched - self.unknown_for > self.fetches
        return now >= self.created + self.seconds

    def ends_by_clock(self, now):
        return self.fetches == 0 or (self.seconds is not None and now >= self.created + self.seconds)


@define
class Upload:
    link: str
    data: bytes
    at: float
    signed: list = field(factory=list)


class Service(RuleBasedStateMachine):
    def _mock(self, told):
        def deliver(delivery):
            getattr(self, told).append((delivery.url, delivery.body, delivery.headers))
            return 200

        return Mock(
            errors=self.errors,
            clock=VirtualClock(),
            credits=12.0,
            seed=self.seed,
            callbacks=self.callbacks,
            callback_key=KEY,
            deliver=deliver,
        )

    @initialize(
        errors=st.sampled_from(["status", "envelope"]),
        callbacks=st.sampled_from(["once", "twice", "never"]),
        seed=st.integers(0, 3),
    )
    def open(self, errors, callbacks, seed):
        self.errors, self.callbacks, self.seed = errors, callbacks, seed
        self.told, self.twins_told = [], []
        self.mock, self.twin = self._mock("told"), self._mock("twins_told")
        self.tasks, self.uploads, self.faults = [], [], []
        self.credits, self.lost, self.now = 12.0, 0, self.mock.clock.now()
        self.begun_with, self.kept = (self.mock.scenario, self.now), None

    # -- asking

    def both(self, deed):
        """The same of the mock and of its twin, which have to agree."""
        ours, twins = deed(self.mock), deed(self.twin)
        assert ours == twins
        return ours

    def ask(self, where, *, query="", body=None):
        """The reply, whether the service has done it, and the fault that befell it, as it should."""
        method, path = where
        headers = {"authorization": "Bearer sk-test-1", "content-type": "application/json"}
        data = b"" if body is None else json.dumps(body).encode()
        request = Request(method, path, query, headers, data, "https://api.apikley.ru")
        ids, left = self.ids(), self.mock.credits
        reply = self.both(lambda mock: (mock.handle(request), mock.flush())[0])
        fault = self.taken(DOES[where], is_refused=self.mock.requests[-1].refusal is not None)
        assert reply.broken is (fault in BROKEN), fault
        assert (reply.cut is not None) is (fault == "truncated")
        assert (reply.delay > 0) is (fault in ("slow", "hang"))
        assert self.mock.requests[-1].fault == (None if fault is None else str(fault))
        met[fault] += 1
        if fault in REFUSING or fault in BEFORE:
            assert (self.ids(), self.mock.credits) == (ids, left)
            self.is_refused(reply, fault)
            return None
        if fault == "empty":
            assert reply.body == b""
        if fault == "garbage":
            with pytest.raises(ValueError, match=r"."):
                json.loads(reply.body)
        return reply

    def is_refused(self, reply, code):
        if code == "html":
            assert (reply.status, dict(reply.headers)["content-type"]) == (502, "text/html")
        if not isinstance(code, int):
            return
        assert reply.code == code
        assert reply.status == (code if self.errors == "status" else 200)
        assert json.loads(reply.body)["code"] == code

    def taken(self, target, *, is_refused=False):
        """The first fault in the queue that is meant for this and can befall it, which is used up with that."""
        is_operation = target not in ("result", "file", "callback")
        meant = [
            at for at, (_, on) in enumerate(self.faults) if on == target or (on is None and is_operation)
        ]
        for index in meant:
            what, _ = self.faults[index]
            comes_first = what in REFUSING or what in BEFORE
            if index != meant[0] if comes_first else is_refused and what in OF_SUCCESS:
                continue
            del self.faults[index]
            return what
        return None

    def ids(self):
        return [task.id for task in self.mock.tasks]

    # -- what can be done

    @rule(
        size=st.sampled_from([*PRICES]),
        count=st.integers(1, 3),
        scenario=st.sampled_from(["polls", "polls", "lasts"]),
        length=st.integers(0, 4),
        unknown_for=st.sampled_from([0, 0, 0, 1, 2]),
        failure=st.sampled_from([None, None, ("501", "Generation Failed"), ("402", "Your credits ran out")]),
        callback=st.booleans(),
    )
    def create(self, size, count, scenario, length, unknown_for, failure, callback):
        more = {
            "unknown_for": unknown_for,
            "failure": Failure(int(failure[0]), failure[1]) if failure else None,
        }
        for mock in (self.mock, self.twin):
            mock.scenario = polls(length, **more) if scenario == "polls" else lasts(length * 10, **more)
        number = len(self.tasks)
        wish = {
            "prompt": f"picture {number}",
            "image_url": "https://example.com/a.jpg",
            "image_size": size,
            "num_images": str(count),
        }
        url = f"https://example.com/done?token={number}"
        price, before = PRICES[size] * count, self.ids()
        body = {"model": "qwen/image-edit", "input": wish} | ({"callBackUrl": url} if callback else {})
        reply = self.ask(CREATE, body=body)
        if reply is None:
            return
        if price > self.credits:
            met["poor"] += 1
            assert self.ids() == before
            assert reply.code == 402
            return
        self.credits -= price
        (made,) = self.ids()[len(before) :]
        assert made not in before
        if _is_whole(reply):
            assert _data(reply) == {"taskId": made}
        self.tasks.append(
            Task(
                id=made,
                input=wish,
                price=price,
                created=self.now,
                fetches=length if scenario == "polls" else None,
                seconds=length * 10 if scenario == "lasts" else None,
                unknown_for=unknown_for,
                failure=failure,
                callback=url if callback else None,
            )
        )

    @precondition(lambda self: self.tasks)
    @rule(index=st.integers(0, 50), times=st.integers(1, 3), strangely=st.sampled_from([False, False, True]))
    def fetch(self, index, times, strangely):
        if strangely:
            self.queue("unknown-state", None, 1)
        for _ in range(times):
            self.fetch_once(self.tasks[-1 - index % len(self.tasks)])

    def fetch_once(self, task):
        is_strange = (
            next((what for what, on in self.faults if on in (None, "fetch-task")), None) == "unknown-state"
        )
        reply = self.ask(FETCH, query=f"taskId={task.id}")
        if reply is None:
            return
        task.fetched += 1
        has_ended = task.must_have_ended(self.now)
        if has_ended and task.ended is None:
            task.ended = (
                task.created + task.seconds if task.seconds is not None and not task.by_hand else self.now
            )
            self.tell(task)
        if not _is_whole(reply):
            return
        if task.fetched <= task.unknown_for:
            met["unknown"] += 1
            self.is_refused(reply, 422)
            assert json.loads(reply.body)["msg"] == "recordInfo is null"
            return
        record = _data(reply)
        if is_strange:
            met["strange"] += 1
            assert record["state"] not in (*RUNNING, "success", "fail")
            assert (record["resultJson"] or "", record["completeTime"]) == ("", None)
            return
        self.check(task, record, has_ended)

    def check(self, task, record, has_ended):
        assert (record["taskId"], record["model"]) == (task.id, "qwen/image-edit")
        assert record["createTime"] == round(task.created * 1000)
        assert task.param in (None, record["param"])
        task.param = record["param"]
        assert json.loads(json.loads(task.param)["input"]) == task.input
        if not has_ended:
            rank = RUNNING.index(record["state"])
            assert rank >= task.rank
            task.rank = rank
            assert (record["resultJson"] or "", record["failCode"] or "") == ("", "")
            assert record["completeTime"] is None
            assert "creditsConsumed" not in record
            return
        met[record["state"]] += 1
        assert task.end in (None, record), "an end is not changed"
        task.end = record
        assert record["state"] == ("fail" if task.failure else "success")
        assert record["creditsConsumed"] == task.price
        assert (
            record["createTime"] <= record["completeTime"] == record["updateTime"] <= round(self.now * 1000)
        )
        if task.failure:
            assert (record["failCode"], record["failMsg"]) == task.failure
            assert not record["resultJson"]
            return
        links = json.loads(record["resultJson"])["resultUrls"]
        assert len({*links}) == int(task.input["num_images"])
        assert record["costTime"] == record["completeTime"] - record["createTime"]

    @precondition(lambda self: self.tasks)
    @rule(index=st.integers(0, 50), ending=st.sampled_from(["finish", "fail", "fail in words"]))
    def end(self, index, ending):
        task = self.tasks[-1 - index % len(self.tasks)]
        if task.ended is not None:
            for mock in (self.mock, self.twin):
                with pytest.raises(ValueError, match="ended"):
                    mock.finish(task.id)
            return
        met[ending] += 1
        if ending == "finish":
            task.failure = None
            self.both(lambda mock: mock.finish(task.id))
        elif ending == "fail":
            task.failure = ("501", "Generation Failed")
            self.both(lambda mock: mock.fail(task.id))
        else:
            task.failure = ("505", "no more")
            self.both(lambda mock: mock.fail(task.id, 505, "no more"))
        task.by_hand, task.ended = True, self.now
        self.tell(task)

    @rule(seconds=st.sampled_from([0, 1, 5, 10, 25, 600, 1200, DAY, 2 * DAY]))
    def advance(self, seconds):
        self.now += seconds
        for task in self.tasks:
            if task.callback and task.ended is None and task.ends_by_clock(self.now):
                met["ended by the clock"] += 1
                task.ended = task.created + (task.seconds or 0)
                self.tell(task)
        self.both(lambda mock: mock.advance(seconds))

    @rule(
        what=st.sampled_from([*REFUSING, *BEFORE, *AFTER]),
        on=st.sampled_from([None, "create-task", "create-task", "fetch-task"]),
        times=st.sampled_from([1, 1, 2]),
    )
    def fail_next(self, what, on, times):
        self.queue(what, on, times)

    @rule()
    def lose_the_next_callback(self):
        self.queue("lost-callback", None, 1)

    def queue(self, what, on, times):
        self.both(lambda mock: mock.fail_next(what, on=on, times=times))
        own = {"unknown-state": "fetch-task", "lost-callback": "callback"} | dict.fromkeys(OF_FILES, "result")
        self.faults += [(what, on or own.get(what))] * times

    @precondition(lambda self: len(self.faults) > 4)
    @rule()
    def forget_faults(self):
        self.both(lambda mock: mock.clear_faults())
        self.faults.clear()

    @rule()
    def ask_for_credits(self):
        reply = self.ask(CREDITS)
        if reply is not None and _is_whole(reply):
            assert json.loads(reply.body)["data"] == self.credits

    @rule()
    def ask_for_an_unknown_task(self):
        reply = self.ask(FETCH, query="taskId=nobody")
        if reply is not None and _is_whole(reply):
            self.is_refused(reply, 422)

    @rule(
        data=st.binary(min_size=1, max_size=20), name=st.sampled_from(["a.bin", "улица.png", "my street.png"])
    )
    def upload(self, data, name):
        text = base64.b64encode(data).decode()
        reply = self.ask(UPLOAD, body={"base64Data": text, "uploadPath": "images", "fileName": name})
        if reply is None or not _is_whole(reply):
            return self.uploads.clear()  # whether one was replaced, the answer would have told
        file = _data(reply)
        assert (file["fileName"], file["filePath"], file["fileSize"]) == (name, f"images/{name}", len(data))
        self.uploads = [each for each in self.uploads if each.link != file["downloadUrl"]]
        self.uploads.append(Upload(file["downloadUrl"], data, self.now))
        return None

    @precondition(lambda self: self.uploads)
    @rule(index=st.integers(0, 5), sign=st.booleans(), wait=st.sampled_from([0, 1199, 1200, DAY, 3 * DAY]))
    def download(self, index, sign, wait):
        upload = self.uploads[index % len(self.uploads)]
        age = self.now - upload.at
        if sign:
            reply = self.ask(LINK, body={"url": upload.link})
            if reply is not None and _is_whole(reply):
                is_there = self.shows(upload.link, upload.data, age, DAY)
                assert reply.code == (200 if is_there else 422)
                met["signed late"] += is_there and age >= DAY
                if is_there:
                    upload.signed.append((_data(reply), self.now))
        self.advance(wait)
        age = self.now - upload.at
        self.shows(upload.link, upload.data, age, DAY)
        for link, signed in upload.signed:
            is_over = self.now >= signed + 1200
            met["expired signature"] += is_over and age < DAY
            self.shows(link, upload.data, 3 * DAY if is_over else age, DAY)

    def shows(self, link, data, age, lifetime, longest=3 * DAY):
        """Whether the file is there, which is for the service to decide between its least and its longest life."""
        reply = self.both(lambda mock: mock.handle(Request.of("GET", link, {}, b"")))
        is_there = reply.status == 200
        assert is_there or age >= lifetime
        assert not is_there or age < longest
        if is_there:
            assert reply.body == data
        else:
            met["expired file"] += 1
            assert reply.status in (403, 404)
        return is_there

    def done(self):
        """Of the small ones only, for pictures take the mock longer to make than all else."""
        small = [task for task in self.tasks if task.input["image_size"] == "square"]
        return [task for task in small if task.ended is not None and not task.failure]

    @precondition(lambda self: self.done())
    @rule(index=st.integers(0, 50), what=st.sampled_from([None, None, *OF_FILES]))
    def see(self, index, what):
        done = self.done()
        task = done[-1 - index % len(done)]
        if not task.end:
            self.fetch_once(task)
        if not task.end:
            return
        if what:
            self.queue(what, None, 1)
        link = json.loads(task.end["resultJson"])["resultUrls"][-1]
        is_old = self.now >= task.ended + DAY
        fault = self.taken("result", is_refused=is_old)
        reply = self.both(lambda mock: mock.handle(Request.of("GET", link, {}, b"")))
        met[fault] += fault is not None
        if is_old or fault == "expired-result":
            met["expired result"] += is_old
            assert reply.status in (403, 404)
            return
        assert (reply.status, reply.body[:4]) == (200, b"\x89PNG")
        assert reply.body.endswith(b"IEND\xaeB`\x82") is (fault != "corrupt-result")

    @rule()
    def go_on_from_what_was_saved(self):
        met["restored"] += 1
        saved = json.loads(json.dumps(self.mock.save()))
        self.twins_told = self.twins_told[:]
        self.twin = self._mock("twins_told")
        self.twin.restore(saved)
        assert self.twin.save() == saved

    @rule()
    def keep(self):
        """What the mock says of itself, and what the model knows at this moment."""
        saved = self.both(lambda mock: mock.save())
        self.kept = json.loads(json.dumps(saved)), copy.deepcopy(self.known())

    @precondition(lambda self: self.kept)
    @rule()
    def go_back(self):
        met["gone back"] += 1
        saved, known = self.kept
        self.both(lambda mock: mock.restore(saved))
        assert self.mock.save() == saved
        assert not self.mock.requests
        for name, value in copy.deepcopy(known).items():
            setattr(self, name, value)
        assert self.mock.clock.now() == self.now

    def known(self):
        names = ("tasks", "uploads", "faults", "credits", "lost", "now", "told", "twins_told")
        return {name: getattr(self, name) for name in names}

    def is_worth_forgetting(self):
        return len(self.tasks) + len(self.uploads) > 5

    @precondition(is_worth_forgetting)
    @rule()
    def reset(self):
        """All is forgotten, what was still to be told included, and all is set as it was at first, time included."""
        met["reset"] += 1
        links = [upload.link for upload in self.uploads]
        links += [link for upload in self.uploads for link, _ in upload.signed]
        old = [task.id for task in self.tasks]
        self.both(lambda mock: mock.change(errors="known", callbacks="never", rate_limit=True, credits=1))
        self.both(lambda mock: mock.reset())
        self.tasks, self.uploads, self.faults = [], [], []
        self.told, self.twins_told, self.credits, self.lost = [], [], 12.0, 0
        scenario, self.now = self.begun_with
        assert (self.mock.scenario, self.mock.clock.now()) == (scenario, self.now)
        assert (self.mock.errors, self.mock.callbacks) == (self.errors, self.callbacks)
        assert not self.mock.rate_limit
        assert not self.mock.requests
        assert not self.mock.deliveries
        for link in links:
            assert self.both(
                lambda mock, link=link: mock.handle(Request.of("GET", link, {}, b""))
            ).status in (403, 404)
        for task_id in old:
            self.is_refused(self.ask(FETCH, query=f"taskId={task_id}"), 422)
        assert _data(self.ask(CREDITS)) == 12

    # -- what is told

    def tell(self, task):
        """The task has ended now, by whatever."""
        assert not task.told
        task.told = True
        for _ in range(TIMES[self.callbacks] if task.callback else 0):
            is_lost = self.taken("callback") is not None
            self.lost += is_lost
            met["lost callback"] += is_lost

    # -- what is always so

    @invariant()
    def credits_fall_by_what_was_taken_and_by_nothing_else(self):
        assert self.mock.credits == self.credits == 12 - sum(task.price for task in self.tasks)
        assert self.twin.credits == self.credits

    @invariant()
    def there_are_the_tasks_that_were_accepted_and_no_others(self):
        assert self.ids() == [task.id for task in self.tasks]

    @invariant()
    def faults_wait_until_they_are_used_once(self):
        waiting = [(fault.what, fault.on) for fault in self.mock.faults for _ in range(fault.times)]
        assert waiting == self.faults

    @invariant()
    def ends_are_told_as_often_as_they_should_be(self):
        times = TIMES[self.callbacks]
        told = Counter(url for url, _, _ in self.told)
        due = [task for task in self.tasks if task.told and task.callback]
        assert sum(told.values()) == times * len(due) - self.lost
        assert told.keys() <= {task.callback for task in due}
        assert max(told.values(), default=0) <= times
        assert self.told == self.twins_told

    @invariant()
    def what_is_told_is_signed_and_true(self):
        for url, body, headers in self.told:
            (task,) = (task for task in self.tasks if task.callback == url)
            said, sent = json.loads(body), dict(headers)
            assert said["code"] == (501 if task.failure else 200)
            assert said["data"]["taskId"] == task.id
            message = f"{task.id}.{sent['x-webhook-timestamp']}".encode()
            right = base64.b64encode(hmac.digest(KEY.encode(), message, hashlib.sha256)).decode()
            assert sent["x-webhook-signature"] == right
            met["told"] += 1


def _is_whole(reply):
    return not reply.broken and reply.cut is None and reply.body[:1] == b"{"


def _data(reply):
    said = json.loads(reply.body)
    assert said["code"] == 200, said
    return said["data"]


def _is_so(service):
    service.credits_fall_by_what_was_taken_and_by_nothing_else()
    service.there_are_the_tasks_that_were_accepted_and_no_others()
    service.faults_wait_until_they_are_used_once()
    service.ends_are_told_as_often_as_they_should_be()
    service.what_is_told_is_signed_and_true()


def walk(service, *, with_pictures=False, with_files=True):
    """Through all that the model knows, a step at a time."""
    plain = {"size": "square", "count": 1, "length": 2, "unknown_for": 0, "failure": None, "callback": True}
    yield service.create(scenario="polls", **plain)
    yield service.fetch(0, 1, False) if service.tasks else None
    yield service.fetch(0, 3, False) if service.tasks else None
    yield service.create(scenario="polls", **plain | {"count": 2, "unknown_for": 2})
    yield service.fetch(0, 2, False)
    yield service.fetch(0, 4, True)
    for what in (None, *OF_FILES) if with_pictures else ():
        yield service.see(0, what) if service.tasks[-1].ended is not None else None
    yield service.create(scenario="lasts", **plain | {"failure": ("402", "Your credits ran out")})
    yield service.fetch(0, 1, False)
    yield service.advance(10)
    yield service.fetch(0, 1, False)
    yield service.advance(10)
    yield service.fetch(0, 2, False)
    yield service.create(scenario="lasts", **plain | {"callback": False})
    yield service.lose_the_next_callback()
    for ending in ("finish", "fail", "fail in words"):
        yield service.create(scenario="polls", **plain)
        yield service.end(0, ending)
        yield service.fetch(0, 2, False)
        yield service.end(0, "finish")
    yield service.ask_for_an_unknown_task()
    yield service.go_on_from_what_was_saved()
    for name in ("a.bin", "улица.png") if with_files else ():
        yield service.upload(b"jpeg", name)
        for sign, wait in ((True, 1199), (False, 1), (True, 0), (True, DAY), (True, 3 * DAY), (True, 0)):
            yield service.download(0, sign, wait) if service.uploads else None
    yield service.see(2, None) if with_pictures else None
    yield service.create(scenario="polls", **plain | {"size": "square_hd", "count": 3})
    yield service.ask_for_credits()


def there_and_back(service):
    """To a moment that was kept, past which tasks were told of, and then to the beginning."""
    plain = {"size": "square", "count": 1, "unknown_for": 0, "failure": None, "callback": True}
    yield service.reset()
    yield service.create(scenario="lasts", length=2, **plain)
    yield service.upload(b"jpeg", "a.bin")
    yield service.fail_next("lost-callback", None, 1)
    yield service.fail_next(429, "fetch-task", 2)
    yield service.keep()
    for _ in range(2):
        yield service.fetch(0, 3, False)
        yield service.create(scenario="lasts", length=1, **plain)
        yield service.advance(25)
        yield service.download(0, True, 3 * DAY)
        yield service.ask_for_credits()
        yield service.go_back()
    yield service.create(scenario="lasts", length=2, **plain)
    yield service.reset()
    yield service.advance(25)  # at which the tasks would have ended
    yield service.create(scenario="polls", length=0, **plain)
    yield service.fetch(0, 1, False)


@pytest.mark.parametrize("callbacks", [*TIMES])
def test_what_is_promised_is_kept_without_faults(callbacks):
    met.clear()
    service = Service()
    service.open("status", callbacks, 0)
    for _ in chain(walk(service, with_pictures=True), there_and_back(service)):
        _is_so(service)
    looked_for = {
        "success",
        "fail",
        "unknown",
        "strange",
        "poor",
        "finish",
        "fail in words",
        "ended by the clock",
    }
    looked_for |= {"restored", "expired file", "expired result", "expired signature"}
    looked_for |= {"signed late", "gone back", "reset"}
    looked_for |= set() if callbacks == "never" else {"told", "lost callback"}
    assert [each for each in looked_for if not met[each]] == []


@pytest.mark.parametrize(
    ("on", "errors"), [("create-task", "status"), ("fetch-task", "envelope"), (None, "envelope")]
)
@pytest.mark.parametrize("what", [*REFUSING, *BEFORE, *AFTER])
def test_a_fault_spoils_one_request_and_no_promise(what, on, errors):
    met.clear()
    service = Service()
    service.open(errors, "twice", 0)
    service.queue(what, on, 1)
    for _ in walk(service, with_files=False):  # before which it has befallen its request
        _is_so(service)
    assert met[what] == 1
    assert service.faults == []


@pytest.mark.parametrize("errors", ["status", "envelope"])
def test_a_fault_can_befall_every_step(errors):
    service = Service()
    service.open(errors, "twice", 0)
    for step, _ in enumerate(walk(service)):
        _is_so(service)
        if step > 8:
            service.queue((*REFUSING, *BEFORE, *AFTER)[step % 15], None, 1)


def test_the_mock_keeps_its_promises_in_whatever_order_it_is_asked():
    met.clear()
    run_state_machine_as_test(
        Service,
        settings=settings(
            max_examples=4000 if DEEP else 50,
            stateful_step_count=40,
            derandomize=not DEEP,
            database=None,
            deadline=None,
            suppress_health_check=[*HealthCheck],
        ),
    )
    looked_for = {"poor", "expired file", "gone back"}  # the rest is met for sure only where tries are many
    if DEEP:
        looked_for |= {"success", "fail", "unknown", "strange", "finish", "restored", "reset", "told"}
    assert [each for each in looked_for if not met[each]] == []
