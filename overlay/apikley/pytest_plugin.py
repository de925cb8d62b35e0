"""The fixture `apikley_mock` for pytest."""

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from apikley.testing import InMemory


@pytest.fixture
def apikley_mock() -> "Generator[InMemory]":
    """The Apikley service in memory, for code that makes its own clients: free, offline, and in no time.

    A fault that was asked for with `fail_next` and never met fails the test.
    """
    from apikley.testing import in_memory  # noqa: PLC0415  # costs nothing unless it is used

    with in_memory() as service:
        yield service
        unused = service.unused_faults
    if unused:
        pytest.fail(f"faults that were asked for and never met: {', '.join(map(str, unused))}", pytrace=False)
