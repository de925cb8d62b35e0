"""One request, and what came back."""

import json
import socket
from http.client import HTTPException, HTTPResponse

from attrs import frozen

from benchmarking.verdicts import CODES, Request, Verdict

_PATIENCE = 3.0  # seconds for an answer


@frozen
class Answer:
    """An answer: its status, and its body as JSON if it is that."""

    status: int
    value: object
    size: int

    @property
    def code(self) -> int:
        """The effective code: the status where it is not 2xx, else the body's own."""
        if not 200 <= self.status < 300:
            return self.status
        own = self.value.get("code") if isinstance(self.value, dict) else None
        return own if isinstance(own, int) else self.status

    def at(self, *keys: str) -> object:
        """What the body holds there, or None."""
        value = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value


def ask(port: int, request: Request, patience: float = _PATIENCE) -> Answer | None:
    """Ask a server of this machine. None if no whole answer came in so many seconds."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
            connection.sendall(request.wire(f"127.0.0.1:{port}", keep=False))
            answer = HTTPResponse(connection, method=request.method)
            answer.begin()
            body = answer.read()
    except (OSError, HTTPException):
        return None
    return Answer(answer.status, _value(body), len(body))


def is_right(answer: Answer | None, verdict: Verdict) -> bool:
    """Whether it accepts what is to be accepted and refuses what is not, in whatever words."""
    return answer is not None and (answer.code == 200) == (verdict is Verdict.ACCEPTED)


def is_told_apart(answer: Answer | None, verdict: Verdict) -> bool:
    """Whether the code, too, is one the service would use."""
    return answer is not None and answer.code in CODES[verdict]


def _value(body: bytes) -> object:
    try:
        value: object = json.loads(body)
    except ValueError:
        return None
    return value
