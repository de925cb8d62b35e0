"""A mock on a port in its own process, which takes its time between the deed and the answer.

usage: python serving.py SEED

Writes its address on the first line of its output. At the end of its input it writes what was paid: a JSON list of
[task id, name of the submission].
"""

import json
import sys
from random import Random

from attrs import evolve

from apikley.mock import Mock, polls, running
from apikley.mock.replies import Reply

CHANCE = {
    "reset-after:create-task": 0.02,
    "truncated:create-task": 0.01,
    "429:create-task": 0.03,
    "500:create-task": 0.01,
    "500:fetch-task": 0.03,
}


class Slow(Mock):
    """Answers a createTask late: who is killed meanwhile never learns of the task that he has paid."""

    def start(self, request):
        reply = super().start(request)
        is_create = isinstance(reply, Reply) and request.path.endswith("createTask")
        return evolve(reply, delay=reply.delay + _random.uniform(0.002, 0.03)) if is_create else reply


_random = Random(int(sys.argv[1]))
mock = Slow(scenario=polls(0), credits=1e6, chance=CHANCE, seed=int(sys.argv[1]))
with running(mock) as url:
    print(url, flush=True)
    sys.stdin.read()
    print(json.dumps([[task.id, task.wish.prompt] for task in mock.tasks]), flush=True)
