from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.response_code import ResponseCode, check_response_code
from ..types import UNSET, Unset

T = TypeVar("T", bound="UploadRefusal")


@_attrs_define(kw_only=True)
class UploadRefusal:
    """An upload that was refused. It carries no data, and a sentence, which may have the other name that it has elsewhere."""

    code: int | ResponseCode
    """ The reason, as a code. """
    success: bool | Unset = UNSET
    msg: str | Unset = UNSET
    """ The reason, as a sentence. """
    message: str | Unset = UNSET
    """ The reason under its other name. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code: int
        if isinstance(self.code, int):
            code = self.code
        else:
            code = self.code

        success = self.success

        msg = self.msg

        message = self.message

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
            }
        )
        if success is not UNSET:
            field_dict["success"] = success
        if msg is not UNSET:
            field_dict["msg"] = msg
        if message is not UNSET:
            field_dict["message"] = message

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_code(data: object) -> int | ResponseCode:
            try:
                if not isinstance(data, int):
                    raise TypeError()
                code_type_0 = check_response_code(data)

                return code_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | ResponseCode, data)

        code = _parse_code(d.pop("code"))

        success = d.pop("success", UNSET)

        msg = d.pop("msg", UNSET)

        message = d.pop("message", UNSET)

        upload_refusal = cls(
            code=code,
            success=success,
            msg=msg,
            message=message,
        )

        upload_refusal.additional_properties = d
        return upload_refusal

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
