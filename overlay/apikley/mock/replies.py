"""What goes back from the mock."""

from typing import Literal
from urllib.parse import quote

import orjson
from attrs import frozen

from apikley.mock.nodes import Json
from apikley.mock.operations import Operation
from apikley.mock.refusals import Refused

ErrorMode = Literal["status", "envelope"]

# A wrong route or method never reaches the service behind the envelope, so these stay what they are.
_ALWAYS_STATUS = frozenset({"route-unknown", "method-unknown"})


@frozen
class Reply:
    """What every door sends. Header names are lower-case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def without_body(self) -> "Reply":
        """The answer to HEAD: what GET would say of the body, but not the body."""
        return Reply(self.status, self.headers, b"")


def to_reply(
    body: bytes, media_type: str, status: int = 200, more: tuple[tuple[str, str], ...] = ()
) -> Reply:
    headers = (("content-type", media_type), ("content-length", str(len(body))), *more)
    return Reply(status, headers, body)


def to_json_reply(value: Json, status: int = 200, more: tuple[tuple[str, str], ...] = ()) -> Reply:
    return to_reply(orjson.dumps(value), "application/json", status, more)


def to_refusal(operation: Operation, refused: Refused, errors: ErrorMode) -> Reply:
    """A refusal as this operation words it; the headers tell a developer which rule it was."""
    words = refused.nearest or operation.refusals[refused.cause]
    body = operation.refused_form(words.code).filled({"code": words.code, "message": words.message})
    status = words.code if errors == "status" or refused.cause in _ALWAYS_STATUS else 200
    return to_json_reply(body, status, _diagnostics(refused))


def _diagnostics(refused: Refused) -> tuple[tuple[str, str], ...]:
    said = {
        "x-mock-rule": quote(refused.rule, safe=" /#:()'"),
        "x-mock-pointer": quote(refused.pointer, safe="/"),
        "allow": refused.allow,
    }
    return tuple((name, value) for name, value in said.items() if value)
