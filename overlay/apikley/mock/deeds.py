"""What the service does for each kind of operation."""

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

from attrs import evolve

from apikley.mock import links, media, records, wishes
from apikley.mock.extras import mock_extra
from apikley.mock.files import LONGEST_PATH, StoredFile, to_file
from apikley.mock.forms import Values
from apikley.mock.links import Place
from apikley.mock.operations import Deed
from apikley.mock.orders import Order
from apikley.mock.refusals import Refused
from apikley.mock.requests import SHORT
from apikley.mock.service import Result, Service
from apikley.mock.tasks import Task
from apikley.mock.wishes import Accepted

Later: TypeAlias = Callable[[], Values]
"""Values that take long to make; raises Refused. Whoever asks for them holds no lock."""


def create_task(service: Service, order: Order) -> Values | Later:
    price, values = wishes.price(order), wishes.written(order)
    if order.standing or price > service.credits:
        raise Refused(order.standing or "credits-short")
    accepted = Accepted(
        service.tasks.new_id(),
        price,
        service.settings.scenario,
        len(service.document.lifecycle.running),
        service.clock(),
        order.operation,
        order.origin,
        order.outside,
        order.shape,
        values,
    )
    service.credits = round(service.credits - price, 6)
    source = wishes.source(order)
    if service.place(source):
        return _begun_at(service, order, accepted.task(), source)
    if order.text("callback-link"):
        service.put(accepted.task())
    else:
        service.tasks.put_unseen(accepted)
    return {"task-id": accepted.id}


def _begun_at(service: Service, order: Order, task: Task, source: str) -> Values | Later:
    """The task, accepted and paid, whose source is a link of the mock's own."""
    found = service.content_at(source)
    if found:
        service.credits_ahead += task.credits
        return partial(_begun_with, service, order, task, found)
    reason = service.absence(source)
    service.put(evolve(task, failure=wishes.unusable(order, reason)) if reason else task)
    return {"task-id": task.id}


def _begun_with(service: Service, order: Order, task: Task, found: StoredFile | Result) -> Values:
    """The task begins once its picture has been looked at."""
    if isinstance(found, Result):
        picture = to_file(found.render())
        with service.lock:
            found = service.files.keep(picture)
    reason = wishes.problem(order, found)
    failure = wishes.unusable(order, reason) if reason else task.failure
    with service.lock:
        service.credits_ahead -= task.credits
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
    linked = _linked(service, order)
    store = partial(_stored, service, order, linked)
    return store if isinstance(linked, Result | str) or order.body.size > SHORT else store()


def _stored(service: Service, order: Order, linked: StoredFile | Result | str | None) -> Values:
    file = _file(order, linked)
    folder, name = order.text("folder") or "", order.text("name") or _made_up_name(file)
    path = f"{folder}/{name}" if folder else name
    if not {".", ".."}.isdisjoint(path.split("/")):  # a client's URL would lose them, and the file with them
        raise order.refused("invalid", "folder")
    if len(path.encode()) > LONGEST_PATH:
        raise order.refused("invalid", "name" if order.text("name") else "folder")
    with service.lock:
        now = service.clock()
        service.files.store(path, file, now)
    moment = datetime.fromtimestamp(now, UTC)
    return {
        "name": name,
        "path": path,
        "link": links.to_link(order.origin, Place("files", path)),
        "size": len(file.data),
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


def _linked(service: Service, order: Order) -> StoredFile | Result | str | None:
    """What is to be copied, or an address elsewhere; None where the content came with the request."""
    if order.file("file-content") is not None or order.text("file-base64"):
        return None
    link = order.text("file-link") or ""
    held = service.content_at(link)
    if held is None and (not link or links.is_under(service.origins, link)):
        raise order.refused("invalid", "file-link")
    return held or link


def _file(order: Order, linked: StoredFile | Result | str | None) -> StoredFile:
    match linked:
        case StoredFile():
            return linked
        case Result():
            return to_file(linked.render())
        case str():
            return to_file(_picture_at(linked))
        case None:
            return to_file(_sent(order))


def _picture_at(address: str) -> bytes:
    """The picture on which a task would work that is given this address: the mock fetches nothing."""
    with mock_extra():
        from apikley.mock import pictures  # noqa: PLC0415 - Pillow is needed by none who looks at no picture
    return pictures.made_up(address)


def _sent(order: Order) -> bytes:
    data = order.file("file-content")
    return _from_base64(order, order.text("file-base64") or "") if data is None else data


def _from_base64(order: Order, text: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise order.refused("invalid", "file-base64") from error


def _made_up_name(file: StoredFile) -> str:
    return f"file-{file.digest[:12]}{media.extension(file.media_type)}"


DEEDS: Mapping[Deed, Callable[[Service, Order], Values | Later]] = {
    "create-task": create_task,
    "fetch-task": fetch_task,
    "store-file": store_file,
    "report-credits": report_credits,
    "sign-link": sign_link,
}
