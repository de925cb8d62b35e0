"""What the service does over several requests and in time: by hand from the facts, not from the document."""

import base64
import hashlib
import hmac
import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from traceback import extract_tb
from typing import Any

from attrs import frozen

from apikley.mock import Document, Mock, Reply, Request, VirtualClock, lasts, polls
from contract.verdicts.answers import CALLBACK
from contract.verdicts.describing import Describer
from contract.verdicts.rows import (
    BASE64,
    BY_URL,
    CREATE,
    CREDITS,
    FETCH,
    FORM,
    JSON,
    KEY,
    LINK,
    STREAM,
    form,
    whole,
    wish,
)

ORIGIN, SOURCE, HOOK = "https://api.apikley.ru", "https://example.com/street.jpg", "http://127.0.0.1:9/done"
HOUR = 3600
OTHER_KEY = "Bearer sk-test-2"
SIZES = ("square", "square_hd", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9")
OPERATIONS = {
    CREATE: "create_task",
    FETCH: "get_task",
    CREDITS: "get_credits",
    LINK: "get_download_url",
    STREAM: "upload_file",
    BASE64: "upload_file_base64",
    BY_URL: "upload_file_url",
}
SUCCESS, FAILURE = polls(0), polls(0, "fail")


class Wrong(AssertionError):
    """The service does something else."""


def same(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise Wrong(f"{what} is {found!r:.200}, not {wanted!r:.200}")


def within(found: float, least: float, most: float, what: str) -> None:
    if not least <= found <= most:
        raise Wrong(f"{what} is {found!r}, not between {least} and {most}")


@frozen
class Client:
    """One who asks a mock of this document; every answer has to be one that the document describes."""

    mock: Mock
    describer: Describer

    def heard(
        self, method: str, path: str, body: Any = b"", query: str = "", media_type: str = JSON, key: str = KEY
    ) -> tuple[Reply, Any]:
        """The answer, and what it says."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"authorization": key, "content-type": media_type}
        reply = self.mock.handle(Request(method, path, query, headers, content, ORIGIN))
        return reply, None if method == "HEAD" else self.see(OPERATIONS[path], reply.status, reply.body)

    def ask(self, *said: Any, **more: Any) -> Reply:
        return self.heard(*said, **more)[0]

    def see(self, name: str, status: int, body: bytes) -> Any:
        answer = json.loads(body)
        if not self.describer.describes(name, status, answer):
            raise Wrong(f"{name} answers {status} {body[:200]!r}, which the document does not describe")
        return answer

    def data(self, *said: Any, **more: Any) -> Any:
        reply, answer = self.heard(*said, **more)
        same((reply.status, reply.code), (200, 200), "the answer")
        return answer["data"]

    def create(self, *, callback: Any = ..., **more: Any) -> str:
        body = whole(input=wish(**{"image_url": SOURCE} | more), callBackUrl=callback)
        return str(self.data("POST", CREATE, body)["taskId"])

    def fetch(self, task_id: str) -> dict[str, Any]:
        record: dict[str, Any] = self.data("GET", FETCH, query=f"taskId={task_id}")
        return record

    def results(self, task_id: str) -> list[str]:
        links: list[str] = json.loads(self.fetch(task_id)["resultJson"])["resultUrls"]
        return links

    def upload(self, content: bytes, name: str = "a.png") -> str:
        parts = form(("file", name, content), ("uploadPath", None, "images"), ("fileName", None, name))
        return str(self.data("POST", STREAM, parts, media_type=FORM)["downloadUrl"])

    def download(self, link: str) -> Reply:
        return self.mock.handle(Request.of("GET", link, {}, b""))

    def told(self) -> list[dict[str, Any]]:
        return [self.see(CALLBACK, 200, delivery.body) for delivery in self.mock.deliveries]


Opens = Callable[..., Client]
Walk = Callable[[Opens], None]


def opener(document: Document, described: dict[str, Any]) -> Opens:
    """Opens clients of mocks of one document, whose answers are held against another, or the same."""
    describer = Describer(described)

    def opens(**settings: Any) -> Client:
        return Client(Mock(document=document, clock=VirtualClock(), **settings), describer)

    return opens


def a_task_runs_through_its_states_and_ends(opens: Opens) -> None:
    client = opens(scenario=polls(5))
    task_id = client.create()
    states = [client.fetch(task_id)["state"] for _ in range(8)]
    order = ["waiting", "queuing", "generating", "success"]
    same([*dict.fromkeys(states)], order, "the order of the states")
    same(states[5:], ["success"] * 3, "how it stays")


def a_running_task_has_no_result_and_no_end(opens: Opens) -> None:
    client = opens(scenario=polls(5))
    task_id = client.create()
    record = client.fetch(task_id)
    same(record["taskId"], task_id, "the task")
    same(record["model"], "qwen/image-edit", "the model")
    same(record["resultJson"] or "", "", "the result")
    same(record["failCode"] or "", "", "the failure's code")
    same(record["failMsg"] or "", "", "the failure's sentence")
    same(record["completeTime"], None, "the end")
    same("creditsConsumed" in record, False, "the price")


def who_looks_by_head_has_not_fetched(opens: Opens) -> None:
    """Whoever only asks what a fetch would be answered moves no task and uses up no limit."""
    client = opens(scenario=polls(2), rate_limit=True)
    task_id = client.create()
    for _ in range(12):
        reply = client.ask("HEAD", FETCH, query=f"taskId={task_id}")
        same((reply.status, reply.body), (200, b""), "the answer")
    states = [client.fetch(task_id)["state"] for _ in range(3)]
    same((states[0], states[2]), ("waiting", "success"), "the states of the first fetch and of the third")


def a_success_is_told_whole(opens: Opens) -> None:
    client = opens(scenario=lasts(15))
    task_id = client.create(num_images="2", seed=7)
    client.mock.advance(20)
    record = client.fetch(task_id)
    same(record["state"], "success", "the state")
    same(record["failCode"] or "", "", "the failure's code")
    same(record["failMsg"] or "", "", "the failure's sentence")
    same(len(json.loads(record["resultJson"])["resultUrls"]), 2, "the number of results")
    same(record["completeTime"] - record["createTime"], 15_000, "the milliseconds")
    same(record["updateTime"], record["completeTime"], "the last change")
    same(record["costTime"], 15_000, "costTime, in milliseconds here,")
    same(record["createTime"], 1_765_179_676_000, "createTime, in Unix milliseconds,")
    param = json.loads(record["param"])
    same(param["model"], "qwen/image-edit", "the model of the request")
    said = {"prompt": "make it night", "image_url": SOURCE, "num_images": "2", "seed": 7}
    same(json.loads(param["input"]), said, "the input of the request, JSON in JSON,")


def a_failed_task_is_a_yes_with_a_numeric_text(opens: Opens) -> None:
    client = opens(scenario=FAILURE)
    record = client.fetch(client.create())
    same(record["state"], "fail", "the state")
    same(record["failCode"], "501", "the code")
    same(bool(record["failMsg"]), True, "that there is a sentence")
    same(record["resultJson"] or "", "", "the result")


def progress_is_told_in_per_cent(opens: Opens) -> None:
    client = opens(scenario=polls(3), progress=True)
    task_id = client.create()
    told = [client.fetch(task_id)["progress"] for _ in range(4)]
    same((told[0] < told[1] < told[2] < told[3], told[3]), (True, 100), "the progress")


def an_id_looks_like_one_and_is_new(opens: Opens) -> None:
    client = opens()
    ids = [client.create() for _ in range(5)]
    same(len({*ids}), 5, "the number of ids")
    for task_id in ids:
        same((task_id[:10], task_id[10:].isdecimal()), ("task_qwen_", True), f"the form of {task_id}")


def a_price_is_by_size_times_pictures(opens: Opens) -> None:
    client = opens(scenario=SUCCESS)
    ends = {"square": (1, 1), "square_hd": (3.5, 3.5)}
    left = client.data("GET", CREDITS)
    for size in SIZES:
        for count in (1, 4):
            record = client.fetch(client.create(image_size=size, num_images=str(count)))
            before, left = left, client.data("GET", CREDITS)
            price = round(before - left, 6)
            least, most = ends.get(size, (2, 2.5))
            within(price / count, least, most, f"the price of {size}")
            same(record["creditsConsumed"], price, "what the record says of the price")


def what_is_not_said_is_one_landscape_in_png(opens: Opens) -> None:
    client = opens(scenario=SUCCESS)
    unsaid, said = (
        client.create(),
        client.create(image_size="landscape_4_3", num_images="1", output_format="png"),
    )
    records = [client.fetch(task_id) for task_id in (unsaid, said)]
    same(records[0]["creditsConsumed"], records[1]["creditsConsumed"], "the price of what was not said")
    ends = [[link.rpartition("/")[2] for link in client.results(task_id)] for task_id in (unsaid, said)]
    same(ends, [["1.png"]] * 2, "the results")
    same(_pixels(client, unsaid), _pixels(client, said), "the size")


def a_result_has_the_shape_that_its_size_names(opens: Opens) -> None:
    client = opens(scenario=SUCCESS)
    for size in SIZES:
        width, height = _pixels(client, client.create(image_size=size)) or (0, 0)
        shape = {"square": (1, 1), "square_hd": (1, 1)}.get(size)
        if shape is None:
            way, *sides = size.split("_")
            long, short = map(int, sorted(sides, key=int, reverse=True))
            shape = (long, short) if way == "landscape" else (short, long)
        same(width * shape[1], height * shape[0], f"the shape of {size}")
        same(max(width, height), 512 if size == "square" else 1024, f"the longer side of {size}")


def _pixels(client: Client, task_id: str) -> tuple[int, int] | None:
    task = client.mock.tasks.get(task_id)
    return task.wish.pixels if task else None


def a_result_is_a_picture_of_the_format_that_was_asked_for(opens: Opens) -> None:
    client = opens(scenario=SUCCESS)
    for name, kind, start in (
        ("png", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("jpeg", "image/jpeg", b"\xff\xd8\xff"),
    ):
        (link,) = client.results(client.create(image_size="square", output_format=name))
        reply = client.download(link)
        same(dict(reply.headers)["content-type"], kind, "the type of the result")
        same(reply.body[: len(start)], start, "how the result begins")


def the_number_of_results_is_what_was_asked_for(opens: Opens) -> None:
    client = opens(scenario=SUCCESS)
    for count in range(1, 5):
        same(len({*client.results(client.create(num_images=str(count)))}), count, "the number of results")


def sync_mode_brings_the_picture_in_the_record(opens: Opens) -> None:
    client = opens(scenario=SUCCESS)
    for mode, start in ((True, "data:image/png;base64,"), (False, "https://")):
        (link,) = client.results(client.create(image_size="square", sync_mode=mode))
        same(link[: len(start)], start, "how the result begins")


def a_seed_makes_the_same_picture_again(opens: Opens) -> None:
    def picture(**more: Any) -> bytes:
        client = opens(scenario=SUCCESS)
        (link,) = client.results(client.create(image_size="square", **more))
        return client.download(link).body

    same(picture(seed=7), picture(seed=7), "the picture of a seed")
    same(picture(seed=7) == picture(seed=8), False, "that another seed makes the same picture")
    other = picture(seed=7, prompt="paint it red")
    same(picture(seed=7) == other, False, "that another prompt makes the same picture")


def results_live_for_a_day(opens: Opens) -> None:
    client = opens(scenario=SUCCESS)
    (link,) = client.results(client.create(image_size="square"))
    client.mock.advance(24 * HOUR - 1)
    same(client.download(link).status, 200, "the status after nearly a day")
    client.mock.advance(1)
    same(client.download(link).status in (403, 404), True, "that it is gone after a day")


def uploads_live_for_a_day_to_three(opens: Opens) -> None:
    client = opens()
    link = client.upload(_png())
    client.mock.advance(24 * HOUR - 1)
    same(client.download(link).status, 200, "the status after nearly a day")
    client.mock.advance(48 * HOUR + 1)
    same(client.download(link).status in (403, 404), True, "that it is gone after three days")


def a_download_link_lives_for_twenty_minutes(opens: Opens) -> None:
    client = opens(scenario=SUCCESS)
    (link,) = client.results(client.create(image_size="square"))
    signed = client.data("POST", LINK, {"url": link})
    same(client.download(signed).status, 200, "the status at once")
    client.mock.advance(20 * 60 - 1)
    same(client.download(signed).status, 200, "the status after nearly twenty minutes")
    client.mock.advance(1)
    same(client.download(signed).status in (403, 404), True, "that it is gone after twenty minutes")
    same(client.download(link).status, 200, "the status of the result itself")


def an_upload_is_told_as_it_is(opens: Opens) -> None:
    client, content = opens(), _png()
    said = {
        "base64Data": base64.b64encode(content).decode(),
        "uploadPath": "images/mine",
        "fileName": "a b.png",
    }
    told = client.data("POST", BASE64, said)
    same((told["fileName"], told["filePath"]), ("a b.png", "images/mine/a b.png"), "name and path")
    same((told["fileSize"], told["mimeType"]), (len(content), "image/png"), "size and type")
    same(told["uploadedAt"][:19], "2025-12-08T07:41:16", "the moment")
    same(client.download(told["downloadUrl"]).body, content, "the file")
    parts = form(("file", "x", content), ("uploadPath", None, "images/mine"), ("fileName", None, "c.png"))
    linked = {"fileUrl": told["downloadUrl"], "uploadPath": "images/mine", "fileName": "d.png"}
    for name, other in (
        ("c.png", client.data("POST", STREAM, parts, media_type=FORM)),
        ("d.png", client.data("POST", BY_URL, linked)),
    ):
        same((other["fileName"], other["filePath"]), (name, f"images/mine/{name}"), "name and path")
        same(client.download(other["downloadUrl"]).body, content, "the file")
    said = {**said, "base64Data": base64.b64encode(b"%PDF-").decode()}
    client.data("POST", BASE64, said)
    same(
        client.download(told["downloadUrl"]).body, b"%PDF-", "the file of the same name after another upload"
    )


def a_model_takes_jpeg_png_and_webp_of_ten_mebibytes(opens: Opens) -> None:
    client = opens(scenario=SUCCESS)
    good = [_png(), _png(10 * 2**20), base64.b64decode(WEBP), base64.b64decode(JPEG)]
    for number, content in enumerate(good):
        record = client.fetch(client.create(image_url=client.upload(content, f"{number}.png")))
        same((record["state"], record["failMsg"] or ""), ("success", ""), f"what becomes of picture {number}")
    bad = [_png(10 * 2**20 + 1), base64.b64decode(GIF), b"....ftypheic a HEIC named .png"]
    for number, content in enumerate(bad):
        record = client.fetch(client.create(image_url=client.upload(content, f"bad-{number}.png")))
        same(record["state"], "fail", f"what becomes of wrong picture {number}")
        same(record["failMsg"][:1].isalpha(), True, "that a sentence says so")


def twenty_tasks_in_ten_seconds_are_allowed(opens: Opens) -> None:
    client = opens(rate_limit=True)
    for _ in range(20):
        client.create()
    same(_refusal(client.ask("POST", CREATE, whole())), (429, False), "the 21st")
    same(
        _refusal(client.ask("POST", CREATE, whole(), key=OTHER_KEY)),
        (429, False),
        "another key's, of one account",
    )
    same(len(client.mock.tasks), 20, "the number of tasks")
    client.mock.advance(9.9)
    same(_refusal(client.ask("POST", CREATE, whole())), (429, False), "one after 9.9 s")
    client.mock.advance(0.1)
    client.create()


def ten_questions_a_second_are_allowed(opens: Opens) -> None:
    client = opens(rate_limit=True)
    task_id = client.create()
    for _ in range(10):
        client.fetch(task_id)
    query = f"taskId={task_id}"
    same(_refusal(client.ask("GET", FETCH, query=query)), (429, False), "the 11th")
    same(client.ask("GET", FETCH, query=query, key=OTHER_KEY).code, 200, "another key's first")
    client.mock.advance(0.9)
    same(_refusal(client.ask("GET", FETCH, query=query)), (429, False), "one after 0.9 s")
    client.mock.advance(0.1)
    client.fetch(task_id)


def refusals_come_as_they_usually_do(opens: Opens) -> None:
    """Most in HTTP 200; a rate limit, a wrong route and a fault by status."""
    client = opens(errors="known")
    usual = {
        "a wrong model": (client.ask("POST", CREATE, whole(model="qwen/other")), 422),
        "no JSON": (client.ask("POST", CREATE, b"{"), 400),
        "no prompt": (client.ask("POST", CREATE, whole(input=wish(prompt=...))), 500),
        "no source": (client.ask("POST", CREATE, whole(input=wish(image_url=...))), 422),
        "a wrong key": (client.ask("GET", CREDITS, key="Bearer wrong"), 401),
        "no task id": (client.ask("GET", FETCH), 400),
        "an unknown task": (client.ask("GET", FETCH, query="taskId=1"), 422),
        "a foreign link": (client.ask("POST", LINK, {"url": SOURCE}), 422),
    }
    for path, kind in ((STREAM, FORM), (BASE64, JSON), (BY_URL, JSON)):
        wrong_folder: Any = {"base64Data": "AA==", "fileUrl": SOURCE, "uploadPath": "/images"}
        if kind is FORM:
            wrong_folder = form(("file", "a.png", b"1"), ("uploadPath", None, "/images"))
        usual |= {
            f"{path} with half a body": (client.ask("POST", path, b"{", media_type=kind), 400),
            f"{path} with a wrong folder": (client.ask("POST", path, wrong_folder, media_type=kind), 400),
            f"{path} with nothing": (
                client.ask("POST", path, form() if kind is FORM else {}, media_type=kind),
                400,
            ),
            f"{path} with a wrong key": (client.ask("POST", path, {}, key="Bearer wrong"), 401),
        }
    for name, (reply, code) in usual.items():
        same((reply.status, reply.code), (200, code), f"the answer to {name}")
    for code in (429, 500):
        client.mock.fail_next(code)
        same(_refusal(client.ask("GET", CREDITS)), (code, False), f"a {code}")
    for code in (401, 402, 408, 433, 455, 501, 505):
        client.mock.fail_next(code)
        same(_refusal(client.ask("POST", CREATE, whole())), (code, True), f"a {code}")


def a_refusal_by_a_fault_says_what_the_service_says(opens: Opens) -> None:
    client = opens(errors="envelope")
    said = {  # the page's list of codes
        401: "Unauthorized",
        402: "Insufficient Credits",
        404: "Not Found",
        422: "Validation Error",
        429: "Rate Limited",
        455: "Service Unavailable",
        500: "Server Error",
        501: "Generation Failed",
    }
    for code in (400, 401, 402, 404, 408, 422, 429, 433, 455, 500, 501, 505):
        client.mock.fail_next(code)
        reply = client.ask("POST", CREATE, whole())
        answer = json.loads(reply.body)
        same((reply.status, answer["code"], answer["data"]), (200, code, None), f"a {code}")
        same(answer["msg"], said.get(code, answer["msg"] or "a sentence"), f"what a {code} says")
    same(len(client.mock.tasks), 0, "the number of tasks")


def _refusal(reply: Reply) -> tuple[int, bool]:
    """The code, and whether it came in an envelope."""
    return reply.code, reply.status == 200


def a_callback_tells_a_success_with_the_record(opens: Opens) -> None:
    client = opens(scenario=lasts(15))
    task_id = client.create(callback=HOOK)
    client.mock.advance(20)
    (news,) = client.told()
    same(news["code"], 200, "the code")
    data, record = news["data"], client.fetch(task_id)
    same(data["costTime"], 15, "costTime, in seconds here,")
    same(data["remainedCredits"], client.data("GET", CREDITS), "the credits left")
    paid = {data[name] for name in ("creditsConsumed", "consumeCredits") if name in data}
    same(paid, {record["creditsConsumed"]}, "the price")
    rest = {key: value for key, value in record.items() if key not in ("costTime", "creditsConsumed")}
    same({key: data.get(key) for key in rest}, rest, "the rest of the record")


def a_callback_tells_a_failure_with_code_501(opens: Opens) -> None:
    client = opens(scenario=FAILURE)
    client.fetch(client.create(callback=HOOK))
    (news,) = client.told()
    same((news["code"], news["data"]["state"], news["data"]["failCode"]), (501, "fail", "501"), "the news")


def a_callback_goes_where_the_request_said_and_only_at_the_end(opens: Opens) -> None:
    client = opens(scenario=polls(2))
    task_id = client.create(callback=HOOK)
    client.create()
    for told in (0, 0, 1, 1):
        client.fetch(task_id)
        same(len(client.told()), told, "the number of callbacks")
    same(client.mock.deliveries[0].url, HOOK, "the address")


def a_callback_is_signed_with_id_and_time(opens: Opens) -> None:
    client = opens(scenario=SUCCESS, callback_key="test-webhook-hmac-key")
    task_id = client.create(callback=HOOK)
    client.fetch(task_id)
    (delivery,) = client.mock.deliveries
    headers = {name.lower(): value for name, value in delivery.headers}
    signed = f"{task_id}.{headers.get('x-webhook-timestamp')}".encode()
    wanted = base64.b64encode(hmac.digest(b"test-webhook-hmac-key", signed, hashlib.sha256)).decode()
    same(headers.get("x-webhook-signature"), wanted, "the signature")
    same(headers.get("x-webhook-timestamp"), "1765179676", "the timestamp")


def without_a_key_nothing_is_signed(opens: Opens) -> None:
    client = opens(scenario=SUCCESS)
    client.fetch(client.create(callback=HOOK))
    (delivery,) = client.mock.deliveries
    same([name for name, _ in delivery.headers if "webhook" in name.lower()], [], "the signature")


def who_cannot_pay_gets_no_task(opens: Opens) -> None:
    client = opens(credits=3.4)
    same(client.ask("POST", CREATE, whole(input=wish(image_size="square_hd"))).code, 402, "the code")
    same((len(client.mock.tasks), client.data("GET", CREDITS)), (0, 3.4), "tasks and credits")
    client.create(image_size="square")
    same(client.data("GET", CREDITS), 2.4, "the credits after a small one")
    client = opens(credits=1)
    client.create(image_size="square")
    same(client.data("GET", CREDITS), 0, "what is left of the last credit")


def a_new_task_may_be_unknown_for_a_moment(opens: Opens) -> None:
    client = opens(scenario=polls(0, unknown_for=1))
    task_id = client.create()
    reply = client.ask("GET", FETCH, query=f"taskId={task_id}")
    same((reply.code, json.loads(reply.body)["msg"]), (422, "recordInfo is null"), "the first answer")
    same(client.fetch(task_id)["state"], "success", "the second")


def each_task_is_its_own(opens: Opens) -> None:
    client = opens(scenario=SUCCESS)
    prompts = ("make it night", "paint it red", "add snow")
    ids = [client.create(prompt=prompt) for prompt in prompts]
    for task_id, prompt in zip(ids, prompts, strict=True):
        record = client.fetch(task_id)
        same(json.loads(json.loads(record["param"])["input"])["prompt"], prompt, "the prompt")
        (link,) = json.loads(record["resultJson"])["resultUrls"]
        same(task_id in link, True, "that the result is its own")


def _png(size: int = 0) -> bytes:
    """A grey pixel, in a file of so many bytes where more are wanted."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    end = chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    room = size - len(start) - len(end) - 12
    return start + (chunk(b"noTe", bytes(room)) if room >= 0 else b"") + end


WEBP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
JPEG = (
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQ"
    "Ew8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k="
)
GIF = "R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs="

WALKS: dict[str, Walk] = {
    walk.__name__.replace("_", " "): walk
    for walk in (
        a_task_runs_through_its_states_and_ends,
        a_running_task_has_no_result_and_no_end,
        who_looks_by_head_has_not_fetched,
        a_success_is_told_whole,
        a_failed_task_is_a_yes_with_a_numeric_text,
        progress_is_told_in_per_cent,
        an_id_looks_like_one_and_is_new,
        a_price_is_by_size_times_pictures,
        what_is_not_said_is_one_landscape_in_png,
        a_result_has_the_shape_that_its_size_names,
        the_number_of_results_is_what_was_asked_for,
        twenty_tasks_in_ten_seconds_are_allowed,
        ten_questions_a_second_are_allowed,
        refusals_come_as_they_usually_do,
        a_refusal_by_a_fault_says_what_the_service_says,
        a_callback_tells_a_success_with_the_record,
        a_callback_tells_a_failure_with_code_501,
        a_callback_goes_where_the_request_said_and_only_at_the_end,
        a_callback_is_signed_with_id_and_time,
        without_a_key_nothing_is_signed,
        who_cannot_pay_gets_no_task,
        a_new_task_may_be_unknown_for_a_moment,
        each_task_is_its_own,
        an_upload_is_told_as_it_is,
        uploads_live_for_a_day_to_three,
    )
}
# Those that make pictures take ten times as long.
PICTURE_WALKS: dict[str, Walk] = {
    walk.__name__.replace("_", " "): walk
    for walk in (
        results_live_for_a_day,
        a_download_link_lives_for_twenty_minutes,
        a_result_is_a_picture_of_the_format_that_was_asked_for,
        sync_mode_brings_the_picture_in_the_record,
        a_seed_makes_the_same_picture_again,
        a_model_takes_jpeg_png_and_webp_of_ten_mebibytes,
    )
}


def wrongs(opens: Opens, walks: Mapping[str, Walk] = WALKS | PICTURE_WALKS) -> Iterator[str]:
    """Each walk that goes otherwise, with its name, the line that it came to, and why."""
    for name, walk in walks.items():
        try:
            walk(opens)
        except Exception as error:  # noqa: BLE001 - whatever a walk stumbles over is what is wrong
            yield f"{name}, line {extract_tb(error.__traceback__, 2)[-1].lineno}: {error!r}"
