"""What the service does for each kind of operation."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

from attrs import evolve

from apikley.mock import links, media, records, wishes
from apikley.mock.files import LONGEST_PATH, StoredFile
from apikley.mock.forms import Values
from apikley.mock.links import Place
from apikley.mock.operations import Deed
from apikley.mock.orders import Order
from apikley.mock.refusals import Refused
from apikley.mock.service import Result, Service
from apikley.mock.tasks import Task

Later: TypeAlias = Callable[[], Values]
"""Values that take long to make; raises Refused. Whoever asks for them holds no lock."""


def create_task(service: Service, order: Order) -> Values | Later:
    price, param = wishes.price(order), wishes.param(order)
    if order.standing or price > service.credits:
        raise Refused(order.standing or "credits-short")
    now, scenario, wish = service.clock(), service.settings.scenario, wishes.to_wish(order)
    task = Task(
        id=service.tasks.new_id(),
        model=order.text("model") or "",
        param=param,
        wish=wish,
        credits=price,
        scenario=scenario,
        failure=wishes.planned(order, scenario),
        stages=len(service.document.lifecycle.running),
        created_at=now,
        updated_at=now,
        source=wish.source,
        origin=order.origin,
        callback=order.text("callback-link") or "",
    )
    service.credits = round(service.credits - price, 6)
    found = service.content_at(wish.source)
    if found:
        return partial(_begun_with, service, order, task, found)
    if reason := service.absence(wish.source):
        task = evolve(task, failure=wishes.unusable(order, reason))
    service.put(task)
    return {"task-id": task.id}


def _begun_with(service: Service, order: Order, task: Task, found: StoredFile | Result) -> Values:
    """The task, accepted and paid, begins once its picture has been looked at."""
    if isinstance(found, Result):
        picture = found.render()
        with service.lock:
            found = service.files.keep(picture)
    reason = wishes.problem(order, found)
    failure = wishes.unusable(order, reason) if reason else task.failure
    with service.lock:
        service.put(evolve(task, wish=evolve(task.wish, source=found.digest), failure=failure))
    return {"task-id": task.id}


def fetch_task(service: Service, order: Order) -> Values | Later:
    task = service.tasks.get(order.text("task-id") or "")
    if task is None:
        raise Refused("task-unknown")
    was_unknown, task = task.is_unknown, task.fetched(service.clock())
    if not order.is_look:
        service.put(task)
    if was_unknown:
        raise Refused("task-unknown")
    if task.succeeded and task.wish.is_inline:
        return partial(_told, service, order, task, service.renderer(task))
    return _told(service, order, task, service.renderer(task))


def _told(service: Service, order: Order, task: Task, render: records.Render) -> Values:
    values = records.to_values(task, service.document.lifecycle, order.origin, render)
    told = service.settings.progress
    return values | {"progress": 100 * task.stage // task.stages} if told else values


def store_file(service: Service, order: Order) -> Values | Later:
    content = _content(service, order)
    if isinstance(content, Result):
        return partial(_copied, service, order, content)
    return _stored(service, order, content)


def _copied(service: Service, order: Order, result: Result) -> Values:
    picture = result.render()
    with service.lock:
        return _stored(service, order, picture)


def _stored(service: Service, order: Order, data: bytes) -> Values:
    folder, name = order.text("folder") or "", order.text("name") or _made_up_name(data)
    path = f"{folder}/{name}" if folder else name
    if not {".", ".."}.isdisjoint(path.split("/")):  # a client's URL would lose them, and the file with them
        raise order.refused("invalid", "folder")
    if len(path.encode()) > LONGEST_PATH:
        raise order.refused("invalid", "name" if order.text("name") else "folder")
    file = service.files.store(path, data, service.clock())
    moment = datetime.fromtimestamp(service.clock(), UTC)
    return {
        "name": name,
        "path": path,
        "link": links.to_link(order.origin, Place("files", path)),
        "size": len(data),
        "media-type": file.media_type,
        "stored-at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def report_credits(service: Service, order: Order) -> Values:
    return {"credits-left": 0 if order.standing == "credits-short" else service.credits}


def sign_link(service: Service, order: Order) -> Values:
    place = service.place(order.text("link") or "")
    if place is None or not service.holds(place):
        raise Refused("link-foreign")
    link, answered = links.to_link(order.origin, place), order.operation.answer.schema("link")
    lifetime = answered.get("x-apikley-lifetime-seconds") if answered else None
    if lifetime is None:
        return {"link": link}
    return {"link": links.signed(link, place, int(service.clock() + lifetime.number), service.secret)}


def _content(service: Service, order: Order) -> bytes | Result:
    data = order.file("file-content")
    if data is not None:
        return data
    if text := order.text("file-base64"):
        return _from_base64(order, text)
    held = service.content_at(order.text("file-link") or "")
    if held is None:  # the mock fetches nothing: its own files are the only ones it can reach
        raise order.refused("invalid", "file-link")
    return held if isinstance(held, Result) else held.data


def _from_base64(order: Order, text: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise order.refused("invalid", "file-base64") from error


def _made_up_name(data: bytes) -> str:
    return f"file-{hashlib.sha256(data).hexdigest()[:12]}{media.extension(media.sniffed(data))}"


DEEDS: Mapping[Deed, Callable[[Service, Order], Values | Later]] = {
    "create-task": create_task,
    "fetch-task": fetch_task,
    "store-file": store_file,
    "report-credits": report_credits,
    "sign-link": sign_link,
}
