"""What `apikley --help` says.

It is laid out here rather than by click, whose import alone takes four times as long as Python's own start.
"""

import os
import sys

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

EXAMPLES = (
    'apikley edit street.jpg "make it night" --mock    # free, offline, no key',
    "apikley config set api_key                        # asks for the key, and keeps it",
    'apikley edit street.jpg "make it night" -o night.png',
    "apikley tasks ls                                  # what became of everything",
    "apikley COMMAND --help                            # examples of each command",
)

_OPTIONS = {"--version": "Show the version and exit.", "-h, --help": "Show this message and exit."}

_PARAGRAPHS = (
    "Edit pictures by a sentence, with the model qwen/image-edit of the Apikley API.",
    "The key is read from $APIKLEY_API_KEY, or from a profile of the configuration file. Every paid request is written "
    "into a ledger before it is sent: nothing is paid twice or lost, whatever befalls this computer.",
)

MOST_COLUMNS = 100


def text(width: int) -> str:
    """The help, with its sentences in lines of at most `width` columns."""
    commands = {name: says for name, (_, says) in HOMES.items()}
    paragraphs = [_wrapped(each, width, "  ") for each in _PARAGRAPHS]
    parts = (
        ["Usage: apikley [OPTIONS] COMMAND [ARGS]..."],
        *paragraphs,
        ["Examples:", *(f"  {each}" for each in EXAMPLES)],
        ["Options:", *_list(_OPTIONS, width)],
        ["Commands:", *_list(commands, width)],
    )
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def width() -> int:
    """How wide help is on this terminal, as click has it for the help of each command."""
    said = os.environ.get("COLUMNS", "")
    columns = int(said) if said.isdecimal() else 0
    try:
        columns = columns or os.get_terminal_size(sys.stdout.fileno()).columns
    except (ValueError, OSError):  # no terminal
        columns = 80
    return max(50, min(columns, MOST_COLUMNS) - 2)


def _list(rows: dict[str, str], width: int) -> list[str]:
    indent = max(map(len, rows)) + 4
    lines: list[str] = []
    for name, says in rows.items():
        first, *rest = _wrapped(says, width, " " * indent)
        lines += [f"  {name}".ljust(indent) + first[indent:], *rest]
    return lines


def _wrapped(sentence: str, width: int, indent: str) -> list[str]:
    lines = [indent]
    for word in sentence.split():
        if len(lines[-1]) + len(word) > width and lines[-1] != indent:
            lines.append(indent)
        lines[-1] += f"{word} "
    return [line.rstrip() for line in lines]
