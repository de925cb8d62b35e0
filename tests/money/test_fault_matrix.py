"""Whatever goes wrong at whatever step of an edit: one task at most, and no paid picture is lost."""

import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve

from proving import cells, table
from proving.cells import STEPS, Fault

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("times", table.TIMES)
@pytest.mark.parametrize("step", [*STEPS, "callback"])
def test_no_fault_costs_a_second_task_or_a_picture(step, times):
    played = [
        (fault, way, came) for fault, when, way, came in table.cells() if (fault.step, when) == (step, times)
    ]

    assert len(played) >= 2
    assert [(fault.name, way, came.flaws) for fault, way, came in played if came.flaws] == []


def test_both_clients_come_to_the_same():
    assert table.flaws() == []


def test_every_fault_of_the_mock_is_in_the_table():
    from apikley.mock.faults import _WORDS

    assert {fault.what for fault in cells.faults() if isinstance(fault.what, str)} == {*_WORDS}


def test_the_page_holds_what_was_played():
    assert table.page() in (ROOT / "docs" / "fault-matrix.md").read_text(encoding="utf-8")


def test_the_script_tells_of_what_it_plays():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "fault-matrix", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "--write" in done.stdout


def test_a_client_that_sends_again_what_was_lost_is_found_out(monkeypatch):
    from apikley import submitting

    monkeypatch.setattr(submitting, "created_nothing", lambda error: True)
    monkeypatch.setattr(submitting, "is_passing", lambda error: True)

    came = cells.outcome(Fault("createTask", "reset-after"), "once", "sync")

    assert "2 tasks for one call" in came.flaws


def test_a_client_that_keeps_the_id_to_itself_is_found_out(monkeypatch):
    from apikley import errors

    monkeypatch.setattr(errors.ApikleyError, "__str__", lambda self: "no")

    came = cells.outcome(Fault("fetch", 401), "once", "async")

    assert any("does not name" in flaw for flaw in came.flaws)


def test_a_budget_that_forgets_is_found_out(monkeypatch):
    from apikley.budget import Budget

    monkeypatch.setattr(Budget, "settle", lambda *_: None)

    came = cells.outcome(evolve(Fault("createTask", 422), sent_as="envelope"), "once", "sync")

    assert any("reserved" in flaw for flaw in came.flaws)
