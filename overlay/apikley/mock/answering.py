"""How a request is answered."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from apikley.mock import checks, links, ranges, records, spoiling
from apikley.mock.deeds import DEEDS, Later
from apikley.mock.faults import Fault
from apikley.mock.forms import Values
from apikley.mock.links import Place
from apikley.mock.nodes import JsonObject
from apikley.mock.operations import Operation
from apikley.mock.refusals import Refused
from apikley.mock.replies import Reply, to_json_reply, to_refusal
from apikley.mock.requests import Request
from apikley.mock.service import Result, Service

Making: TypeAlias = Callable[[], Reply]
"""A reply that takes long to make, and needs no lock for it."""

_NOTHING: Mapping[str, str] = {}
_KINDS = {"results": "result", "files": "file"}


class Answer:
    """What the service says to a request. Whoever asks it holds the mock's lock."""

    __slots__ = ("fault", "operation", "reply")

    def __init__(self, service: Service, request: Request, number: int) -> None:
        self.operation: str | None = None
        self.fault: Fault | None = None
        self.reply: Reply | Making = self._to_reply(service, request, number)

    def _to_reply(self, service: Service, request: Request, number: int) -> Reply | Making:
        found = service.document.route(request.path)
        if found is None:
            return self._elsewhere(service, request, number)
        route, variables = found
        operation = route.operation(request.method)
        if operation is None:
            near = next(iter(route.operations.values()))
            return _refused(service, near, Refused("method-unknown", allow=route.allowed))
        self.operation = operation.id
        is_look = request.method != operation.method  # HEAD, which uses up no fault
        self.fault = fault = None if is_look else service.faults.take(number, operation.id, operation.does)
        if fault is None:
            return _obeyed(service, operation, variables, request)
        if fault.comes_first:
            return spoiling.instead(fault, operation, service.settings.mode(operation.id, operation.does))
        twist = _strange if fault.what == "unknown-state" else None
        return _spoilt(fault, _obeyed(service, operation, variables, request, twist))

    def _elsewhere(self, service: Service, request: Request, number: int) -> Reply | Making:
        """One of the mock's own files, which needs no key, as with the service's CDN."""
        first, place = service.document.operations()[0], links.to_place(request.path)
        if place is None:
            return _refused(service, first, Refused("route-unknown"))
        if request.method not in ("GET", "HEAD"):
            return _refused(service, first, Refused("method-unknown", allow="GET, HEAD"))
        self.operation = _KINDS[place.kind]
        is_look = request.method == "HEAD"
        self.fault = fault = None if is_look else service.faults.take(number, self.operation)
        if fault is None:
            return _file(service, place, request) or _refused(service, first, Refused("route-unknown"))
        instead = spoiling.in_place_of_file(fault)
        reply = instead or _file(service, place, request)
        reply = reply or _refused(service, first, Refused("route-unknown"))
        return reply if instead else _spoilt(fault, reply)


def looked_at(service: Service, request: Request) -> Reply | Making | None:
    """A file that the mock's own page shows: nobody's request, which no fault befalls."""
    place = links.to_place(request.path)
    return _file(service, place, request) if place and request.method == "GET" else None


def _obeyed(
    service: Service,
    operation: Operation,
    variables: JsonObject,
    request: Request,
    twist: Callable[[Values], Values] | None = None,
) -> Reply | Making:
    def told(values: Values) -> Reply:
        return to_json_reply(operation.answer.filled(twist(values) if twist else values))

    def told_later(later: Later) -> Reply:
        try:
            return told(later())
        except Refused as refused:
            return _refused(service, operation, refused)

    try:
        values = _accepted(service, operation, variables, request)
    except Refused as refused:
        return _refused(service, operation, refused)
    return partial(told_later, values) if callable(values) else told(values)


def _accepted(
    service: Service, operation: Operation, variables: JsonObject, request: Request
) -> Values | Later:
    """Raises Refused; only what is not refused counts for the limits of the document."""
    settings, authorization = service.settings, request.headers.get("authorization", "")
    who = checks.bearer(operation, authorization, settings.keys, any_key=settings.any_key)
    asked = who.account, who.key, operation.does, service.clock()
    if settings.rate_limit and service.calls.is_over(*asked):
        raise Refused("rate-limited")
    order = checks.accepted(operation, variables, request, who)
    values = DEEDS[operation.does](service, order)
    if settings.rate_limit and not order.is_look:
        service.calls.count(*asked)
    return values


def _strange(values: Values) -> Values:
    """A record with a state that no client knows, of a task that therefore still runs."""
    hidden = ("result-links", "credits", "progress")
    shown = {role: value for role, value in values.items() if role not in hidden}
    return {**shown, **records.RUNNING, "state": spoiling.STRANGE_STATE}


def _file(service: Service, place: Place, request: Request) -> Reply | Making | None:
    if links.is_stale(request.query, place, service.clock(), service.secret) or service.has_expired(place):
        return spoiling.expired()
    asked = request.headers if request.method == "GET" else _NOTHING
    if place.kind == "results":
        result = service.result(place)
        return _shown(result, asked) if result else None
    file = service.files.at(place.path)
    return ranges.part(file.data, file.media_type, asked) if file else None


def _shown(result: Result, asked: Mapping[str, str]) -> Reply | Making:
    media_type = f"image/{result.task.wish.format}"
    made = result.made()
    if made is not None:
        return ranges.part(made, media_type, asked)
    return lambda: ranges.part(result.render(), media_type, asked)


def _refused(service: Service, operation: Operation, refused: Refused) -> Reply:
    return to_refusal(operation, refused, service.settings.mode(operation.id, operation.does))


def _spoilt(fault: Fault, reply: Reply | Making) -> Reply | Making:
    if isinstance(reply, Reply):
        return spoiling.spoilt(fault, reply)
    make = reply
    return lambda: spoiling.spoilt(fault, make())
