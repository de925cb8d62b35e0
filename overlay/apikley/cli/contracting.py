"""How the command line checks a service against the document."""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from attrs import frozen

from apikley import settings
from apikley.cli.codes import IN_DOUBT, INTERRUPTED
from apikley.clock import current
from apikley.contract import plan as plans
from apikley.contract.answers import state_of, task_id_of
from apikley.contract.checking import Checker
from apikley.contract.document import Document
from apikley.contract.exchanges import Exchange
from apikley.contract.har_reading import load
from apikley.contract.har_writing import check_place, save
from apikley.contract.junit import details, to_junit
from apikley.contract.plan import Plan, to_plan
from apikley.contract.recording import Recording
from apikley.contract.redaction import SHORTEST_KEY
from apikley.contract.running import Run
from apikley.contract.sending import open_transport
from apikley.contract.verdicts import Verdict, exit_code
from apikley.errors import InvalidRequest

_COLOURS = {"passed": "green", "failed": "red", "skipped": "cyan", "unanswered": "yellow"}
_MOST_ALONE = 2  # checks left out for one reason that have a line each
# What would steer a terminal, or cannot be encoded.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@frozen(kw_only=True)
class Wish:
    """What was typed."""

    live: bool
    base_url: str | None
    paid: bool
    budget: float | None
    image_url: str | None
    timeout: float | None
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
    if wish.replay is not None:
        return _replay(wish, wish.replay)
    plan = _plan(wish)
    if wish.only_plan:
        _show_plan(plan, is_real=wish.live, as_json=wish.as_json)
        return 0
    shown = Shown(wish)
    run = _run(wish, plan, shown)
    click.echo(f"{run.recording.base_url}: {_promise(plan, is_real=wish.live)}", err=True)
    return shown.to_end(run)


class Shown:
    """What one run shows and leaves behind."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._verdicts: list[Verdict] = []
        self._recording: Recording | None = None
        self._left_out: list[Verdict] = []

    def to_end(self, run: Run) -> int:
        """Carry the run out; whatever ends it, what was recorded is saved."""
        self._recording = run.recording
        interrupted = False
        try:
            for verdict in run.verdicts():
                self.show(verdict)
        except KeyboardInterrupt:
            interrupted = True
            said = {each.name for each in self._verdicts}
            checker = Checker(run.plan.document)
            for name in run.plan.names:
                if name not in said:
                    self.show(checker.verdict(run.recording, name))
        finally:
            self.save()
        code = self.end(run.guard.creates_sent, run.guard.paid_sent)
        if interrupted:
            click.echo("apikley: interrupted; what was recorded so far is judged above", err=True)
            return code if code == IN_DOUBT else INTERRUPTED
        return code

    def show(self, verdict: Verdict) -> None:
        """Say what came of a check."""
        self._verdicts.append(verdict)
        if self._wish.as_json:
            click.echo(json.dumps(_to_json(verdict)))
            return
        if self._left_out and verdict.reason != self._left_out[-1].reason:
            self._show_left_out()
        if verdict.outcome == "skipped":
            self._left_out.append(verdict)
            return
        self._show_line(verdict, verdict.asks)
        if verdict.outcome in ("failed", "unanswered"):
            for line in details(verdict):
                _say(f"    {_printable(line)}")
        for fault in verdict.news:
            _say(f"    new:    {_printable(fault.pointer)}: {fault.says}")

    def _show_left_out(self) -> None:
        """Say once why checks in a row were left out."""
        if len(self._left_out) > _MOST_ALONE:
            first, *_, last = (each.name for each in self._left_out)
            self._show_line(self._left_out[0], f"… {last}, {len(self._left_out)} checks", name=first)
        else:
            for each in self._left_out:
                self._show_line(each, each.asks)
        self._left_out.clear()

    def _show_line(self, verdict: Verdict, asks: str, name: str = "") -> None:
        outcome = click.style(f"{verdict.outcome:<11}", fg=_COLOURS[verdict.outcome])
        tail = f": {verdict.reason}" if verdict.reason else ""
        _say(f"{outcome}{_printable(name or verdict.name):<32} {_printable(asks + tail)}")

    def keep(self, exchange: Exchange) -> None:
        """Save that the paid task is asked for, before it is: even what kills this program cannot hide it."""
        if exchange.check == plans.PAID_CREATE:
            self.save()

    def hear(self, exchange: Exchange) -> None:
        """Keep what the paid task is called, in case that nothing else is kept."""
        if exchange.check == plans.PAID_CREATE:
            if task_id := task_id_of(exchange):
                click.echo(f"task {_printable(task_id)}", err=True)
            self.save()
        if exchange.check == plans.PAID_POLL and sys.stderr.isatty():
            click.echo(_printable(state_of(exchange) or "no state"), err=True)

    def save(self) -> None:
        if self._wish.record is not None and self._recording is not None:
            save(self._recording, self._wish.record)

    def end(self, creates: int | None = None, paid: int | None = None) -> int:
        """Sum it up; the exit code."""
        assert self._recording is not None
        self._show_left_out()
        if self._wish.junit is not None:
            self._wish.junit.write_bytes(to_junit(self._verdicts, self._recording.base_url))
        code = exit_code(self._verdicts)
        if self._wish.strict and not code and any(each.news for each in self._verdicts):
            code = exit_code([*self._verdicts, Verdict(name="", asks="", outcome="failed")])
        counts = {
            outcome: sum(each.outcome == outcome for each in self._verdicts)
            for outcome in ("passed", "failed", "unanswered", "skipped")
        }
        if self._wish.as_json:
            sent = {"create_task": creates, "paid": paid} if creates is not None else {}
            own = {"base_url": self._recording.base_url, "rehearsal": self._recording.is_rehearsal}
            click.echo(json.dumps({"checks": counts, **own, **sent, "exit_code": code}))
        else:
            told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
            sent_text = f"; {creates} createTask sent, {paid} of them paid" if creates is not None else ""
            _say(f"{told}{sent_text}")
        return code

    def replay(self, recording: Recording, verdicts: Iterator[Verdict]) -> int:
        self._recording = recording
        for verdict in verdicts:
            self.show(verdict)
        return self.end()


def _run(wish: Wish, plan: Plan, shown: Shown) -> Run:
    if not wish.live:
        from apikley.contract.rehearsal import rehearsal  # noqa: PLC0415  # the mock is an extra

        return rehearsal(plan, begun=shown.keep, ended=shown.hear)
    known = settings.load(None, wish.base_url, os.environ)
    if len(known.api_key) < SHORTEST_KEY:
        raise InvalidRequest(
            f"a key of fewer than {SHORTEST_KEY} characters cannot be kept out of what is recorded"
        )
    return Run(plan, known, open_transport(known.base_url), current(), begun=shown.keep, ended=shown.hear)


def _plan(wish: Wish) -> Plan:
    document = Document.shipped()
    budget = wish.budget
    if not wish.live and budget is None:
        offer = plans.cheapest(document)
        budget = offer.price if offer else None  # in the mock's money
    return to_plan(
        document,
        uploads=wish.uploads or not wish.live,
        fuzz=wish.fuzz,
        budget=budget if wish.paid or not wish.live else None,
        image_url=wish.image_url,
        patience=plans.DEFAULT_PATIENCE if wish.timeout is None else wish.timeout,
    )


def _replay(wish: Wish, path: Path) -> int:
    base_url = wish.base_url or os.environ.get(settings.URL_VARIABLE) or settings.DEFAULT_URL
    recording = load(path, settings.load("nobodys-key", base_url, {}).base_url)
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
    return Shown(wish).replay(recording, verdicts)


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
    if wish.base_url and not (wish.live or wish.replay):
        raise click.UsageError("--base-url goes with --live or --replay; without them the mock is asked")
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
            _say(f"{name:<32} {asks}{f'. {why}' if why else ''}")
    if not as_json:
        _say(_promise(plan, is_real=is_real))


def _promise(plan: Plan, *, is_real: bool) -> str:
    free = plan.creates - plan.paid_tasks
    said = f"{len(plan.names)} checks; createTask {plan.creates} times, {free} of them with nothing to make a task of"
    if plan.paid is None:
        return f"{said}; nothing is paid"
    kind = "credits" if is_real else "credits of the mock"
    return f"{said}, and one that is paid: {plan.paid.price:g} by the document, at most {plan.paid.budget:g} {kind}"


def _to_json(verdict: Verdict) -> dict[str, object]:
    told = ("outcome", "asks", "trouble", "reason", "asked", "came", "means", "task_id", "seconds")
    said: dict[str, object] = {"check": verdict.name}
    said |= {name: getattr(verdict, name) for name in told if getattr(verdict, name) not in (None, "")}
    for name, found in (("faults", verdict.faults), ("news", verdict.news)):
        if found:
            said[name] = [{"rule": each.rule, "pointer": each.pointer, "says": each.says} for each in found]
    return said


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)


def _say(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "replace").decode(encoding))
