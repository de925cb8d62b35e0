"""What is told of a task."""

import base64
from collections.abc import Callable, Mapping

from apikley.mock import links
from apikley.mock.document import Lifecycle
from apikley.mock.forms import Values
from apikley.mock.links import Place
from apikley.mock.nodes import Json
from apikley.mock.tasks import Task

Render = Callable[[int], bytes]
"""Makes the result of a task that has this number."""

_NOTHING: Mapping[str, Json] = {
    "result": "",
    "failure-code": "",
    "failure-message": "",
    "duration-milliseconds": 0,
}
RUNNING: Mapping[str, Json] = {**_NOTHING, "completed-milliseconds": None}
"""What is told of the end of a task that has not ended, by role."""


def to_values(task: Task, lifecycle: Lifecycle, origin: str, render: Render) -> dict[str, Json]:
    """The values of a record by role. `render` is asked only where results travel inside the record."""
    return {
        "task-id": task.id,
        "model": task.model,
        "state": to_state(task, lifecycle),
        "param": task.param,
        "created-milliseconds": _milliseconds(task.created_at),
        "updated-milliseconds": _milliseconds(task.updated_at),
        **_outcome(task, origin, render),
    }


def to_state(task: Task, lifecycle: Lifecycle) -> str:
    """In the document's words."""
    if not task.has_ended:
        return lifecycle.running[task.stage]
    return lifecycle.success if task.succeeded else lifecycle.failure


def _outcome(task: Task, origin: str, render: Render) -> Values:
    if not task.has_ended:
        return RUNNING
    ended: dict[str, Json] = {
        "completed-milliseconds": _milliseconds(task.updated_at),
        "credits": task.credits,
    }
    if task.failure:
        why: dict[str, Json] = {
            "failure-code": str(task.failure.code),
            "failure-message": task.failure.message,
        }
        return {**_NOTHING, **ended, **why}
    results: list[Json] = [_link(task, number, origin, render) for number in range(1, task.wish.count + 1)]
    return ended | {
        "result-links": results,
        "failure-code": None,
        "failure-message": None,
        "duration-milliseconds": _milliseconds(task.updated_at) - _milliseconds(task.created_at),
    }


def _link(task: Task, number: int, origin: str, render: Render) -> str:
    if task.wish.is_inline:
        return f"data:image/{task.wish.format};base64,{base64.b64encode(render(number)).decode()}"
    return links.to_link(origin, Place("results", f"{task.id}/{number}.{task.wish.format}"))


def _milliseconds(moment: float) -> int:
    return round(moment * 1000)
