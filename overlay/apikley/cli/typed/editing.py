"""`apikley edit` and `apikley submit`."""

import click

from apikley.cli.codes import HELP
from apikley.cli.flags import (
    MONEY,
    OUTPUT,
    PICTURE,
    Given,
    bounds_patience,
    connects,
    describes_picture,
    is_paid_for,
    keeps_books,
    may_keep_none,
    mocks,
    speaks_of_work,
)
from apikley.cli.helping import Command, option

_GENERIC = "Any other model"


@click.command(
    cls=Command,
    epilog=HELP,
    examples=(
        'apikley edit street.jpg "make it night" -o night.png',
        'apikley edit street.jpg "сделай ночь" --num-images 2 --image-size landscape_16_9 -o night/',
        'apikley edit street.jpg "make it night" --dry-run          # what would be sent, and its price',
        'apikley edit street.jpg "make it night" --max-credits 5 --key order-7431',
        'curl -s https://example.com/a.jpg | apikley edit - "make it night" -o night.png',
        "apikley edit street.jpg - < prompt.txt",
        'apikley edit street.jpg "make it night" --json | jq -r ".images[].path"',
    ),
)
@click.argument("image", type=click.Path())
@click.argument("prompt")
@option("--output", "-o", type=click.Path(), metavar="OUT", help="File or folder for the result; a file that is there "
        "is replaced (else IMAGE-edited.png, or another name that is free).", heading=PICTURE)  # fmt: skip
@describes_picture
@is_paid_for
@bounds_patience("Patience with the task (else 900). It goes on without us.", heading=MONEY)
@mocks
@connects
@keeps_books
@may_keep_none
@option("--preview/--no-preview", default=None, help="Show the result in the terminal (else if it can).",
        heading=OUTPUT)  # fmt: skip
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

    IMAGE is a jpeg, png or webp file of at most 10 MB, or an http(s) address; PROMPT says what to change. Either may
    be - for stdin. The path of the result is printed. The submission is written into the ledger before it is sent,
    and if its answer is lost it is not sent again: `apikley tasks ls` tells of it.
    """
    from apikley.cli import editing  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.reports import Report  # noqa: PLC0415

    manner = editing.Manner.of(given, key=key, dry_run=dry_run)
    report = Report(as_json=as_json, quiet=quiet, wants_preview=preview, again=manner.again)
    editing.edit(report, manner, image, prompt, output)


@click.command(
    cls=Command,
    epilog=HELP,
    examples=(
        'apikley submit street.jpg "make it night"                 # prints the task\'s id',
        'apikley tasks collect "$(apikley submit street.jpg "make it night" -q)" -o night.png',
        "apikley submit --model qwen/image-edit --input @wish.json --file image_url=street.jpg",
        'apikley submit --model qwen/image-edit --input \'{"prompt": "fog"}\' --file image_url=street.jpg --json',
    ),
)
@click.argument("image", required=False, type=click.Path())
@click.argument("prompt", required=False)
@option("--model", metavar="NAME", help="A model that the document knows, in place of IMAGE and PROMPT.",
        heading=_GENERIC)  # fmt: skip
@option("--input", "wish", metavar="JSON", help="What its document calls input: a JSON object, @FILE, or @- for "
        "stdin.", heading=_GENERIC)  # fmt: skip
@option("--file", "files", multiple=True, metavar="NAME=FILE", help="A picture to upload, whose address becomes NAME "
        "of the input.", heading=_GENERIC)  # fmt: skip
@describes_picture
@is_paid_for
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
    wish: str | None,
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
    from apikley.cli import editing, wishes  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.reports import Report  # noqa: PLC0415

    manner = editing.Manner.of(given, key=key, dry_run=dry_run)
    wishes.check_words(image=image, prompt=prompt, model=model, wish=wish, files=files, said=manner.said)
    report = Report(as_json=as_json, quiet=quiet, again=manner.again)
    if model is None:
        editing.submit_edit(report, manner, image or "", prompt or "")
    else:
        editing.submit_any(report, manner, model, wish or "", files)
