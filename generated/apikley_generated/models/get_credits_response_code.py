from typing import Literal

GetCreditsResponseCode = Literal[200]

GET_CREDITS_RESPONSE_CODE_VALUES: set[GetCreditsResponseCode] = {
    200,
}


def check_get_credits_response_code(value: int) -> GetCreditsResponseCode:
    if value in GET_CREDITS_RESPONSE_CODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GET_CREDITS_RESPONSE_CODE_VALUES!r}")
