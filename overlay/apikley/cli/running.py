"""How a command is run, and what is said of words that are no command."""

import sys

import click

from apikley.cli.codes import INTERRUPTED, WRONG_INPUT
from apikley.cli.commands import apikley

_KEY_TYPED = (
    "A key on the command line can be seen by others, and the shell remembers it. `apikley config set api_key` asks"
    " for it and keeps it; $APIKLEY_API_KEY and --api-key-file work too. You may want to replace the one you typed."
)


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code. With --json, wrong usage is told as JSON too."""
    as_json = "--json" in arguments
    if getattr(sys.stdout, "errors", None) == "strict" and (
        reconfigure := getattr(sys.stdout, "reconfigure", None)
    ):
        reconfigure(errors="replace")  # what a terminal cannot spell is no reason to fail
    try:
        return apikley.main(arguments, prog_name="apikley", standalone_mode=False) or 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        _tell("KeyboardInterrupt", "interrupted", INTERRUPTED, as_json=as_json)
        click.echo("apikley: interrupted", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        if _is_key_typed(arguments):
            click.echo(_KEY_TYPED, err=True)
        _tell("UsageError", error.format_message(), WRONG_INPUT, as_json=as_json)
        return WRONG_INPUT
    except ImportError as error:
        if error.name:
            raise
        _tell("ImportError", str(error), WRONG_INPUT, as_json=as_json)
        click.echo(f"apikley: {error}", err=True)  # the mock's hint at its extra
        return WRONG_INPUT


def _tell(kind: str, message: str, code: int, *, as_json: bool) -> None:
    if as_json:
        import json  # noqa: PLC0415  # --help needs none of it

        click.echo(
            json.dumps({"error": {"type": kind, "message": message, "task_id": None}, "exit_code": code})
        )


def _is_key_typed(arguments: list[str]) -> bool:
    return any(each.partition("=")[0] in {"--api-key", "--apikey", "--token"} for each in arguments)
