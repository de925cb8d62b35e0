"""What one may ask for beside the picture and the sentence."""

from typing import Literal, TypeAlias, TypedDict

Acceleration: TypeAlias = Literal["none", "regular", "high"]
ImageSize: TypeAlias = Literal[
    "square", "square_hd", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"
]
OutputFormat: TypeAlias = Literal["jpeg", "png"]


class EditOptions(TypedDict, total=False):
    """The options of an edit. What is left out, or None, is not sent, and the service decides."""

    image_size: ImageSize | None
    """The size of the picture. Default: landscape_4_3."""
    num_images: int | None
    """How many pictures to make, 1 to 4; each is paid for. Default: 1."""
    output_format: OutputFormat | None
    """The format of the picture. Default: png."""
    seed: int | None
    """The same seed and prompt make the same picture."""
    num_inference_steps: int | None
    """2 to 49. Default: 30 by the service's text, 25 by its document."""
    guidance_scale: float | None
    """How closely to follow the prompt, 0 to 20. Default: 4."""
    acceleration: Acceleration | None
    """More of it is faster and less exact. Default: none."""
    negative_prompt: str | None
    """What not to show, at most 500 characters."""
    enable_safety_checker: bool | None
    """Default: true."""
    sync_mode: bool | None
    """Have the picture in the answer itself instead of behind a link. Slower."""
    callback_url: str | None
    """Where the service shall POST the end of the task: a public http or https address."""
