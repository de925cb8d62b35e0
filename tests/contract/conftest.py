"""The tiers of the contract suite: the folder a test lies in is its marker."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            tier = item.path.relative_to(HERE).parts[0]
            item.add_marker(getattr(pytest.mark, tier))
