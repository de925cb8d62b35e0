"""Services that are worse than ours: ways to a mock on which everything is taken, lost or said otherwise.

APIKLEY_DEEP=1 asks more of them, and at length.
"""

import json
import os

import httpx
from attrs import evolve

from apikley.contract.document import Document
from apikley.contract.plan import to_plan
from apikley.contract.rehearsal import _MocksTime
from apikley.contract.running import Run
from apikley.mock import Document as MockDocument
from apikley.mock import Mock, MockTransport, VirtualClock, lasts
from apikley.settings import Settings

DEEP = "APIKLEY_DEEP" in os.environ
KEY = "sk-test-5ecret+0f/0urs=="
PRICE = 1.0
PICTURE = "https://example.com/a.png"
GOOD = {
    "model": "qwen/image-edit",
    "input": {"prompt": "a", "image_url": "https://example.com/a.png", "image_size": "square"},
}


def is_create(request):
    """Whether it goes where tasks are created, by whatever method: what a service does there is its own affair."""
    return request.url.path.lower().rstrip("/").endswith("/createtask")


def open_mock(**settings):
    return Mock(**({"scenario": lasts(20), "clock": VirtualClock(), "errors": "known"} | settings))


class Door(httpx.BaseTransport):
    """A way to a mock. `spoil` is given each createTask by number, from 0, and how to deliver it."""

    def __init__(self, mock, spoil=None):
        self.mock = mock
        self.spoil = spoil
        self.requests = []

    def handle_request(self, request):
        request.read()
        number = len(self.creates)
        self.requests.append(request)

        def deliver(body=None):
            if body is None:
                return MockTransport(self.mock).handle_request(request)
            headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
            good = httpx.Request("POST", request.url, headers=headers, content=json.dumps(body))
            return MockTransport(self.mock).handle_request(good)

        if self.spoil is not None and is_create(request):
            return self.spoil(number, deliver)
        return deliver()

    @property
    def creates(self):
        """The createTasks that have come through."""
        return [request for request in self.requests if is_create(request)]

    @property
    def could_be_paid(self):
        """Those of them that name a model, told by the test's own reading."""
        return [request for request in self.creates if b"qwen" in request.content]


def takes_everything(_number, deliver):
    """Each createTask makes a task and is paid, whatever is in it and whoever asks."""
    return deliver(GOOD)


def run_through(door, *, key=KEY, budget=PRICE, rows=None, **plan):
    """A run against that door, in virtual time, not begun. With `rows`, only so many of the free requests are sent."""
    made = to_plan(Document.shipped(), budget=budget, **plan)
    made = evolve(made, rows=made.rows[:rows])
    settings = Settings(api_key=key, base_url="http://service.test")
    return Run(made, settings, door, _MocksTime(door.mock))


def answer(body, status=200, media_type="application/json"):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, headers={"content-type": media_type}, stream=httpx.ByteStream(content))


def mutated(change):
    """A mock's document in which `change` has altered the shipped one's text."""
    text = json.dumps(Document.shipped().json)
    changed = change(text)
    assert changed != text, "the mutation changes nothing"
    return MockDocument.of(json.loads(changed))
