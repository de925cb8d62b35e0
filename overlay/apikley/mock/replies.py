"""What goes back from the mock."""

from functools import lru_cache
from typing import TypeAlias
from urllib.parse import quote

import orjson
from attrs import define, evolve, frozen

from apikley.mock.nodes import Json
from apikley.mock.operations import Operation
from apikley.mock.refusals import ErrorMode, Refusal, Refused

Headers: TypeAlias = tuple[tuple[str, str], ...]
JSON = "application/json"

# A wrong route or method never reaches the service behind the envelope, so these stay what they are.
_ALWAYS_STATUS = frozenset({"route-unknown", "method-unknown"})


@frozen(eq=False, repr=False)
class Diagnosis:
    """Why a request was refused: the cause as the document calls it, the rule it broke, and where."""

    cause: str
    rule: str
    pointer: str


@define  # one a request, as an order
class Reply:
    """What every door acts out. Header names are lower-case.

    code: the effective code, which in an envelope is not the status
    delay: how many seconds pass before anything is sent
    fault: what befell it, in its short form
    cut: so many bytes of the body are sent, then the connection breaks
    broken: nothing is sent, the connection breaks; after a delay that amounts to a server that hangs
    """

    status: int
    headers: Headers
    body: bytes
    code: int = 200
    refusal: Diagnosis | None = None
    fault: str | None = None
    delay: float = 0.0
    cut: int | None = None
    broken: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is sent whole and at once."""
        return not self.delay and not self.broken and self.cut is None

    def without_body(self) -> "Reply":
        """The answer to HEAD: what GET would say of the body, but not the body."""
        return evolve(self, body=b"", cut=None)


def to_reply(body: bytes, media_type: str, status: int = 200, more: Headers = ()) -> Reply:
    headers = (("content-type", media_type), ("content-length", str(len(body))), *more)
    return Reply(status, headers, body, status)


def to_json_reply(value: Json, status: int = 200, more: Headers = ()) -> Reply:
    return to_reply(orjson.dumps(value), JSON, status, more)


def to_refusal(operation: Operation, refused: Refused, errors: ErrorMode) -> Reply:
    """A refusal as this operation words it; the headers tell a developer which rule it was."""
    words = refused.nearest or operation.refusals[refused.cause]
    return to_worded(
        operation,
        words,
        "status" if refused.cause in _ALWAYS_STATUS else errors,
        _diagnostics(refused.rule, refused.pointer, refused.allow),
        Diagnosis(refused.cause, refused.rule, refused.pointer),
    )


def to_worded(
    operation: Operation,
    words: Refusal,
    errors: ErrorMode,
    more: Headers = (),
    refusal: Diagnosis | None = None,
) -> Reply:
    """A refusal in these words, by status or in an envelope."""
    form = operation.refused_form(words.code)
    body = form.written({"code": words.code, "message": words.message})
    sent_as = words.sent_as if errors == "known" else errors
    status = words.code if sent_as == "status" else 200
    reply = to_reply(body, JSON, status, more)
    reply.code, reply.refusal = words.code, refusal
    return reply


@lru_cache(maxsize=256)
def _diagnostics(rule: str, pointer: str, allow: str) -> Headers:
    said = (
        ("x-mock-rule", quote(rule, safe=" /#:()'")),
        ("x-mock-pointer", quote(pointer, safe="/")),
        ("allow", allow),
    )
    return tuple(pair for pair in said if pair[1])
