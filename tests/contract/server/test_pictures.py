"""Whether the pictures that the mock makes and takes are those of the service, and live as long."""

import pytest

from apikley.mock import Document
from contract.judging import CORRECTED
from contract.verdicts.asking import prepared, wrongs
from contract.verdicts.rows import PICTURED
from contract.verdicts.walks import PICTURE_WALKS, opener

OPENS = opener(Document.shipped(), CORRECTED)


@pytest.mark.parametrize("walk", PICTURE_WALKS.values(), ids=PICTURE_WALKS)
def test_the_mock_makes_and_takes_pictures_as_the_service_does(walk):
    walk(OPENS)


def test_the_mock_says_what_the_service_says_where_that_takes_a_picture():
    assert [*wrongs(prepared("status"), PICTURED)] == []
