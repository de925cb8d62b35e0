"""How often, and how long."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apikley.retrying import CONNECT, DOWNLOAD, READ, SUBMIT, UPLOAD, Retry
from apikley.schedule import DOCUMENTED_PACE, PollSchedule, Stage

SECONDS = st.floats(0.01, 10_000, allow_nan=False)


def test_a_pace_that_would_ask_without_a_pause_is_none():
    with pytest.raises(ValueError, match="every"):
        Stage(10, 0)
    with pytest.raises(ValueError, match="stages"):
        PollSchedule(())


@pytest.mark.parametrize("ends", [(10, 5), (10, 20, 15), (1, 0)])
def test_stages_that_do_not_follow_each_other_in_time_are_no_pace(ends):
    with pytest.raises(ValueError, match="stages must follow each other"):
        PollSchedule(tuple(Stage(end, 1) for end in ends))


@pytest.mark.parametrize(
    ("elapsed", "delay"),
    [
        (0, 2.5),
        (29.9, 2.5),
        (30, 7),
        (119, 7),
        (120, 20),
        (879, 20),
        (890, 10),
        (899.5, 0.5),
        (900, None),
        (5000, None),
    ],
)
def test_the_pace_is_the_documented_one(elapsed, delay):
    assert DOCUMENTED_PACE.delay(elapsed) == delay


def test_patience_is_that_of_the_last_stage():
    assert DOCUMENTED_PACE.patience == 900


@settings(deadline=None, max_examples=100)
@given(st.lists(SECONDS, min_size=1, max_size=5, unique=True).map(sorted), SECONDS, SECONDS)
def test_no_delay_goes_beyond_patience(ends, elapsed, timeout):
    schedule = PollSchedule(tuple(Stage(end, end / 7) for end in ends)).within(timeout)

    delay = schedule.delay(elapsed)

    assert schedule.patience == timeout
    assert (delay is None) == (elapsed >= timeout)
    if delay is not None:
        assert 0 < delay <= timeout - elapsed


@pytest.mark.parametrize(
    ("retry", "delays"),
    [
        (READ, [0.5, 1, 2, 4, None]),
        (UPLOAD, [0.5, 1, 2, None]),
        (DOWNLOAD, [0.5, 1, 2, 4, 8, None]),
        (CONNECT, [0.5, 1, 2, 4, None]),
        (SUBMIT, [1, 2, 4, 8, 16, 32, 60, None]),
        (Retry(9, 1, 5), [1, 2, 4, 5, 5, 5, 5, 5, None]),
    ],
)
def test_delays_double_up_to_the_cap_and_end(retry, delays):
    assert [retry.delay(failures) for failures in range(1, len(delays) + 1)] == delays


@pytest.mark.parametrize(("asked", "delay"), [(None, 0.5), (0, 0.5), (3, 3), (120, 120), (120.5, None)])
def test_what_the_service_asks_for_is_obeyed_up_to_two_minutes(asked, delay):
    assert READ.delay(1, asked) == delay


def test_asking_does_not_buy_another_attempt():
    assert READ.delay(READ.attempts, 1.0) is None
