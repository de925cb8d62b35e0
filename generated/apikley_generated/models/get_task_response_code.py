from typing import Literal

GetTaskResponseCode = Literal[200]

GET_TASK_RESPONSE_CODE_VALUES: set[GetTaskResponseCode] = {
    200,
}


def check_get_task_response_code(value: int) -> GetTaskResponseCode:
    if value in GET_TASK_RESPONSE_CODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GET_TASK_RESPONSE_CODE_VALUES!r}")
