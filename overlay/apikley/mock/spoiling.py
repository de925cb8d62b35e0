"""What a fault makes of a reply."""

from math import ceil

from attrs import evolve

from apikley.mock.faults import Fault
from apikley.mock.operations import Operation
from apikley.mock.refusals import ErrorMode, Refusal
from apikley.mock.replies import Diagnosis, Reply, to_reply, to_worded

_PAGE = b"""<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center></body>
</html>
"""
STRANGE_STATE = "moderating"
"""What a task is said to be in where a client should meet a state that it does not know."""


def instead(fault: Fault, operation: Operation, errors: ErrorMode) -> Reply:
    """The reply that comes first: the service never sees the request."""
    match fault.what:
        case int(code):
            mode = fault.as_ or errors
            reply = to_worded(operation, _words(operation, code), mode, _retry_after(fault))
        case "html":
            status = 200 if fault.as_ == "envelope" else 502
            reply = evolve(to_reply(_PAGE, "text/html", status, _retry_after(fault)), code=502)
        case _:
            reply = _nothing()
    return _marked(fault, reply)


def in_place_of_file(fault: Fault) -> Reply:
    """The same where a file was asked for, which knows no envelope."""
    match fault.what:
        case int(code):
            reply = to_reply(b"the file cannot be had", "text/plain", code, _retry_after(fault))
        case "html":
            reply = to_reply(_PAGE, "text/html", 502, _retry_after(fault))
        case _:
            reply = _nothing()
    return _marked(fault, reply)


def spoilt(fault: Fault, reply: Reply) -> Reply:
    """The reply of a service that has done what it was asked."""
    match fault.what:
        case "expired-result":
            return _marked(fault, expired())
        case "hang" | "reset-after":
            reply = evolve(reply, broken=True)
        case "truncated":
            reply = evolve(reply, cut=len(reply.body) // 2)
        case "empty":
            reply = _with_body(reply, b"")
        case "garbage":
            reply = _with_body(reply, b"\x00\xff{" + reply.body[: len(reply.body) // 2] + b"\xfe")
        case "corrupt-result":
            half = len(reply.body) // 2
            reply = _with_body(reply, reply.body[:half] + bytes(len(reply.body) - half))
        case _:
            pass
    return evolve(reply, fault=str(fault.what), delay=fault.patience)


def expired() -> Reply:
    """What is said of a link whose time is over."""
    return to_reply(b"the link has expired", "text/plain", 403)


def _nothing() -> Reply:
    return Reply(502, (), b"", 502, broken=True)


def _words(operation: Operation, code: int) -> Refusal:
    """As the operation says it; a code of which the document has no words is a fault by another number."""
    for words in operation.refusals.values():
        if words.code == code:
            return words
    return evolve(operation.refusals["fault"], code=code)


def _retry_after(fault: Fault) -> tuple[tuple[str, str], ...]:
    seconds = fault.retry_after
    if seconds is None:
        return ()
    return (("retry-after", str(ceil(seconds))),)  # HTTP knows whole seconds only


def _marked(fault: Fault, reply: Reply) -> Reply:
    what = str(fault.what)
    return evolve(reply, refusal=Diagnosis("fault", what, ""), fault=what, delay=fault.patience)


def _with_body(reply: Reply, body: bytes) -> Reply:
    kept = tuple((name, value) for name, value in reply.headers if name != "content-length")
    return evolve(reply, headers=(*kept, ("content-length", str(len(body)))), body=body)
