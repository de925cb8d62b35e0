"""How the verdicts of a contract check are shown, and what is kept of them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from apikley.cli.codes import IN_DOUBT, INTERRUPTED
from apikley.cli.reports import print_text
from apikley.cli.wording import printable
from apikley.contract import plan as plans
from apikley.contract.answers import state_of, task_id_of
from apikley.contract.checking import Checker
from apikley.contract.exchanges import Exchange
from apikley.contract.har_writing import save
from apikley.contract.junit import details, to_junit
from apikley.contract.recording import Recording
from apikley.contract.running import Run
from apikley.contract.verdicts import Verdict, exit_code

_COLOURS = {"passed": "green", "failed": "red", "skipped": "cyan", "unanswered": "yellow"}
_MOST_ALONE = 2  # checks left out for one reason that have a line each


class Shown:
    """What one run shows and leaves behind."""

    def __init__(self, *, record: Path | None, junit: Path | None, is_strict: bool, as_json: bool) -> None:
        self._record = record
        self._junit = junit
        self._is_strict = is_strict
        self._as_json = as_json
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
        if self._as_json:
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
                print_text(f"    {printable(line)}")
        for fault in verdict.news:
            print_text(f"    new:    {printable(fault.pointer)}: {fault.says}")

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
        print_text(f"{outcome}{printable(name or verdict.name):<32} {printable(asks + tail)}")

    def keep(self, exchange: Exchange) -> None:
        """Save that the paid task is asked for, before it is: even what kills this program cannot hide it."""
        if exchange.check == plans.PAID_CREATE:
            self.save()

    def hear(self, exchange: Exchange) -> None:
        """Keep what the paid task is called, in case that nothing else is kept."""
        if exchange.check == plans.PAID_CREATE:
            if task_id := task_id_of(exchange):
                click.echo(f"task {printable(task_id)}", err=True)
            self.save()
        if exchange.check == plans.PAID_POLL and sys.stderr.isatty():
            click.echo(printable(state_of(exchange) or "no state"), err=True)

    def save(self) -> None:
        if self._record is not None and self._recording is not None:
            save(self._recording, self._record)

    def end(self, creates: int | None = None, paid: int | None = None) -> int:
        """Sum it up; the exit code."""
        assert self._recording is not None
        self._show_left_out()
        if self._junit is not None:
            self._junit.write_bytes(to_junit(self._verdicts, self._recording.base_url))
        code = exit_code(self._verdicts)
        if self._is_strict and not code and any(each.news for each in self._verdicts):
            code = exit_code([*self._verdicts, Verdict(name="", asks="", outcome="failed")])
        counts = {
            outcome: sum(each.outcome == outcome for each in self._verdicts)
            for outcome in ("passed", "failed", "unanswered", "skipped")
        }
        if self._as_json:
            sent = {"create_task": creates, "paid": paid} if creates is not None else {}
            own = {"base_url": self._recording.base_url, "rehearsal": self._recording.is_rehearsal}
            click.echo(json.dumps({"checks": counts, **own, **sent, "exit_code": code}))
        else:
            told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
            sent_text = f"; {creates} createTask sent, {paid} of them paid" if creates is not None else ""
            print_text(f"{told}{sent_text}")
        return code

    def replay(self, recording: Recording, verdicts: Iterator[Verdict]) -> int:
        self._recording = recording
        for verdict in verdicts:
            self.show(verdict)
        return self.end()


def _to_json(verdict: Verdict) -> dict[str, object]:
    told = ("outcome", "asks", "trouble", "reason", "asked", "came", "means", "task_id", "seconds")
    said: dict[str, object] = {"check": verdict.name}
    said |= {name: getattr(verdict, name) for name in told if getattr(verdict, name) not in (None, "")}
    for name, found in (("faults", verdict.faults), ("news", verdict.news)):
        if found:
            said[name] = [{"rule": each.rule, "pointer": each.pointer, "says": each.says} for each in found]
    return said
