from typing import Literal

QwenImageEditRequestModel = Literal["qwen/image-edit"]

QWEN_IMAGE_EDIT_REQUEST_MODEL_VALUES: set[QwenImageEditRequestModel] = {
    "qwen/image-edit",
}


def check_qwen_image_edit_request_model(value: str) -> QwenImageEditRequestModel:
    if value in QWEN_IMAGE_EDIT_REQUEST_MODEL_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {QWEN_IMAGE_EDIT_REQUEST_MODEL_VALUES!r}")
