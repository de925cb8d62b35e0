"""What may pass by itself, and how often it is tried again."""

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


def repeated(
    attempt: Callable[[], Flow[T]], retry: Retry, lasting: type[ApikleyError] | tuple[()] = ()
) -> Flow[T]:
    """Try again what costs nothing and does no harm twice, while the trouble may pass and is not `lasting`."""
    failures = 0
    while True:
        try:
            answer = yield from attempt()
        except ApikleyError as error:
            failures += 1
            may_pass = is_passing(error) and not isinstance(error, lasting)
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
        case RateLimited() | Unreachable() | AnswerUnreadable():
            return True
        case ServiceUnavailable(code=code):
            return code not in _LASTING
    return False


def retry_after(error: ApikleyError | None) -> float | None:
    """The seconds that the service asked to wait, if it did."""
    return error.retry_after if isinstance(error, RequestRefused) else None
