"""What may pass by itself, and how often it is tried again."""

import ssl
from collections.abc import Callable
from typing import TypeVar

from attrs import frozen

from apikley.effects import Flow, sleep, try_again, went_well
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    Unreachable,
)

T = TypeVar("T")

# Refusals that no repetition turns into a yes: generation failed, feature disabled.
_LASTING = frozenset({501, 505})

# Of one call, however much each attempt brings.
_MOST_ATTEMPTS = 20


@frozen
class Retry:
    """How often to try again, and how long to wait before: `first` seconds, doubled each time up to `cap`."""

    attempts: int
    first: float
    cap: float

    def delay(self, failures: int, asked: float | None = None) -> float | None:
        """The seconds to wait after so many failures; None when it is enough.

        `asked` is the service's Retry-After: it is obeyed up to two minutes, and past that we give up.
        """
        if failures >= self.attempts or (asked is not None and asked > 120):
            return None
        return max(asked or 0.0, min(self.cap, self.first * 2.0 ** (failures - 1)))


READ = Retry(attempts=5, first=0.5, cap=20)
UPLOAD = Retry(attempts=4, first=0.5, cap=20)
DOWNLOAD = Retry(attempts=6, first=0.5, cap=20)
# Only what provably created nothing: a connection that was never made, or a refusal before any work.
CONNECT = Retry(attempts=5, first=0.5, cap=30)
SUBMIT = Retry(attempts=8, first=1, cap=60)


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
