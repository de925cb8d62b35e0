"""Lag and polls of hundreds of tasks, in virtual time: ours, and whoever asks at a fixed interval."""

import asyncio
import math
from collections.abc import Iterable, Sequence
from statistics import fmean

import httpx
from attrs import frozen

from rivals.service import Request, Service

ROUND_TRIP = 0.05
"""Seconds from a question to its answer."""
INTERVALS = tuple(0.1 * 1.1**step for step in range(50))
"""Seconds, from a tenth to more than ten."""


@frozen
class Watching:
    """The mean lag in seconds from a task's end to its result in hand, and the mean number of questions."""

    lag: float
    polls: float

    @property
    def product(self) -> float:
        """What a fixed interval can only trade: half the lag for twice the questions."""
        return self.lag * self.polls


def best_fixed(durations: Sequence[float]) -> tuple[float, Watching]:
    """The fixed interval with the smallest product for tasks of these durations, and what it comes to."""
    tried = ((interval, fixed(durations, interval)) for interval in INTERVALS)
    return min(tried, key=lambda each: each[1].product)


def fixed(durations: Iterable[float], interval: float) -> Watching:
    """Whoever asks at once, and then `interval` seconds after each answer."""
    lags, polls = [], []
    for duration in durations:
        gap = interval + ROUND_TRIP
        # A question is answered by what is true half a round trip after it was asked.
        needed = max(0, math.ceil((duration - ROUND_TRIP / 2) / gap))
        lags.append(needed * gap + ROUND_TRIP - duration)
        polls.append(needed + 1)
    return Watching(fmean(lags), fmean(polls))


class VirtualClock:
    """A clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    async def pause(self, seconds: float) -> None:
        self.sleep(seconds)
        await asyncio.sleep(0)


class Wire(httpx.BaseTransport):
    """The stub's service without a port: a request takes a round trip of virtual time."""

    def __init__(self, service: Service, clock: VirtualClock) -> None:
        self._service = service
        self._clock = clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = Request(request.method, request.url.path, request.url.query.decode(), request.read())
        self._clock.sleep(ROUND_TRIP / 2)
        reply = self._service.answer(asked, self._clock.now())
        self._clock.sleep(ROUND_TRIP / 2)
        return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)
