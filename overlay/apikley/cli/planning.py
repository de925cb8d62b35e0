"""What a dry run shows: the request, its pictures and its price. Nothing is sent."""

import json
from collections.abc import Mapping
from typing import cast

from attrs import asdict, evolve

from apikley import flows, readings, sources, wire, wishes
from apikley.budget import Budget
from apikley.cli.choosing import Choice
from apikley.cli.reports import Report
from apikley.cli.wording import printable
from apikley.effects import Flow, Load
from apikley.files import Target
from apikley.options import EditOptions
from apikley.plans import Plan
from apikley.requests import EditRequest, TaskRequest
from apikley.sources import ImageSource

_LATER = "https://uploaded.invalid/"
_SHOWN = "(the address of the uploaded picture)"


def show_edit(
    report: Report,
    choice: Choice,
    image: ImageSource,
    prompt: str,
    said: EditOptions,
    *,
    to: Target | None,
    key: str,
) -> None:
    """Show what an edit would send. Raises what the edit would raise before it sends anything."""
    _show(report, choice, _played(wishes.plan(image, prompt, said, to=to, key=key)))


def show_task(
    report: Report,
    choice: Choice,
    model: str,
    wish: Mapping[str, object],
    callback_url: str | None,
    *,
    key: str,
) -> None:
    """Show what a task of any model would send. Raises as `show_edit` does."""
    request = TaskRequest(model=model, input=wish, callback_url=callback_url)
    _show(report, choice, _played(flows.plan_task(request, key)))


def _played(flow: Flow[Plan]) -> Plan:
    """The plan of a flow that does nothing but read pictures."""
    try:
        effect = next(flow)
        while True:
            assert isinstance(effect, Load), effect
            effect = flow.send(sources.load(effect.source))
    except StopIteration as end:
        return cast("Plan", end.value)


def _show(report: Report, choice: Choice, plan: Plan) -> None:
    body = readings.json_object(wire.to_text(wire.create_task(_linked(plan.request))))
    request = cast("dict[str, object]", json.loads(json.dumps(body).replace(_LATER, _SHOWN)))
    Budget().reserve(plan.key, plan.credits, choice.number("max_credits"))
    price = "unknown" if plan.credits is None else f"about {plan.credits:g} credits, as users have seen it"
    lines = [f"request   {json.dumps(request, ensure_ascii=False)}"]
    for picture in plan.pictures:
        size = f", {picture.width} × {picture.height}" if picture.width is not None else ""
        lines.append(f"picture   {picture.media_type}{size}, {picture.size} bytes, sha256 {picture.sha256}")
    lines += [f"price     {price}", "nothing was sent"]
    said: dict[str, object] = {
        "dry_run": True,
        "request": request,
        "pictures": [asdict(picture) for picture in plan.pictures],
        "credits": plan.credits,
    }
    report.data(said, "\n".join(map(printable, lines)))


def _linked(request: EditRequest | TaskRequest) -> EditRequest | TaskRequest:
    """The request with an address in place of each picture that would be uploaded first."""
    match request:
        case EditRequest(image_url=None):
            return evolve(request, image_url=_LATER)
        case TaskRequest():
            links = {name: _with_links(value) for name, value in request.input.items()}
            return evolve(request, input=links)
    return request


def _with_links(value: object) -> object:
    match value:
        case bytes():
            return _LATER
        case list() | tuple():
            return [_with_links(each) for each in cast("list[object]", value)]
    return value
