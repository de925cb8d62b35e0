"""How a request is answered."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from attrs import define

from apikley.mock import checks, links, ranges, records, spoiling
from apikley.mock.checks import Bearer
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


@define(eq=False)  # as an order is
class Answer:
    """What the service says to a request, as which operation, and the fault that befell it."""

    reply: Reply | Making
    operation: str | None = None
    fault: Fault | None = None


def answered(service: Service, request: Request, number: int) -> Answer:
    """Reads the request without the lock of the service, for that may take long, and obeys it with it."""
    found = service.document.route(request.path)
    if found is None:
        with service.lock:
            return _elsewhere(service, request, number)
    route, variables = found
    operation = route.operation(request.method)
    if operation is None:
        near = next(iter(route.operations.values()))
        return Answer(_refused(service, near, Refused("method-unknown", allow=route.allowed)))
    fault = None
    if request.method == operation.method:  # and not HEAD, which uses up no fault
        with service.lock:
            fault = service.faults.take(number, operation.id, operation.does)
    if fault is None:
        return Answer(_obeyed(service, operation, variables, request), operation.id)
    if fault.comes_first:
        mode = service.settings.mode(operation.id, operation.does)
        return Answer(spoiling.instead(fault, operation, mode), operation.id, fault)
    twist = _strange if fault.what == "unknown-state" else None
    reply = _spoilt(fault, _obeyed(service, operation, variables, request, twist))
    return Answer(reply, operation.id, fault)


def _elsewhere(service: Service, request: Request, number: int) -> Answer:
    """One of the mock's own files, which needs no key, as with the service's CDN."""
    first, place = service.document.operations()[0], links.to_place(request.path)
    if place is None:
        return Answer(_refused(service, first, Refused("route-unknown")))
    if request.method not in ("GET", "HEAD"):
        return Answer(_refused(service, first, Refused("method-unknown", allow="GET, HEAD")))
    kind, is_look = _KINDS[place.kind], request.method == "HEAD"
    fault = None if is_look else service.faults.take(number, kind)
    if fault and (instead := spoiling.in_place_of_file(fault)):
        return Answer(instead, kind, fault)
    reply = _file(service, place, request) or _refused(service, first, Refused("route-unknown"))
    return Answer(_spoilt(fault, reply) if fault else reply, kind, fault)


def looked_at(service: Service, request: Request) -> Reply | Making | None:
    """A file that the mock's own page shows: nobody's request, which no fault befalls."""
    place = links.to_place(request.path)
    if place is None or request.method != "GET":
        return None
    with service.lock:
        return _file(service, place, request)


def _obeyed(
    service: Service,
    operation: Operation,
    variables: JsonObject,
    request: Request,
    twist: Callable[[Values], Values] | None = None,
) -> Reply | Making:
    try:
        values = _accepted(service, operation, variables, request)
    except Refused as refused:
        return _refused(service, operation, refused)
    if callable(values):
        return partial(_told_later, service, operation, values, twist)
    return to_json_reply(operation.answer.filled(twist(values) if twist else values))


def _told_later(
    service: Service, operation: Operation, later: Later, twist: Callable[[Values], Values] | None
) -> Reply:
    try:
        values = later()
    except Refused as refused:
        return _refused(service, operation, refused)
    return to_json_reply(operation.answer.filled(twist(values) if twist else values))


def _accepted(
    service: Service, operation: Operation, variables: JsonObject, request: Request
) -> Values | Later:
    """Raises Refused; only what is not refused counts for the limits of the document."""
    settings, authorization = service.settings, request.headers.get("authorization", "")
    who = checks.bearer(operation, authorization, settings.keys, any_key=settings.any_key)
    if settings.rate_limit:
        _check_rate(service, operation, who)
    order = checks.accepted(operation, variables, request, who)
    with service.lock:
        if settings.rate_limit:
            _check_rate(service, operation, who)  # others may have been accepted meanwhile
        values = DEEDS[operation.does](service, order)
        if settings.rate_limit and not order.is_look:
            service.calls.count(who.account, who.key, operation.does, service.clock())
        return values


def _check_rate(service: Service, operation: Operation, who: Bearer) -> None:
    with service.lock:
        if service.calls.is_over(who.account, who.key, operation.does, service.clock()):
            raise Refused("rate-limited")


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
