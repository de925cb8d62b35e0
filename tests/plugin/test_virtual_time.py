"""Time that nobody waits for passes once for all who sleep at once, be they threads or tasks of a loop."""

import asyncio
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from apikley import Apikley, clock, virtual
from apikley.mock import lasts
from apikley.testing import InMemory, in_memory

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.jpg"


def in_threads(*deeds):
    with ThreadPoolExecutor(len(deeds)) as pool:
        return [future.result() for future in [pool.submit(deed) for deed in deeds]]


def sleep(*seconds):
    for each in seconds:
        clock.current().sleep(each)


def comes_to_an_end(deed):
    """Whether it does within a time that no machine needs, without hanging where it does not."""
    thread = threading.Thread(target=deed, daemon=True)
    thread.start()
    thread.join(20)
    return not thread.is_alive()


@pytest.mark.parametrize("threads", [2, 20])
def test_threads_that_sleep_at_once_sleep_for_the_same_time(threads, apikley_mock: InMemory):
    in_threads(*[lambda: sleep(3)] * threads)
    assert apikley_mock.slept == 3


def test_each_thread_wakes_at_its_own_moment_and_in_order(apikley_mock: InMemory):
    woken = []

    def walk(name, *steps):
        for step in steps:
            sleep(step)
            woken.append((apikley_mock.slept, name))

    in_threads(lambda: walk("a", 1, 1, 5), lambda: walk("b", 3, 3), lambda: walk("c", 4.5))
    assert woken == [(1, "a"), (2, "a"), (3, "b"), (4.5, "c"), (6, "b"), (7, "a")]


def test_as_much_time_passes_as_the_longest_of_many_walks_takes(apikley_mock: InMemory):
    dice = random.Random(1)
    walks = [[dice.uniform(0, 5) for _ in range(20)] for _ in range(8)]
    in_threads(*[lambda walk=walk: sleep(*walk) for walk in walks])
    assert apikley_mock.slept == pytest.approx(max(map(sum, walks)))


def test_edits_in_threads_wait_for_the_same_time(apikley_mock: InMemory):
    apikley_mock.lasts(20)

    def edit():
        with Apikley() as apikley:
            return apikley.edit(PHOTO, "make it night", image_size="square").task_id

    assert len({*in_threads(*[edit] * 4)}) == 4
    assert 20 <= apikley_mock.slept < 40


def test_a_thread_alone_waits_for_nothing(apikley_mock: InMemory):
    before = [each for each in threading.enumerate() if each is not threading.current_thread()]
    begun = time.perf_counter()
    sleep(*[1] * 1000)
    assert apikley_mock.slept == 1000
    assert time.perf_counter() - begun < 1000 * virtual.GRACE / 10, before


def test_threads_that_were_there_before_hold_nobody_up(monkeypatch):
    monkeypatch.setattr(virtual, "GRACE", 60)
    monkeypatch.setattr(virtual, "PATIENCE", 60)
    over = threading.Event()
    bystander = threading.Thread(target=over.wait)
    bystander.start()
    try:
        begun = time.monotonic()
        with in_memory() as service:
            sleep(5)
            assert service.slept == 5
        assert time.monotonic() - begun < 30
    finally:
        over.set()
        bystander.join()


def test_a_thread_that_never_stands_still_holds_others_up_for_a_moment_only(apikley_mock: InMemory):
    over = threading.Event()

    def spin():
        while not over.is_set():
            sorted(str(each) for each in range(50))
            sum(each for each in range(70))

    spinner = threading.Thread(target=spin)
    spinner.start()
    try:
        begun = time.monotonic()
        sleep(7)
        assert apikley_mock.slept == 7
        assert time.monotonic() - begun < 20 * virtual.PATIENCE
    finally:
        over.set()
        spinner.join()


def test_threads_and_a_loop_wait_for_the_same_time(apikley_mock: InMemory):
    async def main():
        sleeper = asyncio.to_thread(sleep, 1, 1, 1)
        await asyncio.gather(sleeper, clock.current().pause(30), clock.current().pause(20))

    asyncio.run(main())
    assert apikley_mock.slept == pytest.approx(30, abs=3.1)


def test_a_callback_that_sleeps_itself_holds_up_nobody_for_ever():
    delivered = []

    def deliver(delivery):
        sleep(10)
        delivered.append(delivery.task_id)
        return 200

    with in_memory(scenario=lasts(5), deliver=deliver) as service, Apikley() as apikley:
        task = apikley.submit(PHOTO, "make it night", callback_url="http://127.0.0.1:9/done")
        assert comes_to_an_end(lambda: sleep(6))
        assert delivered == [task.id]
        assert service.slept == 16


def test_a_sleep_that_is_interrupted_holds_up_nobody_else(monkeypatch, apikley_mock: InMemory):
    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(virtual.VirtualTime, "_go_on_to", interrupt)
        with pytest.raises(KeyboardInterrupt):
            sleep(1)
    assert comes_to_an_end(lambda: sleep(2))
    assert apikley_mock.slept == 2


def test_no_time_at_all_may_pass(apikley_mock: InMemory):
    sleep(0)
    asyncio.run(clock.current().pause(0))
    assert apikley_mock.slept == 0
