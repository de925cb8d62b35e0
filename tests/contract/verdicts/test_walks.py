"""Whether the mock does over time what the service does."""

import pytest

from apikley.mock import Document
from contract.judging import CORRECTED
from contract.verdicts.walks import WALKS, opener, wrongs

OPENS = opener(Document.shipped(), CORRECTED)


def test_the_mock_does_over_time_what_the_service_does():
    if found := [*wrongs(OPENS, WALKS)]:
        pytest.fail("\n".join([f"{len(found)} of {len(WALKS)} walks go otherwise", *found]), pytrace=False)
