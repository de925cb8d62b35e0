"""The options of the fixture `apikley_mock`, which stand in a marker or come as a parameter."""

import httpx
import pytest

from apikley import Apikley, OutOfCredits
from apikley.mock import polls
from apikley.testing import InMemory, in_memory

both = pytest.mark.parametrize("apikley_mock", ["status", "envelope"], indirect=True)


def status_of_a_refusal(key: str = "sk-test-poor") -> tuple[int, int]:
    """The HTTP status and the code in the body, as the network brings them."""
    body = {"model": "qwen/image-edit", "input": {"prompt": "a", "image_url": "https://example.com/a.jpg"}}
    address = "https://api.apikley.ru/api/v1/jobs/createTask"
    answer = httpx.post(address, json=body, headers={"authorization": f"Bearer {key}"})
    return answer.status_code, answer.json()["code"]


def test_refusals_come_as_the_document_says_they_usually_do(apikley_mock: InMemory):
    assert status_of_a_refusal() == (200, 402)
    for code, status in ((401, 200), (429, 429), (455, 200), (500, 500), (501, 200)):
        apikley_mock.fail_next(code)
        assert status_of_a_refusal() == (status, code)


def test_the_context_manager_has_the_same_default_and_the_same_options():
    with in_memory():
        assert status_of_a_refusal() == (200, 402)
    with in_memory(errors="status"):
        assert status_of_a_refusal() == (402, 402)


@pytest.mark.apikley(errors="status", credits=2)
def test_a_marker_says_how_errors_come_and_what_is_on_the_account(apikley_mock: InMemory):
    assert status_of_a_refusal() == (402, 402)
    with Apikley() as apikley:
        assert apikley.credits() == 2


@pytest.mark.apikley(rate_limit=True, scenario=polls(0, "fail"), any_key=False)
def test_any_option_of_the_mock_may_be_said(apikley_mock: InMemory):
    assert apikley_mock.mock.rate_limit
    assert apikley_mock.mock.scenario == polls(0, "fail")
    assert status_of_a_refusal("of-nobody") == (200, 401)


@pytest.mark.apikley(errors="status", credits=5)
class TestNearest:
    @pytest.mark.apikley(credits=3)
    def test_the_nearest_marker_says_it_and_the_others_say_the_rest(self, apikley_mock: InMemory):
        assert apikley_mock.mock.credits == 3
        assert apikley_mock.mock.errors == "status"

    @pytest.mark.parametrize("apikley_mock", ["envelope"], indirect=True)
    def test_a_parameter_is_how_errors_come(self, apikley_mock: InMemory):
        assert apikley_mock.mock.credits == 5
        assert status_of_a_refusal() == (200, 402)


@both
@pytest.mark.apikley(credits=0)
def test_the_client_says_the_same_whatever_way_a_refusal_comes(apikley_mock: InMemory):
    with Apikley() as apikley, pytest.raises(OutOfCredits):
        apikley.edit("https://example.com/a.jpg", "make it night")
    assert apikley_mock.requests[-1].status == (402 if apikley_mock.mock.errors == "status" else 200)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_gives_the_same_ids_and_another_gives_others(seed):
    def ids():
        with in_memory(seed=seed) as service:
            status_of_a_refusal("sk-test-1")
            return [task.id for task in service.tasks]

    with in_memory(seed=3 - seed) as other:
        status_of_a_refusal("sk-test-1")
        assert ids() == ids() != [task.id for task in other.tasks]


USERS_TESTS = """
import pytest

@pytest.mark.apikley(erorrs="status")
def test_no_such_option(apikley_mock): ...

@pytest.mark.apikley(clock=None)
def test_clock(apikley_mock): ...

@pytest.mark.apikley(errors="loud")
def test_no_such_value(apikley_mock): ...

@pytest.mark.apikley("status")
def test_nameless(apikley_mock): ...

@pytest.mark.parametrize("apikley_mock", ["loud"], indirect=True)
def test_parameter(apikley_mock): ...

@pytest.mark.apikley(errors="status")
def test_right(apikley_mock): ...
"""
SAID = {
    "test_no_such_option": "the options of apikley_mock: there is no option erorrs; there are any_key, callback",
    "test_clock": "the options of apikley_mock: there is no option clock; there are any_key, callback",
    "test_no_such_value": "the options of apikley_mock: errors come as status or envelope or known, not as 'loud'",
    "test_nameless": "the options of apikley_mock: they have names, which 'status' lacks",
    "test_parameter[loud]": "the options of apikley_mock: errors come as status or envelope or known, not as 'loud'",
}


def test_a_wrong_option_is_told_in_a_sentence_before_the_test_begins(run_pytest):
    ran = run_pytest(USERS_TESTS, "--strict-config")
    told = {
        test: text.splitlines()[0]
        for (test, when), (_, text) in ran.reports.items()
        if when == "setup" and text
    }
    assert told.keys() == SAID.keys()
    assert {test: text[: len(SAID[test])] for test, text in told.items()} == SAID
    assert ran.reports["test_right", "call"] == ("passed", "")
    assert "Traceback" not in ran.said


def test_the_marker_is_explained_to_those_who_ask_pytest(run_pytest):
    ran = run_pytest("def test_nothing(): ...", "--markers")
    assert (
        "@pytest.mark.apikley(**options): options of apikley.mock.Mock for the fixture apikley_mock"
        in ran.said
    )
