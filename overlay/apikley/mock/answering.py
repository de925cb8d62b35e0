"""How a request is answered."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from apikley.mock import checks, links, ranges, records, spoiling
from apikley.mock.checks import Bearer
from apikley.mock.deeds import DEEDS, Later
from apikley.mock.document import Document
from apikley.mock.faults import Fault
from apikley.mock.forms import Values
from apikley.mock.links import Place
from apikley.mock.nodes import JsonObject
from apikley.mock.operations import Operation
from apikley.mock.refusals import Refused
from apikley.mock.replies import JSON, Reply, to_refusal, to_reply
from apikley.mock.requests import Request
from apikley.mock.service import Result, Service

Making: TypeAlias = Callable[[], Reply]
"""A reply that takes long to make, and needs no lock for it."""
Answer: TypeAlias = tuple[Reply | Making, str | None]
"""What the service says to a request, and as which operation."""

_NOTHING: Mapping[str, str] = {}
_KINDS = {"results": "result", "files": "file"}


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
        return _refused(service, near, Refused("method-unknown", allow=route.allowed)), None
    if not service.faults.are_none() and request.method == operation.method:  # and not HEAD: it uses up none
        with service.lock:
            fault = service.faults.take_first(number, operation.id, operation.does)
        if fault:
            mode = service.settings.mode(operation.id, operation.does)
            return spoiling.instead(fault, operation, mode), operation.id
    return _obeyed(service, operation, variables, request, number), operation.id


def unreadable(document: Document, why: str) -> Reply:
    """What is said to bytes that are no request, which never reach what puts refusals into envelopes."""
    return to_refusal(document.operations()[0], Refused("malformed", rule=why), "status")


def _elsewhere(service: Service, request: Request, number: int) -> Answer:
    """One of the mock's own files, which needs no key, as with the service's CDN."""
    first, place = service.document.operations()[0], links.to_place(request.path)
    if place is None:
        return _refused(service, first, Refused("route-unknown")), None
    if request.method not in ("GET", "HEAD"):
        return _refused(service, first, Refused("method-unknown", allow="GET, HEAD")), None
    kind, is_look = _KINDS[place.kind], request.method == "HEAD"
    fault = None if is_look else service.faults.take_first(number, kind)
    if fault:
        return spoiling.in_place_of_file(fault), kind
    reply = _file(service, place, request) or _refused(service, first, Refused("route-unknown"))
    if is_look:
        return reply, kind
    is_refused = isinstance(reply, Reply) and reply.status >= 400
    return _spoilt(service.faults.take(number, kind, is_refused=is_refused), reply), kind


def looked_at(service: Service, request: Request) -> Reply | Making | None:
    """A file that the mock's own page shows: nobody's request, which no fault befalls."""
    place = links.to_place(request.path)
    if place is None:
        return None
    with service.lock:
        return _file(service, place, request)


def _obeyed(
    service: Service, operation: Operation, variables: JsonObject, request: Request, number: int
) -> Reply | Making:
    try:
        values = _accepted(service, operation, variables, request)
    except Refused as refused:
        return _no(service, operation, request, number, refused)
    if callable(values):
        return partial(_told_later, service, operation, request, number, values)
    return _yes(service, operation, request, number, values)


def _told_later(service: Service, operation: Operation, request: Request, number: int, later: Later) -> Reply:
    try:
        values = later()
    except Refused as refused:
        return _no(service, operation, request, number, refused)
    return _yes(service, operation, request, number, values)


def _yes(service: Service, operation: Operation, request: Request, number: int, values: Values) -> Reply:
    fault = _fault(service, operation, request, number)
    if fault and fault.what == "unknown-state":
        values = _strange(values)
    reply = to_reply(operation.answer.written(values), JSON)
    return spoiling.spoilt(fault, reply) if fault else reply


def _no(service: Service, operation: Operation, request: Request, number: int, refused: Refused) -> Reply:
    fault = _fault(service, operation, request, number, is_refused=True)
    reply = _refused(service, operation, refused)
    return spoiling.spoilt(fault, reply) if fault else reply


def _fault(
    service: Service, operation: Operation, request: Request, number: int, *, is_refused: bool = False
) -> Fault | None:
    """What befalls the answer to a request, unless it only looks."""
    if service.faults.are_none() or request.method != operation.method:
        return None
    with service.lock:
        return service.faults.take(number, operation.id, operation.does, is_refused=is_refused)


def _accepted(
    service: Service, operation: Operation, variables: JsonObject, request: Request
) -> Values | Later:
    """Raises Refused; only what is not refused counts for the limits of the document."""
    settings, authorization = service.settings, request.headers.get("authorization", "")
    who = key, standing = checks.bearer(operation, authorization, settings.keys, any_key=settings.any_key)
    if settings.rate_limit:
        _check_rate(service, operation, who)
    order = checks.accepted(operation, variables, request, standing)
    with service.lock:
        if settings.rate_limit:
            _check_rate(service, operation, who)  # others may have been accepted meanwhile
        values = DEEDS[operation.does](service, order)
        if settings.rate_limit and not order.is_look:
            service.calls.count(checks.account(who), key, operation.does, service.clock())
        return values


def _check_rate(service: Service, operation: Operation, who: Bearer) -> None:
    with service.lock:
        if service.calls.is_over(checks.account(who), who[0], operation.does, service.clock()):
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


def _spoilt(fault: Fault | None, reply: Reply | Making) -> Reply | Making:
    if fault is None:
        return reply
    if isinstance(reply, Reply):
        return spoiling.spoilt(fault, reply)
    make = reply
    return lambda: spoiling.spoilt(fault, make())
