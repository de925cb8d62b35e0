from typing import Literal

QwenImageEditInputNumImages = Literal["1", "2", "3", "4"]

QWEN_IMAGE_EDIT_INPUT_NUM_IMAGES_VALUES: set[QwenImageEditInputNumImages] = {
    "1",
    "2",
    "3",
    "4",
}


def check_qwen_image_edit_input_num_images(value: str) -> QwenImageEditInputNumImages:
    if value in QWEN_IMAGE_EDIT_INPUT_NUM_IMAGES_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {QWEN_IMAGE_EDIT_INPUT_NUM_IMAGES_VALUES!r}"
    )
