"""What the service is known to answer, and what it surely does not: by hand from the facts, not from the document.

A row says whether the document has to describe such an answer. What the facts leave open has no row.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

TASK, RESULT, FILE = (
    "task_qwen_1765179676651",
    "https://example.com/result.png",
    "https://example.com/a b.png",
)
CALLBACK = "callback"

# By operation, what its data is in a yes.
RECORD: Mapping[str, Any] = {
    "taskId": TASK,
    "model": "qwen/image-edit",
    "state": "success",
    "param": '{"model":"qwen/image-edit","input":"{\\"prompt\\":\\"make it night\\"}"}',
    "resultJson": f'{{"resultUrls":["{RESULT}"]}}',
    "failCode": None,
    "failMsg": None,
    "costTime": 15_000,
    "createTime": 1_765_179_676_651,
    "updateTime": 1_765_179_691_651,
    "completeTime": 1_765_179_691_651,
    "progress": 100,
    "creditsConsumed": 2.5,
}
UPLOADED: Mapping[str, Any] = {
    "fileName": "a b.png",
    "filePath": "images/a b.png",
    "downloadUrl": FILE,
    "fileSize": 0,
    "mimeType": "image/png",
    "uploadedAt": "2026-11-22T08:00:00.000Z",
}
UPLOADS = ("upload_file", "upload_file_base64", "upload_file_url")
JOBS = ("create_task", "get_task")
OTHERS = ("get_credits", "get_download_url")
DATA: Mapping[str, Any] = {
    "create_task": {"taskId": TASK},
    "get_task": RECORD,
    "get_credits": 6.97,
    "get_download_url": RESULT,
    **dict.fromkeys(UPLOADS, UPLOADED),
}
# What the service takes for what is not said, by the page.
DEFAULTS: Mapping[str, Any] = {
    "acceleration": "none",
    "image_size": "landscape_4_3",
    "num_inference_steps": 30,
    "guidance_scale": 4,
    "num_images": "1",
    "output_format": "png",
    "enable_safety_checker": True,
}
# What the text in resultJson can hold of this model, and what it surely does not.
RESULTS: tuple[tuple[Any, bool], ...] = (
    ({"resultUrls": [RESULT]}, True),
    ({"resultUrls": [RESULT] * 4}, True),
    ({"resultUrls": ["data:image/png;base64," + "A" * 5000]}, True),
    ({"resultUrls": [FILE]}, True),
    ({"resultUrls": [""]}, True),
    ({"resultUrls": []}, True),  # which counts as a failure
    ({"resultUrls": [RESULT], "seed": 7}, True),
    ({"resultUrls": RESULT}, False),
    ({"resultUrls": None}, False),
    ({"resultUrls": [None]}, False),
    ({"resultUrls": [7]}, False),
    ({"resultUrls": {"0": RESULT}}, False),
    ({}, False),
    ([RESULT], False),
    (None, False),
    (RESULT, False),
)
# The HTTP statuses that an operation's pages list beside 200, 5xx and 429 being met everywhere.
STATUSES: Mapping[str, tuple[int, ...]] = {
    "create_task": (400, 401, 402, 404, 422, 429, 433, 455, 500, 501, 505),
    "get_task": (400, 401, 404, 422, 429, 455, 500),
    "get_credits": (401, 429, 455, 500),
    "get_download_url": (400, 401, 404, 422, 429, 455, 500),
    **dict.fromkeys(UPLOADS, (400, 401, 405, 429, 455, 500)),
}
CODES = (400, 401, 402, 404, 405, 408, 422, 429, 433, 455, 500, 501, 505)
# Nothing is said of how long a text in an answer is.
LENGTHS = (0, 500)
UNHEARD_OF = (0, 201, 299, 418, 4290)


@frozen
class Answer:
    """An answer to an operation, or a callback, and whether the document describes it.

    is_of_use: whether a yes names what it was asked for; an empty link leads nowhere, though nothing forbids it
    """

    name: str
    operation: str
    body: Any
    is_described: bool = True
    status: int = 200
    is_of_use: bool = True


def yes(operation: str, data: Any, **more: Any) -> dict[str, Any]:
    """An envelope with code 200; `...` leaves a field out."""
    success = {"success": True} if operation in UPLOADS else {}
    said = {**success, "code": 200, "msg": "success", "data": data} | more
    return {name: value for name, value in said.items() if value is not ...}


def no(operation: str, code: Any = 402, **more: Any) -> dict[str, Any]:
    """An envelope with another code; `...` leaves a field out."""
    rest = {"success": False} if operation in UPLOADS else {"data": None}
    said = {**rest, "code": code, "msg": "Insufficient Credits"} | more
    return {name: value for name, value in said.items() if value is not ...}


def without(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key != name}


def _yeses() -> Iterator[Answer]:
    for name, data in DATA.items():
        yield Answer("a yes", name, yes(name, data))
        yield Answer("a yes with fields that nobody knows", name, yes(name, data, requestId="7f3", cost=1.5))
        for length in LENGTHS:
            yield Answer(
                f"a yes with a sentence of {length} letters", name, yes(name, data, msg="a" * length)
            )
            yield Answer(f"a no with a sentence of {length} letters", name, no(name, msg="a" * length))
        yield Answer("a yes with a code in quotes", name, yes(name, data, code="200"), False)
        yield Answer("a yes with a fraction for a code", name, yes(name, data, code=200.5), False)
        yield Answer("a yes with a sentence that is a number", name, yes(name, data, msg=7), False)
        yield Answer("a yes with no sentence at all", name, yes(name, data, msg=None), False)
        yield Answer("a yes with a code null", name, yes(name, data, code=None), False)
        yield Answer("a yes without a code", name, yes(name, data, code=...), False)
        yield Answer("a yes without data", name, yes(name, ...), False)
        yield Answer("a yes with data null", name, yes(name, None), False)
        yield Answer("a yes with a list for data", name, yes(name, [data]), False)
        yield Answer("a yes with true for data", name, yes(name, True), False)
        yield Answer("a yes that is a list", name, [yes(name, data)], False)
        yield Answer("a yes that is null", name, None, False)
        yield Answer("a yes that is a text", name, "success", False)
        yield Answer("a yes by another name of 2xx", name, yes(name, data), False, 201)
    for name in (*JOBS, *OTHERS):
        yield Answer("a yes with message for msg", name, yes(name, DATA[name], msg=..., message="success"))
        yield Answer("a yes without a sentence", name, yes(name, DATA[name], msg=...))
        yield Answer("a yes with a message that is a number", name, yes(name, DATA[name], message=7), False)
        for length in LENGTHS:
            said = {"msg": ..., "message": "a" * length}
            yield Answer(f"a yes with a message of {length} letters", name, yes(name, DATA[name], **said))
            yield Answer(f"a no with a message of {length} letters", name, no(name, **said))
    for name in UPLOADS:
        yield Answer("an upload without its success", name, yes(name, UPLOADED, success=...), False)
        yield Answer("an upload with a success in quotes", name, yes(name, UPLOADED, success="true"), False)
        yield Answer("an upload without success", name, yes(name, UPLOADED, success=False), False)
        yield Answer("an upload without a sentence", name, yes(name, UPLOADED, msg=...), False)
        for field in UPLOADED:
            yield Answer(f"an upload without {field}", name, yes(name, without(UPLOADED, field)), False)
            yield Answer(f"an upload with {field} null", name, yes(name, {**UPLOADED, field: None}), False)
            yield Answer(f"an upload with {field} a list", name, yes(name, {**UPLOADED, field: []}), False)


def _noes() -> Iterator[Answer]:
    for name in DATA:
        for code in CODES:
            yield Answer(f"a no of code {code}", name, no(name, code))
        for code in UNHEARD_OF:
            yield Answer(f"a no of code {code}, which is in no list", name, no(name, code))
        for status in STATUSES[name]:
            yield Answer(f"a no by status {status}", name, no(name, status), status=status)
            yield Answer(f"a no by status {status} without a code", name, no(name, ...), False, status)
            yield Answer(f"a no by status {status} that is a page", name, "<html>", False, status)
            yield Answer(f"a yes by status {status}", name, yes(name, DATA[name]), False, status)
        yield Answer("a no with fields that nobody knows", name, no(name, requestId="7f3"))
        yield Answer("a no with a code in quotes", name, no(name, "402"), False)
        yield Answer("a no with a fraction for a code", name, no(name, 402.5), False)
        yield Answer("a no with true for a code", name, no(name, True), False)
        yield Answer("a no with a code null", name, no(name, None), False)
        yield Answer("a no without a code", name, no(name, ...), False)
        yield Answer("a no of code 200", name, no(name, 200), False)
        yield Answer("a no with a sentence that is a number", name, no(name, msg=7), False)
        yield Answer("a no with a sentence that is null", name, no(name, msg=None), False)
        for status in (*range(200, 206), 418, 302):
            if status != 200:
                yield Answer(f"a no by status {status}", name, no(name, status), False, status)
    for name in (*JOBS, *OTHERS):
        yield Answer("a no with message for msg", name, no(name, msg=..., message="Insufficient Credits"))
        yield Answer("a no without a sentence", name, no(name, msg=...))
        yield Answer("a no without data", name, no(name, data=...))
        yield Answer("a no with a message that is a list", name, no(name, msg=..., message=[]), False)
        yield Answer("a no with a message that is null", name, no(name, msg=..., message=None), False)
    for name in UPLOADS:
        yield Answer("an upload refused without its success", name, no(name, success=...))
        yield Answer("an upload refused with success", name, no(name, success=True), False)
        yield Answer("an upload refused with a success in quotes", name, no(name, success="false"), False)
        yield Answer("an upload refused without a sentence", name, no(name, msg=...), False)
        for length in LENGTHS:
            said = no(name, msg=..., message="a" * length)
            yield Answer(f"an upload refused with a message of {length} letters", name, said)
        yield Answer("an upload refused with a message that is a list", name, no(name, message=[]), False)
        yield Answer("an upload refused with a message that is null", name, no(name, message=None), False)


def _records() -> Iterator[tuple[str, dict[str, Any], bool]]:
    """What a record may be and may not, whether it was fetched or told in a callback."""
    for field in RECORD:
        yield f"a record without {field}", without(RECORD, field), True
        yield f"a record with {field} true", {**RECORD, field: True}, False
        yield f"a record with {field} a list", {**RECORD, field: [RECORD[field]]}, False
    yield "an empty record", {}, True
    yield "a record with a field that nobody knows", {**RECORD, "whim": {"of": ["mine"]}}, True
    for state in ("waiting", "queuing", "generating", "success", "fail", "paused", "SUCCESS", ""):
        yield f"a record with state {state!r}", {**RECORD, "state": state}, True
    for field in ("resultJson", "failCode", "failMsg", "completeTime"):
        yield f"a record with {field} null", {**RECORD, field: None}, True
    for field in ("resultJson", "failCode", "failMsg", "param"):
        yield f"a record with {field} empty", {**RECORD, field: ""}, True
        yield f"a record with {field} a number", {**RECORD, field: 7}, False
    for field in ("taskId", "model", "state", "param", "createTime"):
        yield f"a record with {field} null", {**RECORD, field: None}, False
    for field in ("taskId", "model", "state"):
        yield f"a record with {field} a number", {**RECORD, field: 7}, False
    for field in ("taskId", "model", "state", "param", "resultJson", "failCode", "failMsg"):
        for length in LENGTHS:
            yield f"a record with {field} of {length} letters", {**RECORD, field: "a" * length}, True
    yield "a record of hex digits", {**RECORD, "taskId": "ee9c2715375b7837f8bb51d641ff5863"}, True
    yield "a record of an id of one letter", {**RECORD, "taskId": "a"}, True
    for progress, is_described in {0: True, 50: True, 100: True, -1: False, 101: False, 0.5: False}.items():
        yield f"a record with progress {progress}", {**RECORD, "progress": progress}, is_described
    yield "a record with progress in quotes", {**RECORD, "progress": "50"}, False
    for field in ("costTime", "createTime", "updateTime", "completeTime"):
        yield f"a record with {field} of the year 2255", {**RECORD, field: 9_000_000_000_000}, True
        yield f"a record with {field} 0", {**RECORD, field: 0}, True
        yield f"a record with {field} a fraction", {**RECORD, field: 0.5}, False
        yield f"a record with {field} in quotes", {**RECORD, field: "15"}, False
        yield f"a record with {field} beyond 64 bits", {**RECORD, field: 2**63}, False
    for field in ("creditsConsumed",):
        yield f"a record with {field} whole", {**RECORD, field: 4}, True
        yield f"a record with {field} in thousands", {**RECORD, field: 4000.5}, True
        yield f"a record with {field} in quotes", {**RECORD, field: "4"}, False


def _kinds() -> Iterator[Answer]:
    for name, record, is_described in _records():
        yield Answer(name, "get_task", yes("get_task", record), is_described)
        yield Answer(name, CALLBACK, {"code": 200, "msg": "success", "data": record}, is_described)
    for name, task_id, is_described in (
        ("hex digits", "ee9c2715375b7837f8bb51d641ff5863", True),
        ("one letter", "a", True),
        ("a number", 7, False),
        ("null", None, False),
        ("a list", [TASK], False),
    ):
        yield Answer(f"an id of {name}", "create_task", yes("", {"taskId": task_id}), is_described)
    yield Answer("a new task without an id", "create_task", yes("", {}), False)
    yield Answer("a new task and more of it", "create_task", yes("", {"taskId": TASK, "recordId": "7"}))
    for credits_ in (0, 7, 6.97, 1e9):
        yield Answer(f"credits {credits_}", "get_credits", yes("", credits_))
    yield Answer("credits in quotes", "get_credits", yes("", "6.97"), False)
    yield Answer("credits in an object", "get_credits", yes("", {"credits": 6.97}), False)
    yield Answer("a link with unescaped spaces", "get_download_url", yes("", FILE))
    for length in LENGTHS:
        link, task = yes("", "a" * length), yes("", {"taskId": "a" * length})
        yield Answer(f"a link of {length} letters", "get_download_url", link, is_of_use=False)
        yield Answer(f"an id of {length} letters", "create_task", task, is_of_use=bool(length))
    yield Answer("a link that is a number", "get_download_url", yes("", 7), False)
    yield Answer("a link in an object", "get_download_url", yes("", {"url": RESULT}), False)
    for name in UPLOADS:
        for size, is_described in {
            0: True,
            1: True,
            2**40: True,
            -1: False,
            0.5: False,
            2**63: False,
        }.items():
            body = yes(name, {**UPLOADED, "fileSize": size})
            yield Answer(f"an upload of {size} bytes", name, body, is_described)
        for field in ("fileName", "filePath", "downloadUrl", "mimeType", "uploadedAt"):
            body = yes(name, {**UPLOADED, field: 7})
            yield Answer(f"an upload with {field} a number", name, body, False)
            for length in LENGTHS:
                body = yes(name, {**UPLOADED, field: "a" * length})
                is_of_use = field != "downloadUrl"
                yield Answer(f"an upload with {field} of {length} letters", name, body, is_of_use=is_of_use)
        body = yes(name, {**UPLOADED, "fileSize": "8"})
        yield Answer("an upload with its size in quotes", name, body, False)
        for moment in ("2026-11-22T08:00:00.000Z", "2026-11-22 08:00:00"):
            yield Answer(f"an upload of {moment}", name, yes(name, {**UPLOADED, "uploadedAt": moment}))


def _callbacks() -> Iterator[Answer]:
    failed = {
        **RECORD,
        "state": "fail",
        "resultJson": None,
        "failCode": "501",
        "failMsg": "no",
        "costTime": 15,
    }
    ended = {**RECORD, "costTime": 15}
    yield Answer("the end of a task", CALLBACK, {"code": 200, "msg": "success", "data": ended})
    yield Answer("the failure of a task", CALLBACK, {"code": 501, "msg": "Generation Failed", "data": failed})
    for code in (*UNHEARD_OF, 599):
        yield Answer(f"a callback of code {code}", CALLBACK, {"code": code, "msg": "?", "data": failed})
    for length in LENGTHS:
        body = {"code": 501, "msg": "a" * length, "data": failed}
        yield Answer(f"a callback with a sentence of {length} letters", CALLBACK, body)
    yield Answer("a callback without a sentence", CALLBACK, {"code": 200, "data": ended})
    for field in ("consumeCredits", "remainedCredits", "creditsConsumed"):
        for value, is_described in ((2.5, True), (0, True), (9999, True), ("2.5", False), ([], False)):
            body = {"code": 200, "msg": "success", "data": {**ended, field: value}}
            yield Answer(f"a callback with {field} {value!r}", CALLBACK, body, is_described)
    yield Answer("a callback without a code", CALLBACK, {"msg": "success", "data": ended}, False)
    yield Answer("a callback with a code in quotes", CALLBACK, {"code": "200", "data": ended}, False)
    yield Answer("a callback with a fraction for a code", CALLBACK, {"code": 200.5, "data": ended}, False)
    yield Answer("a callback without data", CALLBACK, {"code": 200, "msg": "success"}, False)
    yield Answer("a callback with data null", CALLBACK, {"code": 200, "data": None}, False)
    yield Answer(
        "a callback with a sentence that is a number", CALLBACK, {"code": 200, "msg": 7, "data": ended}, False
    )
    yield Answer("a callback that is a list", CALLBACK, [ended], False)


def _all() -> Iterator[tuple[tuple[object, ...], Answer]]:
    """Each with what makes it the same as another: the tables above meet here and there."""
    for each in (*_yeses(), *_noes(), *_kinds(), *_callbacks()):
        yield (each.operation, each.status, repr(each.body), each.is_described), each


KEYED = dict(_all())
ANSWERS = (*KEYED.values(),)
