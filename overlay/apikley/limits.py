"""What the document allows, checked before anything is sent."""

import json
from collections.abc import Mapping
from functools import cache

from attrs import evolve

from apikley import catalogue, schemas
from apikley.catalogue import FileLimit
from apikley.requests import EDIT_MODEL, EditRequest, TaskRequest
from apikley.schemas import Limit

MEBIBYTE = 1024 * 1024
_TASK_ID = Limit("string", min_length=1)


def check(request: EditRequest | TaskRequest) -> None:
    """Refuse what the document does not allow; raises `InvalidRequest` naming parameter, bound and value."""
    match request:
        case EditRequest():
            limits = edit_limits()
            for name, value in request.said.items():
                schemas.check(name, value, limits[name])
        case TaskRequest():
            _check_task(request)


def check_early(request: EditRequest | TaskRequest) -> None:
    """Refuse what is wrong whatever its pictures' links will be; raises `InvalidRequest`."""
    match request:
        case EditRequest():
            check(request)
        case TaskRequest():
            catalogue.find(request.model)
            schemas.check("input", request.input, Limit("object"))


def check_size(size: int) -> None:
    """Refuse a file that is larger than the model takes; raises `InvalidRequest`."""
    maximum = file_limit().maximum_bytes
    if size > maximum:
        raise schemas.refusal(
            "image", f"has {size} bytes; at most {maximum / MEBIBYTE:.1f} MB are allowed", maximum, size
        )


def check_task_id(task_id: str) -> str:
    """Refuse what cannot be a task's id; its form is not ours to judge. Raises `InvalidRequest`."""
    schemas.check("task_id", task_id, _TASK_ID)
    return task_id


@cache
def edit_limits() -> Mapping[str, Limit]:
    """The limits of every parameter of an edit, read from the document."""
    model = catalogue.find(EDIT_MODEL)
    limits = {name: _counted(limit) for name, limit in model.input.members.items()}
    return limits | ({"callback_url": model.callback_url} if model.callback_url else {})


@cache
def file_limit() -> FileLimit:
    """The media types and the size in bytes that an edit takes, read from the document."""
    limit = catalogue.find(EDIT_MODEL).file
    assert limit is not None
    return limit


def _check_task(request: TaskRequest) -> None:
    model = catalogue.find(request.model)
    schemas.check("input", request.input, model.input)
    if request.callback_url is not None:
        schemas.check(
            "callback_url", request.callback_url, model.callback_url or Limit("string", is_link=True)
        )
    try:  # what stands where the document allows anything
        json.dumps(request.input, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise schemas.refusal("input", f"cannot be said in JSON: {error}", "JSON", request.input) from error


def _counted(limit: Limit) -> Limit:
    """The document has numbers as strings where it counts pictures; people may write numbers."""
    values = [value for value in limit.values if isinstance(value, str) and value.isdecimal()]
    if not values or len(values) != len(limit.values):
        return limit
    return evolve(limit, type="integer", values=tuple(int(value) for value in values))
