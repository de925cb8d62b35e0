"""What was typed to ask for a picture: which image, which prompt, which input, and where the result goes."""

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import click

from apikley.files import FreeName, names_for, numbered
from apikley.options import EditOptions
from apikley.sources import ImageSource


def check_words(
    *,
    image: str | None,
    prompt: str | None,
    model: str | None,
    wish: str | None,
    files: Sequence[str],
    said: EditOptions,
) -> None:
    """Raises a usage error for words that do not go together: an edit, or any model and its input."""
    if model is None:
        if wish is not None or files:
            raise click.UsageError("--input and --file belong to --model NAME")
        if image is None or prompt is None:
            raise click.UsageError("say either IMAGE and PROMPT, or --model and --input")
        return
    extra = [f"--{name.replace('_', '-')}" for name in said if name != "callback_url"]
    if image is not None:
        extra.insert(0, "IMAGE")
    if extra:
        raise click.UsageError(f"with --model everything stands in --input, so not {', '.join(extra)}")
    if wish is None:
        raise click.UsageError("--model needs --input")


def source(image: str) -> ImageSource:
    """The picture that was named; stdin for -."""
    return cast("ImageSource", sys.stdin.buffer) if image == "-" else image


def sentence(prompt: str, image: str) -> str:
    """The prompt; what stdin holds for -. Raises a usage error if the picture is read from there already."""
    if prompt != "-":
        return prompt
    if image == "-":
        raise click.UsageError("only one of IMAGE and PROMPT can be -, which stands for stdin")
    try:
        return sys.stdin.read().strip()
    except UnicodeDecodeError as error:
        raise click.UsageError("the prompt on stdin is no text") from error


def to_input(text: str, files: Sequence[str]) -> dict[str, object]:
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


def default_target(image: str, output_format: str | None) -> FreeName:
    """A name beside none that is there: what was paid for is not overwritten unasked.

    Chosen now, so that several pictures share one number; by the time they come somebody else may have taken it.
    """
    suffix = ".jpg" if output_format == "jpeg" else ".png"
    stem = Path(_path_of(image)).stem or "image"
    names = numbered(Path(f"{stem}-edited{suffix}"))
    return FreeName(next(name for name in names if not _is_taken(name)))


def _path_of(image: str) -> str:
    if image.startswith("data:") or image == "-":
        return ""
    with suppress(ValueError):  # which the client will put into words
        return urlsplit(image).path if "://" in image else image
    return ""


def _is_taken(name: Path) -> bool:
    """Whether a picture of that name, or one of several, would replace another."""
    return any(path.exists() for path in (name, *names_for(name, "", 4)))
