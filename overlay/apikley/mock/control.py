"""How programs in any language steer a mock that runs.

Everything lies under `/__mock__/`, speaks JSON and needs no key. It is there on a port, and in process with
`Mock(control=True)`.

    GET    /__mock__/state               what there is, newest first: tasks, requests, faults, deliveries, credits,
                                         settings, clock, version; with ?since=VERSION 204 while nothing is new
    POST   /__mock__/faults              {"what": 429, "on": "create-task", "times": 2, "retry_after": 7,
                                         "seconds": 1, "as": "status"}, of which only "what" must be there
    DELETE /__mock__/faults              forget those that wait
    POST   /__mock__/tasks/ID/finish     let a running task succeed now
    POST   /__mock__/tasks/ID/fail       {"code": 501, "message": "…"}, neither of which must be there
    POST   /__mock__/reset               forget everything that has happened and was set
    POST   /__mock__/clock               {"advance": SECONDS}
    PUT    /__mock__/scenario            {"fetches": 3} or {"seconds": 5}, and "ending": "success" or "fail",
                                         "unknown_for": FETCHES, "failure": {"code": 402, "message": "…"}
    PUT    /__mock__/settings            any of "errors", "credits", "rate_limit", "callbacks"
    GET    /__mock__/snapshot            a state to come back to
    PUT    /__mock__/snapshot            come back to it
    GET    /                             the inspector, a page that shows all of it

What changes something answers {"version": N}. What cannot be done is said as {"error": "a sentence"} with status
400, 403, 404, 405, 413 or 415. So that no web page can drive a developer's mock, requests must name a loopback host (or
one of `control_hosts`), must not come from another origin, and must be `application/json` where they change something
(but for DELETE). A link on another site may lead to the inspector, which no site can frame.
"""

from collections.abc import Callable, Mapping
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import parse_qs, urlsplit

import orjson

from apikley.mock import snapshots, state
from apikley.mock.engine import Mock
from apikley.mock.nodes import Json, JsonObject
from apikley.mock.replies import Reply, to_json_reply, to_reply
from apikley.mock.requests import Request
from apikley.mock.scenario import Ending, Failure, Scenario, lasts, polls

_PREFIX = "/__mock__/"
SNAPSHOT = f"{_PREFIX}snapshot"
_PAGE_HEADERS = (
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
)
_NO_STORE = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))


class Denied(Exception):  # noqa: N818 - its name says what happened
    """The control surface says no, with a status and a sentence."""

    def __init__(self, status: int, message: str, allow: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.allow = allow


def in_process(mock: Mock, request: Request) -> Reply | None:
    """What the control surface says, where the mock lets it be reached in process."""
    return controlled(mock, request) if mock.control else None


def room(mock: Mock, request: Request) -> int:
    """How many bytes a state may have that one comes back to: as many as one of this mock can have.

    None for a request that will be denied whatever its body.
    """
    try:
        _check_host(request, mock.control_hosts)
        _check_sender(request)
        _check_media_type(request)
    except Denied:
        return 0
    return snapshots.longest(mock.maximum_file_bytes)


def controlled(mock: Mock, request: Request, over: int | None = None) -> Reply | None:
    """What the control surface says, or None where the request is not meant for it.

    `over` is how many bytes the body might have had, where it was cut off because it had more.
    """
    if not is_meant(request.path):
        return None
    reply = _controlled(mock, request, over)
    return reply.without_body() if request.method == "HEAD" else reply


def is_meant(path: str) -> bool:
    """Whether whoever asks for this path asks the control surface, or for the inspector."""
    return path == "/" or path.startswith(_PREFIX)


def _controlled(mock: Mock, request: Request, over: int | None) -> Reply:
    is_page = request.path == "/"
    try:
        _check_host(request, mock.control_hosts)
        if is_page and request.headers.get("sec-fetch-mode") == "navigate":
            return _page(request)  # whoever follows a link to the inspector may see it
        _check_sender(request)
        if is_page:
            return _page(request)
        action, task_id = _action(request)
        _check_media_type(request)
        _check_size(over)
        return action(mock, request, task_id)
    except Denied as denied:
        allow = (("allow", denied.allow),) if denied.allow else ()
        return to_json_reply({"error": str(denied)}, denied.status, (*_NO_STORE, *allow))
    except ValueError as error:
        return to_json_reply({"error": str(error)}, 400, _NO_STORE)


def _check_host(request: Request, allowed: frozenset[str]) -> None:
    """No name that was bound to this computer by stealth may be used."""
    if not _is_loopback(request.origin) and _host(request.origin) not in allowed:
        raise Denied(403, "the mock is steered under a loopback address only, such as 127.0.0.1")


def _check_sender(request: Request) -> None:
    """Another site's page may not ask."""
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() != request.origin.lower():
        raise Denied(403, "another origin cannot steer the mock")
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Denied(403, "another site cannot steer the mock")


def _check_media_type(request: Request) -> None:
    """A page of another site can POST only what it need not ask for first."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in ("POST", "PUT", "PATCH") and media_type != "application/json":
        raise Denied(415, "the content type has to be application/json")


def _check_size(over: int | None) -> None:
    if over is not None:
        raise Denied(413, f"the body has more than {over} bytes")


def _is_loopback(origin: str) -> bool:
    try:
        host = _host(origin)
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, or nothing that a host could be
        return False


def _host(origin: str) -> str:
    """In small letters. Empty where there is none that could be one."""
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def _page(request: Request) -> Reply:
    if request.method not in ("GET", "HEAD"):
        raise Denied(405, "the inspector can only be looked at", "GET, HEAD")
    return to_reply(_inspector(), "text/html; charset=utf-8", more=_PAGE_HEADERS)


@cache
def _inspector() -> bytes:
    page = Path(__file__).with_name("inspector.html")
    return page.read_bytes() if page.is_file() else b"<!doctype html><title>apikley mock</title>It runs.\n"


def _action(request: Request) -> "tuple[Action, str]":
    """What is to be done, and with which task."""
    methods, task_id = None, ""
    match request.path.removeprefix(_PREFIX).split("/"):
        case [name]:
            methods = _ACTIONS.get(name)
        case ["tasks", task_id, name] if task_id:
            methods = _TASK_ACTIONS.get(name)
        case _:
            pass
    if methods is None:
        raise Denied(404, f"there is no {request.path}")
    if request.method not in methods:
        allow = ", ".join(methods)
        raise Denied(405, f"{request.path} takes {allow}", allow)
    return methods[request.method], task_id


def _tell_state(mock: Mock, request: Request, _: str) -> Reply:
    version = state.settled(mock)
    if parse_qs(request.query).get("since") == [str(version)]:
        return Reply(204, _NO_STORE, b"", 204)
    return to_json_reply(state.to_json(mock, request.origin), more=_NO_STORE)


def _add_fault(mock: Mock, request: Request, _: str) -> Reply:
    said = _said(request, "what", "on", "times", "retry_after", "seconds", "as")
    what = said.get("what")
    if isinstance(what, bool) or not isinstance(what, int | str):
        raise Denied(400, '"what" has to be a code or a word')
    as_ = _choice(said, "as", ("status", "envelope"))
    mock.fail_next(
        what,
        times=_whole(said, "times", 1),
        on=_text(said, "on"),
        retry_after=_number(said, "retry_after"),
        seconds=_number(said, "seconds"),
        as_="status" if as_ == "status" else "envelope" if as_ else None,
    )
    return _done(mock)


def _clear_faults(mock: Mock, request: Request, _: str) -> Reply:  # noqa: ARG001 - one signature for all actions
    mock.clear_faults()
    return _done(mock)


def _finish(mock: Mock, request: Request, task_id: str) -> Reply:
    _said(request)
    try:
        mock.finish(task_id)
    except KeyError:
        raise Denied(404, f"there is no task {task_id}") from None
    return _done(mock)


def _fail(mock: Mock, request: Request, task_id: str) -> Reply:
    said = _said(request, "code", "message")
    code = _whole(said, "code") if said.get("code") is not None else None
    try:
        mock.fail(task_id, code, _text(said, "message"))
    except KeyError:
        raise Denied(404, f"there is no task {task_id}") from None
    return _done(mock)


def _reset(mock: Mock, request: Request, _: str) -> Reply:
    _said(request)
    mock.reset()
    return _done(mock)


def _advance(mock: Mock, request: Request, _: str) -> Reply:
    seconds = _number(_said(request, "advance"), "advance")
    if seconds is None:
        raise Denied(400, '"advance" has to be a number of seconds')
    mock.advance(seconds)
    return _done(mock)


def _set_scenario(mock: Mock, request: Request, _: str) -> Reply:
    mock.scenario = _to_scenario(_said(request, "fetches", "seconds", "ending", "unknown_for", "failure"))
    return _done(mock)


def _to_scenario(said: JsonObject) -> Scenario:
    ending: Ending = "fail" if _choice(said, "ending", ("success", "fail")) == "fail" else "success"
    unknown_for, failure = _whole(said, "unknown_for", 0), _to_failure(said.get("failure"))
    seconds = _number(said, "seconds")
    if (seconds is None) == (said.get("fetches") is None):
        raise Denied(400, 'a scenario has either "fetches" or "seconds"')
    if seconds is None:
        return polls(_whole(said, "fetches"), ending, unknown_for=unknown_for, failure=failure)
    return lasts(seconds, ending, unknown_for=unknown_for, failure=failure)


def _to_failure(said: Json) -> Failure | None:
    match said:
        case None:
            return None
        case {"code": int(code), "message": str(message), **more} if not more:
            return Failure(code, message)
        case _:
            raise Denied(400, '"failure" has to be an object with "code" and "message"')


def _change_settings(mock: Mock, request: Request, _: str) -> Reply:
    said = _said(request, "errors", "credits", "rate_limit", "callbacks")
    credits = _number(said, "credits")  # noqa: A001 - what the API calls it
    rate_limit = said.get("rate_limit")
    if not isinstance(rate_limit, bool | None):
        raise Denied(400, '"rate_limit" has to be true or false')
    mock.change(
        errors=said.get("errors"), callbacks=said.get("callbacks"), rate_limit=rate_limit, credits=credits
    )
    return _done(mock)


def _tell_snapshot(mock: Mock, request: Request, _: str) -> Reply:  # noqa: ARG001 - one signature for all actions
    return to_json_reply(mock.save(), more=_NO_STORE)


def _restore(mock: Mock, request: Request, _: str) -> Reply:
    mock.restore(_body(request))
    return _done(mock)


def _done(mock: Mock) -> Reply:
    return to_json_reply({"version": mock.version}, more=_NO_STORE)


def _said(request: Request, *names: str) -> JsonObject:
    """The members of the body, all of which are known. No body is an empty object."""
    said = _body(request) if request.body else {}
    if unknown := sorted(said.keys() - {*names}):
        raise Denied(400, f"nothing here is called {', '.join(unknown)}")
    return said


def _body(request: Request) -> JsonObject:
    try:
        said = cast("Json", orjson.loads(request.body))
    except orjson.JSONDecodeError as error:
        raise Denied(400, f"the body is no JSON: {error}") from error
    if not isinstance(said, dict):
        raise Denied(400, "the body has to be an object")
    return said


def _number(said: JsonObject, name: str) -> float | None:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        raise Denied(400, f'"{name}" has to be a number')
    return value


def _whole(said: JsonObject, name: str, otherwise: int | None = None) -> int:
    value = otherwise if said.get(name) is None else said[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise Denied(400, f'"{name}" has to be a whole number')
    return value


def _text(said: JsonObject, name: str) -> str | None:
    value = said.get(name)
    if not isinstance(value, str | None):
        raise Denied(400, f'"{name}" has to be a text')
    return value


def _choice(said: JsonObject, name: str, choices: tuple[str, ...]) -> str | None:
    value = _text(said, name)
    if value is not None and value not in choices:
        raise Denied(400, f'"{name}" has to be {" or ".join(choices)}')
    return value


Action: TypeAlias = Callable[[Mock, Request, str], Reply]

_ACTIONS: Mapping[str, Mapping[str, Action]] = {
    "state": {"GET": _tell_state},
    "faults": {"POST": _add_fault, "DELETE": _clear_faults},
    "reset": {"POST": _reset},
    "clock": {"POST": _advance},
    "scenario": {"PUT": _set_scenario},
    "settings": {"PUT": _change_settings},
    "snapshot": {"GET": _tell_snapshot, "PUT": _restore},
}
_TASK_ACTIONS: Mapping[str, Mapping[str, Action]] = {"finish": {"POST": _finish}, "fail": {"POST": _fail}}
