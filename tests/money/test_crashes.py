"""A process may die at any step, and others after it: nothing is paid twice, and what is paid comes home."""

from functools import partial

import pytest

from apikley import submitting
from apikley.books import Books
from apikley.errors import SubmissionMoved, Unreachable
from money import crashing
from money.crashing import WEATHERS, Ledger, explore, race

RACES = ("answer lost", "fault, task made", "busy, then answer lost", "never connected, then a fault")
"""Short ones; the whole of a picture's way is raced in the second tier."""


def in_weather(*names):
    return pytest.mark.parametrize("weather", [WEATHERS[name] for name in names], ids=names)


@in_weather(*WEATHERS)
def test_no_schedule_of_three_crashes_pays_twice_or_loses_a_picture(weather):
    found = explore(weather, crashes=3)

    assert found.schedules > 5000
    assert not found.flaws


@in_weather(*RACES)
def test_of_two_processes_with_one_submission_one_sends_it(weather):
    found = race(weather)

    assert found.schedules > 100
    assert not found.flaws


@pytest.mark.deep
@in_weather(*WEATHERS)
def test_of_two_processes_with_one_picture_one_pays_for_it(weather):
    assert not race(weather).flaws


def records_late(monkeypatch):
    """The ledger hears of a submission after it was sent."""
    monkeypatch.setattr(Books, "depart", lambda self, intent: None)


def repeats_what_was_lost(monkeypatch):
    """A broken connection is taken for one that was never made."""
    whole = submitting.created_nothing
    monkeypatch.setattr(
        submitting, "created_nothing", lambda error: isinstance(error, Unreachable) or whole(error)
    )


def compares_nothing(monkeypatch):
    """The ledger writes over whatever it knows."""

    def write(self, submission):
        try:
            super(Ledger, self).record(submission)
        except SubmissionMoved:
            self._submissions[submission.key] = submission

    monkeypatch.setattr(Ledger, "write", write)


def settles_alone(monkeypatch):
    """A doubt is sent again without asking anybody."""
    monkeypatch.setattr("apikley.ledger.check_step", lambda *_: None)
    monkeypatch.setattr(crashing, "take_up", partial(crashing.take_up, settles_alone=True))


def takes_the_ledger_s_word_for_its_own(monkeypatch):
    """A connection that was never made refuses what another process is sending."""
    from apikley.effects import recall

    def has_left(intent):
        known = yield from recall(intent.key)
        return known is not None and known.state == "posting"

    monkeypatch.setattr(submitting, "has_left", has_left)


@pytest.mark.parametrize(
    ("defect", "weather"),
    [
        (records_late, "fair"),
        (repeats_what_was_lost, "answer lost"),
        (settles_alone, "answer lost"),
        (settles_alone, "fair"),
    ],
)
def test_crashes_find_a_client_that_would_pay_twice(defect, weather, monkeypatch):
    defect(monkeypatch)

    found = explore(WEATHERS[weather], crashes=2, take_up=crashing.take_up)

    assert {"paid 2 times", "paid and forgotten"} & {*found.flaws}


@pytest.mark.parametrize(
    ("defect", "weather"),
    [
        (compares_nothing, "answer lost"),
        (takes_the_ledger_s_word_for_its_own, "never connected, then a fault"),
    ],
)
def test_a_race_finds_a_client_that_would_pay_twice(defect, weather, monkeypatch):
    defect(monkeypatch)

    assert race(WEATHERS[weather]).flaws
