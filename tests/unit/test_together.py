"""Several things at once: the first error ends them all, and nothing goes on behind it."""

import asyncio
import threading
import time

import pytest

from apikley import clock, deadlines, together


def at_once(*works):
    return together.in_threads(works)


def test_each_gives_its_own_in_order_whoever_is_first():
    first, second = threading.Event(), threading.Event()

    def slow():
        assert second.wait(10)
        first.set()
        return "slow"

    def quick():
        second.set()
        assert first.wait(10)
        return "quick"

    assert at_once(slow, quick) == ["slow", "quick"]


def test_one_is_done_by_who_asks_for_it():
    assert at_once(threading.current_thread) == [threading.current_thread()]
    assert at_once() == []


def test_no_more_than_four_are_under_way():
    under_way, most, lock = 0, 0, threading.Lock()

    def work():
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.01)
        with lock:
            under_way -= 1

    at_once(*[work] * 20)

    assert 1 < most <= together.AT_ONCE


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_the_first_error_ends_the_others(kind):
    ended = []

    def sleeps():
        try:
            deadlines.sleep(10)
        except deadlines.Unwanted:
            ended.append("stopped")
            raise

    def fails():
        raise kind("mine")

    began = time.monotonic()
    with pytest.raises(kind, match="mine"):
        at_once(sleeps, sleeps, fails, *[sleeps] * 3)

    assert time.monotonic() - began < 8
    assert 2 <= len(ended) <= 5


def test_who_asks_for_several_things_may_be_one_of_several_himself():
    def pair():
        return at_once(lambda: 1, lambda: 2)

    assert at_once(pair, pair) == [[1, 2], [1, 2]]


def test_tasks_give_their_own_in_order():
    async def main():
        async def after(pause, what):
            await asyncio.sleep(pause)
            return what

        return await together.in_tasks([lambda: after(0.02, "slow"), lambda: after(0, "quick")])

    assert asyncio.run(main()) == ["slow", "quick"]


def test_the_first_error_ends_the_other_tasks():
    ended = []

    async def sleeps():
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("stopped")

    async def fails():
        await asyncio.sleep(0)
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        asyncio.run(together.in_tasks([sleeps, fails, sleeps]))

    assert ended == ["stopped"] * 2


def test_no_more_than_four_tasks_are_under_way():
    under_way, most = 0, 0

    async def work():
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1

    asyncio.run(together.in_tasks([work] * 20))

    assert most == together.AT_ONCE


def test_cancelling_ends_all_tasks():
    ended = []

    async def sleeps():
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("stopped")

    async def main():
        task = asyncio.ensure_future(together.in_tasks([sleeps, sleeps]))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())

    assert ended == ["stopped"] * 2


def test_a_sleep_that_nobody_stops_is_as_long_as_it_should_be():
    class Slept(clock.SystemClock):
        def sleep(self, seconds):
            slept.append(seconds)

    slept = []
    with clock.replaced(Slept()):
        deadlines.sleep(7)
        at_once(lambda: deadlines.sleep(8), lambda: deadlines.sleep(8))

    assert slept == [7, 8, 8]
