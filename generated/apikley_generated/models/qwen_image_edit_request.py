from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.qwen_image_edit_request_model import (
    QwenImageEditRequestModel,
    check_qwen_image_edit_request_model,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.qwen_image_edit_input import QwenImageEditInput


T = TypeVar("T", bound="QwenImageEditRequest")


@_attrs_define(kw_only=True)
class QwenImageEditRequest:
    input_: QwenImageEditInput
    """ Input parameters for the generation task """
    model: QwenImageEditRequestModel = "qwen/image-edit"
    """ The model name to use for generation. Required field.
    - Must be `qwen/image-edit` for this endpoint """
    call_back_url: str | Unset = UNSET
    """ The URL to receive generation task completion updates. Optional but recommended for production use.
    - System will POST task status and results to this URL when generation completes
    - Callback includes generated content URLs and task information
    - Your callback endpoint should accept POST requests with JSON payload containing results
    - Alternatively, use the Get Task Details endpoint to poll task status """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        model: str = self.model

        input_ = self.input_.to_dict()

        call_back_url = self.call_back_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "model": model,
                "input": input_,
            }
        )
        if call_back_url is not UNSET:
            field_dict["callBackUrl"] = call_back_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.qwen_image_edit_input import QwenImageEditInput  # noqa: PLC0415

        d = dict(src_dict)
        model = check_qwen_image_edit_request_model(d.pop("model"))

        input_ = QwenImageEditInput.from_dict(d.pop("input"))

        call_back_url = d.pop("callBackUrl", UNSET)

        qwen_image_edit_request = cls(
            model=model,
            input_=input_,
            call_back_url=call_back_url,
        )

        qwen_image_edit_request.additional_properties = d
        return qwen_image_edit_request

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
