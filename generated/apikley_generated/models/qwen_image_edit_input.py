from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.qwen_image_edit_input_acceleration import (
    QwenImageEditInputAcceleration,
    check_qwen_image_edit_input_acceleration,
)
from ..models.qwen_image_edit_input_image_size import (
    QwenImageEditInputImageSize,
    check_qwen_image_edit_input_image_size,
)
from ..models.qwen_image_edit_input_num_images import (
    QwenImageEditInputNumImages,
    check_qwen_image_edit_input_num_images,
)
from ..models.qwen_image_edit_input_output_format import (
    QwenImageEditInputOutputFormat,
    check_qwen_image_edit_input_output_format,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="QwenImageEditInput")


@_attrs_define(kw_only=True)
class QwenImageEditInput:
    """Input parameters for the generation task"""

    prompt: str
    """ The prompt to generate the image with (Max length: 2000 characters) """
    image_url: str
    """ The URL of the image to edit. (File URL after upload, not file content; Accepted types: image/jpeg,
    image/png, image/webp; Max size: 10.0MB) """
    acceleration: QwenImageEditInputAcceleration | Unset = UNSET
    """ Acceleration level for image generation. Options: 'none', 'regular'. Higher acceleration increases speed.
    'regular' balances speed and quality. Default value: "none" """
    image_size: QwenImageEditInputImageSize | Unset = UNSET
    """ The size of the generated image. Default value: landscape_4_3 """
    num_inference_steps: int | Unset = UNSET
    """ The number of inference steps to perform. Default value: 30 (Min: 2, Max: 49, Step: 1) (step: 1) """
    seed: int | Unset = UNSET
    """ The same seed and the same prompt given to the same version of the model will output the same image every
    time. """
    guidance_scale: float | Unset = UNSET
    """ The CFG (Classifier Free Guidance) scale is a measure of how close you want the model to stick to your
    prompt when looking for a related image to show you. Default value: 4 (Min: 0, Max: 20, Step: 0.1) (step: 0.1)
    """
    sync_mode: bool | Unset = UNSET
    """ If set to true, the function will wait for the image to be generated and uploaded before returning the
    response. This will increase the latency of the function but it allows you to get the image directly in the
    response without going through the CDN. (Boolean value (true/false)) """
    num_images: QwenImageEditInputNumImages | Unset = UNSET
    """ The number of pictures to make, as a string. """
    enable_safety_checker: bool | Unset = UNSET
    """ If set to true, the safety checker will be enabled. Default value: true (Boolean value (true/false)) """
    output_format: QwenImageEditInputOutputFormat | Unset = UNSET
    """ The format of the generated image. Default value: "png" """
    negative_prompt: str | Unset = UNSET
    """ The negative prompt for the generation Default value: " " (Max length: 500 characters) """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        prompt = self.prompt

        image_url = self.image_url

        acceleration: str | Unset = UNSET
        if not isinstance(self.acceleration, Unset):
            acceleration = self.acceleration

        image_size: str | Unset = UNSET
        if not isinstance(self.image_size, Unset):
            image_size = self.image_size

        num_inference_steps = self.num_inference_steps

        seed = self.seed

        guidance_scale = self.guidance_scale

        sync_mode = self.sync_mode

        num_images: str | Unset = UNSET
        if not isinstance(self.num_images, Unset):
            num_images = self.num_images

        enable_safety_checker = self.enable_safety_checker

        output_format: str | Unset = UNSET
        if not isinstance(self.output_format, Unset):
            output_format = self.output_format

        negative_prompt = self.negative_prompt

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "prompt": prompt,
                "image_url": image_url,
            }
        )
        if acceleration is not UNSET:
            field_dict["acceleration"] = acceleration
        if image_size is not UNSET:
            field_dict["image_size"] = image_size
        if num_inference_steps is not UNSET:
            field_dict["num_inference_steps"] = num_inference_steps
        if seed is not UNSET:
            field_dict["seed"] = seed
        if guidance_scale is not UNSET:
            field_dict["guidance_scale"] = guidance_scale
        if sync_mode is not UNSET:
            field_dict["sync_mode"] = sync_mode
        if num_images is not UNSET:
            field_dict["num_images"] = num_images
        if enable_safety_checker is not UNSET:
            field_dict["enable_safety_checker"] = enable_safety_checker
        if output_format is not UNSET:
            field_dict["output_format"] = output_format
        if negative_prompt is not UNSET:
            field_dict["negative_prompt"] = negative_prompt

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        prompt = d.pop("prompt")

        image_url = d.pop("image_url")

        _acceleration = d.pop("acceleration", UNSET)
        acceleration: QwenImageEditInputAcceleration | Unset
        if isinstance(_acceleration, Unset):
            acceleration = UNSET
        else:
            acceleration = check_qwen_image_edit_input_acceleration(_acceleration)

        _image_size = d.pop("image_size", UNSET)
        image_size: QwenImageEditInputImageSize | Unset
        if isinstance(_image_size, Unset):
            image_size = UNSET
        else:
            image_size = check_qwen_image_edit_input_image_size(_image_size)

        num_inference_steps = d.pop("num_inference_steps", UNSET)

        seed = d.pop("seed", UNSET)

        guidance_scale = d.pop("guidance_scale", UNSET)

        sync_mode = d.pop("sync_mode", UNSET)

        _num_images = d.pop("num_images", UNSET)
        num_images: QwenImageEditInputNumImages | Unset
        if isinstance(_num_images, Unset):
            num_images = UNSET
        else:
            num_images = check_qwen_image_edit_input_num_images(_num_images)

        enable_safety_checker = d.pop("enable_safety_checker", UNSET)

        _output_format = d.pop("output_format", UNSET)
        output_format: QwenImageEditInputOutputFormat | Unset
        if isinstance(_output_format, Unset):
            output_format = UNSET
        else:
            output_format = check_qwen_image_edit_input_output_format(_output_format)

        negative_prompt = d.pop("negative_prompt", UNSET)

        qwen_image_edit_input = cls(
            prompt=prompt,
            image_url=image_url,
            acceleration=acceleration,
            image_size=image_size,
            num_inference_steps=num_inference_steps,
            seed=seed,
            guidance_scale=guidance_scale,
            sync_mode=sync_mode,
            num_images=num_images,
            enable_safety_checker=enable_safety_checker,
            output_format=output_format,
            negative_prompt=negative_prompt,
        )

        qwen_image_edit_input.additional_properties = d
        return qwen_image_edit_input

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
