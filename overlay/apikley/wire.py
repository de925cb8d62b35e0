"""How our values become what the API takes, and what it answers becomes ours.

The only module that knows the generated models. UNSET stays in here.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any, Literal, TypeVar, cast

from apikley import catalogue, limits, readings, schemas
from apikley.effects import Call
from apikley.errors import AnswerUnreadable, InvalidRequest
from apikley.pictures import SUFFIXES, Picture
from apikley.requests import EDIT_MODEL, EditRequest, TaskRequest
from apikley.tasks import Task
from apikley.weblinks import to_link
from apikley_generated import models as _models
from apikley_generated.api.account import get_credits as _get_credits
from apikley_generated.api.files import get_download_url as _get_download_url
from apikley_generated.api.files import upload_file as _upload_file
from apikley_generated.api.files import upload_file_url as _upload_file_url
from apikley_generated.api.tasks import create_task as _create_task
from apikley_generated.api.tasks import get_task as _get_task
from apikley_generated.models import (
    CreateTaskResponse,
    GetCreditsResponse,
    GetDownloadUrlRequest,
    GetDownloadUrlResponse,
    GetTaskResponse,
    QwenImageEditInput,
    QwenImageEditRequest,
    Refusal,
    TaskRecord,
    UploadFileRequest,
    UploadFileUrlRequest,
    UploadRefusal,
    UploadResponse,
)
from apikley_generated.types import UNSET, File, Unset

T = TypeVar("T")

_UPLOAD_FOLDER = "apikley"
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def create_task(request: EditRequest | TaskRequest) -> Call[CreateTaskResponse | Refusal]:
    """The call that creates a task."""
    body = to_body(request) if isinstance(request, EditRequest) else to_task_body(request)
    return Call(_create_task, {"body": body})


def get_task(task_id: str, within: float | None = None) -> Call[GetTaskResponse | Refusal]:
    """The call that asks for a task, `within` so many seconds."""
    return Call(_get_task, {"task_id": task_id}, within=within)


def upload_file(picture: Picture) -> Call[UploadResponse | UploadRefusal]:
    """The call that uploads a picture.

    A name that exists is overwritten with delay, so the name is made of the content: it is unique, safe in
    any script, and tells nobody what the picture was called.
    """
    name = sha256(picture.content).hexdigest()[:32] + SUFFIXES[picture.media_type]
    file = File(payload=BytesIO(picture.content), file_name=name, mime_type=picture.media_type)
    body = UploadFileRequest(file=file, upload_path=_UPLOAD_FOLDER, file_name=name)
    return Call(_upload_file, {"body": body})


def upload_file_url(url: str) -> Call[UploadResponse | UploadRefusal]:
    """The call that has the service fetch a file from an address. It makes up the name."""
    body = UploadFileUrlRequest(file_url=to_link(url, "image"), upload_path=_UPLOAD_FOLDER)
    return Call(_upload_file_url, {"body": body})


def get_credits() -> Call[GetCreditsResponse | Refusal]:
    """The call that asks for the credits left."""
    return Call(_get_credits, {})


def get_download_url(url: str) -> Call[GetDownloadUrlResponse | Refusal]:
    """The call that asks for a fresh link."""
    return Call(_get_download_url, {"body": GetDownloadUrlRequest(url=to_link(url, "url"))})


def to_body(request: EditRequest) -> QwenImageEditRequest:
    """The request as the document describes it: every field named, nothing unsaid sent."""
    count = None if request.num_images is None else str(request.num_images)
    link = request.callback_url
    return QwenImageEditRequest(
        model=EDIT_MODEL,
        call_back_url=UNSET if link is None else to_link(link, "callback_url"),
        input_=QwenImageEditInput(
            prompt=request.prompt,
            image_url=to_link(request.image_url or "", "image_url"),
            acceleration=_said(cast("Literal['none', 'regular', 'high'] | None", request.acceleration)),
            image_size=_said(cast("Any", request.image_size)),
            num_inference_steps=_said(request.num_inference_steps),
            seed=_said(request.seed),
            guidance_scale=_said(request.guidance_scale),
            sync_mode=_said(request.sync_mode),
            num_images=_said(cast("Any", count)),
            enable_safety_checker=_said(request.enable_safety_checker),
            output_format=_said(cast("Any", request.output_format)),
            negative_prompt=_said(request.negative_prompt),
        ),
    )


def to_task_body(request: TaskRequest) -> object:
    """The request as the document describes that model's: an instance of the class that bears its title.

    Raises `InvalidRequest` for what the class cannot hold.
    """
    model = catalogue.find(request.model)
    said = {
        model.envelope["model"]: model.name,
        model.envelope["input"]: schemas.as_sent(request.input, model.input),
    }
    if request.callback_url is not None:
        said[model.envelope["callback-link"]] = to_link(request.callback_url, "callback_url")
    try:
        return getattr(_models, model.title).from_dict(said)
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # a date that is none, say
        raise InvalidRequest(
            f"input is not what the model's document describes: {error}", parameter="input"
        ) from error


def to_text(asked: Call[CreateTaskResponse | Refusal]) -> str:
    """The body of a request as it is sent: JSON."""
    body = cast("Any", asked.arguments["body"]).to_dict()
    return _to_json(body)


def to_request(text: str) -> TaskRequest:
    """The request of such a body; raises `InvalidRequest`."""
    said = readings.json_object(text) or {}
    model = next((each for each in catalogue.models().values() if each.name in said.values()), None)
    if model is None or not isinstance(wish := said.get(model.envelope["input"]), dict):
        raise InvalidRequest("the submission's request is not in the ledger, or no model's of this version")
    link = readings.text(said.get(model.envelope.get("callback-link", "")))
    return TaskRequest(model=model.name, input=cast("dict[str, object]", wish), callback_url=link)


def to_task_id(answer: CreateTaskResponse | Refusal) -> str:
    """The id of the task that was created; raises `AnswerUnreadable`."""
    named: object = None
    match answer:
        case CreateTaskResponse(data=data):
            named = data.task_id
        case Refusal(data={"taskId": value}):  # a code of a type the document does not know
            named = value
    try:
        return limits.check_task_id(readings.text(named) or "")
    except InvalidRequest as error:
        raise AnswerUnreadable("the answer names no task") from error


def to_task(answer: GetTaskResponse | Refusal, task_id: str) -> Task:
    """What is known of the task `task_id`; raises `AnswerUnreadable`."""
    match answer:
        case GetTaskResponse(data=TaskRecord() as record):
            return _task(record, task_id)
        case Refusal(data=data) if isinstance(data, dict):  # a code of a type the document does not know
            return _task(TaskRecord.from_dict(cast("Mapping[str, object]", data)), task_id)
    raise AnswerUnreadable("the answer holds no task")


def to_called_task(data: Mapping[str, object], task_id: str) -> Task:
    """What a callback tells of the task `task_id`: a record, in which the credits may have their older name."""
    record = TaskRecord.from_dict(data)
    if readings.number(record.credits_consumed) is None:
        record.credits_consumed = readings.number(data.get("consumeCredits"))
    return _task(record, task_id)


def to_upload_link(answer: UploadResponse | UploadRefusal) -> str:
    """Where an uploaded file is; raises `AnswerUnreadable`. The service leaves spaces in it unescaped."""
    match answer:
        case UploadResponse(data=data):
            return _link(data.download_url)
        case UploadRefusal(additional_properties={"data": {"downloadUrl": link}}):  # as in `to_task`
            return _link(link)
    raise AnswerUnreadable("the answer to an upload names no address")


def to_credits(answer: GetCreditsResponse | Refusal) -> float:
    """The credits left; raises `AnswerUnreadable`."""
    match answer:
        case GetCreditsResponse(data=data) | Refusal(data=data) if (
            left := readings.number(data)
        ) is not None:
            return left
    raise AnswerUnreadable("the answer tells no credits")


def to_download_url(answer: GetDownloadUrlResponse | Refusal) -> str:
    """The fresh link; raises `AnswerUnreadable`."""
    match answer:
        case GetDownloadUrlResponse(data=data) | Refusal(data=data):
            return _link(data)
    raise AnswerUnreadable("the answer holds no link")


def _said(value: T | None) -> T | Unset:
    return UNSET if value is None else value


def _task(record: TaskRecord, task_id: str) -> Task:
    model = readings.text(record.model)
    return Task(
        id=task_id,
        # An unknown or missing state means that the task still runs.
        state=readings.text(record.state) or "unknown",
        model=model,
        result_urls=_result_urls(record.result_json),
        result=readings.text(record.result_json),
        result_object=None if catalogue.makes_pictures(model) else _result_object(record.result_json),
        failure_code=readings.text(record.fail_code),
        failure_message=readings.text(record.fail_msg),
        progress=readings.integer(record.progress),
        credits=readings.number(record.credits_consumed),
        created_at=readings.moment(record.create_time),
        updated_at=readings.moment(record.update_time),
        completed_at=readings.moment(record.complete_time),
        request=readings.text(record.param),
    )


def _result_urls(result: object, depth: int = 4) -> tuple[str, ...]:
    """The links in resultJson: JSON in a string, at times an object, empty or null while there is none.

    A list alone, a single link, and JSON in a string once more are understood too, within `depth` layers: the
    result is paid.
    """
    match result:
        case dict() if depth:
            return _result_urls(cast("dict[str, object]", result).get("resultUrls"), depth - 1)
        case str() if result.lower().startswith(("http://", "https://", "data:")):
            return (result,)
        case str() if depth:
            return _result_urls(readings.json_value(result), depth - 1)
        case list():
            return tuple(url for url in cast("list[object]", result) if isinstance(url, str) and url)
    return ()


def _result_object(result: object, depth: int = 4) -> object:
    """What a model gives that makes no files; None if there is nothing in it. Written as the links are."""
    match result:
        case dict():
            return cast("dict[str, object]", result).get("resultObject") or None
        case str() if depth:
            return _result_object(readings.json_value(result), depth - 1)
    return None


def _link(value: object) -> str:
    if not isinstance(value, str):
        raise AnswerUnreadable("the answer has no link where one should be")
    try:
        return to_link(value, "the link")
    except InvalidRequest as error:
        raise AnswerUnreadable(str(error)) from error
