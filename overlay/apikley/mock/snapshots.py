"""What the mock has to remember to go on later."""

import base64
import binascii
from collections.abc import Callable, Container, Iterator, Mapping
from reprlib import repr as shortened
from typing import Any, cast, get_args

from attrs import asdict, field, fields, frozen

from apikley.mock import clock, faults, files, origins, settings, tasks
from apikley.mock.document import Document
from apikley.mock.faults import Chances, Fault
from apikley.mock.files import StoredFile
from apikley.mock.nodes import JsonObject
from apikley.mock.said import Said
from apikley.mock.scenario import LONGEST, MOST_FETCHES, Ending, Failure, Scenario
from apikley.mock.service import Service
from apikley.mock.settings import Callbacks, Errors
from apikley.mock.tasks import Task, Wish

_FORMAT = 2
_MOST = 2**53  # beyond it not every reader of JSON knows whole numbers
_LONGEST_SIDE = 4096  # pixels of a result
_MOST_PICTURES = 100  # of one task
_AS_JSON = 6  # bytes that one byte of a text can take, as in \u0000
_LONGEST_ID = 1024
_PARTS = (
    "format",
    "now",
    "number",
    "credits",
    "made",
    "tasks",
    "files",
    "contents",
    "origins",
    "faults",
    "scenario",
    "errors",
    "rate_limit",
    "callbacks",
    "progress",
    "seed",
    "chance",
)


@frozen(eq=False, repr=False)
class State:
    """All that the mock goes on from. `now` in Unix seconds, `made` and `number` are tasks and requests so far.

    files: by path, the digest of the content that lies there, and since when
    """

    now: float
    number: int
    credits: float
    made: int
    tasks: tuple[Task, ...]
    contents: tuple[StoredFile, ...] = field(repr=False)
    files: Mapping[str, tuple[str, float]]
    origins: tuple[str, ...]
    faults: tuple[Fault, ...]
    scenario: Scenario
    errors: Errors
    rate_limit: bool
    callbacks: Callbacks
    progress: bool
    seed: int
    chance: Chances

    def fill(self, service: Service) -> None:
        """Let a fresh service go on from here."""
        service.credits, service.tasks.made = self.credits, self.made
        for file in self.contents:
            service.files.keep(file)
        for path, (digest, at) in self.files.items():
            if service.files.get(digest):  # where there is less room than there was, the oldest are gone
                service.files.put(path, digest, at)
        for origin in self.origins:
            service.origins.add(origin)
        for task in self.tasks:
            service.tasks.put(task)
            service.await_end(task)
        for fault in self.faults:
            service.faults.add(fault)


def taken(service: Service, now: float, number: int) -> Callable[[], JsonObject]:
    """What makes the JSON, which takes long and needs no lock. Keys, the log and the deliveries are left out."""
    told = service.settings
    held, contents = iter(service.tasks), service.files.contents()
    said = {
        "format": _FORMAT,
        "now": now,
        "number": number,
        "credits": min(service.credits + service.credits_ahead, settings.MOST_CREDITS),
        "made": service.tasks.made,
        "files": {path: [digest, at] for path, (digest, at) in service.files.paths().items()},
        "origins": [*service.origins],
        "faults": [asdict(fault) for fault in service.faults.unused],
        "scenario": asdict(told.scenario),
        "errors": told.errors if isinstance(told.errors, str) else {**told.errors},
        "rate_limit": told.rate_limit,
        "callbacks": told.callbacks,
        "progress": told.progress,
        "seed": service.faults.seed,
        "chance": {str(fault): probability for fault, probability in service.faults.chance},
    }

    def saved() -> JsonObject:
        whole = {
            **said,
            "tasks": [asdict(task, value_serializer=_listed) for task in held],
            "contents": [base64.b64encode(file.data).decode() for file in contents],
        }
        return cast("JsonObject", whole)

    return saved


def _listed(_: object, __: object, value: object) -> object:
    """JSON knows no tuples."""
    return [*cast("tuple[object]", value)] if isinstance(value, tuple) else value


def longest(maximum_file_bytes: int) -> int:
    """How many bytes a state can have as JSON, if so many are kept of files."""
    contents = max(maximum_file_bytes, 0) * 4 // 3
    texts = tasks.MAXIMUM_BYTES + files.MAXIMUM * files.LONGEST_PATH + origins.MAXIMUM * origins.LONGEST
    numbers = 1024 * (tasks.MAXIMUM + files.MAXIMUM + faults.MAXIMUM)
    return contents + _AS_JSON * texts + numbers + 64 * 1024 * 1024  # one file is kept, however large


def read(saved: JsonObject, document: Document) -> State:
    """Raises ValueError, in a sentence that begins with the place of what cannot be."""
    whole = Said((), saved)
    if not whole.has("format", _FORMAT):
        raise ValueError("this is no state of a mock, or one of another version")
    parts, names = whole.members(*_PARTS), document.names()
    contents = {file.digest: file for file in map(files.to_file, _contents(parts["contents"]))}
    errors, callbacks = parts["errors"], parts["callbacks"]
    return State(
        now=parts["now"].number(0, clock.END),
        number=_to_count(parts["number"]),
        credits=parts["credits"].number(0, settings.MOST_CREDITS),
        made=_to_count(parts["made"]),
        tasks=_to_tasks(parts["tasks"], document),
        contents=tuple(contents.values()),
        files=_to_files(parts["files"], contents),
        origins=tuple(each.text(origins.LONGEST) for each in parts["origins"].elements(origins.MAXIMUM)),
        faults=tuple(_to_fault(each, names) for each in parts["faults"].elements(faults.MAXIMUM)),
        scenario=_to_scenario(parts["scenario"]),
        errors=errors.made(lambda: settings.to_errors(errors.json, names)),
        rate_limit=parts["rate_limit"].flag(),
        callbacks=callbacks.made(lambda: settings.to_callbacks(callbacks.json)),
        progress=parts["progress"].flag(),
        seed=parts["seed"].whole(-(2**63), 2**63 - 1),
        chance=_to_chances(parts["chance"], names),
    )


def _contents(said: Said) -> Iterator[bytes]:
    for each in said.elements(files.MAXIMUM):
        try:
            yield base64.b64decode(each.text(), validate=True)
        except binascii.Error as error:
            raise each.error(f"this is no Base64: {error}") from error


def _to_files(said: Said, contents: Container[str]) -> dict[str, tuple[str, float]]:
    return dict(_to_file(path, each, contents) for path, each in said.entries(files.MAXIMUM))


def _to_file(path: Said, held: Said, contents: Container[str]) -> tuple[str, tuple[str, float]]:
    where, parts = path.text(files.LONGEST_PATH), [*held.elements(2)]
    if not where:
        raise path.error("a path cannot be empty")
    if len(parts) != 2:
        raise held.error("a file has a digest and a moment")
    if (digest := parts[0].text()) not in contents:
        raise parts[0].error("no content has this digest")
    return where, (digest, parts[1].number(0, clock.END))


def _to_count(said: Said) -> int:
    """What only grows: no more than can grow on and still be read."""
    return min(said.whole(0, 2**63 - 1), _MOST)


def _to_tasks(said: Said, document: Document) -> tuple[Task, ...]:
    formats, stages = _formats(document), len(document.lifecycle.running)
    made = dict[str, Task]()
    for each in said.elements(tasks.MAXIMUM):
        task = _to_task(each, formats, stages)
        if task.id in made:
            raise each.error(f"another task has the id {task.id}")
        made[task.id] = task
    return tuple(made.values())


def _to_task(said: Said, formats: set[str], stages: int) -> Task:
    parts = said.members(*(each.name for each in fields(Task)))
    created_at, updated_at = (parts[name].number(0, clock.END) for name in ("created_at", "updated_at"))
    if updated_at < created_at:
        raise parts["updated_at"].error("this is before the task was created")
    if not (task_id := parts["id"].text(_LONGEST_ID)):
        raise parts["id"].error("an id cannot be empty")
    return Task(
        id=task_id,
        model=parts["model"].text(),
        param=parts["param"].text(),
        wish=_to_wish(parts["wish"], formats),
        credits=parts["credits"].number(0, settings.MOST_CREDITS),
        scenario=_to_scenario(parts["scenario"]),
        failure=_to_failure(parts["failure"]),
        stages=parts["stages"].whole(stages, stages),
        created_at=created_at,
        updated_at=updated_at,
        source=parts["source"].text(),
        origin=parts["origin"].text(),
        callback=parts["callback"].text(),
        stage=parts["stage"].whole(0, stages),
        fetches=_to_count(parts["fetches"]),
    )


def _formats(document: Document) -> set[str]:
    """The kinds of pictures that may be asked for."""
    creating = (each for each in document.operations() if each.does == "create-task")
    meant = (shape.roles.get("format") for each in creating for shape in each.shapes())
    return {"png"}.union(*(each.schema.texts("enum") for each in meant if each))


def _to_wish(said: Said, formats: set[str]) -> Wish:
    parts = said.members(*(each.name for each in fields(Wish)))
    kind = parts["format"].text()
    if kind not in formats:
        raise parts["format"].error(f"a picture is {' or '.join(sorted(formats))}, not {kind!r}")
    return Wish(
        prompt=parts["prompt"].text(),
        source=parts["source"].text(),
        seed=None if parts["seed"].json is None else parts["seed"].whole(-(2**63), 2**63 - 1),
        count=parts["count"].whole(1, _MOST_PICTURES),
        pixels=_to_pixels(parts["pixels"]),
        format=kind,
        is_inline=parts["is_inline"].flag(),
    )


def _to_pixels(said: Said) -> tuple[int, int] | None:
    if said.json is None:
        return None
    sides = [each.whole(1, _LONGEST_SIDE) for each in said.elements(2)]
    if len(sides) != 2:
        raise said.error("a picture has a width and a height")
    return sides[0], sides[1]


def _to_scenario(said: Said) -> Scenario:
    parts = said.members(*(each.name for each in fields(Scenario)))
    fetches, seconds, ending = parts["fetches"], parts["seconds"], parts["ending"]
    if ending.json not in get_args(Ending):
        raise ending.error(f"a task ends in success or fail, not in {shortened(ending.json)}")
    return Scenario(
        ending=cast("Ending", ending.json),
        fetches=None if fetches.json is None else fetches.whole(0, MOST_FETCHES),
        seconds=None if seconds.json is None else seconds.number(0, LONGEST),
        unknown_for=parts["unknown_for"].whole(0, MOST_FETCHES),
        failure=_to_failure(parts["failure"]),
    )


def _to_failure(said: Said) -> Failure | None:
    if said.json is None:
        return None
    parts = said.members("code", "message")
    code, message = parts["code"].whole(0, _MOST), parts["message"].text()
    return said.made(lambda: Failure(code, message))


def _to_fault(said: Said, names: Mapping[str, str]) -> Fault:
    parts = said.members(*(each.name for each in fields(Fault)))
    what, on, as_ = parts["what"], parts["on"], parts["as_"]
    retry_after, seconds = (_optional(parts[name]) for name in ("retry_after", "seconds"))
    fault = {
        "what": what.whole(0, _MOST) if isinstance(what.json, int) else what.text(),
        "on": None if on.json is None else on.text(),
        "times": parts["times"].whole(1, _MOST),
        "retry_after": retry_after,
        "seconds": seconds,
        "as_": None if as_.json is None else as_.text(),
        "known": names,
    }
    return said.made(lambda: faults.to_fault(**cast("Any", fault)))


def _to_chances(said: Said, names: Mapping[str, str]) -> Chances:
    told = {what.text(): each.number(0, 1) for what, each in said.entries(faults.MAXIMUM)}
    return said.made(lambda: faults.to_chances(told, names))


def _optional(said: Said) -> float | None:
    return None if said.json is None else said.number(0, LONGEST)
