"""Whether the mock does over time what the service does."""

import pytest

from apikley.mock import Document
from contract.judging import CORRECTED
from contract.verdicts.walks import WALKS, opener

OPENS = opener(Document.shipped(), CORRECTED)


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_the_mock_does_what_the_service_does(walk):
    walk(OPENS)
