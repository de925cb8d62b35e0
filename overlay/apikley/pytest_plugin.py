"""The fixture `apikley_mock` for pytest, with the marker `apikley` for its options."""

from collections.abc import Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from apikley.testing import InMemory

_SERVICE = pytest.StashKey["InMemory"]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "apikley(**options): options of apikley.mock.Mock for the fixture apikley_mock, "
        'such as errors="status", credits=2, seed=7 or rate_limit=True',
    )


@pytest.fixture
def apikley_mock(request: pytest.FixtureRequest) -> "Generator[InMemory]":
    """The Apikley service in memory, for code that makes its own clients: free, offline, and in no time.

    Its options stand in `@pytest.mark.apikley(…)`; a parameter, given indirectly, is how errors come. A fault that
    was asked for with `fail_next` and never met by the end of the test's own code fails the test.
    """
    from apikley.testing import in_memory  # noqa: PLC0415  # costs nothing unless it is used

    with ExitStack() as stack:
        try:
            service = stack.enter_context(in_memory(**_options(request)))
        except (TypeError, ValueError) as error:
            raise pytest.fail.Exception(f"the options of apikley_mock: {error}", pytrace=False) from None
        stash = request.node.stash
        stash[_SERVICE] = service
        yield service
        del stash[_SERVICE]


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the markers say, the nearest first, and the parameter above all."""
    options: dict[str, Any] = {}
    for marker in request.node.iter_markers("apikley"):
        if marker.args:
            raise TypeError(f"they have names, which {marker.args[0]!r} lacks")
        options = dict(marker.kwargs) | options
    return options | ({"errors": request.param} if hasattr(request, "param") else {})


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test fail by itself, not by its teardown, where a fault was never met; one that failed, failed."""
    result = yield
    service = item.stash.get(_SERVICE, None)
    if service is not None and (unused := service.unused_faults):
        pytest.fail(f"faults that were asked for and never met: {', '.join(map(str, unused))}", pytrace=False)
    return result
