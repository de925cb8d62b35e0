"""Sync and async are one story: the two clients must not drift apart."""

import ast
import inspect
import textwrap
from typing import get_overloads

import pytest

from apikley import Apikley, AsyncApikley, AsyncTaskHandle, TaskHandle
from apikley.drivers import AsyncDriver, BlockingDriver

TWINS = [(Apikley, AsyncApikley), (TaskHandle, AsyncTaskHandle), (BlockingDriver, AsyncDriver)]

# Only what awaits has a loop to follow.
ALONE = {"_follow_loop"}
DUNDERS = {"__enter__": "__aenter__", "__exit__": "__aexit__"}
WORDS = {
    "AsyncApikley": "Apikley",
    "AsyncTaskHandle": "TaskHandle",
    "AsyncDriver": "BlockingDriver",
    "httpx.AsyncBaseTransport": "httpx.BaseTransport",
    "httpx.AsyncClient": "httpx.Client",
    "AsyncGenerator": "Generator",
    # Of httpx's ways only the awaiting one is slow with many requests, so that only it has another.
    ", fast: bool = False": "",
    ", fast: 'bool' = False": "",
    ", fast: bool=False": "",
    ", fast=fast": "",
    "async def ": "def ",
    "await ": "",
    # Only a generator that blocks can hand all of its work to another.
    "async for event in self._driver.stream(flow, name='wait'):\n        yield event": (
        "yield from self._driver.stream(flow, name='wait')"
    ),
}


def in_sync_words(text: str) -> str:
    for theirs, ours in WORDS.items():
        text = text.replace(theirs, ours)
    return text


def methods(owner: type) -> dict[str, object]:
    return {
        name: member
        for name, member in vars(owner).items()
        if inspect.isfunction(member) and name != "__init_subclass__"
    }


@pytest.mark.parametrize(("sync", "awaiting"), TWINS, ids=lambda owner: owner.__name__)
def test_both_have_the_same_methods(sync: type, awaiting: type):
    assert {DUNDERS.get(name, name) for name in methods(sync)} == set(methods(awaiting)) - ALONE


@pytest.mark.parametrize(("sync", "awaiting"), TWINS, ids=lambda owner: owner.__name__)
def test_every_method_has_the_same_signature_and_words(sync: type, awaiting: type):
    for name, method in methods(sync).items():
        twin = methods(awaiting)[DUNDERS.get(name, name)]
        assert in_sync_words(str(inspect.signature(twin))) == str(inspect.signature(method)), name
        assert in_sync_words(twin.__doc__ or "") == (method.__doc__ or ""), name
        ways, twins = get_overloads(method), get_overloads(twin)
        assert [in_sync_words(str(inspect.signature(each))) for each in twins] == [
            str(inspect.signature(each)) for each in ways
        ], name


def told(method: object) -> str:
    """What a method does, without comments and in one way of breaking lines."""
    return ast.unparse(ast.parse(textwrap.dedent(inspect.getsource(method))))  # type: ignore[arg-type]


@pytest.mark.parametrize(("sync", "awaiting"), TWINS[:2], ids=lambda owner: owner.__name__)
def test_every_method_does_the_same_but_for_awaiting_it(sync: type, awaiting: type):
    for name, method in methods(sync).items():
        twin = DUNDERS.get(name, name)
        assert in_sync_words(told(methods(awaiting)[twin])).replace(twin, name) == told(method), name


@pytest.mark.parametrize(("sync", "awaiting"), TWINS[:2], ids=lambda owner: owner.__name__)
def test_what_sends_is_awaited_and_what_does_not_is_not(sync: type, awaiting: type):
    sending = {name for name, method in methods(awaiting).items() if inspect.iscoroutinefunction(method)}
    for name in methods(sync):
        is_sending = "_driver.run" in inspect.getsource(getattr(sync, name))
        assert (DUNDERS.get(name, name) in sending) == (
            is_sending or name in {"close", "__enter__", "__exit__"}
        )
