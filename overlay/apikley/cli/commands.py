"""What may be typed after `apikley`."""

from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_args
from urllib.parse import urlsplit

import click

from apikley.cli.exits import HELP
from apikley.files import names_for
from apikley.options import Acceleration, EditOptions, ImageSize, OutputFormat

if TYPE_CHECKING:
    from apikley.client import Apikley

Option: TypeAlias = Any  # click's decorators are typed by what they decorate

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, errors included.")
_quiet = click.option("--quiet", "-q", is_flag=True, help="Say nothing while the work goes on.")
_base_url = click.option("--base-url", metavar="URL", help="Address of the API (else $APIKLEY_BASE_URL).")
_timeout = click.option("--timeout", type=float, metavar="SECONDS", help="Patience with the task (else 900).")


@click.group(epilog=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="apikley", message="%(version)s")
def apikley() -> None:
    """Edit pictures by a sentence, with the model qwen/image-edit of the Apikley API.

    The key is read from $APIKLEY_API_KEY. With --mock nothing is sent anywhere and no key is needed.
    """


@apikley.command(epilog=HELP)
@click.argument("image")
@click.argument("prompt")
@click.option("--output", "-o", metavar="OUT", help="File or folder for the result (else IMAGE-edited.png).")
@click.option("--mock", "use_mock", is_flag=True, help="Use the embedded mock of the service: free, offline.")
@click.option("--image-size", type=click.Choice(get_args(ImageSize)), help="Size of the result.")
@click.option(
    "--num-images", type=int, metavar="N", help="How many pictures to make, 1 to 4. Each is paid for."
)
@click.option("--output-format", type=click.Choice(get_args(OutputFormat)), help="Else by the suffix of OUT.")
@click.option("--seed", type=int, metavar="N", help="The same seed and prompt make the same picture.")
@click.option("--num-inference-steps", type=int, metavar="N", help="2 to 49.")
@click.option("--guidance-scale", type=float, metavar="X", help="How closely to follow the prompt, 0 to 20.")
@click.option("--acceleration", type=click.Choice(get_args(Acceleration)), help="Faster and less exact.")
@click.option("--negative-prompt", metavar="TEXT", help="What not to show.")
@click.option(
    "--enable-safety-checker/--no-enable-safety-checker", default=None, help="The service's own check."
)
@click.option("--sync-mode/--no-sync-mode", default=None, help="Have the picture in the answer itself.")
@click.option("--callback-url", metavar="URL", help="Where the service shall POST the end of the task.")
@click.option(
    "--preview/--no-preview", default=None, help="Show the result in the terminal (else if it is one)."
)
@_timeout
@_base_url
@_json
@_quiet
def edit(
    image: str,
    prompt: str,
    *,
    output: str | None,
    use_mock: bool,
    preview: bool | None,
    timeout: float | None,
    base_url: str | None,
    as_json: bool,
    quiet: bool,
    **options: Option,
) -> None:
    """Edit IMAGE, a file or an http(s) address, by the sentence PROMPT, and print where the result is.

    \b
    apikley edit street.jpg "make it night" -o night.png
    apikley edit street.jpg "сделай ночь" --num-images 2 --image-size landscape_16_9 -o night/
    """
    from apikley.cli.reports import Report  # noqa: PLC0415  # --help needs none of it

    report = Report(as_json=as_json, quiet=quiet, wants_preview=preview)
    with report.told(), _client(base_url, use_mock=use_mock) as client:
        said: EditOptions = {name: value for name, value in options.items() if value is not None}  # type: ignore[assignment]
        to = output or _default_output(image, said.get("output_format"))
        report.edit(client.edit(image, prompt, to=to, timeout=timeout, on_event=report.hear, **said))


@apikley.group()
def tasks() -> None:
    """Ask for tasks that exist."""


@tasks.command(epilog=HELP)
@click.argument("task_id")
@click.option(
    "--output", "-o", metavar="OUT", default=".", help="File or folder for the result (else this one)."
)
@_timeout
@_base_url
@_json
@_quiet
def collect(
    task_id: str, *, output: str, timeout: float | None, base_url: str | None, as_json: bool, quiet: bool
) -> None:
    """Wait for the task TASK_ID if it still runs, fetch its pictures, and print where they are."""
    from apikley.cli.reports import Report  # noqa: PLC0415  # --help needs none of it

    report = Report(as_json=as_json, quiet=quiet)
    with report.told(), _client(base_url, use_mock=False) as client:
        task = client.task(task_id)
        report.about(task.id)
        report.edit(task.collect(output, timeout=timeout, on_event=report.hear))


@apikley.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8455, show_default=True, help="0: any free one."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--seconds", type=float, metavar="S", default=5, show_default=True, help="How long a task runs."
)
@click.option("--polls", "polls_", type=int, metavar="N", help="Have a task run for N fetches instead.")
@click.option("--errors", type=click.Choice(["status", "envelope", "known"]), default="status", show_default=True,
              help="Refuse by status, by a code inside an HTTP 200, or as the service is known to.")  # fmt: skip
@click.option("--fault", "faults", multiple=True, metavar="WHAT[:ON][:TIMES]",
              help="Have a request fail; those given first come first. See above.")  # fmt: skip
@click.option("--chance", "chances", multiple=True, metavar="WHAT[:ON]=P",
              help="Have such a fault come to each request with this probability, 0 to 1.")  # fmt: skip
@click.option(
    "--rate-limit/--no-rate-limit", default=False, help="Refuse with 429 what is too much for a key."
)
@click.option("--callbacks", type=click.Choice(["once", "twice", "never"]), default="once", show_default=True,
              help="How often the end of a task is POSTed to its callBackUrl, on this computer only.")  # fmt: skip
@click.option("--callback-key", metavar="KEY", help="Sign callbacks with it.")
@click.option("--allow-host", "control_hosts", multiple=True, metavar="NAME",
              help="Let /__mock__/ be reached under this name too, beside loopback.")  # fmt: skip
@click.option(
    "--credits", "credit", type=float, default=1000, show_default=True, help="What the account holds."
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The same seed: the same ids and chances."
)
def mock(*, port: int, host: str, **options: Option) -> None:
    """Serve a mock of the whole service, for programs in any language.

    The first line on stdout says as JSON where it listens. In a browser the same address shows what happens
    in it; /__mock__/state tells it to programs. Ctrl-C stops it and names the faults that met no request.

    Keys of the form sk-test-… are accepted; sk-test-poor is always short of credits, sk-test-capped has
    always reached its limit.

    \b
    WHAT goes wrong     ON which requests         is
    429 455 402 500 …   any, unless ON is given   refused by this code; nothing is made
    reset-before        any                       broken off before the service sees it
    reset-after         any                       broken off once the task is made and paid
    slow hang           any                       answered late, or never
    truncated garbage   any                       answered, but not so that one can read it
    empty html          any                       answered with nothing, or with a proxy's page
    unknown-state       fetch-task                answered with a state that nobody knows
    expired-result      result                    refused with 403
    corrupt-result      result                    answered with a broken picture
    lost-callback       callback                  never sent
    ON is create-task, fetch-task, store-file, report-credits, sign-link, result, file
    or an operation's id.

    \b
    apikley mock --port 0 --seconds 1 --fault 429:create-task:2 --fault reset-after:create-task
    apikley mock --chance 500:fetch-task=0.1 --chance slow=0.05 --seed 7
    """
    from apikley.cli.mocking import serve_mock, to_mock  # noqa: PLC0415  # the mock is an extra

    serve_mock(to_mock(**options), host=host, port=port)


def _client(base_url: str | None, *, use_mock: bool) -> "Apikley":
    from apikley.client import Apikley  # noqa: PLC0415  # --help needs none of it

    if not use_mock:
        return Apikley(base_url=base_url)
    from apikley.cli.mocking import open_mock  # noqa: PLC0415  # the mock is an extra

    return Apikley("sk-test-mock", base_url=base_url, transport=open_mock())


def _default_output(image: str, output_format: str | None) -> str:
    """A name beside none that is there: what was paid for is not overwritten unasked."""
    suffix = ".jpg" if output_format == "jpeg" else ".png"
    stem = Path(_path_of(image)).stem or "image"
    endings = chain([""], (f"-{number}" for number in count(2)))
    names = (f"{stem}-edited{ending}{suffix}" for ending in endings)
    return next(name for name in names if not _is_taken(name))


def _path_of(image: str) -> str:
    if image.startswith("data:"):
        return ""
    try:
        return urlsplit(image).path if "://" in image else image
    except ValueError:  # which the client will put into words
        return ""


def _is_taken(name: str) -> bool:
    """Whether a picture of that name, or one of several, would replace another."""
    return any(path.exists() for path in (Path(name), *names_for(name, "", 4)))
