"""`apikley callbacks`: receive them while you develop, and check their signatures."""

import click

from apikley.cli.flags import Given, keeps_books, names_profile, speaks
from apikley.cli.helping import Group, option

_key_env = option("--key-env", metavar="NAME", help="Environment variable with the key that the service signs with "
                  "(else APIKLEY_CALLBACK_KEY, or the profile's callback_key).")  # fmt: skip
_profile = names_profile("Profile whose callback_key is used.", heading="Options")


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
        "APIKLEY_CALLBACK_KEY=hush apikley callbacks listen --json | jq '.task_id // empty'",
        "apikley callbacks listen --count 1                # ends after the first one",
    )
)
@option("--port", type=click.IntRange(0, 65535), metavar="N", default=8456, show_default=True,
        help="Port to listen on; 0 for any free one.")  # fmt: skip
@option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Address to listen on. The service "
        "can only reach a public one: a tunnel may lead here.")  # fmt: skip
@option("--path", metavar="PATH", default="/", show_default=True, help="Where callbacks are taken.")
@option("--count", type=click.IntRange(1), metavar="N", help="End after so many.")
@_key_env
@_profile
@keeps_books
@speaks
def listen(
    *, port: int, host: str, path: str, count: int | None, key_env: str | None, as_json: bool, **given: Given
) -> None:
    """Print a line for each callback that comes to a port of this computer.

    It says the task, how it ended, whether the callback is signed, and what else it tells. Each is printed once,
    however often it comes. What is no callback, or is signed wrongly, is rejected and told on stderr. With --json the
    first line says where it listens. Ctrl-C ends it.
    """
    from apikley.cli import listening  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415
    from apikley.cli.reports import Report  # noqa: PLC0415

    report = Report(as_json=as_json)
    with report.told():
        choice = choose(Flags(**given))
        where = listening.Where(host, port, path)
        listening.listen(report, choice, where, choice.callback_key(key_env), count)


@callbacks.command(
    examples=(
        "apikley callbacks verify body.json --headers headers.txt",
        "apikley callbacks verify body.json -H 'X-Webhook-Timestamp: 1769670760' -H 'X-Webhook-Signature: …'",
        "apikley callbacks verify - --headers headers.txt --at 1769670760 < body.json",
    )
)
@click.argument("file", type=click.Path())
@option("--headers", "headers_file", type=click.Path(), metavar="FILE", help="The headers it came with: lines of "
        "'Name: value', or a JSON object.")  # fmt: skip
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
    """Check the signature of a callback that was kept in a file, and print what it says.

    FILE holds its raw body, - for stdin. The body must be as it came, byte for byte. Exit code 3: its signature is
    wrong, missing or old; 2: it is no callback.
    """
    from apikley.cli import verifying  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415
    from apikley.cli.reports import Report  # noqa: PLC0415

    report = Report(as_json=as_json)
    with report.told():
        key = None if unsigned else verifying.key(choose(Flags(profile=profile)), key_env)
        verifying.verify(report, file, headers_file, headers, key=key, at=at)
