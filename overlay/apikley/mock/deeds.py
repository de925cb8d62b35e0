"""What the service does for each kind of operation."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

from apikley.mock import links, media, records, wishes
from apikley.mock.forms import Values
from apikley.mock.links import Place
from apikley.mock.operations import Deed
from apikley.mock.orders import Order
from apikley.mock.refusals import Refused
from apikley.mock.service import Service
from apikley.mock.tasks import Task

Later: TypeAlias = Callable[[], Values]
"""Values that take long to make, and need no lock for it."""


def create_task(service: Service, order: Order) -> Values:
    source = wishes.source(order)
    wish = wishes.to_wish(service, order, source)
    price = wishes.price(order, wish)
    if order.standing or price > service.credits:
        raise Refused(order.standing or "credits-short")
    now, param = service.clock(), wishes.param(order)
    task = Task(
        id=service.tasks.new_id(),
        model=order.text("model") or "",
        param=param,
        wish=wish,
        credits=price,
        scenario=service.settings.scenario,
        failure=wishes.failure(service, order, wish),
        stages=len(service.document.lifecycle.running),
        created_at=now,
        updated_at=now,
        source=source,
        origin=order.origin,
        callback=order.text("callback-link") or "",
    )
    service.put(task)
    service.credits = round(service.credits - price, 6)
    return {"task-id": task.id}


def fetch_task(service: Service, order: Order) -> Values | Later:
    task = service.tasks.get(order.text("task-id") or "")
    if task is None:
        raise Refused("task-unknown")
    was_unknown, task = task.is_unknown, task.fetched(service.clock())
    service.put(task)
    if was_unknown:
        raise Refused("task-unknown")
    if task.succeeded and task.wish.is_inline:
        return partial(_told, service, order, task)
    return _told(service, order, task)


def _told(service: Service, order: Order, task: Task) -> Values:
    values = records.to_values(task, service.document.lifecycle, order.origin, service.render)
    told = service.settings.progress
    return values | {"progress": 100 * task.stage // task.stages} if told else values


def store_file(service: Service, order: Order) -> Values:
    data = _content(service, order)
    folder, name = order.text("folder") or "", order.text("name") or _made_up_name(data)
    path = f"{folder}/{name}" if folder else name
    if not {".", ".."}.isdisjoint(path.split("/")):  # a client's URL would lose them, and the file with them
        raise order.refused("invalid", "folder")
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


def _content(service: Service, order: Order) -> bytes:
    data = order.file("file-content")
    if data is not None:
        return data
    if text := order.text("file-base64"):
        return _from_base64(order, text)
    held = service.content_at(order.text("file-link") or "")
    if held is None:  # the mock fetches nothing: its own files are the only ones it can reach
        raise order.refused("invalid", "file-link")
    return held


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
