from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.task_state import TaskState, check_task_state
from ..types import UNSET, Unset

T = TypeVar("T", bound="TaskCallbackData")


@_attrs_define(kw_only=True)
class TaskCallbackData:
    task_id: str | Unset = UNSET
    """ The task's id. """
    model: str | Unset = UNSET
    """ The model that works on the task. """
    state: str | TaskState | Unset = UNSET
    """ How far the task is. """
    param: str | Unset = UNSET
    """ The create request as JSON in a string; in newer answers its input is once more JSON in a string. """
    result_json: None | str | Unset = UNSET
    """ JSON in a string, with the list resultUrls; empty or null until there is a result. Links live about 24
    hours. """
    fail_code: None | str | Unset = UNSET
    """ The code of the failure; empty or null without one. """
    fail_msg: None | str | Unset = UNSET
    """ The failure as a sentence; empty or null without one. """
    cost_time: int | None | Unset = UNSET
    """ How long the task took, in seconds. """
    create_time: int | Unset = UNSET
    """ When the task was created, in Unix milliseconds. """
    update_time: int | None | Unset = UNSET
    """ When the task was last changed, in Unix milliseconds. """
    complete_time: int | None | Unset = UNSET
    """ When the task ended, in Unix milliseconds; null while it runs. """
    progress: int | None | Unset = UNSET
    """ How far the task is, in per cent; only some models tell. """
    credits_consumed: float | None | Unset = UNSET
    """ What the task cost, in credits; may be fractional. """
    consume_credits: float | None | Unset = UNSET
    """ creditsConsumed under its older name. """
    remained_credits: float | None | Unset = UNSET
    """ The credits left after the task. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        task_id = self.task_id

        model = self.model

        state: str | Unset
        if isinstance(self.state, Unset):
            state = UNSET
        elif isinstance(self.state, str):
            state = self.state
        else:
            state = self.state

        param = self.param

        result_json: None | str | Unset
        if isinstance(self.result_json, Unset):
            result_json = UNSET
        else:
            result_json = self.result_json

        fail_code: None | str | Unset
        if isinstance(self.fail_code, Unset):
            fail_code = UNSET
        else:
            fail_code = self.fail_code

        fail_msg: None | str | Unset
        if isinstance(self.fail_msg, Unset):
            fail_msg = UNSET
        else:
            fail_msg = self.fail_msg

        cost_time: int | None | Unset
        if isinstance(self.cost_time, Unset):
            cost_time = UNSET
        else:
            cost_time = self.cost_time

        create_time = self.create_time

        update_time: int | None | Unset
        if isinstance(self.update_time, Unset):
            update_time = UNSET
        else:
            update_time = self.update_time

        complete_time: int | None | Unset
        if isinstance(self.complete_time, Unset):
            complete_time = UNSET
        else:
            complete_time = self.complete_time

        progress: int | None | Unset
        if isinstance(self.progress, Unset):
            progress = UNSET
        else:
            progress = self.progress

        credits_consumed: float | None | Unset
        if isinstance(self.credits_consumed, Unset):
            credits_consumed = UNSET
        else:
            credits_consumed = self.credits_consumed

        consume_credits: float | None | Unset
        if isinstance(self.consume_credits, Unset):
            consume_credits = UNSET
        else:
            consume_credits = self.consume_credits

        remained_credits: float | None | Unset
        if isinstance(self.remained_credits, Unset):
            remained_credits = UNSET
        else:
            remained_credits = self.remained_credits

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if task_id is not UNSET:
            field_dict["taskId"] = task_id
        if model is not UNSET:
            field_dict["model"] = model
        if state is not UNSET:
            field_dict["state"] = state
        if param is not UNSET:
            field_dict["param"] = param
        if result_json is not UNSET:
            field_dict["resultJson"] = result_json
        if fail_code is not UNSET:
            field_dict["failCode"] = fail_code
        if fail_msg is not UNSET:
            field_dict["failMsg"] = fail_msg
        if cost_time is not UNSET:
            field_dict["costTime"] = cost_time
        if create_time is not UNSET:
            field_dict["createTime"] = create_time
        if update_time is not UNSET:
            field_dict["updateTime"] = update_time
        if complete_time is not UNSET:
            field_dict["completeTime"] = complete_time
        if progress is not UNSET:
            field_dict["progress"] = progress
        if credits_consumed is not UNSET:
            field_dict["creditsConsumed"] = credits_consumed
        if consume_credits is not UNSET:
            field_dict["consumeCredits"] = consume_credits
        if remained_credits is not UNSET:
            field_dict["remainedCredits"] = remained_credits

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        task_id = d.pop("taskId", UNSET)

        model = d.pop("model", UNSET)

        def _parse_state(data: object) -> str | TaskState | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                state_type_0 = check_task_state(data)

                return state_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(str | TaskState | Unset, data)

        state = _parse_state(d.pop("state", UNSET))

        param = d.pop("param", UNSET)

        def _parse_result_json(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        result_json = _parse_result_json(d.pop("resultJson", UNSET))

        def _parse_fail_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        fail_code = _parse_fail_code(d.pop("failCode", UNSET))

        def _parse_fail_msg(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        fail_msg = _parse_fail_msg(d.pop("failMsg", UNSET))

        def _parse_cost_time(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        cost_time = _parse_cost_time(d.pop("costTime", UNSET))

        create_time = d.pop("createTime", UNSET)

        def _parse_update_time(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        update_time = _parse_update_time(d.pop("updateTime", UNSET))

        def _parse_complete_time(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        complete_time = _parse_complete_time(d.pop("completeTime", UNSET))

        def _parse_progress(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        progress = _parse_progress(d.pop("progress", UNSET))

        def _parse_credits_consumed(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        credits_consumed = _parse_credits_consumed(d.pop("creditsConsumed", UNSET))

        def _parse_consume_credits(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        consume_credits = _parse_consume_credits(d.pop("consumeCredits", UNSET))

        def _parse_remained_credits(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        remained_credits = _parse_remained_credits(d.pop("remainedCredits", UNSET))

        task_callback_data = cls(
            task_id=task_id,
            model=model,
            state=state,
            param=param,
            result_json=result_json,
            fail_code=fail_code,
            fail_msg=fail_msg,
            cost_time=cost_time,
            create_time=create_time,
            update_time=update_time,
            complete_time=complete_time,
            progress=progress,
            credits_consumed=credits_consumed,
            consume_credits=consume_credits,
            remained_credits=remained_credits,
        )

        task_callback_data.additional_properties = d
        return task_callback_data

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
