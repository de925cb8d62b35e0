from typing import Literal

UploadResponseCode = Literal[200]

UPLOAD_RESPONSE_CODE_VALUES: set[UploadResponseCode] = {
    200,
}


def check_upload_response_code(value: int) -> UploadResponseCode:
    if value in UPLOAD_RESPONSE_CODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {UPLOAD_RESPONSE_CODE_VALUES!r}")
