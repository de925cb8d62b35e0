"""`apikley callbacks`: receive them while you develop, and check their signatures."""

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from apikley.cli.helping import Group, option
from apikley.cli.opening import find_ledger, keeps_books, speaks

if TYPE_CHECKING:
    from apikley.callbacks import Callback
    from apikley.cli.choosing import Choice

Given: TypeAlias = Any  # click's decorators are typed by what they decorate

_key_env = option("--key-env", metavar="NAME", help="Environment variable with the key that the service signs with "
                  "(else APIKLEY_CALLBACK_KEY, or the profile's callback_key).")  # fmt: skip
_profile = option("--profile", metavar="NAME", help="Profile whose callback_key is used.")


@click.group(
    cls=Group,
    examples=(
        "apikley callbacks listen --port 8456",
        "apikley callbacks verify body.json --headers headers.txt",
    ),
)
def callbacks() -> None:
    """Receive callbacks while you develop, and check their signatures.

    The service POSTs to --callback-url once a task has ended. A signature proves that it spoke of this task; what it
    says of it, only the service itself can confirm: `apikley tasks show ID --fetch`.
    """


@callbacks.command(
    examples=(
        "apikley callbacks listen                          # then: apikley mock, in another terminal",
        "apikley submit a.jpg night --callback-url http://127.0.0.1:8456/",
        "APIKLEY_CALLBACK_KEY=hush apikley callbacks listen --json | jq .task_id",
        "apikley callbacks listen --count 1                # ends after the first one",
    )
)
@option("--port", type=click.IntRange(0, 65535), default=8456, show_default=True, help="0: any free one.")
@option("--host", default="127.0.0.1", show_default=True, help="Address to listen on. The service can only reach a "
        "public one: a tunnel may lead here.")  # fmt: skip
@option("--path", default="/", show_default=True, help="Where callbacks are taken.")
@option("--count", type=click.IntRange(1), metavar="N", help="End after so many.")
@_key_env
@_profile
@keeps_books
@speaks
def listen(
    *, port: int, host: str, path: str, count: int | None, key_env: str | None, as_json: bool, **given: Given
) -> None:
    """Listen on a port and print a line for each callback: task, ending, whether it is signed, and what it says.

    Each is printed once, however often it comes. What is no callback, or is signed wrongly, is rejected and told on
    stderr. With --json the first line says where it listens. Ctrl-C ends it.
    """
    from apikley.cli import listening  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415
    from apikley.cli.reports import Report  # noqa: PLC0415

    report = Report(as_json=as_json)
    with report.told():
        choice = choose(Flags(**given))
        key = _key(choice, key_env)

        def heard(callback: "Callback") -> None:
            report.data(listening.to_json(callback), listening.to_line(callback))
            sys.stdout.flush()
            for line in _of_doubt(callback, choice):
                report.remark(line)

        listening.show_log()
        try:
            listener = listening.Listener(host=host, port=port, path=path, key=key, count=count, heard=heard)
        except OSError as error:
            raise click.ClickException(
                f"cannot listen on {host}:{port}: {error.strerror or error}"
            ) from error

        def ready() -> None:
            if as_json:
                report.data({"url": listener.url, "signed": key is not None}, "")
                sys.stdout.flush()
            signed = "signed callbacks" if key else "callbacks of anybody: there is no key to check them with"
            report.remark(f"listening on {listener.url} for {signed}")

        listener.serve(ready)


@callbacks.command(
    examples=(
        "apikley callbacks verify body.json --headers headers.txt",
        "apikley callbacks verify body.json -H 'X-Webhook-Timestamp: 1769670760' -H 'X-Webhook-Signature: …'",
        "apikley callbacks verify - --headers headers.txt --at 1769670760 < body.json",
    )
)
@click.argument("file")
@option("--headers", "headers_file", metavar="FILE", help="The headers it came with: lines of 'Name: value', or a "
        "JSON object.")  # fmt: skip
@option(
    "--header", "-H", "headers", multiple=True, metavar="'NAME: VALUE'", help="One of them; may be repeated."
)
@option("--at", type=float, metavar="UNIX", help="When it came, in Unix seconds (else now): a signature holds for "
        "300 s.")  # fmt: skip
@option("--unsigned", is_flag=True, help="Check its form only.")
@_key_env
@_profile
@speaks
def verify(
    file: str,
    *,
    headers_file: str | None,
    headers: tuple[str, ...],
    at: float | None,
    unsigned: bool,
    key_env: str | None,
    profile: str | None,
    as_json: bool,
) -> None:
    """Check the callback whose raw body is in FILE, - for stdin, and print what it says.

    The body must be as it came, byte for byte. Exit code 3: its signature is wrong, missing or old; 2: it is no
    callback.
    """
    from apikley import callbacks as reading  # noqa: PLC0415  # --help needs none of it
    from apikley.cli import listening  # noqa: PLC0415
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415
    from apikley.cli.reports import Report  # noqa: PLC0415
    from apikley.errors import NotAuthenticated  # noqa: PLC0415

    report = Report(as_json=as_json)
    with report.told():
        key = None if unsigned else _key(choose(Flags(profile=profile)), key_env)
        if key is None and not unsigned:
            raise NotAuthenticated(
                "no key to check the signature with: set APIKLEY_CALLBACK_KEY; --unsigned checks the form",
                401,
            )
        body = _read(file)
        pairs = [pair for text in headers for pair in _headers(text)]
        if headers_file is not None:
            pairs += _headers(_read(headers_file).decode("utf-8", "replace"))
        callback = reading.read(pairs, body, key=key, now=at, limit=reading.SYNC_LIMIT)
        report.data(listening.to_json(callback), listening.to_line(callback))


def _key(choice: "Choice", variable: str | None) -> str | None:
    """What callbacks are signed with; None if nobody has said. Raises a usage error for a variable that is empty."""
    if variable is None:
        return choice.text("callback_key")
    if not (key := os.environ.get(variable, "")):
        raise click.UsageError(f"the environment variable {variable} is empty")
    return key


def _of_doubt(callback: "Callback", choice: "Choice") -> list[str]:
    """What to do if the callback names a submission in doubt: it may have found the task that was lost."""
    from apikley.cli import submissions  # noqa: PLC0415  # --help needs none of it
    from apikley.errors import LedgerUnusable  # noqa: PLC0415

    if callback.token is None:
        return []
    try:
        ledger = find_ledger(choice)
        try:
            is_doubtful = callback.token in submissions.doubtful(ledger)
        finally:
            ledger.close()
    except LedgerUnusable as error:
        return [f"apikley: {error}"]
    if not is_doubtful:
        return []
    show = f"apikley tasks show {callback.task_id} --fetch{choice.flags.again}"
    return [f"submission {callback.token} is in doubt, and may be this task; to ask and settle it: {show}"]


def _read(name: str) -> bytes:
    from apikley.errors import InvalidRequest  # noqa: PLC0415  # --help needs none of it

    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).expanduser().read_bytes()
    except OSError as error:
        raise InvalidRequest(
            f"{name!r:.200} cannot be read: {error.strerror or error}", parameter="file"
        ) from error


def _headers(text: str) -> list[tuple[str, str]]:
    """Headers as lines, with a request line or blank lines among them, or as a JSON object."""
    if text.lstrip().startswith("{"):
        try:
            said = json.loads(text)
        except ValueError as error:
            raise click.UsageError(f"the headers are not JSON: {error}") from error
        return [(str(name), str(value)) for name, value in said.items()]
    found = (
        re.match(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*(.*?)[ \t\r]*$", line) for line in text.splitlines()
    )
    return [(match[1], match[2]) for match in found if match]
