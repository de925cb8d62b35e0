"""How the command line checks a service against the document."""

import json
from pathlib import Path

import click
from attrs import frozen

from apikley import settings
from apikley.cli.choosing import Choice, Flags, choose
from apikley.cli.opening import warn
from apikley.cli.reports import print_text
from apikley.cli.verdicts import Shown
from apikley.clock import current
from apikley.contract import plan as plans
from apikley.contract.checking import Checker
from apikley.contract.document import Document
from apikley.contract.har_reading import load
from apikley.contract.har_writing import check_place
from apikley.contract.plan import Plan, to_plan
from apikley.contract.redaction import SHORTEST_KEY
from apikley.contract.running import Run
from apikley.contract.sending import open_transport
from apikley.errors import InvalidRequest


@frozen(kw_only=True)
class Wish:
    """What was typed."""

    live: bool
    flags: Flags
    paid: bool
    budget: float | None
    image_url: str | None
    uploads: bool
    fuzz: int
    record: Path | None
    replay: Path | None
    junit: Path | None
    only_plan: bool
    strict: bool
    as_json: bool


def check(wish: Wish) -> int:
    """Do what was asked, and return the exit code."""
    _check_usage(wish)
    for path in (wish.record, wish.junit):
        if path is not None:
            check_place(path)
    shown = Shown(record=wish.record, junit=wish.junit, is_strict=wish.strict, as_json=wish.as_json)
    if wish.replay is not None:
        return _replay(shown, choose(wish.flags), wish.replay)
    choice = choose(wish.flags) if wish.live else None
    plan = _plan(wish, choice)
    if wish.only_plan:
        _show_plan(plan, is_real=wish.live, as_json=wish.as_json)
        return 0
    run = _run(choice, plan, shown)
    click.echo(f"{run.recording.base_url}: {_promise(plan, is_real=wish.live)}", err=True)
    return shown.to_end(run)


def _run(choice: Choice | None, plan: Plan, shown: Shown) -> Run:
    """A run against the service that was chosen, or against the mock."""
    if choice is None:
        from apikley.contract.rehearsal import rehearsal  # noqa: PLC0415  # the mock is an extra

        return rehearsal(plan, begun=shown.keep, ended=shown.hear)
    warn(choice)
    known = settings.load(choice.text("api_key") or "", choice.text("base_url") or "", {})
    if len(known.api_key) < SHORTEST_KEY:
        raise InvalidRequest(
            f"a key of fewer than {SHORTEST_KEY} characters cannot be kept out of what is recorded"
        )
    return Run(plan, known, open_transport(known.base_url), current(), begun=shown.keep, ended=shown.hear)


def _plan(wish: Wish, choice: Choice | None) -> Plan:
    document = Document.shipped()
    budget, patience = wish.budget, wish.flags.timeout
    if choice is not None:
        patience, limit = choice.number("timeout"), choice.number("max_credits")
        budget = budget if budget is None or limit is None else min(budget, limit)
    elif budget is None:
        offer = plans.cheapest(document)
        budget = offer.price if offer else None  # in the mock's money
    return to_plan(
        document,
        uploads=wish.uploads or not wish.live,
        fuzz=wish.fuzz,
        budget=budget if wish.paid or not wish.live else None,
        image_url=wish.image_url,
        patience=plans.DEFAULT_PATIENCE if patience is None else patience,
    )


def _replay(shown: Shown, choice: Choice, path: Path) -> int:
    base_url = settings.load("nobodys-key", choice.text("base_url") or "", {}).base_url
    recording = load(path, base_url)
    if recording.elsewhere:
        click.echo(
            f"{recording.elsewhere} exchanges with others than {recording.base_url} are left out", err=True
        )
    if not recording.exchanges:
        raise InvalidRequest(
            f"{path} holds nothing that was said to {recording.base_url}; --base-url names another address"
        )
    if recording.is_rehearsal:
        click.echo("this is the recording of a rehearsal: it says nothing of the service", err=True)
    verdicts = Checker(Document.shipped()).verdicts(recording)
    return shown.replay(recording, verdicts)


def _check_usage(wish: Wish) -> None:
    """Raises a usage error for words that do not go together."""
    if wish.replay and (wish.live or wish.paid or wish.record or wish.uploads or wish.fuzz or wish.only_plan):
        raise click.UsageError(
            "--replay judges what is recorded and asks nobody, so it goes with none of these"
        )
    if wish.paid and wish.budget is None and wish.live:
        raise click.UsageError("--paid needs --budget CREDITS: what the one task may cost at most")
    if wish.budget is not None and not wish.paid and wish.live:
        raise click.UsageError("--budget allows nothing without --paid")
    if wish.flags.base_url and not (wish.live or wish.replay):
        raise click.UsageError("--base-url goes with --live or --replay; without them the mock is asked")
    if (wish.flags.profile or wish.flags.api_key_file) and not (wish.live or wish.replay):
        raise click.UsageError("a profile or key goes with --live; without it the mock is asked")
    if wish.image_url and wish.live and not wish.paid:
        raise click.UsageError("--image-url is the picture of the paid task, so it needs --paid")


def _show_plan(plan: Plan, *, is_real: bool, as_json: bool) -> None:
    """What would be sent, and why it costs nothing."""
    whys = {row.name: row for row in plan.rows}
    for name in plan.names:
        row = whys.get(name)
        asks = row.asks if row else plans.ASKS[name]
        why = row.why if row else ""
        if as_json:
            codes = sorted(row.codes) if row and len(row.codes) < 50 else None
            sends = row.request.body.decode("latin-1") if row else None
            click.echo(json.dumps({"check": name, "asks": asks, "why": why, "codes": codes, "body": sends}))
        else:
            print_text(f"{name:<32} {asks}{f'. {why}' if why else ''}")
    if not as_json:
        print_text(_promise(plan, is_real=is_real))


def _promise(plan: Plan, *, is_real: bool) -> str:
    free = plan.creates - plan.paid_tasks
    said = f"{len(plan.names)} checks; createTask {plan.creates} times, {free} of them with nothing to make a task of"
    if plan.paid is None:
        return f"{said}; nothing is paid"
    kind = "credits" if is_real else "credits of the mock"
    return f"{said}, and one that is paid: {plan.paid.price:g} by the document, at most {plan.paid.budget:g} {kind}"
