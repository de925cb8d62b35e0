"""The same checks on the embedded mock: free, offline, and in no time."""

import httpx

from apikley.contract.plan import Plan
from apikley.contract.running import Run
from apikley.mock import Mock, MockTransport, VirtualClock, lasts
from apikley.settings import Settings

BASE_URL = "http://rehearsal.localhost"
"""No name of the service, so that nobody takes a rehearsal's recording for more."""
KEY = "sk-test-rehearsal"

_SECONDS = 20.0  # that a task lasts


def rehearsal(plan: Plan, mock: Mock | None = None, **more: object) -> Run:
    """A run against a mock in this process, which keeps all the limits that the service has."""
    mock = mock or Mock(scenario=lasts(_SECONDS), clock=VirtualClock(), errors="known", rate_limit=True)
    return Run(
        plan,
        Settings(api_key=KEY, base_url=BASE_URL),
        _offline(mock),
        _MocksTime(mock),
        is_rehearsal=True,
        **more,  # type: ignore[arg-type]
    )


def _offline(mock: Mock) -> httpx.BaseTransport:
    return MockTransport(mock)


class _MocksTime:
    """The mock's own clock: who sleeps lets its time pass."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock

    def now(self) -> float:
        return self._mock.clock()

    def sleep(self, seconds: float) -> None:
        self._mock.advance(seconds)

    async def pause(self, seconds: float) -> None:
        self._mock.advance(seconds)
