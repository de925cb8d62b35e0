"""The generated package by itself, in its generator's usual shape: seven operations, each in four ways."""

import asyncio
import io
import json
from base64 import b64encode
from collections.abc import Callable
from importlib.resources import files
from types import ModuleType
from typing import Any

import httpx
import pytest
from apikley.mock import Mock, MockTransport, polls
from apikley_generated import AuthenticatedClient
from apikley_generated.api.account import get_credits
from apikley_generated.api.files import get_download_url, upload_file, upload_file_base64, upload_file_url
from apikley_generated.api.tasks import create_task, get_task
from apikley_generated.errors import UnexpectedStatus
from apikley_generated.models import (
    GetDownloadUrlRequest,
    QwenImageEditInput,
    QwenImageEditRequest,
    Refusal,
    UploadFileBase64Request,
    UploadFileRequest,
    UploadFileUrlRequest,
    UploadRefusal,
)
from apikley_generated.types import UNSET, File, Response
from attrs import frozen

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdac\xfc\xcf"
    b"\xc0P\x0f\0\x04\x85\x01\x80\x84\xa9\x8c!\0\0\0\0IEND\xaeB`\x82"
)
KEY = "sk-test-1"
STREET = "https://example.com/street.jpg"
UPLOADED = {
    "fileName": "a.png",
    "filePath": "images/a.png",
    "downloadUrl": "https://example.com/images/a.png",
    "fileSize": 70,
    "mimeType": "image/png",
    "uploadedAt": "2026-11-22T08:00:00.000Z",
}
RECORD = {
    "taskId": "7f3",
    "model": "qwen/image-edit",
    "state": "success",
    "resultJson": '{"resultUrls":["https://example.com/result.png"]}',
    "failCode": "",
    "failMsg": None,
    "costTime": 15000,
    "createTime": 1765179676651,
    "completeTime": 1765179691651,
}


@frozen
class Operation:
    """One operation, what is asked of it, what goes over the wire and what comes back."""

    module: ModuleType
    arguments: Callable[[], dict[str, Any]]
    request: tuple[str, str]
    sent: object
    """The JSON body; None if there is none, or a form."""
    answer: dict[str, Any]
    told: Callable[[Any], object]
    """What a program reads from the parsed answer."""
    value: object
    refusal: type = Refusal


def edit() -> QwenImageEditRequest:
    return QwenImageEditRequest(
        input_=QwenImageEditInput(prompt="make it night", image_url=STREET, num_images="2", seed=7)
    )


def form() -> UploadFileRequest:
    file = File(payload=io.BytesIO(PNG), file_name="a.png", mime_type="image/png")
    return UploadFileRequest(file=file, upload_path="images")


OPERATIONS = {
    "create_task": Operation(
        create_task,
        lambda: {"body": edit()},
        ("POST", "https://api.apikley.ru/api/v1/jobs/createTask"),
        {
            "model": "qwen/image-edit",
            "input": {"prompt": "make it night", "image_url": STREET, "num_images": "2", "seed": 7},
        },
        {"code": 200, "msg": "success", "data": {"taskId": "7f3"}},
        lambda parsed: parsed.data.task_id,
        "7f3",
    ),
    "get_task": Operation(
        get_task,
        lambda: {"task_id": "7f3 &"},
        ("GET", "https://api.apikley.ru/api/v1/jobs/recordInfo?taskId=7f3+%26"),
        None,
        {"code": 200, "msg": "success", "data": RECORD},
        lambda parsed: (
            parsed.data.state,
            parsed.data.fail_msg,
            parsed.data.progress,
            parsed.data.complete_time - parsed.data.create_time,
        ),
        ("success", None, UNSET, 15000),
    ),
    "upload_file": Operation(
        upload_file,
        lambda: {"body": form()},
        ("POST", "https://api.apikley.ru/file-upload/api/file-stream-upload"),
        None,
        {"success": True, "code": 200, "msg": "success", "data": UPLOADED},
        lambda parsed: parsed.data.download_url,
        "https://example.com/images/a.png",
        UploadRefusal,
    ),
    "upload_file_base64": Operation(
        upload_file_base64,
        lambda: {
            "body": UploadFileBase64Request(
                base_64_data=b64encode(PNG).decode(), upload_path="images", file_name="a.png"
            )
        },
        ("POST", "https://api.apikley.ru/file-upload/api/file-base64-upload"),
        {"base64Data": b64encode(PNG).decode(), "uploadPath": "images", "fileName": "a.png"},
        {"success": True, "code": 200, "msg": "success", "data": UPLOADED},
        lambda parsed: parsed.data.file_size,
        70,
        UploadRefusal,
    ),
    "upload_file_url": Operation(
        upload_file_url,
        lambda: {"body": UploadFileUrlRequest(file_url=STREET, upload_path="images")},
        ("POST", "https://api.apikley.ru/file-upload/api/file-url-upload"),
        {"fileUrl": STREET, "uploadPath": "images"},
        {"success": True, "code": 200, "msg": "success", "data": UPLOADED},
        lambda parsed: parsed.data.mime_type,
        "image/png",
        UploadRefusal,
    ),
    "get_credits": Operation(
        get_credits,
        dict,
        ("GET", "https://api.apikley.ru/api/v1/chat/credit"),
        None,
        {"code": 200, "msg": "success", "data": 6.97},
        lambda parsed: parsed.data,
        6.97,
    ),
    "get_download_url": Operation(
        get_download_url,
        lambda: {"body": GetDownloadUrlRequest(url="https://example.com/result.png")},
        ("POST", "https://api.apikley.ru/api/v1/common/download-url"),
        {"url": "https://example.com/result.png"},
        {"code": 200, "msg": "success", "data": "https://example.com/result.png?signature=7f3a"},
        lambda parsed: parsed.data,
        "https://example.com/result.png?signature=7f3a",
    ),
}

each_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
each_way = pytest.mark.parametrize("way", ["sync", "sync_detailed", "asyncio", "asyncio_detailed"])


def carried_out(
    operation: ModuleType, way: str, transport: Any, arguments: dict[str, Any], **options: Any
) -> Any:
    """What one of an operation's four functions returns, as its users call it."""
    client = AuthenticatedClient(
        "https://api.apikley.ru", token=KEY, httpx_args={"transport": transport}, **options
    )

    async def awaited() -> Any:
        async with client:
            return await getattr(operation, way)(client=client, **arguments)

    if way.startswith("asyncio"):
        return asyncio.run(awaited())
    with client:
        return getattr(operation, way)(client=client, **arguments)


def answering(
    status: int, answer: object, requests: list[httpx.Request] | None = None
) -> httpx.MockTransport:
    def answer_it(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(request)
        return httpx.Response(status, json=answer)

    return httpx.MockTransport(answer_it)


def parsed(result: Any) -> Any:
    return result.parsed if isinstance(result, Response) else result


def test_these_are_all_operations():
    document = json.loads((files("apikley_generated") / "openapi.json").read_text(encoding="utf-8"))
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert {operation["operationId"] for operation in operations} == OPERATIONS.keys()


@each_way
@each_operation
def test_an_operation_sends_what_is_asked_and_returns_what_is_answered(operation: Operation, way: str):
    requests: list[httpx.Request] = []
    transport = answering(200, operation.answer, requests)
    result = carried_out(operation.module, way, transport, operation.arguments())
    assert operation.told(parsed(result)) == operation.value
    if way.endswith("detailed"):
        assert (result.status_code, json.loads(result.content)) == (200, operation.answer)
    (request,) = requests
    assert (request.method, str(request.url)) == operation.request
    assert request.headers["authorization"] == f"Bearer {KEY}"
    if operation.sent is not None:
        assert request.headers["content-type"] == "application/json"
        assert json.loads(request.content) == operation.sent


@each_operation
def test_an_answer_goes_through_its_model_unchanged(operation: Operation):
    result = carried_out(operation.module, "sync", answering(200, operation.answer), operation.arguments())
    assert result.to_dict() == operation.answer


@each_way
@pytest.mark.parametrize("status", [200, 401, 429, 455, 500])
@each_operation
def test_a_refusal_is_returned_as_one_whatever_its_status(operation: Operation, status: int, way: str):
    answer = {"code": 455 if status == 200 else status, "msg": "Service Unavailable"}
    result = carried_out(operation.module, way, answering(status, answer), operation.arguments())
    assert isinstance(parsed(result), operation.refusal)
    assert parsed(result).code == answer["code"]


@each_way
@each_operation
def test_an_undocumented_status_is_none_or_an_error_as_the_client_wants_it(operation: Operation, way: str):
    transport = answering(418, {})
    assert parsed(carried_out(operation.module, way, transport, operation.arguments())) is None
    with pytest.raises(UnexpectedStatus) as caught:
        carried_out(operation.module, way, transport, operation.arguments(), raise_on_unexpected_status=True)
    assert caught.value.status_code == 418


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_a_picture_is_uploaded_edited_and_linked_over_the_embedded_mock(way: str):
    transport = MockTransport(Mock(scenario=polls(2), credits=10))

    def ask(operation: ModuleType, **arguments: Any) -> Any:
        return carried_out(operation, way, transport, arguments).data

    uploaded = ask(upload_file, body=form())
    assert (uploaded.file_size, uploaded.mime_type) == (len(PNG), "image/png")
    wish = QwenImageEditInput(prompt="make it night", image_url=uploaded.download_url)
    task_id = ask(create_task, body=QwenImageEditRequest(input_=wish)).task_id
    states = [(ask(get_task, task_id=task_id)).state for _ in range(4)]
    assert states[-1] == "success"
    assert states[0] in {"waiting", "queuing", "generating"}
    (link,) = json.loads(ask(get_task, task_id=task_id).result_json)["resultUrls"]
    assert ask(get_download_url, body=GetDownloadUrlRequest(url=link)).startswith("https://")
    assert ask(get_credits) < 10


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_small_files_and_foreign_ones_are_uploaded_over_the_embedded_mock(way: str):
    transport = MockTransport(Mock())
    small = UploadFileBase64Request(base_64_data=b64encode(PNG).decode(), upload_path="images")
    stored = carried_out(upload_file_base64, way, transport, {"body": small}).data
    assert stored.file_size == len(PNG)
    foreign = UploadFileUrlRequest(file_url=stored.download_url, upload_path="images", file_name="b.png")
    assert carried_out(upload_file_url, way, transport, {"body": foreign}).data.file_name == "b.png"


@pytest.mark.parametrize("errors", ["status", "envelope"])
@each_operation
def test_a_wrong_key_is_a_refusal_over_the_embedded_mock(operation: Operation, errors: str):
    client = AuthenticatedClient(
        "https://api.apikley.ru", token="wrong", httpx_args={"transport": MockTransport(Mock(errors=errors))}
    )
    with client:
        refusal = operation.module.sync(client=client, **operation.arguments())
    assert isinstance(refusal, operation.refusal)
    assert refusal.code == 401
