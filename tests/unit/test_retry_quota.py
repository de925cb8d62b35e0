"""Who fails often tries again more slowly, and never gives up for that."""

import pytest

from apikley import flows
from apikley.books import Books
from apikley.budget import Budget
from apikley.effects import TryAgain, WentWell
from apikley.errors import ServiceUnavailable, TaskUnfinished
from apikley.ledger import MemoryLedger
from apikley.requests import EditRequest
from apikley.retry_quota import CAPACITY, EMPTY_PAUSE, RETRY_COST, SUCCESS_GAIN, RetryQuota
from apikley.schedule import DOCUMENTED_PACE
from unit.playing import TASK, created, ended, forever, player, record, refused, says

DOWN = refused(503, status=503)
RETRIES = int(CAPACITY / RETRY_COST)


def tries(stage):
    """What the account of retries was told."""
    return [each for each in stage.effects if isinstance(each, TryAgain | WentWell)]


def test_twenty_retries_are_free_of_pauses():
    quota = RetryQuota()

    assert [quota.spend() for _ in range(RETRIES + 3)] == [0.0] * RETRIES + [EMPTY_PAUSE] * 3


def test_five_successes_earn_a_retry():
    quota = RetryQuota()
    while not quota.spend():
        pass

    for _ in range(int(RETRY_COST / SUCCESS_GAIN)):
        assert quota.spend() == EMPTY_PAUSE
        quota.earn()

    assert [quota.spend(), quota.spend()] == [0.0, EMPTY_PAUSE]


def test_no_more_is_saved_up_than_there_is_room_for():
    quota = RetryQuota()
    for _ in range(1000):
        quota.earn()

    assert [quota.spend() for _ in range(RETRIES + 1)][-2:] == [0.0, EMPTY_PAUSE]


def test_a_wait_that_fails_often_slows_down_and_goes_on_to_its_end():
    stage = player(then=forever(DOWN))

    with pytest.raises(TaskUnfinished) as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert caught.value.waited == 900
    assert stage.sleeps[:2] == [2.5, 2.5]
    assert {*stage.sleeps[RETRIES:-1]} == {EMPTY_PAUSE}


def test_a_wait_outlives_an_hour_of_faults_elsewhere():
    stage = player(*[DOWN] * 30, ended())

    assert stage.play(flows.wait(TASK, DOCUMENTED_PACE)).result_urls


def test_a_task_that_is_not_known_yet_costs_nothing():
    stage = player(refused(422, "recordInfo is null"), record("waiting"), ended())
    stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert tries(stage) == [WentWell(), WentWell()]


def test_what_is_repeated_pays_for_it_and_what_goes_well_earns():
    stage = player(DOWN, says({"code": 200, "msg": "success", "data": 1.0}))

    stage.play(flows.credits_left())

    assert tries(stage) == [TryAgain(), WentWell()]


def test_a_create_task_has_an_account_of_its_own():
    stage = player(refused(429, status=429), refused(455), created())

    stage.play(flows.submit(EditRequest(prompt="night", image_url="https://p.test/a.png"), "wish-1"))

    assert tries(stage) == []


def test_an_empty_quota_is_told_of_once(caplog):
    books = Books(MemoryLedger(), Budget())
    for _ in range(RETRIES):
        books.perform(TryAgain())
    assert caplog.text == ""

    for _ in range(3):
        assert books.perform(TryAgain()) == EMPTY_PAUSE

    assert caplog.text.count("too many requests fail") == 1


def test_what_is_repeated_waits_out_the_pause():
    stage = player(then=forever(DOWN))

    with pytest.raises(ServiceUnavailable):
        stage.play(_emptied_then(flows.credits_left()))

    assert min(stage.sleeps) >= EMPTY_PAUSE
    assert len(stage.sleeps) == 4


def _emptied_then(flow):
    for _ in range(RETRIES):
        yield TryAgain()
    return (yield from flow)
