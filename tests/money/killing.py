"""Workers that share one ledger, each killed at any instant and replaced, again and again.

usage: python killing.py URL LEDGER KILLS WORKERS SEED [MUTANT]

All workers do the same: whatever is not sent yet they send under its name, and whatever has become a task they wait
for. Writes a JSON list: how many submissions the ledger held at each kill. A mutant is a defect to be found out.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from contextlib import suppress

from apikley import Apikley, ApikleyError, PollSchedule, Stage
from apikley.books import Books
from apikley.durable import DurableLedger

AHEAD = 2  # how far back a worker looks for what others may be sending
_PACE = PollSchedule((Stage(5, 0.05),))


def work(url: str, path: str, seed: int, until: float) -> None:
    """Send and wait, until killed or until that time."""
    chance = random.Random(seed)
    with Apikley("sk-test-kill", base_url=url, schedule=_PACE, ledger=path) as client:
        ledger = client._books.ledger
        while time.monotonic() < until:
            for submission in ledger.all("submitted")[:2]:
                with suppress(ApikleyError):
                    client.task(submission.task_id).wait(timeout=1)
            begun = len(ledger.all())
            for number in chance.sample(range(max(0, begun - AHEAD), begun + 3), 3):
                key = f"wish-{number}"
                known = ledger.find(key)
                if known is None or known.state == "refused":
                    with suppress(ApikleyError):
                        client.submit("https://pictures.test/a.png", key, image_size="square", key=key)


def hire(*job: object) -> int:
    """A new worker's number."""
    if (worker := os.fork()) == 0:
        try:
            work(*job)
        except BaseException:  # noqa: BLE001 - told, and then the worker is gone
            traceback.print_exc()
        finally:
            os._exit(1)
    return worker


def main(url: str, path: str, kills: int, workers: int, seed: int) -> list[int]:
    chance = random.Random(seed)
    until = time.monotonic() + 3600
    with Apikley("sk-test-kill", base_url=url) as client:
        client.credits()  # loads in this process what all workers need
    watch = DurableLedger(path)
    alive = [hire(url, path, seed + number, until) for number in range(workers)]
    held = []
    for number in range(kills):
        time.sleep(chance.uniform(0.02, 0.25))
        victim = alive.pop(chance.randrange(len(alive)))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        held.append(len(watch.all()))
        alive.append(hire(url, path, seed + workers + number, until))
    for worker in alive:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
    return held


def plant(mutant: str) -> None:
    """Break what keeps the promise."""
    if mutant == "record after the answer":
        Books.depart = lambda self, intent: self._departed.__setitem__(id(intent), intent)
    elif mutant == "no comparison":
        record = DurableLedger._record

        def overwrite(self: DurableLedger, submission: object) -> None:
            with suppress(ApikleyError):
                record(self, submission)

        DurableLedger._record = overwrite
    else:
        raise ValueError(mutant)


if __name__ == "__main__":
    if len(sys.argv) > 6:
        plant(sys.argv[6])
    print(json.dumps(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))))
