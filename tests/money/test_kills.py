"""Processes are killed while they submit: nothing is paid twice, and nothing that is paid is forgotten."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from attrs import frozen

from apikley.durable import DurableLedger
from apikley.ledger import UNSETTLED

HERE = Path(__file__).parent
KNOWN = {"submitted", "ready", "done", "failed"}


@frozen
class Aftermath:
    """What is left when all are dead."""

    paid: list[tuple[str, str]]
    """Each task of the service, and the submission that it was made for."""
    submissions: dict
    doubts: set[str]
    held: list[int]
    """How many submissions the ledger held at each kill."""

    def flaws(self):
        """What breaks the promise."""
        times = Counter(key for _, key in self.paid)
        yield from (f"{key} was paid {count} times" for key, count in times.items() if count > 1)
        by_task = {each.task_id: each for each in self.submissions.values() if each.task_id}
        for task, key in self.paid:
            known = by_task.get(task)
            if key not in self.doubts and (known is None or known.state not in KNOWN or known.key != key):
                yield f"{task} of {key} is forgotten: {self.submissions.get(key)}"
        made = dict(self.paid)
        for each in self.submissions.values():
            if each.state in UNSETTLED and each.key not in self.doubts:
                yield f"{each.key} is {each.state} and not listed as in doubt"
            if each.state in KNOWN and made.get(each.task_id) != each.key:
                yield f"{each.key} names a task that is not its own"
            if each.state == "refused" and each.key in times:
                yield f"{each.key} is refused, and was paid"

    def stalls(self, kills):
        """Where so many kills went by without a new submission."""
        return [at for at in range(kills, len(self.held)) if self.held[at] == self.held[at - kills]]


def aftermath(folder, kills, workers=3, seed=0, mutant=None):
    path = folder / "ledger.sqlite3"
    with subprocess.Popen(
        [sys.executable, HERE / "serving.py", str(seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as service:
        url = service.stdout.readline().strip()
        told = [url, path, kills, workers, seed, *([mutant] if mutant else [])]
        killed = subprocess.run(
            [sys.executable, HERE / "killing.py", *map(str, told)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        paid, _ = service.communicate(timeout=60)
    ledger = DurableLedger(path)
    found = Aftermath(
        paid=[tuple(each) for each in json.loads(paid)],
        submissions={each.key: each for each in ledger.all()},
        doubts={each.key for each in ledger.in_doubt()},
        held=json.loads(killed.stdout),
    )
    ledger.close()
    return found


def told(found):
    paid = {key for _, key in found.paid}
    return (
        f"{len(found.held)} kills, {len(found.submissions)} submissions, {len(found.paid)} tasks,"
        f" {len(found.doubts)} in doubt, {len(found.doubts & paid)} of them paid"
    )


def test_a_dozen_kills_lose_nothing_and_pay_nothing_twice(tmp_path):
    found = aftermath(tmp_path, kills=12)

    print(told(found))
    assert [*found.flaws()] == []
    assert len(found.paid) > 12
    assert found.held[-1] > found.held[0]


@pytest.mark.deep
@pytest.mark.parametrize("seed", [1, 2])
def test_hundreds_of_kills_lose_nothing_and_pay_nothing_twice(tmp_path, seed):
    found = aftermath(tmp_path, kills=150, seed=seed * 1000)

    print(told(found))
    assert [*found.flaws()] == []
    assert found.stalls(10) == []
    assert found.doubts & {key for _, key in found.paid}


@pytest.mark.deep
@pytest.mark.parametrize("mutant", ["record after the answer", "no comparison"])
def test_kills_find_a_ledger_that_does_not_keep_its_word(tmp_path, mutant):
    found = aftermath(tmp_path, kills=25, mutant=mutant)

    assert [*found.flaws()]
