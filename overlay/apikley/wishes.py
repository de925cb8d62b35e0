"""What the words of a user ask for: each wish is checked, and becomes the flow that fulfils it.

Nothing is sent before the flow is played. What needs no such reading is a flow already (see `apikley.flows`).
"""

from collections.abc import Mapping
from typing import Any, cast

from apikley import flows
from apikley.edits import Edit
from apikley.effects import Flow
from apikley.files import Target, check_target, suffix_of
from apikley.ledger import to_key
from apikley.options import EditOptions
from apikley.plans import Plan
from apikley.requests import EditRequest, to_request, to_task_request
from apikley.schedule import PollSchedule
from apikley.sources import ImageSource


def edit(
    image: ImageSource,
    prompt: str,
    options: EditOptions,
    *,
    to: Target | None,
    schedule: PollSchedule,
    max_credits: float | None,
    key: str | None,
) -> Flow[Edit]:
    """An edit, from its picture to pictures."""
    request = _saved_to(to, prompt, options)
    return flows.edit(image, request, to_key(key), schedule, to, max_credits=max_credits)


def plan(
    image: ImageSource, prompt: str, options: EditOptions, *, to: Target | None = None, key: str | None
) -> Flow[Plan]:
    """What such an edit would send."""
    return flows.plan(image, _saved_to(to, prompt, options), to_key(key))


def submit(
    image: "ImageSource | None",
    prompt: str | None,
    model: str | None,
    input: Mapping[str, object] | None,  # noqa: A002  # the API's word
    options: Mapping[str, Any],
    *,
    max_credits: float | None,
    key: str | None,
) -> Flow[str]:
    """A task: that of an edit, or that of a model by an input in its own words; raises TypeError for a mixture."""
    if model is None and input is None and (image is not None or prompt is not None):
        request = to_request(cast("str", prompt), cast("EditOptions", options))
        return flows.prepare_and_submit(cast("ImageSource", image), request, to_key(key), max_credits)
    task = to_task_request(model=model, input=input, image=image, prompt=prompt, **options)
    return flows.submit_task(task, to_key(key), max_credits)


def advance(key: str, *, to: Target | None, schedule: PollSchedule, max_credits: float | None) -> Flow[Edit]:
    """A submission of the ledger, from wherever it is to its pictures."""
    if to is not None:
        check_target(to)
    return flows.advance(key, schedule, to, max_credits)


def _saved_to(to: Target | None, prompt: str, options: EditOptions) -> EditRequest:
    """The request for pictures that can be saved there; a file's suffix decides on their format unless one is named."""
    request = to_request(prompt, options, suffix_of(to))
    if to is not None:
        check_target(to, request.count)
    return request
