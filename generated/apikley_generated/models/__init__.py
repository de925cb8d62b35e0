"""Contains all the data models used in inputs/outputs"""

from .create_task_response import CreateTaskResponse
from .create_task_response_code import CreateTaskResponseCode
from .created_task import CreatedTask
from .get_credits_response import GetCreditsResponse
from .get_credits_response_code import GetCreditsResponseCode
from .get_download_url_request import GetDownloadUrlRequest
from .get_download_url_response import GetDownloadUrlResponse
from .get_download_url_response_code import GetDownloadUrlResponseCode
from .get_task_response import GetTaskResponse
from .get_task_response_code import GetTaskResponseCode
from .qwen_image_edit_input import QwenImageEditInput
from .qwen_image_edit_input_acceleration import QwenImageEditInputAcceleration
from .qwen_image_edit_input_image_size import QwenImageEditInputImageSize
from .qwen_image_edit_input_num_images import QwenImageEditInputNumImages
from .qwen_image_edit_input_output_format import QwenImageEditInputOutputFormat
from .qwen_image_edit_request import QwenImageEditRequest
from .qwen_image_edit_request_model import QwenImageEditRequestModel
from .refusal import Refusal
from .response_code import ResponseCode
from .task_callback import TaskCallback
from .task_callback_data import TaskCallbackData
from .task_record import TaskRecord
from .task_state import TaskState
from .upload_file_base_64_request import UploadFileBase64Request
from .upload_file_request import UploadFileRequest
from .upload_file_url_request import UploadFileUrlRequest
from .upload_refusal import UploadRefusal
from .upload_response import UploadResponse
from .upload_response_code import UploadResponseCode
from .uploaded_file import UploadedFile

__all__ = (
    "CreatedTask",
    "CreateTaskResponse",
    "CreateTaskResponseCode",
    "GetCreditsResponse",
    "GetCreditsResponseCode",
    "GetDownloadUrlRequest",
    "GetDownloadUrlResponse",
    "GetDownloadUrlResponseCode",
    "GetTaskResponse",
    "GetTaskResponseCode",
    "QwenImageEditInput",
    "QwenImageEditInputAcceleration",
    "QwenImageEditInputImageSize",
    "QwenImageEditInputNumImages",
    "QwenImageEditInputOutputFormat",
    "QwenImageEditRequest",
    "QwenImageEditRequestModel",
    "Refusal",
    "ResponseCode",
    "TaskCallback",
    "TaskCallbackData",
    "TaskRecord",
    "TaskState",
    "UploadedFile",
    "UploadFileBase64Request",
    "UploadFileRequest",
    "UploadFileUrlRequest",
    "UploadRefusal",
    "UploadResponse",
    "UploadResponseCode",
)
