"""No submission spends more than was allowed, however many are under way."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikley.budget import Budget
from apikley.errors import InvalidRequest, OutOfCredits, OverBudget


def may_reserve(budget, key, price, **limits):
    try:
        budget.reserve(key, price, **limits)
    except OverBudget:
        return False
    return True


def test_without_a_limit_everything_goes_and_nothing_is_counted():
    budget = Budget()

    budget.reserve("a", 1e9)
    budget.reserve("b", None)

    assert (budget.left, budget.reserved, budget.spent) == (math.inf, 0, 0)


def test_what_is_reserved_is_not_there_for_others():
    budget = Budget(5)

    budget.reserve("a", 3.5)

    with pytest.raises(OverBudget, match=r"costs about 2 credits, and 1\.5 of the budget of 5 are left"):
        budget.reserve("b", 2)
    assert (budget.left, budget.reserved) == (1.5, 3.5)


def test_a_price_that_nobody_knows_fits_into_no_budget():
    with pytest.raises(OverBudget, match="unknown"):
        Budget(5).reserve("a", None)
    with pytest.raises(OverBudget, match="unknown"):
        Budget().reserve("a", None, at_most=5)


def test_a_submission_has_a_limit_of_its_own():
    budget = Budget(100)

    with pytest.raises(OverBudget, match="costs about 3 credits, and 2 are allowed"):
        budget.reserve("a", 3, at_most=2)
    budget.reserve("a", 3, at_most=3)

    assert budget.reserved == 3


def test_the_real_price_takes_the_place_of_the_expected_one():
    budget = Budget(10)
    budget.reserve("a", 4)
    budget.reserve("b", 4)

    budget.settle("a", 2.5)
    budget.settle("b", None)
    budget.settle("b", 7)

    assert (budget.spent, budget.reserved, budget.left) == (6.5, 0, 3.5)


def test_what_created_nothing_is_given_back_and_may_be_reserved_again():
    budget = Budget(4)
    budget.reserve("a", 4)

    budget.release("a")
    budget.release("a")
    budget.reserve("a", 4)
    budget.reserve("a", 4)

    assert budget.left == 0


def test_a_refusal_for_the_budget_is_one_for_short_credits():
    with pytest.raises(OutOfCredits) as told:
        Budget(0).reserve("a", 1)

    assert told.value.code == 402


@pytest.mark.parametrize("amount", [-1, math.nan, math.inf, "5", True])
def test_a_limit_is_a_number_of_credits(amount):
    with pytest.raises(InvalidRequest, match="max_credits"):
        Budget(amount)
    with pytest.raises(InvalidRequest, match="max_credits"):
        Budget().reserve("a", 1, at_most=amount)


def test_threads_together_reserve_no_more_than_there_is():
    budget = Budget(20)
    with ThreadPoolExecutor(16) as pool:
        granted = list(pool.map(lambda number: may_reserve(budget, str(number), 1), range(200)))

    assert granted.count(True) == 20


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["reserve", "settle", "release"]), st.sampled_from("abcd"), st.integers(0, 9)
        )
    )
)
def test_what_is_spent_at_the_expected_price_never_exceeds_the_limit(steps):
    budget = Budget(12)
    for step, key, amount in steps:
        if step == "reserve":
            may_reserve(budget, key, amount)
        elif step == "settle":
            budget.settle(key, None)
        else:
            budget.release(key)
        assert budget.spent + budget.reserved <= 12
        assert budget.left == 12 - budget.spent - budget.reserved
