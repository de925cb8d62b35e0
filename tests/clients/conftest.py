"""Each test of a client runs for both."""

import io

import pytest
from PIL import Image

from apikley import collecting, flows, submitting, uploading
from apikley.mock import Mock, polls
from apikley.retrying import Retry
from clients.harness import KEY, OPENERS, SWIFT, Way


@pytest.fixture(params=OPENERS)
def opens(request):
    """Opens a client of either kind."""
    return OPENERS[request.param]


@pytest.fixture
def mock():
    return Mock(scenario=polls(2))


@pytest.fixture
def way(mock):
    return Way(mock)


@pytest.fixture
def client(opens, way):
    with opens(KEY, transport=way, schedule=SWIFT) as client:
        yield client


@pytest.fixture(autouse=True)
def no_delays(monkeypatch):
    """Nobody waits between two attempts; how long one would is tested where flows are played."""
    for room in (collecting, flows, submitting, uploading):
        for name in {"READ", "UPLOAD", "DOWNLOAD", "CONNECT", "SUBMIT"} & {*vars(room)}:
            monkeypatch.setattr(room, name, Retry(getattr(room, name).attempts, 0.001, 0.001))


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.delenv("APIKLEY_API_KEY", raising=False)
    monkeypatch.delenv("APIKLEY_BASE_URL", raising=False)


@pytest.fixture(scope="session")
def picture():
    """A small photograph."""
    file = io.BytesIO()
    Image.effect_noise((64, 48), 40).convert("RGB").save(file, "PNG")
    return file.getvalue()
