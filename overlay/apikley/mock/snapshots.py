"""What the mock has to remember to go on later."""

import base64
from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from attrs import asdict, frozen

from apikley.mock import faults, settings
from apikley.mock.faults import Fault
from apikley.mock.nodes import Json, JsonObject
from apikley.mock.scenario import Failure, Scenario
from apikley.mock.service import Service
from apikley.mock.settings import Callbacks, Errors
from apikley.mock.tasks import Task, Wish

_FORMAT = 1
_T = TypeVar("_T")


@frozen
class State:
    """What a saved state says beside what a service holds. `now` in Unix seconds."""

    now: float
    number: int
    scenario: Scenario
    errors: Errors
    rate_limit: bool
    callbacks: Callbacks


def saved(service: Service, now: float, number: int) -> JsonObject:
    """As JSON can hold it. Keys, the log of requests and deliveries that were made are left out."""
    told = service.settings
    paths = service.files.paths()
    whole = {
        "format": _FORMAT,
        "now": now,
        "number": number,
        "credits": service.credits,
        "made": service.tasks.made,
        "tasks": [asdict(task, value_serializer=_listed) for task in service.tasks],
        "files": {path: [digest, at] for path, (digest, at) in paths.items()},
        "contents": [base64.b64encode(file.data).decode() for file in service.files.contents()],
        "origins": sorted(service.origins),
        "faults": [asdict(fault) for fault in service.faults.unused],
        "scenario": asdict(told.scenario),
        "errors": told.errors if isinstance(told.errors, str) else {**told.errors},
        "rate_limit": told.rate_limit,
        "callbacks": told.callbacks,
    }
    return cast("JsonObject", whole)


def _listed(_: object, __: object, value: object) -> object:
    """JSON knows no tuples."""
    return [*cast("tuple[object]", value)] if isinstance(value, tuple) else value


def read(said: JsonObject, service: Service, names: set[str]) -> State:
    """Fill a fresh service. Raises ValueError, in a sentence."""
    if said.get("format") != _FORMAT:
        raise ValueError("this is no state of a mock, or one of another version")
    try:
        return _read(said, service, names)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"the state of the mock cannot be read: {error}") from error


def _read(said: JsonObject, service: Service, names: set[str]) -> State:
    service.credits, service.tasks.made = _number(said["credits"]), int(_number(said["made"]))
    for each in _list(said["contents"]):
        service.files.keep(base64.b64decode(_text(each), validate=True))
    for path, held in _object(said["files"]).items():
        digest, at = _list(held)
        service.files.put(path, _text(digest), _number(at))
    service.origins.update(_text(origin) for origin in _list(said["origins"]))
    for each in _list(said["tasks"]):
        task = _to_task(_object(each))
        service.tasks.put(task)
        service.await_end(task)
    for each in _list(said["faults"]):
        service.faults.add(_to_fault(_object(each), names))
    return State(
        now=_number(said["now"]),
        number=int(_number(said["number"])),
        scenario=_to_scenario(_object(said["scenario"])),
        errors=settings.to_errors(said["errors"], names),
        rate_limit=said["rate_limit"] is True,
        callbacks=settings.to_callbacks(said["callbacks"]),
    )


def _to_task(said: JsonObject) -> Task:
    wish = _object(said["wish"])
    pixels = wish["pixels"]
    parts = {
        "wish": _made(Wish, {**wish, "pixels": tuple(_list(pixels)) if pixels else None}),
        "scenario": _to_scenario(_object(said["scenario"])),
        "failure": _to_failure(said["failure"]),
    }
    return _made(Task, {**said, **parts})


def _to_scenario(said: JsonObject) -> Scenario:
    return _made(Scenario, {**said, "failure": _to_failure(said["failure"])})


def _to_failure(said: Json) -> Failure | None:
    return None if said is None else _made(Failure, {**_object(said)})


def _to_fault(said: JsonObject, names: set[str]) -> Fault:
    fault = _made(Fault, {**said})
    return faults.to_fault(**asdict(fault), known=names)


def _made(kind: type[_T], values: Mapping[str, object]) -> _T:
    """A value of this class, if all that it is made of has the types that the class names."""
    for name, hint in get_type_hints(kind).items():
        if not _fits(values[name], hint):
            raise TypeError(f"{name} of a {kind.__name__.lower()} cannot be {values[name]!r}")
    return kind(**values)


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is tuple:
        parts = get_args(hint)
        return isinstance(value, tuple) and [*map(type, cast("tuple[object]", value))] == [*parts]
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    return isinstance(value, int | float if hint is float else hint)


def _object(value: Json) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    return value


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return value
