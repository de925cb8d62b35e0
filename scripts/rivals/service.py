"""What the stub answers: the same service, with the same faults, in each client's own protocol."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Literal
from urllib.parse import parse_qs

from attrs import Factory, define, field, frozen

from rivals import wishes
from rivals.wishes import Fault, Wish

PICTURE = "https://example.com/night.png"
_BEGAN = 1_765_179_676_000  # Unix milliseconds at which all tasks are said to have begun


@frozen
class Request:
    """A request, read far enough to be answered. `origin` is where the client thinks it is."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    origin: str = "http://127.0.0.1"


@frozen
class Reply:
    """What to do with a request: answer it after `delay` seconds, hang up, or stay silent."""

    status: int = 200
    body: bytes = b"{}"
    media_type: str = "application/json"
    headers: Mapping[str, str] = {}
    delay: float = 0.0
    deed: Literal["answer", "drop", "silence"] = "answer"


@define
class Task:
    """A task that a wish became. `done_at` is a time of the stub's own clock."""

    id: str
    wish: Wish
    done_at: float
    input: dict[str, Any]
    callback_url: str | None = None
    polls: int = 0


@define
class Service:
    """All tasks, and what was asked for them."""

    tasks: dict[str, Task] = Factory(dict)
    _of_key: dict[str, list[Task]] = Factory(dict)
    _creates: Counter[str] = Factory(Counter)
    _numbers: "count[int]" = field(factory=lambda: count(1))
    made: Callable[[Task], object] = lambda _: None
    """Told of each new task."""

    def answer(self, request: Request, now: float) -> Reply:
        """Answer a request that came at `now`."""
        if request.path.startswith("/told/"):
            return _json(self._told(request.path.removeprefix("/told/")))
        for method, pattern, answer in _ROUTES:
            if method == request.method and (found := pattern.fullmatch(request.path)):
                if method == "POST":
                    return self._create(request, now, answer)
                task_id = found.groupdict().get("id") or parse_qs(request.query).get("taskId", [""])[0]
                return self._poll(request, task_id, now, answer, is_result=found.re in _RESULTS)
        return _error(404, "no such route")

    def _told(self, key: str) -> list[dict[str, object]]:
        """The tasks of a wish, for the one who measures."""
        return [
            {"id": task.id, "done_at": task.done_at, "polls": task.polls}
            for task in self._of_key.get(key, ())
        ]

    def _create(self, request: Request, now: float, answer: "_Answer") -> Reply:
        text = request.body.decode()
        wish = wishes.find(text)
        if wish is None:
            return _error(400, "no wish in it")
        self._creates[wish.key] += 1
        fault = (
            wish.fault if self._creates[wish.key] == 1 or wish.fault is Fault.ALWAYS_DROPPED else Fault.NONE
        )
        if fault is Fault.REFUSED:
            return _error(429, "too many requests", {"Retry-After": "1"})
        said = json.loads(text)
        task = Task(
            f"task_bench_{next(self._numbers)}", wish, now + wish.seconds, said, said.get("callBackUrl")
        )
        self.tasks[task.id] = task
        self._of_key.setdefault(wish.key, []).append(task)
        self.made(task)
        match fault:
            case Fault.DROPPED | Fault.ALWAYS_DROPPED:
                return Reply(deed="drop")
            case Fault.SILENT:
                return Reply(deed="silence")
            case Fault.BROKEN:
                return _error(500, "internal error")
        return answer(task, request.origin, False)

    def _poll(
        self, request: Request, task_id: str, now: float, answer: "_Answer", *, is_result: bool
    ) -> Reply:
        task = self.tasks.get(task_id)
        if task is None:
            return _error(404, "no such task")
        task.polls += not is_result
        if task.polls == 1:
            match task.wish.fault:
                case Fault.POLL_BROKEN:
                    return _error(500, "internal error")
                case Fault.POLL_PAGE:
                    return Reply(body=b"<html><body>Just a moment...</body></html>", media_type="text/html")
                case Fault.POLL_DROPPED:
                    return Reply(deed="drop")
        return answer(task, request.origin, now >= task.done_at)


_Answer = Callable[[Task, str, bool], Reply]


def _json(value: object, status: int = 200, delay: float = 0.0) -> Reply:
    return Reply(status, json.dumps(value).encode(), delay=delay)


def _error(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Reply:
    """A refusal in which each client finds the sentence where it looks for it."""
    said = {"code": status, "msg": sentence, "data": None, "detail": sentence, "error": {"message": sentence}}
    return Reply(status, json.dumps(said).encode(), headers=headers or {})


def _apikley_created(task: Task, _: str, __: bool) -> Reply:
    return _json({"code": 200, "msg": "success", "data": {"taskId": task.id}})


def _apikley_record(task: Task, _: str, is_done: bool) -> Reply:
    ended = _BEGAN + round(task.wish.told * 1000) if is_done else None
    data = {
        "taskId": task.id,
        "model": "qwen/image-edit",
        "state": "success" if is_done else "generating",
        "param": json.dumps(task.input),
        "resultJson": json.dumps({"resultUrls": [PICTURE]}) if is_done else "",
        "failCode": None,
        "failMsg": None,
        "costTime": 0,
        "createTime": _BEGAN,
        "updateTime": ended or _BEGAN,
        "completeTime": ended,
    }
    return _json({"code": 200, "msg": "success", "data": data})


def _fal_created(task: Task, origin: str, _: bool) -> Reply:
    here = f"{origin}/fal-ai/qwen-image-edit/requests/{task.id}"
    return _json(
        {
            "status": "IN_QUEUE",
            "request_id": task.id,
            "response_url": here,
            "status_url": f"{here}/status",
            "cancel_url": f"{here}/cancel",
            "queue_position": 0,
        }
    )


def _fal_status(task: Task, origin: str, is_done: bool) -> Reply:
    said: dict[str, object] = {
        "status": "COMPLETED" if is_done else "IN_PROGRESS",
        "request_id": task.id,
        "response_url": f"{origin}/fal-ai/qwen-image-edit/requests/{task.id}",
        "logs": None,
        "metrics": {},
    }
    return _json(said, 200 if is_done else 202)


def _fal_result(task: Task, _: str, __: bool) -> Reply:
    return _json({"images": [{"url": PICTURE, "content_type": "image/png"}], "prompt": task.wish.prompt})


def _prediction(task: Task, origin: str, is_done: bool) -> dict[str, object]:
    here = f"{origin}/v1/predictions/{task.id}"
    return {
        "id": task.id,
        "model": "qwen/qwen-image-edit",
        "version": "hidden",
        "status": "succeeded" if is_done else "processing",
        "input": task.input.get("input"),
        "output": [PICTURE] if is_done else None,
        "logs": "",
        "error": None,
        "metrics": {},
        "created_at": "2025-12-08T07:41:16.651Z",
        "started_at": "2025-12-08T07:41:16.651Z",
        "completed_at": "2025-12-08T07:41:19.651Z" if is_done else None,
        "urls": {"get": here, "cancel": f"{here}/cancel"},
    }


def _replicate_created(task: Task, origin: str, _: bool) -> Reply:
    return _json(_prediction(task, origin, False) | {"status": "starting"}, 201)


def _replicate_status(task: Task, origin: str, is_done: bool) -> Reply:
    return _json(_prediction(task, origin, is_done))


def _openai_image(task: Task, _: str, __: bool) -> Reply:
    """This one holds the request until the picture is there."""
    said = {"created": _BEGAN // 1000, "data": [{"url": PICTURE}], "size": "1024x1024"}
    return _json(said, delay=task.wish.seconds)


def _openai_response(task: Task, _: str, is_done: bool) -> Reply:
    return _json(
        {
            "id": task.id,
            "object": "response",
            "created_at": _BEGAN // 1000,
            "status": "completed" if is_done else "in_progress",
            "background": True,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "model": "gpt-image",
            "output": [],
            "parallel_tool_calls": True,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
        }
    )


def _runapi_created(task: Task, _: str, __: bool) -> Reply:
    return _json({"id": task.id, "status": "pending"})


def _runapi_status(task: Task, _: str, is_done: bool) -> Reply:
    said = {"id": task.id, "status": "completed" if is_done else "processing"}
    return _json(said | ({"images": [{"url": PICTURE}]} if is_done else {}))


_FAL_RESULT = re.compile(r"/fal-ai/qwen-image-edit/requests/(?P<id>[^/]+)")
_RESULTS = frozenset({_FAL_RESULT})
"""What fetches a result that is known to be there, and so is no question."""
_ROUTES: tuple[tuple[str, re.Pattern[str], _Answer], ...] = (
    ("POST", re.compile("/api/v1/jobs/createTask"), _apikley_created),
    ("GET", re.compile("/api/v1/jobs/recordInfo"), _apikley_record),
    ("POST", re.compile("/fal-ai/qwen-image-edit"), _fal_created),
    ("GET", re.compile(r"/fal-ai/qwen-image-edit/requests/(?P<id>[^/]+)/status"), _fal_status),
    ("GET", _FAL_RESULT, _fal_result),
    ("POST", re.compile("/v1/models/qwen/qwen-image-edit/predictions"), _replicate_created),
    ("GET", re.compile("/v1/predictions/(?P<id>[^/]+)"), _replicate_status),
    ("POST", re.compile("/v1/images/generations"), _openai_image),
    ("GET", re.compile("/v1/responses/(?P<id>[^/]+)"), _openai_response),
    ("POST", re.compile("/api/v1/qwen_image/edit_image"), _runapi_created),
    ("GET", re.compile("/api/v1/qwen_image/edit_image/(?P<id>[^/]+)"), _runapi_status),
)
