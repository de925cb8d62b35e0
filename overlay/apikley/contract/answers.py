"""What an answer tells of a task, a file and the credits, if it does."""

import json
from typing import cast

from apikley.contract.document import Document
from apikley.contract.exchanges import Exchange
from apikley.errors import InvalidRequest
from apikley.weblinks import to_link

SAME = 1e-6
"""Sums of credits that differ by less are the same."""

_MOST_CREDITS = 1e15


def task_id_of(exchange: Exchange) -> str | None:
    """The id that an answer names, whatever else it says."""
    found = _member(exchange.data, "taskId")
    if not isinstance(found, str) or not found.strip():
        return None
    return found.encode("utf-8", "replace").decode()  # half a character could neither be sent nor shown


def link_of(exchange: Exchange) -> str | None:
    """Where an uploaded file is."""
    found = _member(exchange.data, "downloadUrl")
    return to_target(found) if exchange.code == 200 and isinstance(found, str) else None


def state_of(exchange: Exchange) -> str | None:
    found = _member(exchange.data, "state")
    return found if exchange.code == 200 and isinstance(found, str) else None


def final_states(document: Document) -> tuple[str, str]:
    """The state of success and that of failure."""
    for schema in document.json["components"]["schemas"].values():
        if said := schema.get("x-apikley-lifecycle"):
            return said["success"], said["failure"]
    return "success", "fail"


def result_links(exchange: Exchange) -> list[str]:
    """The links of a task that has ended well."""
    text = _member(exchange.data, "resultJson")
    try:
        links = _member(json.loads(text), "resultUrls") if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return []
    return (
        [each for each in cast("list[object]", links) if isinstance(each, str)]
        if isinstance(links, list)
        else []
    )


def to_target(link: str) -> str | None:
    """The address that a link leads to; None for one that is not on the web or that names a user."""
    try:
        address = to_link(link, "the link")
    except InvalidRequest:
        return None
    return None if "@" in address.split("/")[2] else address


def credits_consumed(exchange: Exchange) -> float | None:
    return _number(_member(exchange.data, "creditsConsumed"))


def credits_left(exchange: Exchange) -> float | None:
    return _number(exchange.data) if exchange.code == 200 else None


def is_refused(exchange: Exchange) -> bool:
    """Whether a no came that can be read as one."""
    return exchange.code is not None and exchange.code >= 400


def _number(value: object) -> float | None:
    """A number that one can reckon with: 400 digits or 1e999 are none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < _MOST_CREDITS else None


def _member(value: object, name: str) -> object:
    return cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None
