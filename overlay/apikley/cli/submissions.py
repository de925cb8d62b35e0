"""What the ledger tells of a submission, as people and programs read it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from apikley import readings
from apikley.ledger import Ledger, Submission

DOUBT = "doubt"
"""How a submission is called whose answer was lost, or that was being sent by a program which is no more."""


def doubtful(ledger: Ledger) -> frozenset[str]:
    """The keys of the submissions in doubt."""
    return frozenset(submission.key for submission in ledger.in_doubt())


def state(submission: Submission, doubts: frozenset[str]) -> str:
    """The state in a word."""
    return DOUBT if submission.key in doubts else submission.state


def ordered(submissions: Sequence[Submission], doubts: frozenset[str]) -> list[Submission]:
    """The doubts first, then the newest."""
    newest = sorted(submissions, key=lambda each: each.sent_at, reverse=True)
    return sorted(newest, key=lambda each: each.key not in doubts)


def prompt(submission: Submission) -> str:
    """What was asked for, as far as the request tells."""
    return readings.text(wish(submission).get("prompt")) or ""


def wish(submission: Submission) -> dict[str, object]:
    """The input of its request, as far as that can be read."""
    said = (readings.json_object(submission.body or "") or {}).get("input")
    return cast("dict[str, object]", said) if isinstance(said, dict) else {}


def credits(submission: Submission) -> str:  # noqa: A001  # what the API calls it
    """What it did cost, or is expected to with a ~ before it; a dash where nobody knows."""
    if submission.credits is not None:
        return f"{submission.credits:g}"
    return "-" if submission.reserved is None else f"~{submission.reserved:g}"


def to_json(submission: Submission, doubts: frozenset[str], now: float) -> dict[str, object]:
    """All that is known, by name; times in UTC."""
    return {
        "key": submission.key,
        "task_id": submission.task_id,
        "state": submission.state,
        "in_doubt": submission.key in doubts,
        "age": round(max(0.0, now - submission.sent_at), 3),
        "sent_at": _moment(submission.sent_at),
        "changed_at": _moment(submission.changed_at),
        "credits": submission.credits,
        "expected_credits": submission.reserved,
        "seconds": submission.seconds,
        "problem": submission.problem,
        "paths": [*submission.paths],
        "request": readings.json_object(submission.body or ""),
    }


def facts(submission: Submission, doubts: frozenset[str], now: float) -> list[tuple[str, str]]:
    """The same for people: what is known, line by line."""
    said = to_json(submission, doubts, now)
    request = json.dumps(said["request"], ensure_ascii=False) if said["request"] else None
    lines = {
        "state": state(submission, doubts),
        "task": submission.task_id,
        "key": submission.key,
        "prompt": prompt(submission),
        "sent": said["sent_at"],
        "changed": said["changed_at"],
        "credits": credits(submission),
        "seconds": None if submission.seconds is None else f"{submission.seconds:g}",
        "problem": submission.problem,
        "saved": ", ".join(submission.paths),
        "request": request,
    }
    return [(name, str(value)) for name, value in lines.items() if value]


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
