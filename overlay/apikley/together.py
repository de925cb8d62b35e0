"""How several things are done at once, and all stopped when one goes wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from threading import Event
from typing import TypeVar

from apikley import deadlines

T = TypeVar("T")

AT_ONCE = 4
"""How many at most: as many pictures as one edit may have, and half of the connections of a client."""


def in_threads(works: Sequence[Callable[[], T]]) -> list[T]:
    """Do all of it, and return what each gave; raises the first error, once nothing is under way any more."""
    if len(works) < 2:
        return [work() for work in works]
    stop = Event()
    errors: list[BaseException] = []

    def do(work: Callable[[], T]) -> T:
        try:
            with deadlines.unless(stop):
                deadlines.check()
                return work()
        except BaseException as error:
            errors.append(error)
            stop.set()
            raise

    with ThreadPoolExecutor(min(len(works), AT_ONCE), "apikley") as threads:
        futures = [threads.submit(copy_context().run, do, work) for work in works]
        try:
            while wait(futures, timeout=0.5).not_done:  # looked at often, so that Ctrl-C is heard everywhere
                deadlines.check()
        finally:
            stop.set()
    if errors:
        raise errors[0]
    return [future.result() for future in futures]


async def in_tasks(works: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """The same, awaiting."""
    if len(works) < 2:
        return [await work() for work in works]
    room = asyncio.Semaphore(AT_ONCE)

    async def do(work: Callable[[], Awaitable[T]]) -> T:
        async with room:
            return await work()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(do(work)) for work in works]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
