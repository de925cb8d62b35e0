from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.get_task_response_code import GetTaskResponseCode, check_get_task_response_code
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.task_record import TaskRecord


T = TypeVar("T", bound="GetTaskResponse")


@_attrs_define(kw_only=True)
class GetTaskResponse:
    code: GetTaskResponseCode
    data: TaskRecord
    """ What the service knows of a task. No field is promised. """
    msg: str | Unset = UNSET
    message: str | Unset = UNSET
    """ msg under the name it has on some pages. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code: int = self.code

        data = self.data.to_dict()

        msg = self.msg

        message = self.message

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "data": data,
            }
        )
        if msg is not UNSET:
            field_dict["msg"] = msg
        if message is not UNSET:
            field_dict["message"] = message

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.task_record import TaskRecord  # noqa: PLC0415

        d = dict(src_dict)
        code = check_get_task_response_code(d.pop("code"))

        data = TaskRecord.from_dict(d.pop("data"))

        msg = d.pop("msg", UNSET)

        message = d.pop("message", UNSET)

        get_task_response = cls(
            code=code,
            data=data,
            msg=msg,
            message=message,
        )

        get_task_response.additional_properties = d
        return get_task_response

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
