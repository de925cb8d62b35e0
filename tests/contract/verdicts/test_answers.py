"""Whether the document describes what the service answers, and nothing that it surely does not."""

from collections import Counter

import pytest

from contract.judging import CORRECTED
from contract.verdicts.answers import ANSWERS, CALLBACK, DATA, KEYED, STATUSES
from contract.verdicts.describing import Describer


def test_the_document_describes_what_the_service_answers():
    if found := [*Describer(CORRECTED).wrongs(ANSWERS)]:
        pytest.fail("\n".join([f"{len(found)} of {len(ANSWERS)} answers", *found]), pytrace=False)


def test_the_id_of_a_new_task_is_what_its_record_is_asked_with():
    assert [*Describer(CORRECTED).link_wrongs()] == []


def test_the_document_describes_what_a_result_holds():
    assert [*Describer(CORRECTED).result_wrongs()] == []


def test_the_document_keeps_what_the_service_takes_for_an_unsaid_value():
    assert [*Describer(CORRECTED).default_wrongs()] == []


def test_the_document_allows_what_the_service_takes_and_no_other_form():
    assert [*Describer(CORRECTED).form_wrongs()] == []


def test_the_table_has_every_operation_with_both_verdicts_and_contradicts_itself_nowhere():
    assert len(ANSWERS) >= 700
    told = {(each.operation, each.is_described) for each in ANSWERS}
    assert told == {(name, verdict) for name in (*DATA, CALLBACK) for verdict in (True, False)}
    assert STATUSES.keys() == DATA.keys()
    times = Counter(key[:-1] for key in KEYED)  # without whether it is described
    assert [answer for answer, count in times.items() if count > 1] == []
