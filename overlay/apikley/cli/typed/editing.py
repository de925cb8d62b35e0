"""`apikley edit` and `apikley submit`."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast, get_args
from urllib.parse import urlsplit

import click

from apikley.cli.codes import HELP
from apikley.cli.helping import Command, option
from apikley.cli.opening import (
    connects,
    find_ledger,
    keeps_books,
    may_keep_none,
    mocks,
    open_ledger,
    opened,
    speaks_of_work,
)
from apikley.options import Acceleration, EditOptions, ImageSize, OutputFormat

if TYPE_CHECKING:
    from apikley.cli.choosing import Choice
    from apikley.cli.reports import Report
    from apikley.client import Apikley, TaskHandle
    from apikley.ledger import Ledger
    from apikley.sources import ImageSource

Given: TypeAlias = Any  # click's decorators are typed by what they decorate
F = TypeVar("F", bound=Callable[..., Any])

_PICTURE, _MONEY, _GENERIC = "The picture", "Money and patience", "Any other model"


def _describes_picture(function: F) -> F:
    """What may be said of the picture to make."""
    for decorate in reversed(
        (
            option("--image-size", type=click.Choice(get_args(ImageSize)), metavar="SIZE",
                   help=f"Size of the result: {', '.join(get_args(ImageSize))}.", heading=_PICTURE),
            option("--num-images", type=int, metavar="N", help="How many pictures to make, 1 to 4. Each is paid for.",
                   heading=_PICTURE),
            option("--output-format", type=click.Choice(get_args(OutputFormat)), help="Else by the suffix of OUT.",
                   heading=_PICTURE),
            option("--negative-prompt", metavar="TEXT", help="What not to show.", heading=_PICTURE),
            option("--seed", type=int, metavar="N", help="The same seed and prompt make the same picture.",
                   heading=_PICTURE),
            option("--guidance-scale", type=float, metavar="X", help="How closely to follow the prompt, 0 to 20.",
                   heading=_PICTURE),
            option("--num-inference-steps", type=int, metavar="N", help="2 to 49.", heading=_PICTURE),
            option("--acceleration", type=click.Choice(get_args(Acceleration)), metavar="HOW",
                   help="Faster and less exact: none, regular or high.", heading=_PICTURE),
            option("--enable-safety-checker/--no-enable-safety-checker", default=None,
                   help="The service's own check.", heading=_PICTURE),
            option("--sync-mode/--no-sync-mode", default=None, help="Have the picture in the answer itself.",
                   heading=_PICTURE),
            option("--callback-url", metavar="URL", help="Where the service shall POST the end of the task.",
                   heading=_PICTURE),
        )
    ):  # fmt: skip
        function = decorate(function)
    return function


def _is_paid_for(function: F) -> F:
    """What may be said of the money."""
    for decorate in reversed(
        (
            option("--max-credits", type=float, metavar="N", help="What this may cost at most, by the known prices "
                   "(else $APIKLEY_MAX_CREDITS). Else nothing is sent.", heading=_MONEY),
            option("--key", metavar="NAME", help="Your name for this submission, such as an order's number. The "
                   "ledger sends no name twice.", heading=_MONEY),
            option("--dry-run", is_flag=True, help="Check everything, show the request and its price, and send "
                   "nothing.", heading=_MONEY),
        )
    ):  # fmt: skip
        function = decorate(function)
    return function


@click.command(
    cls=Command,
    epilog=HELP,
    examples=(
        'apikley edit street.jpg "make it night" -o night.png',
        'apikley edit street.jpg "сделай ночь" --num-images 2 --image-size landscape_16_9 -o night/',
        'apikley edit street.jpg "make it night" --dry-run          # what would be sent, and its price',
        'apikley edit street.jpg "make it night" --max-credits 2 --key order-7431',
        'curl -s https://example.com/a.jpg | apikley edit - "make it night" -o night.png',
        'apikley edit street.jpg "make it night" --json | jq -r ".images[].path"',
    ),
)
@click.argument("image")
@click.argument("prompt")
@option("--output", "-o", metavar="OUT", help="File or folder for the result (else IMAGE-edited.png).",
        heading=_PICTURE)  # fmt: skip
@_describes_picture
@_is_paid_for
@option("--timeout", type=float, metavar="SECONDS", help="Patience with the task (else 900). It goes on without us.",
        heading=_MONEY)  # fmt: skip
@mocks
@connects
@keeps_books
@may_keep_none
@option("--preview/--no-preview", default=None, help="Show the result in the terminal (else if it is one).",
        heading="What is said")  # fmt: skip
@speaks_of_work
def edit(
    image: str,
    prompt: str,
    *,
    output: str | None,
    preview: bool | None,
    key: str | None,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    **given: Given,
) -> None:
    """Edit a picture by a sentence and save the result.

    IMAGE is a jpeg, png or webp file of at most 10 MB, - for stdin, or an http(s) address; PROMPT says what to change.
    The path of the result is printed. The submission is written into the ledger before it is sent, and if its answer
    is lost it is not sent again: `apikley tasks ls` tells of it.
    """
    from apikley.cli.reports import Report  # noqa: PLC0415  # --help needs none of it

    choice_of, said = _split(given)
    _check_key(key, no_ledger=bool(given["no_ledger"]))
    report = Report(as_json=as_json, quiet=quiet, wants_preview=preview, again=_again(choice_of))
    with report.told():
        choice, key = _chosen(choice_of, key, report)
        to = output or _default_output(image, said.get("output_format"))
        limit, timeout = choice.number("max_credits"), choice.number("timeout")
        if dry_run:
            from apikley.cli import planning  # noqa: PLC0415  # the same

            _unsent(find_ledger(choice), key)
            planning.show_edit(report, choice, _source(image), prompt, said, to=to, key=key)
            return
        with opened(choice, report.learn_from(_unsent(open_ledger(choice), key))) as client:
            report.edit(
                client.edit(
                    *(_source(image), prompt),
                    to=to,
                    timeout=timeout,
                    max_credits=limit,
                    key=key,
                    on_event=report.hear,
                    **said,
                )
            )


@click.command(
    cls=Command,
    epilog=HELP,
    examples=(
        'apikley submit street.jpg "make it night"                 # prints the task\'s id',
        'apikley tasks collect "$(apikley submit street.jpg "make it night" -q)" -o night.png',
        "apikley submit --model qwen/image-edit --input @wish.json --file image_url=street.jpg",
        'echo \'{"prompt": "a cat"}\' | apikley submit --model qwen/text-to-image --input @-',
    ),
)
@click.argument("image", required=False)
@click.argument("prompt", required=False)
@option("--model", metavar="NAME", help="A model that the document knows, in place of IMAGE and PROMPT.",
        heading=_GENERIC)  # fmt: skip
@option("--input", "input_", metavar="JSON", help="What its document calls input: a JSON object, @FILE, or @- for "
        "stdin.", heading=_GENERIC)  # fmt: skip
@option("--file", "files", multiple=True, metavar="NAME=FILE", help="A picture to upload, whose address becomes NAME "
        "of the input.", heading=_GENERIC)  # fmt: skip
@_describes_picture
@_is_paid_for
@mocks
@connects
@keeps_books
@may_keep_none
@speaks_of_work
def submit(
    image: str | None,
    prompt: str | None,
    *,
    model: str | None,
    input_: str | None,
    files: tuple[str, ...],
    key: str | None,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    **given: Given,
) -> None:
    """Create a task and print its id, without waiting.

    Either edit IMAGE by the sentence PROMPT, with all options of `apikley edit`; or name any --model that the API's
    document knows, with its --input in that document's words. `apikley tasks collect ID` fetches the result later.
    """
    from apikley.cli.reports import Report  # noqa: PLC0415  # --help needs none of it

    choice_of, said = _split(given)
    _check_key(key, no_ledger=bool(given["no_ledger"]))
    _check_words(image=image, prompt=prompt, model=model, input_=input_, files=files, said=said)
    report = Report(as_json=as_json, quiet=quiet, again=_again(choice_of))
    with report.told():
        choice, key = _chosen(choice_of, key, report)
        limit = choice.number("max_credits")
        wish = None if model is None else _wish(input_ or "{}", files)
        if dry_run:
            from apikley.cli import planning  # noqa: PLC0415  # the same

            _unsent(find_ledger(choice), key)
            if wish is None:
                planning.show_edit(report, choice, _source(image or ""), prompt or "", said, to=None, key=key)
            else:
                planning.show_task(report, choice, model or "", wish, said.get("callback_url"), key=key)
            return

        def sent(client: "Apikley") -> "TaskHandle":
            if wish is None:
                return client.submit(
                    *(_source(image or ""), prompt or ""),
                    max_credits=limit,
                    key=key,
                    on_event=report.hear,
                    **said,
                )
            return client.submit(
                model=model or "",
                input=wish,
                callback_url=said.get("callback_url"),
                max_credits=limit,
                key=key,
                on_event=report.hear,
            )

        with opened(choice, report.learn_from(_unsent(open_ledger(choice), key))) as client:
            handle = sent(client)
            report.data({"task_id": handle.id, "key": key}, handle.id)


def _split(given: dict[str, Any]) -> tuple[dict[str, Any], EditOptions]:
    """What decides on the client, and what is said of the picture."""
    said = {name: given[name] for name in EditOptions.__annotations__ if given.get(name) is not None}
    return {name: value for name, value in given.items() if name not in EditOptions.__annotations__}, cast(
        "EditOptions", said
    )


def _again(choice_of: dict[str, Any]) -> str | None:
    from apikley.cli.choosing import Flags  # noqa: PLC0415  # --help needs none of it

    return None if choice_of["use_mock"] else Flags(**choice_of).again


def _chosen(choice_of: dict[str, Any], key: str | None, report: "Report") -> tuple["Choice", str]:
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415  # --help needs none of it
    from apikley.ledger import to_key  # noqa: PLC0415

    choice, key = choose(Flags(**choice_of)), to_key(key)
    report.about_submission(key, is_kept=choice.ledger is not None)
    return choice, key


def _unsent(ledger: "Ledger", key: str) -> "Ledger":
    """The ledger, if nothing of that name was sent; raises `SubmissionMoved` before anything is uploaded.

    What was refused may be sent again. What is in doubt may not: only `tasks resolve --resubmit` accepts to pay twice.
    """
    from apikley.errors import SubmissionMoved  # noqa: PLC0415  # --help needs none of it

    known = ledger.find(key)
    if known is not None and known.state != "refused":
        task = f", task {known.task_id}" if known.task_id else ""
        raise SubmissionMoved(
            f"submission {key} was sent already and is {known.state}{task}; nothing was sent now",
            key=key,
            state=known.state,
        )
    return ledger


def _check_key(key: str | None, *, no_ledger: bool) -> None:
    if key is not None and no_ledger:
        raise click.UsageError("--key needs a ledger, which --no-ledger does without")


def _check_words(
    *,
    image: str | None,
    prompt: str | None,
    model: str | None,
    input_: str | None,
    files: tuple[str, ...],
    said: EditOptions,
) -> None:
    if model is None:
        if input_ is not None or files:
            raise click.UsageError("--input and --file belong to --model NAME")
        if image is None or prompt is None:
            raise click.UsageError("say either IMAGE and PROMPT, or --model and --input")
        return
    extra = [f"--{name.replace('_', '-')}" for name in said if name != "callback_url"]
    if image is not None:
        extra.insert(0, "IMAGE")
    if extra:
        raise click.UsageError(f"with --model everything stands in --input, so not {', '.join(extra)}")
    if input_ is None:
        raise click.UsageError("--model needs --input")


def _wish(text: str, files: tuple[str, ...]) -> dict[str, object]:
    """The input that was typed, with paths where pictures are to be uploaded. Raises a usage error."""
    if text.startswith("@"):
        try:
            text = (
                sys.stdin.read() if text == "@-" else Path(text[1:]).expanduser().read_text(encoding="utf-8")
            )
        except (OSError, ValueError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or "it is no text"
            raise click.UsageError(f"--input {text!r:.200} cannot be read: {reason}") from error
    try:
        wish = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"--input is not JSON: {error}") from error
    if not isinstance(wish, dict):
        raise click.UsageError('--input must be a JSON object, such as \'{"prompt": "make it night"}\'')
    for each in files:
        name, sign, path = each.partition("=")
        if not (name and sign and path):
            raise click.UsageError(f"--file must be of the form NAME=FILE, not {each!r:.200}")
        wish[name] = Path(path)
    return cast("dict[str, object]", wish)


def _source(image: str) -> "ImageSource":
    return cast("ImageSource", sys.stdin.buffer) if image == "-" else image


def _default_output(image: str, output_format: str | None) -> str:
    """A name beside none that is there: what was paid for is not overwritten unasked."""
    suffix = ".jpg" if output_format == "jpeg" else ".png"
    stem = Path(_path_of(image)).stem or "image"
    endings = chain([""], (f"-{number}" for number in count(2)))
    names = (f"{stem}-edited{ending}{suffix}" for ending in endings)
    return next(name for name in names if not _is_taken(name))


def _path_of(image: str) -> str:
    if image.startswith("data:") or image == "-":
        return ""
    with suppress(ValueError):  # which the client will put into words
        return urlsplit(image).path if "://" in image else image
    return ""


def _is_taken(name: str) -> bool:
    """Whether a picture of that name, or one of several, would replace another."""
    from apikley.files import names_for  # noqa: PLC0415  # --help needs none of it

    return any(path.exists() for path in (Path(name), *names_for(name, "", 4)))
