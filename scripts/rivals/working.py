"""One measurement of one client, in a process of its own.

usage: python -m rivals.working MEASURE CLIENT URL [ARGUMENT]

Writes what it measured as JSON. Which measures there are is the table at the end.
"""

import asyncio
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

from rivals import adapters, durations, outcomes, weighing
from rivals.service import Service
from rivals.wishes import Fault, Wish

_FOREVER = 1e6  # seconds
PATIENCE = 2.0  # seconds with one answer, where faults are measured
BOUND = 20.0  # seconds after which a call hangs
_PAUSE = 0.05  # seconds, to which all pauses are cut where faults are measured
_BLOCK = 25  # calls of one side, before it is the other's turn
_PRIMING = 30  # tasks from which ours learns


def cpu(name: str, url: str, count: str) -> object:
    """CPU seconds of one create and one status call, and of the same by plain httpx, in turns."""
    import httpx

    client = adapters.OPEN[name](url)
    plain = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {adapters.KEY}"})
    prompt = Wish(_key(), 0 if name == "openai" else _FOREVER).prompt  # that one holds the request meanwhile
    body = client.body(prompt)
    plain.post(client.create_path, json=body)
    task_id = told(url, prompt)[0]["id"]
    path, query = client.question(task_id)
    sides: dict[str, Callable[[], object]] = {
        "plain create": lambda: plain.post(client.create_path, json=body).json(),
        "create": lambda: client.create(prompt),
        "plain status": lambda: plain.get(path, params=query).json(),
        "status": lambda: client.status(task_id),
    }
    for side in sides.values():  # what is imported late, and connections
        _cpu_seconds(side, _BLOCK)
    blocks = [
        {about: _cpu_seconds(side, _BLOCK) for about, side in sides.items()}
        for _ in range(int(count) // _BLOCK)
    ]
    return {
        about: min(block[about] for block in blocks) for about in sides
    }  # whatever else runs only adds to it


def at_once(name: str, url: str, wanted: str) -> object:
    """Seconds and CPU of many tasks at once, all of which take equally long.

    Of ours, `learned` has seen such tasks before, `polite` keeps to ten questions a second, and `fast` has another
    transport.
    """
    tasks, seconds, *how = wanted.split(",")
    given = {"hurried": "polite" not in how, "fast": "fast" in how} if name == "apikley" else {}

    async def run() -> object:
        client = adapters.OPEN[name](url, **given)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(int(tasks)))
        if "learned" in how and isinstance(client, adapters.Ours):
            for took in durations.drawn(float(seconds), _PRIMING, spread=0.02):
                await client.learn_awaiting(Wish(_key(), 0, took).prompt)
        else:
            await client.edit_awaiting(Wish(_key()).prompt)  # what is imported late
        wishes = [Wish(_key(), float(seconds)) for _ in range(int(tasks))]
        begun, spent = time.perf_counter(), time.process_time()
        await asyncio.gather(*(client.edit_awaiting(wish.prompt) for wish in wishes))
        return {"wall": time.perf_counter() - begun, "cpu": (time.process_time() - spent) / len(wishes)}

    return asyncio.run(run())


def lags(name: str, url: str, wanted: str) -> object:
    """Lag and polls of tasks that take about so long, all of them at once. `learned` is as above."""
    seconds, count, *how = wanted.split(",")
    client = adapters.OPEN[name](url)
    if "learned" in how and isinstance(client, adapters.Ours):
        for took in durations.drawn(float(seconds), _PRIMING):
            client.learn(Wish(_key(), 0, took).prompt)

    def watch(wish: Wish) -> tuple[float, int]:
        client.edit(wish.prompt)
        ended = time.monotonic()
        (task,) = told(url, wish.prompt)
        return ended - task["done_at"], task["polls"]

    wishes = [Wish(_key(), each, each) for each in durations.drawn(float(seconds), int(count), seed=7)]
    with ThreadPoolExecutor(len(wishes)) as threads:
        met = [*threads.map(watch, wishes)]
    return {"lags": [lag for lag, _ in met], "polls": [polls for _, polls in met]}


def simulated(_: str, __: str, wanted: str) -> object:
    """Lag and polls of ours, one task after another in virtual time; `learned` is as above."""
    from apikley import Apikley, clock
    from rivals.simulating import VirtualClock, Wire

    seconds, spread, count, *how = wanted.split(",")
    service, virtual = Service(), VirtualClock()
    told_seconds = durations.drawn(float(seconds), _PRIMING, spread=float(spread)) if "learned" in how else []
    wishes = [
        Wish(_key(), each, each)
        for each in durations.drawn(float(seconds), int(count), spread=float(spread), seed=7)
    ]
    found: list[tuple[float, int]] = []
    with clock.replaced(virtual), Apikley(adapters.KEY, transport=Wire(service, virtual)) as client:
        for each in told_seconds:
            client.submit(adapters.LINK, Wish(_key(), 0, each).prompt).wait()
        for wish in wishes:
            # Without history each is the first of its kind.
            given = client if told_seconds else Apikley(adapters.KEY, transport=Wire(service, virtual))
            ended = given.submit(adapters.LINK, wish.prompt).wait()
            task = service.tasks[ended.id]
            found.append((virtual.now() - task.done_at, task.polls))
    return {"lags": [lag for lag, _ in found], "polls": [polls for _, polls in found]}


def called_back(_: str, url: str, wanted: str) -> object:
    """The lags of ours where a callback races the poll."""
    from apikley import Apikley
    from apikley.receiving import wsgi_receiver

    seconds, count = wanted.split(",")
    found: list[float] = []
    with Apikley(adapters.KEY, base_url=url) as client:
        receiver = make_server(
            "127.0.0.1", 0, wsgi_receiver(client.hear, key=None, path="/done"), handler_class=_Silent
        )
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{receiver.server_port}/done"
        while len(found) < int(count):
            wish = Wish(_key(), float(seconds))
            client.submit(adapters.LINK, wish.prompt, callback_url=address).wait()
            ended = time.monotonic()
            found.append(ended - told(url, wish.prompt)[0]["done_at"])
        receiver.shutdown()
    return {"lags": found}


def faults(name: str, url: str, wanted: str) -> object:
    """What each fault leads to: the tasks made, and what the user is left with."""
    slept = time.sleep
    time.sleep = lambda seconds: slept(min(float(seconds), _PAUSE))
    try:
        named = wanted.split(",")
        client = adapters.OPEN[name](url, PATIENCE)
        client.edit(Wish(_key()).prompt)  # what is imported and opened late
        with ThreadPoolExecutor(len(named)) as threads:
            suffered = threads.map(lambda each: _fault(client, url, Fault(each)), named)
            return dict(zip(named, suffered, strict=True))
    finally:
        time.sleep = slept


def offers(_: str, __: str, ___: str) -> object:
    """What only some versions of ours have."""
    return {"fast": adapters.has_fast()}


def size(package: str, _: str, __: str) -> object:
    """Megabytes of a package and all that it needs."""
    return {"megabytes": weighing.megabytes(package)}


def _fault(client: adapters.Client, url: str, fault: Fault) -> dict[str, object]:
    wish = Wish(_key(), 0.2, 0.2, fault)
    caught: list[Exception | None] = []

    def call() -> None:
        try:
            client.edit(wish.prompt)
        except Exception as error:  # noqa: BLE001  # whatever the user would get
            caught.append(error)
        else:
            caught.append(None)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(BOUND)
    ids = [str(task["id"]) for task in told(url, wish.prompt)]
    return {
        "tasks": len(ids),
        "left": outcomes.left(caught[0], ids, _doubts(client)) if caught else "hangs",
    }


def _doubts(client: adapters.Client) -> list[str]:
    """The names under which a client remembers what it is in doubt about."""
    return [each.key for each in client.client.in_doubt()] if isinstance(client, adapters.Ours) else []


def told(url: str, prompt: str) -> list[dict[str, Any]]:
    """The tasks that the stub made of a wish."""
    key = prompt.split(":")[1]
    with urlopen(f"{url}/told/{key}", timeout=10) as answer:  # noqa: S310  # the stub on loopback
        known: list[dict[str, Any]] = json.load(answer)
        return known


def _key() -> str:
    return f"{random.getrandbits(64):016x}"  # a name


def _cpu_seconds(action: Callable[[], object], times: int) -> float:
    """The CPU time of one action, the mean of many."""
    begun = time.process_time()
    for _ in range(times):
        action()
    return (time.process_time() - begun) / times


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


MEASURES: Mapping[str, Callable[[str, str, str], object]] = {
    "cpu": cpu,
    "at-once": at_once,
    "lags": lags,
    "simulated": simulated,
    "offers": offers,
    "size": size,
    "called-back": called_back,
    "faults": faults,
}

if __name__ == "__main__":
    measure, client_name, address, *rest = sys.argv[1:]
    print(json.dumps(MEASURES[measure](client_name, address, rest[0] if rest else "")))
    sys.stdout.flush()
