"""Whatever is asked of the client, it sends what the document allows or nothing at all."""

import json
import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from operator import or_
from typing import Any, get_args

import httpx
import pytest
from hypothesis import HealthCheck, currently_in_test_context, event, example, given, settings
from hypothesis import strategies as st

from apikley import InvalidRequest
from apikley.options import Acceleration, ImageSize, OutputFormat
from clients.harness import OPENERS
from contract.client.limits import PICTURE, REFUSED, TAKEN, in_body, parameter_of, to_sent, to_wish
from contract.judging import CORRECTED, PRISTINE, form_fields, request_validator

STREET = "https://example.com/street.jpg"
PICTURES = {
    "image/png": PICTURE,
    "image/jpeg": b"\xff\xd8\xff\xe0\xff\xd9",
    "image/webp": b"RIFF\x04\0\0\0WEBP",
}
ANSWERS: dict[str, object] = {
    "/api/v1/jobs/createTask": {"taskId": "7f3"},
    "/api/v1/common/download-url": STREET,
    "/file-upload/api/file-stream-upload": {
        "fileName": "a b.png",
        "filePath": "apikley/a b.png",
        "downloadUrl": "https://example.com/apikley/a b.png",
        "fileSize": 8,
        "mimeType": "image/png",
        "uploadedAt": "2026-11-22T08:00:00.000Z",
    },
}
CREATE = {
    "corrected": request_validator(CORRECTED, "create_task"),
    "pristine": request_validator(PRISTINE, "qwen-image-edit"),
}
LINK = request_validator(CORRECTED, "get_download_url")
UPLOAD = request_validator(CORRECTED, "upload_file")


class Service:
    """Answers every request with a yes, and keeps it."""

    def __init__(self, way: str = "Apikley") -> None:
        self.requests: list[httpx.Request] = []
        self.client = OPENERS[way]("sk-test-1", transport=httpx.MockTransport(self._answer))

    @contextmanager
    def asked(self) -> Iterator[list[httpx.Request]]:
        """The requests that are made meanwhile; none at all if one is refused locally."""
        self.requests.clear()
        try:
            yield self.requests
        except InvalidRequest as error:
            note_branch(f"refused: {error.parameter}")
            if self.requests or not error.parameter:
                raise AssertionError("refused, and not before anything was sent") from error
        else:
            note_branch("sent")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = {"success": True, "code": 200, "msg": "success", "data": ANSWERS[request.url.path]}
        return httpx.Response(200, json=answer)


def note_branch(name: str) -> None:
    """Count, for --hypothesis-show-statistics, which way the examples go."""
    if currently_in_test_context():
        event(name)


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, Service]]:
    """Both ways, which are asked the same: what is made up is made up once for them."""
    services = {way: Service(way) for way in OPENERS}
    with ExitStack() as stack:
        for service in services.values():
            stack.enter_context(service.client)
        yield services


@pytest.fixture(params=OPENERS)
def service(request, services) -> Service:
    return services[request.param]


def check_edit(requests: list[httpx.Request]) -> dict[str, Any]:
    """See that a task was asked for as the documents allow; the body."""
    body = json.loads(requests[-1].content)
    for name, judge in CREATE.items():
        assert [f"{name}: {error}" for error in judge.iter_errors(body)] == []
    return body


def as_text(value: object) -> str:
    """JSON in a fixed order, for 5 == 5.0 and 0 == False where values are compared."""
    return json.dumps(value, sort_keys=True)


def edges(*values: float) -> st.SearchStrategy[float]:
    """Numbers at, next to and between some values."""
    near = [step(value) for value in values for step in (float, _below, _above)]
    return st.sampled_from(near) | st.floats(min(values), max(values))


def _below(value: float) -> float:
    return math.nextafter(value, -math.inf)


def _above(value: float) -> float:
    return math.nextafter(value, math.inf)


def addresses(schemes: list[str], users: list[str], hosts: Any, ports: list[str], rest: Any) -> Any:
    """Addresses put together of their parts."""
    parts = (st.sampled_from(schemes), st.sampled_from(users), hosts, st.sampled_from(ports), rest)
    return st.builds("".join, st.tuples(*parts))


text = st.text(st.characters(exclude_categories=()))  # half characters too, unlike Hypothesis's own
HOSTS = [
    "example.com",
    "EXAMPLE.com",
    "münchen.de",
    "пример.рф",
    "例え.テスト",
    "a_b.c",
    "127.0.0.1",
    "[::1]",
]
PATHS = [
    "/a b/ü.jpg",
    "/a%20b",
    "/100%",
    "/%zz",
    "//",
    "/[a]|{b}^`",
    "/\n\t",
    "?q=ä b&c=[d]",
    "?a?b",
    '?"<>\\',
    "#",
]


def is_seen(words: str) -> bool:
    """Whether there is anything to be seen in it: a prompt of spaces and controls is an empty one."""
    return any(sign.isprintable() and not sign.isspace() for sign in words)


good_links = addresses(
    ["http://", "https://", "HTTPS://", " https://"],
    ["", "", "user@", "user:pass@", "ü:ß@", "a@b@", "%zz@"],
    st.sampled_from(HOSTS),
    ["", "", ":443", ":"],
    st.sampled_from(["", *PATHS]) | st.text().map("/".__add__) | st.text().map("?".__add__),
)
wild_links = addresses(
    ["http://", "https://", "http:", "http:/", "https:///"],
    ["", "", "@", ":@", "[@", "\ud800@"],
    st.sampled_from(
        ["", ".", "-", "a..b", "exa mple.com", "a%20b", "[", "[::1", "[::1%25a]", "[a]", "٣", "xn--", "ſ"]
    )
    | text,
    ["", "", ":0", ":65536", ":x", ":٣", ":-1"],
    st.sampled_from(["", *PATHS]) | text,
)

GOOD: dict[str, Any] = {
    "image": good_links,
    "prompt": st.text(min_size=1).filter(is_seen) | st.just("ä" * 2000),
    "image_size": st.sampled_from(get_args(ImageSize)),
    "num_images": st.integers(1, 4),
    "output_format": st.sampled_from(get_args(OutputFormat)),
    "seed": st.integers(-(2**63) + 1, 2**63 - 1),
    "num_inference_steps": st.integers(2, 49),
    "guidance_scale": st.floats(0, 20) | st.integers(0, 20),
    "acceleration": st.sampled_from(get_args(Acceleration)),
    "negative_prompt": st.text(max_size=5) | st.just("ä" * 500),
    "enable_safety_checker": st.booleans(),
    "sync_mode": st.booleans(),
    "callback_url": good_links,
}

wrong = (
    st.none()
    | st.booleans()
    | st.integers(0, 5)
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from([[], b""])
)
whole = st.integers(-3, 60) | st.integers() | st.sampled_from([2**63 - 1, 2**63, -(2**63)])
WILD: dict[str, Any] = {
    "image": wild_links,  # text that is no address is taken for a path
    "prompt": text | st.integers(1990, 2010).map("ä".__mul__) | st.sampled_from(["", " \n"]),
    "image_size": st.text() | wrong,
    "num_images": whole | wrong,
    "output_format": st.sampled_from(["webp", "PNG", "jpg"]) | wrong,
    "seed": whole | wrong,
    "num_inference_steps": whole | wrong,
    "guidance_scale": edges(0, 20) | whole | wrong,
    "acceleration": st.sampled_from(["None", "very"]) | wrong,
    "negative_prompt": text | st.integers(495, 505).map("𐍈".__mul__) | wrong,
    "enable_safety_checker": wrong,
    "sync_mode": wrong,
    "callback_url": wild_links
    | wrong
    | st.sampled_from(["ftp://example.com", "javascript:alert(1)", "//a.b", "a.b"]),
}


def wishes() -> st.SearchStrategy[dict[str, Any]]:
    """Arguments for an edit, all within the limits."""
    needed = {name: GOOD[name] for name in ("image", "prompt")}
    return st.fixed_dictionaries(needed, optional={name: GOOD[name] for name in GOOD.keys() - needed.keys()})


def spoilt_wishes() -> st.SearchStrategy[dict[str, Any]]:
    """The same with any value for one of them: with several, most requests would be refused for the same few."""
    spoilt = st.one_of(*(st.fixed_dictionaries({name: values}) for name, values in WILD.items()))
    return st.builds(or_, wishes(), spoilt)


thorough = settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])


@thorough
@given(wish=spoilt_wishes())
def test_no_request_is_sent_that_the_documents_do_not_allow(services, wish):
    for service in services.values():
        with service.asked() as requests:
            service.client.submit(**wish)
            check_edit(requests)


@thorough
@given(wish=wishes())
@example(wish={"image": STREET, "prompt": "make it night"})
@example(wish={"image": STREET, "prompt": "\0a", "callback_url": "https://пример.рф/обратно?к=а б"})
@example(wish={"image": STREET, "prompt": "a", "seed": 2**53 + 1, "guidance_scale": 4})
@example(wish={"image": STREET, "prompt": "a", "seed": 0, "guidance_scale": 0, "negative_prompt": ""})
@example(wish={"image": STREET, "prompt": "a", "sync_mode": False, "enable_safety_checker": False})
def test_what_is_within_the_limits_is_sent_as_it_was_said(services, wish):
    for service in services.values():
        service.requests.clear()
        service.client.submit(**wish)
        check_said(check_edit(service.requests), wish)


def check_said(body: dict[str, Any], wish: dict[str, Any]) -> None:
    """See that a body says what was wished, and nothing that was not."""
    said = {name: wish[name] for name in wish.keys() - {"image", "callback_url"}}
    if "num_images" in said:
        said["num_images"] = str(said["num_images"])
    assert body["input"].pop("image_url").startswith(("http://", "https://"))
    assert body.pop("callBackUrl", "").startswith("http") == ("callback_url" in wish)
    assert as_text(body) == as_text({"model": "qwen/image-edit", "input": said})


@thorough
@given(link=good_links | wild_links | text)
def test_no_link_is_asked_for_that_the_document_does_not_allow(services, link):
    for service in services.values():
        with service.asked() as requests:
            service.client.download_url(link)
            assert [*LINK.iter_errors(json.loads(requests[-1].content))] == []


@given(kind=st.sampled_from([*PICTURES]), content=st.binary(max_size=200))
@example(
    kind="image/png", content=b'\r\n--+++\r\nContent-Disposition: form-data; name="uploadPath"\r\n\r\n/x\r\n'
)
@settings(max_examples=40, deadline=None)
def test_an_upload_is_the_form_that_the_document_describes(services, kind, content):
    for service in services.values():
        with service.asked() as requests:
            service.client.submit(PICTURES[kind] + content, "make it night")
            upload, _ = requests
            fields = form_fields(upload)
            assert [name for name, _ in fields] == ["file", "uploadPath", "fileName"]
            form = {name: value.decode("latin-1") for name, value in fields}
            assert [*UPLOAD.iter_errors(form)] == []
            assert dict(fields)["file"] == PICTURES[kind] + content
            assert f"Content-Type: {kind}\r\n".encode() in upload.content
            assert check_edit(requests)["input"]["image_url"] == "https://example.com/apikley/a%20b.png"


def test_two_pictures_have_two_names(service):
    """A name that exists is overwritten, after some delay: one would edit the other's picture."""
    with service.asked() as requests:
        for content in (b"one", b"other"):
            service.client.upload(PICTURES["image/png"] + content)
    names = [dict(form_fields(request))["fileName"] for request in requests]
    assert len({*names}) == 2


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("https://example.com/done", "https://example.com/done?"),
        ("https://example.com/done?token=7f3a&a=%20", "https://example.com/done?token=7f3a&a=%20&"),
    ],
)
def test_a_callbacks_address_is_sent_whole_and_bears_the_name_of_its_submission(service, address, sent):
    names = []
    for _ in range(2):
        with service.asked() as requests:
            service.client.submit(STREET, "make it night", callback_url=address)
            callback = check_edit(requests)["callBackUrl"]
        assert callback.startswith(f"{sent}apikley=")
        names.append(callback.removeprefix(f"{sent}apikley="))
    assert len({*names}) == 2


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        ("https://example.com/street.jpg", "https://example.com/street.jpg"),
        ("HTTPS://example.com", "https://example.com"),
        (" https://example.com/a b.jpg ", "https://example.com/a%20b.jpg"),
        ("https://example.com/a%20b.jpg?x=%zz", "https://example.com/a%20b.jpg?x=%25zz"),
        ("https://пример.рф/ü.png?q=é#part", "https://xn--e1afmkfd.xn--p1ai/%C3%BC.png?q=%C3%A9"),
        ("http://[::1]:8080/a[1].png", "http://[::1]:8080/a%5B1%5D.png"),
        ("http://user:pass@example.com/", "http://user:pass@example.com/"),
    ],
)
def test_an_address_is_sent_as_a_uri(service, source, sent):
    with service.asked() as requests:
        service.client.submit(source, "make it night")
        assert check_edit(requests)["input"]["image_url"] == sent
    assert len(requests) == 1


def ids(value: object) -> str:
    return ascii(value)[:30]


@pytest.mark.parametrize(("parameter", "value"), TAKEN, ids=ids)
def test_what_the_facts_allow_is_sent(service, parameter, value):
    with service.asked() as requests:
        service.client.submit(**to_wish(parameter, value))
        body = check_edit(requests)
    assert as_text(in_body(body, parameter)) == as_text(to_sent(parameter, value))


@pytest.mark.parametrize(("parameter", "value"), REFUSED, ids=ids)
def test_what_the_facts_do_not_allow_is_refused_before_anything_is_sent(service, parameter, value):
    service.requests.clear()
    with pytest.raises(InvalidRequest) as caught:
        service.client.submit(**to_wish(parameter, value))
    assert caught.value.parameter == parameter_of(parameter, value)
    assert service.requests == []
