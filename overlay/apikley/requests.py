"""An edit before it is a task."""

from attrs import asdict, frozen


@frozen(kw_only=True)
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
    def said(self) -> dict[str, object]:
        """The parameters that have a value, by name; the prompt in any case, since there is no edit without."""
        return {name: value for name, value in asdict(self).items() if value is not None or name == "prompt"}
