"""Each cure of the generated code: ours is well, and what the plain generator writes is not.

A check that passes on the plain package as well would prove nothing, so each is run on both.
"""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from attrs import frozen
from contract.judging import form_fields

Check = Callable[[Any], None]

REFUSAL = {"code": 402, "msg": "Insufficient Credits", "data": None}
FORGERY = b'\r\n--+++\r\nContent-Disposition: form-data; name="uploadPath"\r\n\r\nforged\r\n--+++--\r\n'


@frozen
class Cure:
    """What holds for our package and not for the plain one."""

    check: Check
    read: str
    """Which documents the plain generator read."""
    complaint: type[BaseException]
    """How the check fails there."""


CURES: dict[str, Cure] = {}


def cure(read: str, complaint: type[BaseException]) -> Callable[[Check], Check]:
    def listed(check: Check) -> Check:
        CURES[check.__name__] = Cure(check, read, complaint)
        return check

    return listed


# Answers ------------------------------------------------------------------------------------------


@cure("page", ValueError)
def status_455_is_answered_with_its_refusal(package):
    response = package.answered("createTask", 455, {"code": 455, "msg": "m"}, body=package.request())
    assert response.status_code == 455
    assert response.parsed.code == 455


@cure("pages", ValueError)
def a_status_that_nobody_has_heard_of_is_answered(package):
    assert package.answered("recordInfo", 520, {}, task_id="7f3").status_code == 520


@cure("page", ValueError)
def code_433_is_parsed(package):
    parsed = package.answered("createTask", 200, {"code": 433, "msg": "cap"}, body=package.request()).parsed
    assert (parsed.code, parsed.msg) == (433, "cap")


@cure("pages", ValueError)
def a_code_that_nobody_has_heard_of_is_parsed(package):
    assert package.answered("chat/credit", 429, {"code": 4290, "msg": "m"}).parsed.code == 4290


@cure("pages", ValueError)
def an_upload_refused_with_an_unknown_code_is_parsed(package):
    answer = {"success": False, "code": 413, "msg": "too large"}
    parsed = package.answered("file-stream-upload", 200, answer, body=package.upload(b"x")).parsed
    assert (parsed.success, parsed.code) == (False, 413)


@cure("page", TypeError)
def data_null_is_parsed(package):
    parsed = package.answered("createTask", 200, REFUSAL, body=package.request()).parsed
    assert (parsed.code, parsed.data) == (402, None)


@cure("pages", AttributeError)
def an_unknown_state_keeps_its_record_typed(package):
    answer = {"code": 200, "data": {"taskId": "7f3", "state": "paused", "createTime": 1765179676651}}
    data = package.answered("recordInfo", 200, answer, task_id="7f3").parsed.data
    assert (data.task_id, data.state, data.create_time) == ("7f3", "paused", 1765179676651)


@cure("pages", AttributeError)
def the_credits_of_a_task_are_parsed(package):
    answer = {"code": 200, "data": {"state": "success", "creditsConsumed": 2.5}}
    assert package.answered("recordInfo", 200, answer, task_id="7f3").parsed.data.credits_consumed == 2.5


# Requests -----------------------------------------------------------------------------------------


@cure("page", AssertionError)
def what_is_not_said_is_not_sent(package):
    sent = json.loads(package.sent("createTask", body=package.request()).content)
    assert sent == {
        "model": "qwen/image-edit",
        "input": {"prompt": "make it night", "image_url": "https://example.com/street.jpg"},
    }


@cure("page", TypeError)
def a_deep_copy_of_a_body_sends_what_the_body_sends(package):
    body = package.request()
    sent = package.sent("createTask", body=copy.deepcopy(body)).content
    assert sent == package.sent("createTask", body=body).content


@cure("page", TypeError)
def a_pickled_body_sends_what_the_body_sends(package):
    body = package.request()
    sent = package.sent("createTask", body=pickle.loads(pickle.dumps(body))).content
    assert sent == package.sent("createTask", body=body).content


@cure("page", AttributeError)
def values_of_an_enum_are_plain_strings(package):
    wish = package.input(prompt="p", image_url="https://example.com/a.png", output_format="png")
    assert wish.to_dict()["output_format"] == "png"


@cure("page", AssertionError)
def arguments_go_by_name_so_that_a_new_one_shifts_none(package):
    try:
        package.input("make it night", "https://example.com/street.jpg")
    except TypeError:
        return
    raise AssertionError("positional arguments were taken")


@cure("page", AssertionError)
def a_request_has_its_input(package):
    try:
        package.body("createTask")()
    except TypeError:
        return
    raise AssertionError("a request without input was built")


@cure("page", AssertionError)
def steps_are_integers(package):
    assert package.input.__annotations__["num_inference_steps"] == "int | Unset"


@cure("pages", AssertionError)
def uploads_go_to_the_upload_server(package):
    request = package.sent("file-stream-upload", body=package.upload(b"x"))
    assert request.url == "https://api.apikley.ru/file-upload/api/file-stream-upload"


@cure("pages", AssertionError)
def every_form_has_a_boundary_of_its_own(package):
    first, second = (package.sent("file-stream-upload", body=package.upload(b"x")) for _ in range(2))
    assert first.headers["content-type"] != second.headers["content-type"]


@cure("pages", AssertionError)
def content_cannot_forge_a_part_of_its_form(package):
    request = package.sent("file-stream-upload", body=package.upload(FORGERY))
    assert form_fields(request) == [("file", FORGERY), ("uploadPath", b"images")]


# Clients ------------------------------------------------------------------------------------------


@cure("page", AssertionError)
def operations_ask_for_a_client_with_a_key(package):
    operation = package.operation("createTask")
    clients = [
        function.__annotations__["client"]
        for function in (
            operation.sync,
            operation.sync_detailed,
            operation.asyncio,
            operation.asyncio_detailed,
        )
    ]
    assert clients == [package.module("client").AuthenticatedClient] * 4


@cure("page", AssertionError)
def the_key_is_in_no_repr(package):
    assert package.key not in repr(package.client())


@cure("page", AssertionError)
def the_key_is_in_no_repr_after_a_request_either(package):
    with package.client(httpx.MockTransport(lambda request: httpx.Response(418))) as client:
        package.operation("createTask").sync(client=client, body=package.request())
        shown = repr(client).replace("token='sk-test-secret'", "")  # that one has a check of its own
    assert package.key not in shown


@cure("page", AssertionError)
def no_other_credential_is_in_a_repr(package):
    kinds = vars(package.module("client"))
    for kind in ("Client", "AuthenticatedClient"):
        token = {"token": "t"} if kind == "AuthenticatedClient" else {}
        client = kinds[kind](
            "https://api.apikley.ru",
            cookies={"session": "hidden"},
            headers={"Authorization": "hidden"},
            httpx_args={"auth": ("user", "hidden")},
            **token,
        )
        assert "hidden" not in repr(client)


@cure("page", AssertionError)
def no_request_waits_for_ever(package):
    for kind in (package.client().get_httpx_client(), package.client().get_async_httpx_client()):
        assert kind.timeout == httpx.Timeout(60.0, connect=5.0)


@cure("page", AssertionError)
def models_have_names_of_their_own(package):
    names = [name for name in vars(package.module("models")) if name[0].isupper()]
    assert {"QwenImageEditRequest", "QwenImageEditInput", "CreatedTask"} <= {*names}
    assert [name for name in names if "Body" in name or "Response2" in name] == []


@cure("page", ModuleNotFoundError)
def operations_stand_under_a_tag_and_are_called_after_what_they_do(package):
    assert package.module("api.tasks.create_task") is package.operation("createTask")


# Both ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cure", CURES.values(), ids=CURES)
def test_our_package_is_cured(cure: Cure, ours):
    cure.check(ours)


@pytest.mark.parametrize("cure", CURES.values(), ids=CURES)
def test_the_plain_package_is_not(cure: Cure, plain):
    with pytest.raises(cure.complaint):
        cure.check(plain[cure.read])
