from typing import Literal

CreateTaskResponseCode = Literal[200]

CREATE_TASK_RESPONSE_CODE_VALUES: set[CreateTaskResponseCode] = {
    200,
}


def check_create_task_response_code(value: int) -> CreateTaskResponseCode:
    if value in CREATE_TASK_RESPONSE_CODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CREATE_TASK_RESPONSE_CODE_VALUES!r}")
