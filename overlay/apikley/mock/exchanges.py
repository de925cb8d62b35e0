"""What was asked of the mock, and what it said."""

from collections.abc import Mapping

from attrs import frozen

from apikley.mock.replies import Diagnosis
from apikley.mock.requests import Request


@frozen
class Exchange:
    """A request, without its key, and its answer.

    number: counts requests from 1
    time: when it was answered, in Unix seconds by the mock's clock
    operation: the operation's id in the document, or "result" or "file", or None where the path leads nowhere
    status: the HTTP status, or None where the connection broke before one
    code: the effective code, which in an envelope is not the status
    refusal: why it was refused, with the cause "fault" where a fault did it
    fault: the fault that befell it, in its short form
    milliseconds: how long the mock took for it, any delay of a fault not included
    """

    number: int
    time: float
    request: Request
    operation: str | None
    status: int | None
    code: int
    refusal: Diagnosis | None
    fault: str | None
    milliseconds: float

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        """Decoded, and without the query."""
        return self.request.path

    @property
    def query(self) -> str:
        return self.request.query

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case names."""
        return self.request.headers

    @property
    def body(self) -> bytes:
        """The first 64 KiB."""
        return self.request.body
