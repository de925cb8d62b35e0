"""How an edit, or a submission of any model, is carried out."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import click
from attrs import frozen

from apikley.cli import planning, wishes
from apikley.cli.choosing import Choice, Flags, choose
from apikley.cli.ledgers import find_ledger, open_ledger, unsent
from apikley.cli.opening import opened
from apikley.cli.reports import Report
from apikley.ledger import to_key
from apikley.options import EditOptions


@frozen(kw_only=True)
class Manner:
    """How it was asked for, whatever it is."""

    flags: Flags
    said: EditOptions
    """What was said of the picture."""
    key: str | None
    dry_run: bool

    @classmethod
    def of(cls, given: Mapping[str, Any], *, key: str | None, dry_run: bool) -> "Manner":
        """Out of all options; raises a usage error for those that do not go together."""
        if key is not None and given["no_ledger"]:
            raise click.UsageError("--key needs a ledger, which --no-ledger does without")
        ours = {name: value for name, value in given.items() if name not in EditOptions.__annotations__}
        said = {name: given[name] for name in EditOptions.__annotations__ if given.get(name) is not None}
        return cls(flags=Flags(**ours), said=cast("EditOptions", said), key=key, dry_run=dry_run)

    @property
    def again(self) -> str | None:
        """The flags that the next command on the same task needs too; None if there can be none."""
        return None if self.flags.use_mock else self.flags.again

    def chosen(self, report: Report) -> tuple[Choice, str]:
        """What the command works with, and the name of its submission."""
        choice, key = choose(self.flags), to_key(self.key)
        report.about_submission(key, is_kept=choice.ledger is not None)
        return choice, key


def edit(report: Report, manner: Manner, image: str, prompt: str, output: str | None) -> None:
    """Edit a picture and save what came of it."""
    with report.told():
        choice, key = manner.chosen(report)
        to = output or wishes.default_target(image, manner.said.get("output_format"))
        source, sentence = wishes.source(image), wishes.sentence(prompt, image)
        if manner.dry_run:
            unsent(find_ledger(choice), key)
            planning.show_edit(report, choice, source, sentence, manner.said, to=to, key=key)
            return
        with opened(choice, report.learn_from(unsent(open_ledger(choice), key))) as client:
            report.edit(
                client.edit(
                    *(source, sentence),
                    to=to,
                    timeout=choice.number("timeout"),
                    max_credits=choice.number("max_credits"),
                    key=key,
                    on_event=report.hear,
                    **manner.said,
                )
            )


def submit_edit(report: Report, manner: Manner, image: str, prompt: str) -> None:
    """Create the task of an edit."""
    with report.told():
        choice, key = manner.chosen(report)
        source, sentence = wishes.source(image), wishes.sentence(prompt, image)
        if manner.dry_run:
            unsent(find_ledger(choice), key)
            planning.show_edit(report, choice, source, sentence, manner.said, to=None, key=key)
            return
        with opened(choice, report.learn_from(unsent(open_ledger(choice), key))) as client:
            limit = choice.number("max_credits")
            handle = client.submit(
                source, sentence, max_credits=limit, key=key, on_event=report.hear, **manner.said
            )
            report.data({"task_id": handle.id, "key": key}, handle.id)


def submit_any(report: Report, manner: Manner, model: str, text: str, files: Sequence[str]) -> None:
    """Create a task of any model, out of the input that was typed."""
    with report.told():
        choice, key = manner.chosen(report)
        wish, callback_url = wishes.to_input(text, files), manner.said.get("callback_url")
        if manner.dry_run:
            unsent(find_ledger(choice), key)
            planning.show_task(report, choice, model, wish, callback_url, key=key)
            return
        with opened(choice, report.learn_from(unsent(open_ledger(choice), key))) as client:
            handle = client.submit(
                model=model,
                input=wish,
                callback_url=callback_url,
                max_credits=choice.number("max_credits"),
                key=key,
                on_event=report.hear,
            )
            report.data({"task_id": handle.id, "key": key}, handle.id)
