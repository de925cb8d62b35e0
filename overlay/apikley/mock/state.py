"""What the mock tells of itself."""

from attrs import asdict

from apikley.mock import links
from apikley.mock.deliveries import Delivery
from apikley.mock.engine import Mock
from apikley.mock.exchanges import Exchange
from apikley.mock.faults import Fault
from apikley.mock.links import Place
from apikley.mock.nodes import Json, JsonObject
from apikley.mock.records import to_state
from apikley.mock.scenario import Failure
from apikley.mock.service import Service
from apikley.mock.tasks import Task

_SHOWN = 200


def settled(mock: Mock) -> int:
    """The version of what is to be told, after the clock's news about the tasks that are shown."""
    with mock.locked:
        service, has_moved = mock.service(), False
        for task in service.tasks.newest(_SHOWN):
            if not task.has_ended and (seen := task.seen(service.clock())) is not task:
                service.put(seen)
                has_moved = True
        mock.version += has_moved
        return mock.version


def to_json(mock: Mock, origin: str) -> JsonObject:
    """Newest first, and no more than 200 of each. Links begin with the origin."""
    with mock.locked:
        service = mock.service()
        return {
            "tasks": [_task(service, task, origin) for task in service.tasks.newest(_SHOWN)],
            "requests": [_exchange(each) for each in mock.requests.newest(_SHOWN)],
            "faults": [_fault(fault) for fault in mock.faults[:_SHOWN]],
            "deliveries": [_delivery(each) for each in mock.deliveries[: -_SHOWN - 1 : -1]],
            "credits": mock.credits,
            "settings": {
                "errors": mock.errors if isinstance(mock.errors, str) else {**mock.errors},
                "rate_limit": mock.rate_limit,
                "scenario": asdict(mock.scenario),
                "seed": mock.seed,
                "callbacks": mock.callbacks,
            },
            "clock": mock.clock.now(),
            "version": mock.version,
        }


def _task(service: Service, task: Task, origin: str) -> JsonObject:
    ends_well = task.succeeded
    numbers = range(1, task.wish.count + 1) if ends_well else ()
    return {
        "id": task.id,
        "model": task.model,
        "state": to_state(task, service.document.lifecycle),
        "prompt": task.wish.prompt,
        "source": _source(service, task, origin),
        "results": [
            links.to_link(origin, Place("results", f"{task.id}/{number}.{task.wish.format}"))
            for number in numbers
        ],
        "credits": task.credits,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "failure": _failure(task.failure) if task.has_ended else None,
        "fetches": task.fetches,
    }


def _source(service: Service, task: Task, origin: str) -> str:
    """Under the origin where the mock holds it, however it was reached when the task was created."""
    place = service.place(task.source)
    return links.to_link(origin, place) if place else task.source


def _fault(fault: Fault) -> JsonObject:
    """In the words in which the control surface takes one."""
    return {**{name.rstrip("_"): value for name, value in asdict(fault).items()}, "short": str(fault)}


def _failure(failure: Failure | None) -> Json:
    return {"code": failure.code, "message": failure.message} if failure else None


def _exchange(exchange: Exchange) -> JsonObject:
    refusal = exchange.refusal
    return {
        "number": exchange.number,
        "time": exchange.time,
        "method": exchange.method,
        "path": exchange.path,
        "operation": exchange.operation,
        "status": exchange.status,
        "code": exchange.code,
        "refusal": {"rule": refusal.rule, "pointer": refusal.pointer, "cause": refusal.cause}
        if refusal
        else None,
        "fault": exchange.fault,
        "milliseconds": round(exchange.milliseconds, 3),
    }


def _delivery(delivery: Delivery) -> JsonObject:
    return {
        "number": delivery.number,
        "task_id": delivery.task_id,
        "url": delivery.url,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "status": delivery.status,
        "error": delivery.error,
        "created_at": delivery.created_at,
    }
