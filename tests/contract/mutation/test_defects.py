"""Whether the tests notice a fault in the code: each is planted in a copy of the tree, and its tests are run there."""

from collections import Counter

import pytest

from mutating import planting, reporting
from mutating.client_defects import CLIENT_DEFECTS
from mutating.mock_defects import MOCK_DEFECTS

DEFECTS = (*MOCK_DEFECTS, *CLIENT_DEFECTS)
WORKERS = 2


@pytest.fixture(scope="module")
def outcomes() -> list[planting.Outcome]:
    if failed := planting.failure_without(DEFECTS):
        pytest.fail(
            f"fails though nothing is planted, and so would notice everything: {failed}", pytrace=False
        )
    return [*planting.outcomes(DEFECTS, WORKERS)]


def test_every_fault_fits_the_code_it_was_made_for():
    if gone := planting.misfits(DEFECTS):
        pytest.fail("\n".join(gone), pytrace=False)


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own():
    assert (len(MOCK_DEFECTS) >= 60, len(CLIENT_DEFECTS) >= 60) == (True, True)
    assert [name for name, times in Counter(each.name for each in DEFECTS).items() if times > 1] == []


def test_every_fault_that_can_be_noticed_is_noticed(outcomes, capsys):
    with capsys.disabled():
        print("\n" + reporting.of_defects(outcomes))
    assert [each.defect.name for each in outcomes if not each.noticed and not each.defect.reason] == []


def test_no_fault_is_called_unnoticeable_that_is_noticed(outcomes):
    assert [each.defect.name for each in outcomes if each.noticed and each.defect.reason] == []
