"""Whether the tiers notice that the document has changed, with the lock off and with it on.

A sample of each kind of change; APIKLEY_DEEP=1 takes all of them.
"""

import json
import os
from collections.abc import Iterator

import pytest

from contract.judging import CORRECTED
from mutating import detecting, mutants, reporting, sampling, scoring
from mutating.equivalents import REASONS, reason_of
from regeneration import documents

EVERY = 1 if "APIKLEY_DEEP" in os.environ else 9
ALL = mutants.mutants(CORRECTED)
# The least share of each kind that has to be noticed without the lock. Where it is less than all, `equivalents` says
# why; what a sample holds of those may be any share of it.
FLOOR, FLOOR_OF_ALL = 0.75, 0.95


@pytest.fixture(scope="module")
def suite() -> detecting.Suite:
    return detecting.suite(CORRECTED)


@pytest.fixture(scope="module")
def verdicts(suite) -> list[scoring.Verdict]:
    return [*scoring.judged(suite, sampling.sample(ALL, EVERY), reason_of)]


def test_the_document_itself_is_what_every_tier_says(suite):
    assert suite.unsound == frozenset()


def test_every_change_that_can_be_noticed_is_noticed_without_the_lock(verdicts, capsys):
    with capsys.disabled():
        print("\n" + reporting.of_documents(verdicts))
    assert [each.mutant.id for each in verdicts if not each.noticed and not each.reason] == []


def test_no_kind_of_change_gets_through(verdicts):
    told = scoring.by_kind(verdicts)
    assert told["all"].share >= FLOOR_OF_ALL
    low = {kind: score.share for kind, score in told.items() if score.planted >= 8 and score.share < FLOOR}
    assert low == {}


def test_the_lock_notices_every_change():
    original = documents.dumps(CORRECTED)
    assert [each.id for each in ALL if documents.dumps(each.document()) == original] == []


def test_the_changes_are_the_same_in_each_run():
    again = mutants.mutants(json.loads(json.dumps(CORRECTED)))
    assert [each.id for each in again] == [each.id for each in ALL]
    assert len(ALL) > 1000
    assert {each.side for each in ALL} == {"request", "response", "both", "extension"}


def unused() -> Iterator[str]:
    for pattern, reason in REASONS:
        if not any(reason_of(each.id) == reason for each in ALL):
            yield pattern


def test_no_reason_is_given_for_what_is_not_there():
    assert [*unused()] == []
