"""A fault that was asked for and never met fails the test that asked for it, and nothing else."""

import pytest

USERS_TESTS = """
import unittest

import pytest

from apikley import Apikley, OutOfCredits


def test_plain(apikley_mock):
    apikley_mock.fail_next(500)


def test_several(apikley_mock):
    apikley_mock.fail_next(429, times=2)
    apikley_mock.fail_next("reset-after", on="create-task")


def test_met(apikley_mock):
    apikley_mock.fail_next(402)
    with Apikley() as apikley, pytest.raises(OutOfCredits):
        apikley.credits()


def test_failed_itself(apikley_mock):
    apikley_mock.fail_next(500)
    assert "the test's" == "own failure"


def test_skipped_itself(apikley_mock):
    apikley_mock.fail_next(500)
    pytest.skip("not today")


@pytest.mark.xfail(strict=True)
def test_expected_to_fail(apikley_mock):
    apikley_mock.fail_next(500)


@pytest.mark.xfail(strict=True)
def test_failed_as_expected(apikley_mock):
    apikley_mock.fail_next(500)
    assert "the test's" == "own failure"


@pytest.mark.xfail(strict=True, raises=ZeroDivisionError)
def test_expected_to_fail_otherwise(apikley_mock):
    apikley_mock.fail_next(500)


@pytest.fixture
def busy(apikley_mock):
    apikley_mock.fail_next(429)


@pytest.mark.parametrize("number", [1, 2])
def test_through_a_fixture(busy, number):
    pass


def test_asked_for_inside(request):
    request.getfixturevalue("apikley_mock").fail_next(500)


def test_innocent(apikley_mock):
    pass


class TestOfAClass:
    @pytest.fixture(autouse=True)
    def service(self, apikley_mock):
        self.service = apikley_mock

    def test_in_a_class(self):
        self.service.fail_next(500)


@pytest.mark.usefixtures("busy")
class TestUnit(unittest.TestCase):
    def setUp(self):
        self.apikley = Apikley()
        self.addCleanup(self.apikley.close)

    def test_of_unittest(self):
        pass

    def test_of_unittest_met(self):
        self.apikley.credits()

    def test_of_unittest_failed_itself(self):
        self.assertEqual("the test's", "own failure")

    def test_of_unittest_skipped_itself(self):
        self.skipTest("not today")

    @unittest.expectedFailure
    def test_of_unittest_failed_as_expected(self):
        self.fail("own failure")


@pytest.mark.usefixtures("busy")
class TestUnitOfCoroutines(unittest.IsolatedAsyncioTestCase):
    async def test_of_unittest_awaiting(self):
        pass
"""
NEVER_MET = "faults that were asked for and never met: "
VERDICTS = {
    "test_plain": ("failed", NEVER_MET + "500"),
    "test_several": ("failed", NEVER_MET + "429:2, reset-after:create-task"),
    "test_met": ("passed", ""),
    "test_failed_itself": ("failed", "own failure"),
    "test_skipped_itself": ("skipped", "not today"),
    "test_expected_to_fail": ("xskipped", NEVER_MET + "500"),
    "test_failed_as_expected": ("xskipped", "own failure"),
    "test_expected_to_fail_otherwise": ("failed", NEVER_MET + "500"),
    "test_through_a_fixture[1]": ("failed", NEVER_MET + "429"),
    "test_through_a_fixture[2]": ("failed", NEVER_MET + "429"),
    "test_asked_for_inside": ("failed", NEVER_MET + "500"),
    "test_innocent": ("passed", ""),
    "test_in_a_class": ("failed", NEVER_MET + "500"),
    "test_of_unittest": ("failed", NEVER_MET + "429"),
    "test_of_unittest_met": ("passed", ""),
    "test_of_unittest_failed_itself": ("failed", "own failure"),
    "test_of_unittest_skipped_itself": ("skipped", "not today"),
    "test_of_unittest_failed_as_expected": ("xskipped", "own failure"),
    "test_of_unittest_awaiting": ("failed", NEVER_MET + "429"),
}
AWAITING = """
import pytest

from apikley import AsyncApikley

pytestmark = pytest.mark.{marker}


async def test_awaiting(apikley_mock):
    apikley_mock.fail_next(500)


async def test_awaiting_failed_itself(apikley_mock):
    apikley_mock.fail_next(500)
    assert "the test's" == "own failure"


@pytest.fixture
async def client(apikley_mock):
    apikley_mock.fail_next(429, retry_after=60)
    async with AsyncApikley() as apikley:
        yield apikley


async def test_awaiting_through_a_fixture(client):
    pass


async def test_awaiting_met(client, apikley_mock):
    await client.credits()
    assert apikley_mock.slept >= 60
"""
AWAITING_VERDICTS = {
    "test_awaiting": ("failed", NEVER_MET + "500"),
    "test_awaiting_failed_itself": ("failed", "own failure"),
    "test_awaiting_through_a_fixture": ("failed", NEVER_MET + "429"),
    "test_awaiting_met": ("passed", ""),
}


def is_as_expected(ran, verdicts):
    calls = {test: report for (test, when), report in ran.reports.items() if when == "call"}
    assert {test: kind for test, (kind, _) in calls.items()} == {
        test: kind for test, (kind, _) in verdicts.items()
    }
    assert [test for test, (_, text) in verdicts.items() if text not in calls[test][1]] == []
    own = [text for _, text in calls.values() if "own failure" in text]
    assert not any(NEVER_MET in text for text in own)
    assert {kind for (_, when), (kind, _) in ran.reports.items() if when != "call"} == {"passed"}


def test_a_fault_that_was_never_met_is_the_failure_of_the_tests_own_code(run_pytest):
    is_as_expected(run_pytest(USERS_TESTS), VERDICTS)


def test_one_unmet_fault_counts_as_one_failure_and_shows_no_code_of_ours(run_pytest):
    ran = run_pytest("def test_of_a_user(apikley_mock):\n    apikley_mock.fail_next(500)\n")
    assert ran.code == 1
    assert "\n1 failed in " in ran.said
    assert "pytest_plugin.py" not in ran.said


@pytest.mark.parametrize(("plugin", "marker"), [("anyio", "anyio"), ("pytest_asyncio", "asyncio")])
def test_a_coroutine_fails_by_itself_whoever_runs_it(run_pytest, plugin, marker):
    backend = "@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    auto = ("-o", "asyncio_mode=auto") if plugin == "pytest_asyncio" else ()
    is_as_expected(run_pytest(AWAITING.format(marker=marker) + backend, *auto), AWAITING_VERDICTS)


def test_workers_of_xdist_say_the_same(run_pytest):
    is_as_expected(run_pytest(USERS_TESTS, "-n", "2"), VERDICTS)
