"""What tasks took tells when to look for the next one."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikley import effects
from apikley.learning import ENOUGH, LearnedSchedule, quantile
from apikley.pacing import Pacer, pacer_of
from apikley.schedule import DOCUMENTED_PACE, PollSchedule, Stage


def watched(schedule, duration, *, latency=0.05):
    """The lag and the number of questions for a task that takes so long."""
    elapsed, questions = 0.0, 0
    delay = schedule.first if isinstance(schedule, LearnedSchedule) else 0.0
    while True:
        elapsed += delay
        questions += 1
        if elapsed >= duration:
            return elapsed - duration + latency, questions
        delay = schedule.delay(elapsed)


def test_with_too_little_history_the_documented_pace_holds():
    schedule = LearnedSchedule([8.0] * (ENOUGH - 1), DOCUMENTED_PACE)

    assert schedule.first == 0
    assert [schedule.delay(elapsed) for elapsed in (0, 30, 120, 900)] == [
        DOCUMENTED_PACE.delay(elapsed) for elapsed in (0, 30, 120, 900)
    ]


def test_the_first_question_waits_for_the_fastest_of_its_kind():
    schedule = LearnedSchedule([8, 9, 10, 11, 12], DOCUMENTED_PACE)

    assert schedule.first == pytest.approx(8.2)
    assert schedule.delay(0) == pytest.approx(8.2)


def test_tasks_that_take_as_good_as_equally_long_are_asked_for_once():
    alike = LearnedSchedule([8.0, 8.02, 8.04, 8.06, 8.08], DOCUMENTED_PACE)

    assert alike.first == pytest.approx(8.076)
    assert alike.delay(0) == pytest.approx(8.076)
    assert watched(alike, 8.04)[1] == 1


def test_the_age_of_a_task_counts_and_patience_is_that_of_the_wait():
    schedule = LearnedSchedule([8, 9, 10, 11, 12], DOCUMENTED_PACE, age=5)

    assert schedule.first == pytest.approx(3.2)
    assert schedule.delay(1) == pytest.approx(2.2)
    assert schedule.delay(899.5) == 0.5


def test_questions_come_when_a_share_of_those_that_still_run_would_be_done():
    schedule = LearnedSchedule(range(1, 21), DOCUMENTED_PACE)

    assert schedule.delay(10) == pytest.approx(quantile(range(11, 21), 0.12) - 10)


def test_beyond_all_that_was_seen_the_gaps_grow_up_to_the_documented_pace():
    schedule = LearnedSchedule([8.0] * 10, DOCUMENTED_PACE)

    assert schedule.delay(10) == pytest.approx(1.2)
    assert schedule.delay(800) == DOCUMENTED_PACE.delay(800) == 20


def test_patience_is_that_of_the_pace():
    pace = PollSchedule((Stage(10, 2),))
    schedule = LearnedSchedule([60.0] * 10, pace)

    assert schedule.patience == 10
    assert schedule.delay(0) == 10
    assert schedule.delay(10) is None


def test_what_is_no_duration_teaches_nothing():
    assert LearnedSchedule([0, -3, float("nan"), float("inf"), 2], DOCUMENTED_PACE).durations == (2,)


@given(st.lists(st.floats(0.01, 2000), max_size=40), st.floats(0, 899))
def test_every_gap_is_a_moment_and_within_patience(durations, elapsed):
    delay = LearnedSchedule(durations, DOCUMENTED_PACE).delay(elapsed)

    assert 0 < delay <= 900 - elapsed


@pytest.mark.parametrize("typical", [3.0, 8.0, 20.0])
def test_on_a_steady_service_lag_times_questions_is_lower_than_with_the_best_fixed_interval(typical):
    """What a fixed interval gains in lag it pays in questions; history gains in both."""
    draw = random.Random(7)
    sample = [draw.lognormvariate(0, 0.1) * typical for _ in range(264)]
    known, tasks = sample[:64], sample[64:]
    learned = cost(LearnedSchedule(known, DOCUMENTED_PACE), tasks)
    fixed = min(
        cost(PollSchedule((Stage(900, every),)), tasks) for every in (0.25, 0.5, 1, 1.5, 2, 2.5, 3, 5, 8)
    )

    assert learned <= 0.6 * fixed


def cost(schedule, tasks):
    lags, questions = zip(*(watched(schedule, task) for task in tasks), strict=True)
    return sum(lags) / len(tasks) * sum(questions) / len(tasks)


class Standing:
    """A clock that shows what it was told."""

    def __init__(self, shown=0.0):
        self.shown = shown

    def now(self):
        return self.shown


def test_turns_are_a_gap_apart_whoever_asks():
    pacer, clock = Pacer(per_second=10), Standing(5.0)

    assert [round(pacer.turn(clock), 6) for _ in range(3)] == [0, 0.1, 0.2]
    clock.shown = 5.25
    assert pacer.turn(clock) == pytest.approx(0.05)
    clock.shown = 100
    assert pacer.turn(clock) == 0


def test_a_turn_that_is_given_back_is_taken_by_the_next():
    pacer, clock = Pacer(per_second=10), Standing()
    for _ in range(3):
        pacer.turn(clock)
    pacer.give_back(clock)
    pacer.give_back(Standing())

    assert pacer.turn(clock) == pytest.approx(0.2)


def test_turns_by_one_clock_are_none_by_another():
    pacer = Pacer(per_second=10)
    pacer.turn(Standing(1e9))

    assert pacer.turn(Standing(5.0)) == 0


def test_all_clients_of_a_key_share_its_turns():
    clock = Standing()
    one, same = pacer_of("https://api.test", "a"), pacer_of("https://api.test", "a")
    others = [pacer_of("https://api.test", "b"), pacer_of("https://other.test", "a")]

    one.turn(clock)

    assert same.turn(clock) > 0
    assert [each.turn(clock) for each in others] == [0, 0]


def test_who_is_stopped_while_waiting_for_a_turn_returns_it():
    flow = effects.turn()
    assert next(flow) == effects.Turn()
    assert flow.send(0.5) == effects.Sleep(0.5)

    assert flow.throw(KeyboardInterrupt()) == effects.ReturnTurn()
    with pytest.raises(KeyboardInterrupt):
        next(flow)
