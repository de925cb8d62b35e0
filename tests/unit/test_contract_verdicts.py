"""The exit code says what to do first: money before drift, drift before what could not be asked."""

import itertools

import pytest

from apikley.contract.verdicts import Verdict, exit_code

RANKED = [
    ("doubt", 7),
    ("key", 3),
    ("failed", 9),
    ("credits", 4),
    ("task-failed", 5),
    ("task-runs", 6),
    ("network", 8),
]


def verdict(what):
    if what == "failed":
        return Verdict(name="a", asks="a", outcome="failed")
    return Verdict(name="a", asks="a", outcome="unanswered", trouble=what)


@pytest.mark.parametrize(("first", "second"), [*itertools.combinations(RANKED, 2)])
def test_the_graver_of_two_troubles_decides_whichever_came_first(first, second):
    found = [verdict(first[0]), verdict(second[0])]

    assert exit_code(found) == exit_code(reversed(found)) == first[1]


def test_what_passed_or_was_skipped_is_no_trouble():
    assert exit_code([Verdict(name="a", asks="a", outcome=outcome) for outcome in ("passed", "skipped")]) == 0
