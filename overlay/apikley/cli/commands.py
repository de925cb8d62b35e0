"""What may be typed after `apikley`."""

import click

from apikley.cli.helping import Homes

_HERE = "apikley.cli.typed"

HOMES = {
    "edit": (f"{_HERE}.editing", "Edit a picture by a sentence and save the result."),
    "submit": (f"{_HERE}.editing", "Create a task and print its id, without waiting."),
    "tasks": (f"{_HERE}.tasks", "List, wait for, collect and settle the tasks you created."),
    "upload": (f"{_HERE}.account", "Upload pictures and print their addresses."),
    "credits": (f"{_HERE}.account", "Print the credits left on the account."),
    "callbacks": (f"{_HERE}.callbacks", "Receive callbacks while you develop, and check their signatures."),
    "contract": (f"{_HERE}.contract", "Check whether the service still keeps to the document."),
    "mock": (f"{_HERE}.mock", "Serve a mock of the whole service, for programs in any language."),
    "doctor": (f"{_HERE}.doctor", "Check what an edit needs, and say what to do about the rest."),
    "config": (f"{_HERE}.config", "Keep keys and settings in a file, by profile."),
    "completion": (f"{_HERE}.completion", "Print the script that completes words in your shell."),
}
"""By command, the module that holds it, and its help in a line."""


@click.group(
    cls=Homes,
    homes=HOMES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    examples=(
        'apikley edit street.jpg "make it night" --mock    # free, offline, no key',
        "apikley config set api_key                        # asks for the key, and keeps it",
        'apikley edit street.jpg "make it night" -o night.png',
        "apikley tasks ls                                  # what became of everything",
        "apikley COMMAND --help                            # examples of each command",
    ),
)
@click.version_option(package_name="apikley", message="%(version)s")
def apikley() -> None:
    """Edit pictures by a sentence, with the model qwen/image-edit of the Apikley API.

    The key is read from $APIKLEY_API_KEY, or from a profile of the configuration file. Every paid request is written
    into a ledger before it is sent: nothing is paid twice or lost, whatever befalls this computer.
    """
