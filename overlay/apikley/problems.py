"""What an answer of the API has against the request."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import cast

from apikley import catalogue, readings
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    InvalidRequest,
    NotAuthenticated,
    OutOfCredits,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
)

_BY_CODE: dict[int, type[RequestRefused]] = {
    400: InvalidRequest,
    401: NotAuthenticated,
    402: OutOfCredits,
    408: ServiceUnavailable,
    422: InvalidRequest,
    425: ServiceUnavailable,
    429: RateLimited,
    433: OutOfCredits,
    455: ServiceUnavailable,
}

# A 500 is often no fault but a refusal in other words. Seen: "prompt is required", "This field is required",
# and sentences on short credits. Only what is surely one of these is taken for a no: any other 500 may have
# left a task behind.
_SHORT = r"(insufficient|not enough|isn.t enough|aren.t enough|too low|short|exhausted)"
_CREDITS_SHORT = re.compile(
    rf"((your|the|current|account)\s+)*(credits?|balance)\s*(is|are|:)?\s*{_SHORT}\b"
    r"|(insufficient|not enough|too few)\s+(credits?|balance)\b",
    re.IGNORECASE,
)
_REQUIRED = re.compile(r"(?:this field|(?:\w+\.)*(?P<name>\w+)) is required[.!]?", re.IGNORECASE)


# By which names a body says how long to wait; none is documented.
_WAITS = ("retry_after", "retryAfter", "retry-after")


def problem(
    status: int, headers: Mapping[str, str], content: bytes, *, secret: str = ""
) -> ApikleyError | None:
    """The error that an answer amounts to; None if it says yes.

    The code is the HTTP status where that is not 2xx, and the body's code otherwise: errors usually come as
    HTTP 200. Read before the generated parser, which would fail on most of what is met here. Some answers
    repeat what they were sent: `secret` is left out of the error. A task that an answer names all the same is
    kept in the error.
    """
    body = readings.json_object(content)
    kept = content.replace(secret.encode(), b"[key]") if secret else content
    error = _problem(status, headers, body, kept, secret)
    if error is not None and body is not None:
        error.task_id = _task_id(body)
    return error


def _problem(
    status: int, headers: Mapping[str, str], body: Mapping[str, object] | None, content: bytes, secret: str
) -> ApikleyError | None:
    if 300 <= status < 400:
        return AnswerUnreadable(f"HTTP {status}, a redirect where none is documented", content=content)
    if not 200 <= status < 300:
        return _refusal(status, headers, body, secret)
    if body is None:
        return AnswerUnreadable(f"HTTP {status} without a JSON object", content=content)
    match readings.integer(body.get("code")):
        case None:
            return AnswerUnreadable(f"HTTP {status} with a body that has no code", content=content)
        case 200:  # under another status the generated parser would drop it, id and all
            sentence = f"HTTP {status} where only 200 is documented"
            return None if status == 200 else AnswerUnreadable(sentence, content=content)
        case code:
            return _refusal(code, headers, body, secret)


def _refusal(
    code: int, headers: Mapping[str, str], body: Mapping[str, object] | None, secret: str
) -> RequestRefused:
    sentence = _sentence(body or {}, secret)
    kind = _BY_CODE.get(code) or (ServiceUnavailable if code >= 500 else RequestRefused)
    if code == 500:
        kind = _kind_of_500(sentence) or kind
    error = kind(f"{sentence[:500]} (code {code})", code, retry_after=_retry_after(headers, body or {}))
    error.is_page = body is None
    return error


def _kind_of_500(sentence: str) -> type[RequestRefused] | None:
    if _CREDITS_SHORT.match(sentence):
        return OutOfCredits
    if (said := _REQUIRED.fullmatch(sentence.strip())) is None:
        return None
    name = said["name"]
    known = name is None or any(name in model.names for model in catalogue.models().values())
    return InvalidRequest if known else None


def _sentence(body: Mapping[str, object], secret: str) -> str:
    said = (readings.text(body.get(name)) for name in ("msg", "message"))
    sentence = next((text for text in said if text), "no reason given")
    if sentence == "recordInfo is null":  # what an unknown task is told by
        sentence += ": the service knows no such task"
    return sentence.replace(secret, "[key]") if secret else sentence


def _task_id(body: Mapping[str, object]) -> str | None:
    data = body.get("data")
    return readings.text(cast("dict[str, object]", data).get("taskId")) if isinstance(data, dict) else None


def _retry_after(headers: Mapping[str, str], body: Mapping[str, object]) -> float | None:
    """The seconds to wait, from the header or, as some services have it, from the body."""
    header = headers.get("retry-after", "").strip()
    said = _seconds(header)
    if said is None:
        said = _seconds_until(header, headers.get("date", ""))
    data = body.get("data")
    for part in (body, cast("dict[str, object]", data) if isinstance(data, dict) else {}):
        for name in _WAITS:
            said = _seconds(part.get(name)) if said is None else said
    return said


def _seconds(value: object) -> float | None:
    """A number that is no less than 0, also as text."""
    match value:
        case str() if re.fullmatch(r"\d{1,9}(\.\d+)?", value.strip()):
            return float(value)
        case _:
            said = readings.number(value)
            return said if said is not None and said >= 0 else None


def _seconds_until(moment: str, sent: str) -> float | None:
    """From one date of a header to another. Both are the service's: our clock may go wrong."""
    try:
        return max(0.0, (parsedate_to_datetime(moment) - parsedate_to_datetime(sent)).total_seconds())
    except (TypeError, ValueError):  # no date, or one without its zone beside one with it
        return None
