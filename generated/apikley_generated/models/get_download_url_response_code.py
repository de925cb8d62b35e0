from typing import Literal

GetDownloadUrlResponseCode = Literal[200]

GET_DOWNLOAD_URL_RESPONSE_CODE_VALUES: set[GetDownloadUrlResponseCode] = {
    200,
}


def check_get_download_url_response_code(value: int) -> GetDownloadUrlResponseCode:
    if value in GET_DOWNLOAD_URL_RESPONSE_CODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GET_DOWNLOAD_URL_RESPONSE_CODE_VALUES!r}")
