"""The fixture `apikley_mock`, as other people's tests use it."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from apikley import Apikley, AsyncApikley, TaskFailed, TaskUnfinished
from apikley.testing import InMemory, in_memory

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.jpg"


def edit_blocking() -> str:
    with Apikley() as apikley:
        return apikley.edit(PHOTO, "make it night", image_size="square").task_id


def edit_awaiting() -> str:
    async def edit() -> str:
        async with AsyncApikley() as apikley:
            return (await apikley.edit(PHOTO, "make it night", image_size="square")).task_id

    return asyncio.run(edit())


both = pytest.mark.parametrize("edit", [edit_blocking, edit_awaiting])


@both
def test_code_that_makes_its_own_client_is_answered_from_memory(edit, apikley_mock: InMemory):
    assert edit() == apikley_mock.tasks[0].id


@both
def test_a_quarter_of_an_hour_passes_at_once(edit, apikley_mock: InMemory):
    apikley_mock.lasts(850)
    begun = time.monotonic()
    edit()
    assert apikley_mock.slept >= 850
    assert time.monotonic() - begun < 5


@both
def test_patience_ends_in_virtual_time_too(edit, apikley_mock: InMemory):
    apikley_mock.lasts(10_000)
    with pytest.raises(TaskUnfinished) as caught:
        edit()
    assert 900 <= caught.value.waited < 1000
    assert caught.value.task_id == apikley_mock.tasks[0].id


def test_many_edits_at_once_wait_for_the_same_time(apikley_mock: InMemory):
    apikley_mock.lasts(20)

    async def edit_all() -> list[str]:
        async with AsyncApikley() as apikley:
            edits = [apikley.edit(PHOTO, f"make it {n}", image_size="square") for n in range(30)]
            return [edit.task_id for edit in await asyncio.gather(*edits)]

    assert len(set(asyncio.run(edit_all()))) == 30
    assert 20 <= apikley_mock.slept < 120


@both
def test_a_task_fails_if_told_so(edit, apikley_mock: InMemory):
    apikley_mock.polls(5, "fail")
    with pytest.raises(TaskFailed):
        edit()
    fetches = [asked for asked in apikley_mock.requests if asked.method == "GET"]
    assert len(fetches) == 6


@both
def test_a_retry_after_is_slept_through(edit, apikley_mock: InMemory):
    apikley_mock.fail_next(429, retry_after=7, on="create-task")
    edit()
    assert apikley_mock.slept >= 7
    assert len(apikley_mock.tasks) == 1


def test_a_client_that_was_made_before_is_answered_too():
    with Apikley("sk-test-early") as apikley:
        with in_memory() as service:
            assert apikley.credits() == service.mock.credits
        with in_memory(credits=3) as service:
            assert apikley.credits() == 3


def test_a_client_waits_for_nothing_that_happened_by_another_clock():
    with Apikley("sk-test-early") as apikley:
        for _ in range(2):
            with in_memory() as service:
                service.lasts(60)
                apikley.edit(PHOTO, "make it night")
                assert service.slept < 90
        with in_memory() as service:
            apikley.edit(PHOTO, "make it night")
            assert any("upload" in each.path for each in service.requests)
            assert service.slept < 10


def test_other_hosts_are_left_alone(apikley_mock: InMemory):
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://127.0.0.1:9/")
    assert not apikley_mock.requests


def test_everything_is_as_before_afterwards():
    before = (
        httpx.HTTPTransport.handle_request,
        httpx.AsyncHTTPTransport.handle_async_request,
        dict(os.environ),
    )
    with in_memory():
        assert httpx.HTTPTransport.handle_request is not before[0]
    after = (
        httpx.HTTPTransport.handle_request,
        httpx.AsyncHTTPTransport.handle_async_request,
        dict(os.environ),
    )
    assert after == before


def test_the_address_in_the_environment_is_answered_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("APIKLEY_BASE_URL", "https://staging.example")
    with in_memory() as service, Apikley() as apikley:
        apikley.credits()
        assert service.requests[0].headers["host"] == "staging.example"


def test_the_plugin_costs_nothing_at_the_start_of_pytest(run_pytest):
    ran = run_pytest(
        "import sys\n\ndef test_of_a_user():\n"
        "    heavy = {'httpx', 'apikley.mock', 'apikley.testing', 'apikley_generated', 'PIL', 'jsonschema_rs'}\n"
        "    assert 'apikley.pytest_plugin' in sys.modules\n"
        "    assert not heavy & sys.modules.keys()\n",
        "-p",
        "no:anyio",
    )
    assert ran.code == 0, ran.said


def test_the_plugin_brings_no_module_into_pytest_but_itself_and_its_package():
    code = (
        "import sys, pytest\nbefore = {*sys.modules}\nimport apikley.pytest_plugin\n"
        "print(*sorted({*sys.modules} - before))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.split() == ["apikley", "apikley.pytest_plugin"]
