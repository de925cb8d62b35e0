"""How our values become what the API takes, and its answers become our values or errors.

The only module that knows the generated models. UNSET stays in here.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any, Literal, TypeVar, cast

from apikley.effects import Call
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    InvalidRequest,
    NotAuthenticated,
    OutOfCredits,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
)
from apikley.pictures import SUFFIXES, Picture
from apikley.requests import EditRequest
from apikley.tasks import Task
from apikley.weblinks import to_link
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

_BY_CODE: dict[int, type[RequestRefused]] = {
    400: InvalidRequest,
    401: NotAuthenticated,
    402: OutOfCredits,
    408: ServiceUnavailable,
    422: InvalidRequest,
    425: ServiceUnavailable,
    429: RateLimited,
    433: OutOfCredits,
    455: ServiceUnavailable,
}

# A 500 is often no fault but a refusal in other words. Seen: "prompt is required", "This field is required",
# and sentences on short credits. Only what is surely one of these is taken for a no: any other 500 may have
# left a task behind.
_BY_SENTENCE: tuple[tuple[re.Pattern[str], type[RequestRefused]], ...] = (
    (
        re.compile(r"(?=.*\b(credits?|balance)\b).*\b(insufficient|enough|short|top up)\b", re.IGNORECASE),
        OutOfCredits,
    ),
    (re.compile(r"\bis required\b", re.IGNORECASE), InvalidRequest),
)


def create_task(request: EditRequest) -> Call[CreateTaskResponse | Refusal]:
    """The call that creates a task."""
    return Call(_create_task, {"body": to_body(request)})


def get_task(task_id: str) -> Call[GetTaskResponse | Refusal]:
    """The call that asks for a task."""
    return Call(_get_task, {"task_id": task_id})


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
        model="qwen/image-edit",
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


def problem(
    status: int, headers: Mapping[str, str], content: bytes, *, secret: str = ""
) -> ApikleyError | None:
    """What an answer of the API has against the request; None if it says yes.

    The code is the HTTP status where that is not 2xx, and the body's code otherwise: errors usually come as
    HTTP 200. Read before the generated parser, which would fail on most of what is met here. Some answers
    repeat what they were sent: `secret` is left out of the error.
    """
    body = _json_object(content)
    kept = content.replace(secret.encode(), b"[key]") if secret else content
    if 200 <= status < 300:
        if body is None:
            return AnswerUnreadable(f"HTTP {status} without a JSON object", content=kept)
        code = _to_integer(body.get("code"))
        if code is None:
            return AnswerUnreadable(f"HTTP {status} with a body that has no code", content=kept)
        if code == 200 and status != 200:  # which the generated parser would drop, id and all
            return AnswerUnreadable(f"HTTP {status} where only 200 is documented", content=kept)
    elif 300 <= status < 400:
        return AnswerUnreadable(f"HTTP {status}, a redirect where none is documented", content=kept)
    else:
        code = status
    return None if code == 200 else _refusal(code, _sentence(body or {}, secret), headers)


def to_task_id(answer: CreateTaskResponse | Refusal) -> str:
    """The id of the task that was created; raises `AnswerUnreadable`."""
    named: object = None
    match answer:
        case CreateTaskResponse(data=data):
            named = data.task_id
        case Refusal(data={"taskId": value}):  # a code of a type the document does not know
            named = value
    if task_id := _text(named):
        return task_id
    raise AnswerUnreadable("the answer names no task")


def to_task(answer: GetTaskResponse | Refusal, task_id: str) -> Task:
    """What is known of the task `task_id`; raises `AnswerUnreadable`."""
    match answer:
        case GetTaskResponse(data=TaskRecord() as record):
            return _task(record, task_id)
    raise AnswerUnreadable("the answer holds no task")


def to_upload_link(answer: UploadResponse | UploadRefusal) -> str:
    """Where an uploaded file is; raises `AnswerUnreadable`. The service leaves spaces in it unescaped."""
    match answer:
        case UploadResponse(data=data):
            return _link(data.download_url)
    raise AnswerUnreadable("the answer to an upload names no address")


def to_credits(answer: GetCreditsResponse | Refusal) -> float:
    """The credits left; raises `AnswerUnreadable`."""
    match answer:
        case GetCreditsResponse(data=data) if (number := _number(data)) is not None:
            return number
    raise AnswerUnreadable("the answer tells no credits")


def to_download_url(answer: GetDownloadUrlResponse | Refusal) -> str:
    """The fresh link; raises `AnswerUnreadable`."""
    match answer:
        case GetDownloadUrlResponse(data=data):
            return _link(data)
    raise AnswerUnreadable("the answer holds no link")


def _said(value: T | None) -> T | Unset:
    return UNSET if value is None else value


def _json_object(content: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):  # the latter: a bomb of brackets
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _sentence(body: Mapping[str, object], secret: str) -> str:
    said = next((text for name in ("msg", "message") if (text := _text(body.get(name)))), "no reason given")
    return said.replace(secret, "[key]") if secret else said


def _refusal(code: int, sentence: str, headers: Mapping[str, str]) -> RequestRefused:
    kind = _BY_CODE.get(code) or (ServiceUnavailable if code >= 500 else RequestRefused)
    if code == 500:
        kind = next((other for pattern, other in _BY_SENTENCE if pattern.search(sentence)), kind)
    return kind(f"{sentence[:500]} (code {code})", code, retry_after=_retry_after(headers))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds; the form with a date is left alone, since the clocks may differ."""
    value = headers.get("retry-after", "").strip()
    return float(value) if re.fullmatch(r"\d{1,9}(\.\d+)?", value) else None


def _task(record: TaskRecord, task_id: str) -> Task:
    return Task(
        id=task_id,
        # An unknown or missing state means that the task still runs.
        state=_text(record.state) or "unknown",
        model=_text(record.model),
        result_urls=_result_urls(record.result_json),
        failure_code=_text(record.fail_code),
        failure_message=_text(record.fail_msg),
        progress=_to_integer(record.progress),
        credits=_number(record.credits_consumed),
        created_at=_moment(record.create_time),
        updated_at=_moment(record.update_time),
        completed_at=_moment(record.complete_time),
        request=_text(record.param),
    )


def _result_urls(result: object) -> tuple[str, ...]:
    """The links in resultJson: JSON in a string, at times an object, empty or null while there is none."""
    found = _json_object(result.encode(errors="replace")) if isinstance(result, str) else result
    urls = cast("Mapping[str, object]", found).get("resultUrls") if isinstance(found, Mapping) else None
    if not isinstance(urls, Sequence) or isinstance(urls, str):
        return ()
    return tuple(url for url in cast("Sequence[object]", urls) if isinstance(url, str) and url)


def _link(value: object) -> str:
    if not isinstance(value, str):
        raise AnswerUnreadable("the answer has no link where one should be")
    try:
        return to_link(value, "the link")
    except InvalidRequest as error:
        raise AnswerUnreadable(str(error)) from error


def _text(value: object) -> str | None:
    """A string that says something; numbers are taken for one, since codes and ids come as either."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _to_integer(value: object) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value
        case float() if value.is_integer():  # JSON knows one kind of number
            return int(value)
        case str() if re.fullmatch(r"-?\d{1,9}", value):
            return int(value)
    return None


def _moment(milliseconds: object) -> datetime | None:
    number = _number(milliseconds)
    if not number:
        return None
    try:
        return datetime.fromtimestamp(number / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
