"""`apikley completion`."""

import click

from apikley.cli.helping import Command


@click.command(
    cls=Command,
    examples=(
        'eval "$(apikley completion bash)"                              # in ~/.bashrc',
        'eval "$(apikley completion zsh)"                               # in ~/.zshrc, after compinit',
        "apikley completion fish > ~/.config/fish/completions/apikley.fish",
    ),
)
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes words in your shell.

    It is what _APIKLEY_COMPLETE=bash_source apikley prints: commands, options and their values are completed, and
    so are the keys and tasks of your ledger.
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415  # --help needs none of it

    from apikley.cli.commands import apikley  # noqa: PLC0415

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(apikley, {}, "apikley", "_APIKLEY_COMPLETE").source())
