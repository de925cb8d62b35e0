"""Requests that nobody thought of only read, and their answers are judged as all others."""

import pytest
import schemathesis.specs.openapi.schemas  # noqa: F401  # slow, and else imported in the first test

from apikley.contract import fuzzing
from apikley.contract import plan as names
from apikley.contract.document import Document
from contract.live.doors import DEEP, Door, open_mock, run_through, takes_everything
from contract.live.test_recorded import replayed

COUNT = 200 if DEEP else 8


def test_made_up_requests_only_read_and_never_more_than_asked(monkeypatch):
    handed = []
    real = fuzzing._alone
    monkeypatch.setattr(fuzzing, "_alone", lambda *given: handed.append(real(*given)) or handed[-1])
    door = Door(open_mock(), takes_everything)
    run = run_through(door, budget=None, rows=1, fuzz=COUNT)
    found = {verdict.name: verdict for verdict in run.verdicts()}

    made_up = [each for each in run.recording.exchanges if each.check in names.FUZZ]
    assert {each.method for each in made_up} == {"GET"}
    assert COUNT // 2 < len(made_up) <= 2 * COUNT
    assert door.creates == []
    assert [{*item} for each in handed for item in each["paths"].values()] == [{"get"}, {"get"}]
    assert found["fuzz-task"].outcome == "passed"
    assert replayed(run.recording) == [*found.values()]


@pytest.mark.parametrize("does", ["create-task", "store-file", "sign-link"])
def test_an_operation_that_is_paid_or_writes_is_not_handed_to_the_engine(does):
    with pytest.raises(ValueError, match="not one that is made up"):
        next(fuzzing.made_up(Document.shipped(), does, 10))


def test_the_same_requests_are_made_up_each_time():
    first, second = (
        [each.query for each in fuzzing.made_up(Document.shipped(), "fetch-task", COUNT)] for _ in range(2)
    )

    assert first == second
