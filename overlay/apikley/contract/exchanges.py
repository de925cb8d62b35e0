"""One request and what came back, as it is recorded: without secrets."""

import json
from typing import NoReturn, cast

from attrs import field, frozen

Headers = tuple[tuple[str, str], ...]


@frozen(kw_only=True)
class Exchange:
    """What was sent and what came. `status` is 0 and `error` says why where no answer came.

    check: the check it was made for; None in recordings of others
    started: the moment in ISO 8601
    lacks_body: whether an answer had a body that was not recorded
    """

    check: str | None = None
    started: str = ""
    seconds: float = 0.0
    method: str
    url: str
    request_headers: Headers = ()
    request_body: bytes = field(default=b"", repr=False)
    status: int = 0
    response_headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    error: str = ""
    maybe_sent: bool = True
    lacks_body: bool = False

    @property
    def is_answered(self) -> bool:
        return not self.error and self.status > 0

    @property
    def json(self) -> object:
        """The answer's value; None if it is no JSON."""
        return to_json(self.body)

    @property
    def code(self) -> int | None:
        """The status where it is not 2xx, else the code in the body: errors usually come as HTTP 200.

        None where neither says anything. A HEAD has the status alone.
        """
        if not self.is_answered:
            return None
        if self.method == "HEAD" or not 200 <= self.status < 300:
            return self.status
        value = self.json
        said = cast("dict[str, object]", value).get("code") if isinstance(value, dict) else None
        if isinstance(said, str) and said.isdecimal() and len(said) < 9:
            return int(said)
        return said if isinstance(said, int) and not isinstance(said, bool) else None

    @property
    def data(self) -> object:
        """What the envelope holds."""
        value = self.json
        return cast("dict[str, object]", value).get("data") if isinstance(value, dict) else None

    def request_header(self, name: str) -> str:
        return _header(self.request_headers, name)

    def response_header(self, name: str) -> str:
        return _header(self.response_headers, name)


def to_json(content: bytes) -> object:
    """What a JSON text holds; None for a text that is no JSON, or that is nested beyond reading."""
    try:
        return json.loads(content, parse_constant=no_number)
    except (ValueError, RecursionError):
        return None


def no_number(name: str) -> NoReturn:
    """Raises ValueError for the NaN and Infinity that Python reads and JSON does not have."""
    raise ValueError(f"{name} is no number of JSON")


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")
