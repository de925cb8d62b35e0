"""How a command is run, and what is said of words that are no command."""

import json

import click

from apikley.cli.commands import apikley

WRONG_INPUT = 2


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code. With --json, wrong usage is told as JSON too."""
    try:
        return apikley.main(arguments, prog_name="apikley", standalone_mode=False) or 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        click.echo("apikley: interrupted", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        if "--json" in arguments:
            said = {"type": "UsageError", "message": error.format_message()}
            click.echo(json.dumps({"error": said, "exit_code": WRONG_INPUT}))
        return WRONG_INPUT
    except ImportError as error:
        if error.name:
            raise
        click.echo(f"apikley: {error}", err=True)  # the mock's hint at its extra
        return WRONG_INPUT
