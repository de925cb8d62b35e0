"""The tiers of the contract suite: the folder a test lies in is its marker."""

import logging
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            tier = item.path.relative_to(HERE).parts[0]
            item.add_marker(getattr(pytest.mark, tier))


@pytest.fixture(scope="module", autouse=True)
def unheard(request):
    """What the log would say of thousands of made-up requests takes a third of their time. All other tests hear it."""
    if request.path.parent.name != "live":
        logging.disable(logging.INFO)
        yield
        logging.disable(logging.NOTSET)
    else:
        yield
