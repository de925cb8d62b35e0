"""How help is laid out, and how a word that is typed finds its command."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Option(click.Option):
    """An option that says under which heading it stands."""

    def __init__(self, *args: Any, heading: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heading = heading

    def get_help_extra(self, ctx: click.Context) -> click.types.OptionHelpExtra:
        """What stands behind the help, without the range, which click writes as 0<=x<=65535."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra


class Command(click.Command):
    """A command whose help shows examples first, then its options under their headings."""

    def __init__(self, *args: Any, examples: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, then the options."""
        _write_examples(formatter, self.examples)
        headings: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = None if isinstance(parameter, click.Argument) else parameter.get_help_record(ctx)
            if record is not None:
                heading = parameter.heading if isinstance(parameter, Option) else "Options"
                headings.setdefault(heading, []).append(record)
        own = headings.pop("Options", [])
        # Those without a heading are what the command is about; --help alone is not.
        for heading, records in [("Options", own)] * (len(own) > 1) + [*headings.items()]:
            with formatter.section(heading):
                formatter.write_dl(records)
        if len(own) == 1:
            with formatter.section("Options"):
                formatter.write_dl(own)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        """Write the epilog as it stands."""
        _write_lines(formatter, self.epilog or "")


class Group(click.Group):
    """A group that knows what a mistyped word was meant to be."""

    command_class = Command

    def __init__(self, *args: Any, examples: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, then the commands and options."""
        _write_examples(formatter, self.examples)
        super().format_options(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        """Write the epilog as it stands."""
        _write_lines(formatter, self.epilog or "")

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's
        """The names in the order in which they were given."""
        return [*self.commands]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list, each with the first sentence of its help."""
        rows = [(name, _first_sentence(self.get_command(ctx, name))) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first word; raises `UsageError` that names what it may have been meant for."""
        word = args[0]
        if not word.startswith("-") and not ctx.resilient_parsing and self.get_command(ctx, word) is None:
            from difflib import get_close_matches  # noqa: PLC0415  # only for mistakes

            near = get_close_matches(word, self.list_commands(ctx), 1, 0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"No such command {word!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


class Homes(Group):
    """A group whose commands are imported when they are asked for.

    `homes` names, by command, the module and what its help says in a line, so that the list needs none of them.
    `layout` makes the group's own help, in lines of so many columns.
    """

    def __init__(
        self,
        *args: Any,
        homes: Mapping[str, tuple[str, str]],
        layout: Callable[[int], str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.homes = homes
        self.layout = layout

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's
        """The names in the order of the table."""
        return [*self.homes]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        """The command, with its module imported; None if there is none of that name."""
        if cmd_name not in self.homes:
            return None
        command: click.Command = getattr(import_module(self.homes[cmd_name][0]), cmd_name)
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        """Write the help without importing anything."""
        formatter.write(self.layout(formatter.width))


def option(*names: str, heading: str = "Options", **settings: Any) -> Callable[[F], F]:
    """`click.option`, under a heading."""
    return click.option(*names, cls=Option, heading=heading, **settings)


def _first_sentence(command: click.Command | None) -> str:
    text = " ".join(((command and command.help) or "").partition("\n\n")[0].split())
    return text.split(". ")[0].removesuffix(".") + "."


def _write_examples(formatter: click.HelpFormatter, examples: tuple[str, ...]) -> None:
    if examples:
        with formatter.section("Examples"):
            for line in examples:
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def _write_lines(formatter: click.HelpFormatter, text: str) -> None:
    for paragraph in text.split("\n\n") if text else ():
        formatter.write_paragraph()
        for line in paragraph.splitlines():
            formatter.write(f"{line.strip(chr(8))}\n" if line != "\b" else "")
