"""A wish before it is a task."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Final

from attrs import evolve, field, fields, frozen

from apikley.errors import InvalidRequest
from apikley.options import EditOptions, OutputFormat

EDIT_MODEL: Final = "qwen/image-edit"
"""The model that edits."""

_FORMATS: dict[str, OutputFormat] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}


@frozen(kw_only=True, slots=False)
class EditRequest:
    """What is wished for. `None` means "not said", and is not sent."""

    prompt: str
    image_url: str | None = None
    """Where the service finds the picture; None until it is uploaded."""
    image_size: str | None = None
    num_images: int | None = None
    output_format: str | None = None
    seed: int | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    acceleration: str | None = None
    negative_prompt: str | None = None
    enable_safety_checker: bool | None = None
    sync_mode: bool | None = None
    callback_url: str | None = None

    @property
    def model(self) -> str:
        """The model that is asked."""
        return EDIT_MODEL

    @property
    def count(self) -> int:
        """How many pictures it asks for."""
        return self.num_images if self.num_images in {2, 3, 4} else 1

    @cached_property
    def said(self) -> Mapping[str, object]:
        """The parameters that have a value, by name; the prompt in any case, since there is no edit without."""
        return {
            name: value
            for name in _PARAMETERS
            if (value := getattr(self, name)) is not None or name == "prompt"
        }


_PARAMETERS = tuple(each.name for each in fields(EditRequest))


@frozen(kw_only=True)
class TaskRequest:
    """A task of any model that the document knows, in the words of that model's document."""

    model: str
    input: Mapping[str, object] = field(repr=False)
    callback_url: str | None = None

    @property
    def said(self) -> Mapping[str, object]:
        """The input."""
        return self.input

    def with_value(self, name: str, value: object) -> "TaskRequest":
        """The same request with another value in its input."""
        return evolve(self, input={**self.input, name: value})


def to_request(prompt: str, options: EditOptions, suffix: str = "") -> EditRequest:
    """The request for a wish. The suffix of a file decides on the format of the picture, unless one is asked for.

    Raises `TypeError` for an option that there is not, `InvalidRequest` for a suffix that the service cannot make.
    """
    for name in options:
        if name not in EditOptions.__annotations__:
            near = get_close_matches(name, EditOptions.__annotations__, 1, 0.4)
            raise TypeError(f"there is no option {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    if suffix and options.get("output_format") is None:
        if suffix.lower() not in _FORMATS:
            allowed = ", ".join(_FORMATS)
            raise InvalidRequest(
                f"to must end in one of {allowed}, not in {suffix}", parameter="to", value=suffix
            )
        options = {**options, "output_format": _FORMATS[suffix.lower()]}
    return EditRequest(prompt=prompt, **options)


def to_task_request(**given: Any) -> TaskRequest:
    """The request for a task by its model. Raises `TypeError` for anything but model, input and callback_url."""
    said = [name for name, value in given.items() if value is not None]
    if not {"model", "input"} <= {*said} <= {"model", "input", "callback_url"}:
        raise TypeError(
            "submit takes image and prompt, with what else an edit may have; or model and input, with callback_url;"
            f" it was given {', '.join(said) or 'nothing'}"
        )
    return TaskRequest(**{name: given[name] for name in said})
