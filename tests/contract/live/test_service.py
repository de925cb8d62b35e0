"""The service keeps to the document: the mock on a port, or the real one.

With APIKLEY_CONTRACT_LIVE=1 the service at APIKLEY_BASE_URL is asked with APIKLEY_API_KEY, by free requests alone.
APIKLEY_CONTRACT_BUDGET, in credits, adds the one paid task.
"""

import os

import pytest

from apikley import clock, settings
from apikley.contract.document import Document
from apikley.contract.plan import to_plan
from apikley.contract.running import Run
from apikley.contract.sending import open_transport
from apikley.mock import Mock, lasts, running

IS_LIVE = os.environ.get("APIKLEY_CONTRACT_LIVE") == "1"
BUDGET = os.environ.get("APIKLEY_CONTRACT_BUDGET") if IS_LIVE else "1"
PLAN = to_plan(Document.shipped(), uploads=not IS_LIVE, budget=float(BUDGET) if BUDGET else None)


class Hurried(clock.SystemClock):
    """For a mock that has no limits: nobody waits for long."""

    def sleep(self, seconds):
        super().sleep(min(seconds, 0.02))


@pytest.fixture(scope="module")
def verdicts():
    """What came of each check of one run."""
    if IS_LIVE:
        known = settings.load(None, None, os.environ)
        run = Run(PLAN, known, open_transport(known.base_url), clock.SystemClock())
        return {verdict.name: verdict for verdict in run.verdicts()}
    with running(Mock(scenario=lasts(0.1), errors="known")) as url:
        known = settings.load("sk-test-live", url, {})
        run = Run(PLAN, known, open_transport(url), Hurried())
        return {verdict.name: verdict for verdict in run.verdicts()}


@pytest.mark.parametrize("name", PLAN.names)
def test_the_check_holds(name, verdicts):
    verdict = verdicts[name]
    if verdict.outcome == "skipped":
        pytest.skip(verdict.reason)
    assert verdict.outcome == "passed", "\n".join(
        [verdict.reason, verdict.asked, verdict.came, *map(str, verdict.faults), verdict.means]
    )


def test_every_check_of_the_plan_has_a_verdict(verdicts):
    assert tuple(verdicts) == PLAN.names
    assert IS_LIVE or {each.outcome for each in verdicts.values()} == {"passed"}
