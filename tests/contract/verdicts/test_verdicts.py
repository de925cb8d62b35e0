"""Whether the mock says to each request what the service says, however it sends refusals.

APIKLEY_ROW=… asks only the rows whose names hold that text, and shows their answers whole.
"""

import os
from collections import Counter

import pytest

from contract.verdicts.asking import one_of_each, prepared, wrongs
from contract.verdicts.rows import CREATE, CREDITS, FETCH, LINK, PICTURED, ROWS, UPLOADS

WANTED = os.environ.get("APIKLEY_ROW", "")
ASKED = [row for row in ROWS if WANTED in row.name and row not in PICTURED]
# What is large takes half of the time, and is seen to before refusals are sent in any way.
SMALL = [row for row in ASKED if len(row.body) + len(row.query) < 30_000]


@pytest.mark.parametrize(
    ("errors", "rows"),
    [
        pytest.param("status", ASKED, id="status"),
        pytest.param("envelope", SMALL[::-1], id="envelope-backwards"),
        pytest.param("known", one_of_each(SMALL), id="known"),  # which way each comes, a walk tells
    ],
)
def test_the_mock_says_what_the_service_says_whatever_was_asked_before(errors, rows):
    if found := [*wrongs(prepared(errors), rows, shown=None if WANTED else 300)]:
        pytest.fail(
            "\n".join([f"{len(found)} of {len(rows)} rows are answered wrongly", *found]), pytrace=False
        )


def test_the_table_is_as_long_as_it_should_be_and_says_nothing_twice():
    assert len(ROWS) >= 480
    assert [name for name, times in Counter(row.name for row in ROWS).items() if times > 1] == []
    asked = Counter(
        (row.method, row.path, row.query, row.key, row.media_type, row.body, str(row.headers)) for row in ROWS
    )
    assert [request[:4] for request, times in asked.items() if times > 1] == []
    assert {row.path for row in ROWS} >= {CREATE, FETCH, CREDITS, LINK, *UPLOADS}
