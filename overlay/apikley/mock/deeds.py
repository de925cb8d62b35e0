"""What the service does for each kind of operation."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from apikley.mock import links, media, records, wishes
from apikley.mock.forms import Values
from apikley.mock.links import Place
from apikley.mock.operations import Deed
from apikley.mock.orders import Order
from apikley.mock.refusals import Refused
from apikley.mock.service import Service
from apikley.mock.tasks import Task


def create_task(service: Service, order: Order) -> Values:
    price = wishes.price(order)
    if price > service.credits:
        raise Refused("credits-short")
    now, wish = service.clock(), wishes.to_wish(service, order)
    task = Task(
        id=service.tasks.new_id(),
        model=order.text("model") or "",
        param=wishes.param(order),
        wish=wish,
        credits=price,
        scenario=service.scenario,
        failure=wishes.failure(service, order, wish),
        stages=len(service.document.lifecycle.running),
        created_at=now,
        updated_at=now,
    )
    service.tasks.put(task)
    service.credits = round(service.credits - price, 6)
    return {"task-id": task.id}


def fetch_task(service: Service, order: Order) -> Values:
    task = service.tasks.get(order.text("task-id") or "")
    if task is None:
        raise Refused("task-unknown")
    task = task.fetched(service.clock())
    service.tasks.put(task)
    values = records.to_values(task, service.document.lifecycle, order.origin, service.render)
    return values | {"progress": 100 * task.stage // task.stages} if service.tells_progress else values


def store_file(service: Service, order: Order) -> Values:
    data = _content(service, order)
    folder, name = order.text("folder") or "", order.text("name") or _made_up_name(data)
    path = f"{folder}/{name}" if folder else name
    if not {".", ".."}.isdisjoint(path.split("/")):  # a client's URL would lose them, and the file with them
        raise order.refused("invalid", "folder")
    file = service.files.store(path, data)
    moment = datetime.fromtimestamp(service.clock(), UTC)
    return {
        "name": name,
        "path": path,
        "link": links.to_link(order.origin, Place("files", path)),
        "size": len(data),
        "media-type": file.media_type,
        "stored-at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def report_credits(service: Service, order: Order) -> Values:  # noqa: ARG001 - one signature for all deeds
    return {"credits-left": service.credits}


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
    held = service.file_at(order.text("file-link") or "")
    if held is None:  # the mock fetches nothing: its own files are the only ones it can reach
        raise order.refused("invalid", "file-link")
    return held.data


def _from_base64(order: Order, text: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise order.refused("invalid", "file-base64") from error


def _made_up_name(data: bytes) -> str:
    return f"file-{hashlib.sha256(data).hexdigest()[:12]}{media.extension(media.sniffed(data))}"


DEEDS: Mapping[Deed, Callable[[Service, Order], Values]] = {
    "create-task": create_task,
    "fetch-task": fetch_task,
    "store-file": store_file,
    "report-credits": report_credits,
    "sign-link": sign_link,
}
