"""A browser for the tests of the inspector page, and a mock to inspect."""

import pytest

from apikley.mock import Mock, polls, running
from inspector.browser import find_chromium, open_browser


def pytest_configure(config):
    config.addinivalue_line("markers", "browser: drives a Chromium, and is skipped where there is none")


@pytest.fixture(scope="module")
def browser():
    with open_browser(find_chromium()) as browser:
        yield browser


@pytest.fixture
def mock():
    """One whose tasks are seen running three times, once in each state."""
    return Mock(scenario=polls(3))


@pytest.fixture
def url(mock):
    with running(mock) as url:
        yield url


@pytest.fixture
def tab(browser):
    """A tab in which a page that asks every second does so every 100 ms."""
    with browser.tab() as tab:
        tab.hurry(10)
        yield tab


@pytest.fixture
def page(tab, url):
    """The inspector of the mock, showing what there is so far."""
    tab.open(url + "/")
    tab.wait("document.querySelector('#connection')?.textContent === 'live'")
    return tab
