"""What may pass by itself, and how often it is tried again."""

import ssl
from collections.abc import Callable
from typing import TypeVar

from apikley.effects import Flow, sleep, try_again, went_well
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    Unreachable,
)
from apikley.schedule import Retry

T = TypeVar("T")

# Refusals that no repetition turns into a yes: generation failed, feature disabled.
_LASTING = frozenset({501, 505})


# Attempts, however much each of them brings.
_MOST_ATTEMPTS = 20


def repeated(
    attempt: Callable[[], Flow[T]],
    retry: Retry,
    lasting: type[ApikleyError] | tuple[()] = (),
    progress: Callable[[], int] = lambda: 0,
) -> Flow[T]:
    """Try again what costs nothing and does no harm twice, while the trouble may pass and is not `lasting`.

    An attempt that has brought `progress` further than any before counts as the first, up to twenty in all.
    """
    failures = attempts = furthest = 0
    while True:
        try:
            answer = yield from attempt()
        except ApikleyError as error:
            attempts += 1
            failures = 1 if progress() > furthest else failures + 1
            furthest = max(furthest, progress())
            may_pass = is_passing(error) and not isinstance(error, lasting) and attempts < _MOST_ATTEMPTS
            delay = retry.delay(failures, retry_after(error)) if may_pass else None
            if delay is None:
                raise
            asked, reason = retry_after(error) or 0.0, error
        else:
            yield from went_well()
            return answer
        pause = yield from try_again()
        yield from sleep(max(asked, pause), spread=delay - asked, because=reason)


def is_passing(error: ApikleyError) -> bool:
    """Whether the same request may be answered otherwise in a while."""
    match error:
        case Unreachable():
            return not _is_distrust(error)
        case RateLimited() | AnswerUnreadable():
            return True
        case ServiceUnavailable(code=code):
            return code not in _LASTING
    return False


def _is_distrust(error: BaseException | None) -> bool:
    """Whether it comes of a certificate that is not trusted."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__  # httpcore raises from None
    return error is not None


def retry_after(error: ApikleyError | None) -> float | None:
    """The seconds that the service asked to wait, if it did."""
    return error.retry_after if isinstance(error, RequestRefused) else None
