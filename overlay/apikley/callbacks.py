"""What a callback says, and whether to believe it.

    callback = callbacks.read(headers, body, key=...)   # raises CallbackRejected
    task = apikley.task(callback.task_id).fetch()       # the body is not signed: this is the truth

The service POSTs to `callback_url` once a task has ended: perhaps several times, perhaps never. `apikley.receiving`
has applications that listen.
"""

import json
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

from attrs import frozen

from apikley import readings
from apikley.bodies import LIMIT, SYNC_LIMIT, to_object
from apikley.errors import CallbackRejected
from apikley.later import Later
from apikley.signatures import SIGNATURE, TIMESTAMP, WINDOW, Headers, Text, check, sign, to_key, to_proof
from apikley.tasks import Task, TaskState
from apikley.tokens import token_in, token_of, with_token

__all__ = [
    "LIMIT",
    "SIGNATURE",
    "SYNC_LIMIT",
    "TIMESTAMP",
    "WINDOW",
    "Callback",
    "read",
    "sign",
    "token_in",
    "token_of",
    "with_token",
    "write",
]

# With it come httpx and the generated models, which cost more than all the rest.
if TYPE_CHECKING:
    from apikley import wire
else:
    wire = Later("apikley.wire")

_SUCCEEDED = 200
_ENDINGS = {_SUCCEEDED: True, 501: False}
_LONGEST_ID = 512


@frozen(kw_only=True)
class Callback:
    """What somebody says of a task that has ended. Only `task_id` can be proved; fetch the task for the rest."""

    task_id: str
    code: int
    """200 after a success, 501 after a failure."""
    message: str | None = None
    task: Task | None = None
    """The task as the body tells of it, which is not signed; None where it tells nothing."""
    credits_left: float | None = None
    """The credits on the account after the task; None where the body does not say."""
    seconds: float | None = None
    """How long the task took, by its own times where they are told, else by the service's whole seconds."""
    is_signed: bool = False
    """Whether a key was given, and the signature is right: the service spoke of this task."""
    token: str | None = None
    """The submission's name in the address that was called (`with_token`), not proved by any signature."""

    @property
    def has_succeeded(self) -> bool | None:
        """Whether the task ended well. A hint: None where the code does not say, or the record says otherwise."""
        said = _ENDINGS.get(self.code)
        if self.task is not None and self.task.is_final and self.task.has_failed is said:
            return None
        return said


def read(
    headers: Headers,
    body: bytes | bytearray | memoryview,
    *,
    key: Text | None = None,
    now: float | None = None,
    url: str | None = None,
    limit: int = LIMIT,
) -> Callback:
    """The callback that was POSTed; raises `CallbackRejected`, whose `status` says what to answer.

    headers: a mapping or pairs, the names in any case
    body: the raw bytes, before any parser
    key: what the service signs with; None accepts callbacks of anybody, with `is_signed` False
    now: Unix seconds, in place of this machine's time
    url: the address that was called, or its path and query, in which `token` is found
    limit: the most bytes of a body; with `sync_mode` the pictures are in it, so use `SYNC_LIMIT` there

    The service may send the same callback several times. Raises `ValueError` for an empty key.
    """
    proof = None
    if key is not None:
        to_key(key)
        proof = to_proof(headers, now)
    said = to_object(body, limit)
    data = _data(said)
    task_id = _task_id(said, data or {})
    if key is not None and proof is not None:
        check(proof, task_id, key)
    code = readings.integer(said.get("code"))
    if code is None:
        raise CallbackRejected("the body has no code")
    task = None if data is None else wire.to_called_task(data, task_id)
    return Callback(
        task_id=task_id,
        code=code,
        message=readings.text(said.get("msg")) or readings.text(said.get("message")),
        task=task,
        credits_left=readings.number((data or {}).get("remainedCredits")),
        seconds=_seconds(task, data or {}),
        is_signed=proof is not None,
        token=token_of(url or ""),
    )


def write(
    task_id: str,
    *,
    code: int = _SUCCEEDED,
    result_urls: Iterable[str] = ("https://example.com/result.png",),
    callback_url: str | None = None,
    key: Text | None = None,
    now: float | None = None,
    data: Mapping[str, object] | None = None,
) -> tuple[dict[str, str], bytes]:
    """Headers and body of a callback as the service would send it, for tests of your own receiver.

    A code other than 200 tells of a failure. With a key it is signed, as at `now` in Unix seconds. `data` are
    members of the task's record, under the service's names, that shall be otherwise.
    """
    is_success = code == _SUCCEEDED
    ended_at = int((time.time() if now is None else now) * 1000)
    link = {} if callback_url is None else {"callBackUrl": callback_url}
    request = {"prompt": "make it night", "image_url": "https://example.com/street.jpg"}
    param = {"model": "qwen/image-edit", **link, "input": json.dumps(request)}
    record: dict[str, object] = {
        "taskId": task_id,
        "model": "qwen/image-edit",
        "state": str(TaskState.SUCCESS if is_success else TaskState.FAIL),
        "param": json.dumps(param),
        "resultJson": json.dumps({"resultUrls": [*result_urls]}) if is_success else "",
        "failCode": None if is_success else str(code),
        "failMsg": None if is_success else "Generation Failed",
        "costTime": 15,
        "createTime": ended_at - 15_000,
        "updateTime": ended_at,
        "completeTime": ended_at,
        "creditsConsumed": 2.5 if is_success else 0,
        "remainedCredits": 997.5,
        **(data or {}),
    }
    said = {"code": code, "msg": "success" if is_success else "Generation Failed", "data": record}
    signed = {} if key is None else sign(task_id, key, now)
    return {"Content-Type": "application/json", **signed}, json.dumps(said).encode()


def _data(said: Mapping[str, object]) -> dict[str, object] | None:
    data = said.get("data")
    if data is not None and not isinstance(data, dict):
        raise CallbackRejected("data in the body is no object")
    return cast("dict[str, object] | None", data)


def _task_id(said: Mapping[str, object], data: Mapping[str, object]) -> str:
    """The one id in the places where it may be. Two that differ would leave open which of them is signed."""
    named = (data.get("taskId"), data.get("task_id"), said.get("taskId"))
    ids = {_to_id(value) for value in named if value is not None and value != ""}
    if len(ids) != 1:
        raise CallbackRejected(f"the body names {len(ids)} tasks" if ids else "the body names no task")
    return ids.pop()


def _to_id(value: object) -> str:
    """An id's form is not documented; what no log could hold is none."""
    task_id = readings.text(value)
    if task_id is None or len(task_id) > _LONGEST_ID or not task_id.isprintable():
        raise CallbackRejected("the body names a task by something that is no id")
    return task_id


def _seconds(task: Task | None, data: Mapping[str, object]) -> float | None:
    seconds = task.seconds if task is not None else None
    # Seconds here, while a fetched record has milliseconds under this name.
    return readings.number(data.get("costTime")) if seconds is None else seconds
