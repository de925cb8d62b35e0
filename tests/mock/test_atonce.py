"""How requests come over a connection, and how they are answered."""

import json
import re
import socket
import threading
import time
from contextlib import contextmanager
from functools import partial

import httpx
import pytest
import uvicorn

from apikley.mock import Mock, running

KEY = "Authorization: Bearer sk-test-1\r\n"
WISH = json.dumps(
    {"model": "qwen/image-edit", "input": {"prompt": "a", "image_url": "https://example.com/a.jpg"}}
).encode()
CREDITS = f"GET /api/v1/chat/credit HTTP/1.1\r\nHost: a\r\n{KEY}\r\n".encode()
STATE = b"GET /__mock__/state HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def create(*more, body=WISH, version="1.1", length=True):
    size = [f"Content-Length: {len(body)}"] if length else []
    lines = (f"POST /api/v1/jobs/createTask HTTP/{version}", "Host: a", "Content-Type: application/json")
    return "\r\n".join([*lines, *size, *more, KEY]).encode() + b"\r\n" + body


@contextmanager
def connected(mock):
    with (
        running(mock) as url,
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5) as door,
    ):
        yield door


def answer(door, *, has_body=True):
    """The next answer: status, head and body."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += _more(door)
    head, _, body = said.partition(b"\r\n\r\n")
    size = int(re.search(rb"content-length: (\d+)", head)[1]) if has_body else 0
    while len(body) < size:
        body += door.recv(min(65536, size - len(body)))
    assert len(body) == size, "what came belongs to the next answer"
    return int(head[9:12]), head, body


def _more(door):
    """One byte, so that nothing of the next answer is taken."""
    more = door.recv(1)
    assert more, "the connection is over"
    return more


def is_over(door):
    return door.recv(1) == b""


def test_a_request_that_comes_byte_by_byte_is_answered_once():
    mock = Mock()
    with connected(mock) as door:
        for byte in create():
            door.sendall(bytes([byte]))
        assert answer(door)[0] == 200
        door.sendall(CREDITS)
        assert json.loads(answer(door)[2])["data"] == 997.5
    assert len(mock.tasks) == 1


def test_of_requests_with_the_same_head_each_has_its_own_body():
    mock = Mock()
    with connected(mock) as door:
        for prompt in (b"a", b"b"):
            door.sendall(create(body=WISH.replace(b'"a"', b'"%s"' % prompt)))
            assert answer(door)[0] == 200
    assert [task.wish.prompt for task in mock.tasks] == ["a", "b"]


def test_of_requests_with_the_same_head_each_is_judged_as_the_mock_is_now():
    mock = Mock()
    with connected(mock) as door:
        door.sendall(CREDITS)
        assert answer(door)[0] == 200
        mock.fail_next(429)
        door.sendall(CREDITS)
        assert answer(door)[0] == 429


def test_heads_that_differ_in_the_key_alone_are_told_apart():
    with connected(Mock()) as door:
        for key, status in ((b"sk-test-1", 200), (b"sk-live-1", 401), (b"sk-test-1", 200)):
            door.sendall(CREDITS.replace(b"sk-test-1", key))
            assert answer(door)[0] == status


@pytest.mark.parametrize("before", [b"\r\n", b"\r\n\r\n"])
def test_empty_lines_before_a_request_belong_to_none(before):
    mock = Mock()
    with connected(mock) as door:
        for _ in range(2):
            door.sendall(before + CREDITS)
            assert answer(door)[0] == 200
    assert len(mock.requests) == 2


def test_a_body_that_looks_like_a_request_is_none():
    mock, looks = Mock(), CREDITS + CREDITS
    with connected(mock) as door:
        for _ in range(2):
            door.sendall(create(body=looks))
            assert answer(door)[0] == 400
        door.sendall(CREDITS)
        assert answer(door)[0] == 200
    assert len(mock.requests) == 3


def test_requests_that_come_together_are_answered_in_their_order():
    mock = Mock()
    mock.fail_next("slow", seconds=0.2, on="create-task")
    chunked = create("Transfer-Encoding: chunked", body=b"", length=False) + b"2\r\n{}\r\n0\r\n\r\n"
    with connected(mock) as door:
        door.sendall(CREDITS + create() + CREDITS + STATE + chunked + create(body=b"{") + create() + CREDITS)
        said = [answer(door) for _ in range(8)]
    assert [status for status, *_ in said] == [200, 200, 200, 200, 422, 400, 200, 200]
    left = [json.loads(said[number][2])["data"] for number in (0, 2, 7)]
    assert left == [1000, 997.5, 995]
    assert len(json.loads(said[3][2])["tasks"]) == 1


@pytest.mark.parametrize(
    "sent",
    [
        b"what?\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHo st: a\r\n\r\n",
        b"FOO / HTTP/1.1\r\n\r\n",
        "GET /файл HTTP/1.1\r\n\r\n".encode(),
        b"GET /?q=\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n",
        create("Transfer-Encoding: chunked", body=b"", length=False) + b"zz\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_what_is_no_request_is_refused_and_ends_the_connection(sent, caplog):
    with connected(Mock()) as door:
        door.sendall(CREDITS)
        assert answer(door)[0] == 200
        door.sendall(sent)
        status, head, body = answer(door)
        assert (status, b"\r\nx-mock-rule: " in head, json.loads(body)["code"]) == (400, True, 400)
        assert is_over(door)
    assert caplog.text == ""


def test_a_request_is_answered_though_what_comes_after_it_is_none():
    mock = Mock()
    mock.fail_next("slow", seconds=0.1)
    with connected(mock) as door:
        door.sendall(create() + b"what?\r\n\r\n")
        status, head, _ = answer(door)
        assert (status, b"\r\nconnection: close" in head) == (200, True)
        assert is_over(door)


def test_whoever_wants_another_protocol_is_answered_in_this_one(caplog):
    mock = Mock()
    wish = create("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAA")
    look = CREDITS[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    with connected(mock) as door:
        door.sendall(wish[:-5])
        time.sleep(0.05)
        door.sendall(wish[-5:] + look + create() + look)
        said = [answer(door) for _ in range(4)]
    assert [status for status, *_ in said] == [200] * 4
    assert [json.loads(said[number][2])["data"] for number in (1, 3)] == [997.5, 995]
    assert (len(mock.tasks), caplog.text) == (2, "")


def test_the_mock_is_no_proxy(caplog):
    with connected(Mock()) as door:
        door.sendall(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
        assert answer(door)[0] == 400
        assert is_over(door)
    assert caplog.text == ""


def test_a_body_in_chunks_is_read():
    with connected(Mock()) as door:
        head = create("Transfer-Encoding: chunked", body=b"", length=False)
        pieces = [WISH[:7], WISH[7:]]
        door.sendall(head + b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in pieces) + b"0\r\n\r\n")
        assert answer(door)[0] == 200


@pytest.mark.parametrize("size", [60_000, 65_536, 65_537, 200_000])
def test_a_body_of_any_length_is_read(size):
    mock = Mock()
    with connected(mock) as door:
        door.sendall(create(body=WISH + b" " * (size - len(WISH))) + CREDITS)
        assert answer(door)[0] == 200
        assert json.loads(answer(door)[2])["data"] == 997.5


def test_a_head_of_any_length_is_read():
    with connected(Mock()) as door:
        door.sendall(create("X-Long: " + "a" * 100_000))
        assert answer(door)[0] == 200


def test_a_header_that_is_no_ascii_is_logged_as_latin():
    mock = Mock()
    with connected(mock) as door:
        door.sendall(create("X-Name: Zoë").decode().encode("latin-1"))
        assert answer(door)[0] == 200
    assert mock.requests[-1].headers["x-name"] == "Zoë"


def test_a_path_and_a_query_come_as_they_were_meant():
    mock = Mock()
    with connected(mock) as door:
        door.sendall(f"GET /a%20b/%D1%91?q=%20%2B&r HTTP/1.1\r\nHost: a\r\n{KEY}\r\n".encode())
        assert answer(door)[0] == 404
    [exchange] = mock.requests
    assert (exchange.path, exchange.query) == ("/a b/ё", "q=%20%2B&r")


@pytest.mark.parametrize(
    ("last", "tasks"),
    [
        (create("Connection: close"), 1),
        (create("Connection: keep-alive", version="1.0"), 1),
        (CREDITS.replace(b"Host: a", b"Host: a\r\nConnection: close"), 0),
    ],
)
def test_what_comes_after_the_last_request_is_not_obeyed(last, tasks):
    mock = Mock()
    with connected(mock) as door:
        door.sendall(last + create())
        status, head, _ = answer(door)
        assert (status, b"\r\nconnection: close" in head) == (200, True)
        assert is_over(door)
    assert len(mock.tasks) == tasks


def test_an_answer_to_head_has_no_body():
    with connected(Mock()) as door:
        door.sendall(CREDITS.replace(b"GET", b"HEAD") + CREDITS)
        status, head, _ = answer(door, has_body=False)
        assert status == 200
        assert int(re.search(rb"content-length: (\d+)", head)[1]) > 0
        assert answer(door)[0] == 200


def test_a_client_that_goes_before_its_request_is_whole_has_asked_nothing():
    mock = Mock()
    with running(mock) as url:
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        for sent in (create()[:20], create()[:-5], create(body=b" " * 100_000 + WISH)[:-5]):
            with socket.create_connection(address, timeout=5) as door:
                door.sendall(sent)
        assert httpx.get(f"{url}/nowhere").status_code == 404
    assert [each.path for each in mock.requests] == ["/nowhere"]


def test_a_client_that_says_no_more_is_answered():
    with connected(Mock()) as door:
        door.sendall(create())
        door.shutdown(socket.SHUT_WR)
        assert answer(door)[0] == 200
        assert is_over(door)


def test_a_client_that_does_not_read_is_not_answered_ahead():
    mock, number, size = Mock(), 40, 4 * 2**20
    with connected(mock) as door:
        form = '--b\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
        parts = form.format("uploadPath", "", "a") + form.format("fileName", "", "b.bin")
        start = '--b\r\nContent-Disposition: form-data; name="file"; filename="b"\r\n\r\n'
        body = (parts + start).encode() + bytes(size) + b"\r\n--b--\r\n"
        head = f"POST /file-upload/api/file-stream-upload HTTP/1.1\r\nHost: a\r\n{KEY}"
        kind = f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n"
        door.sendall((head + kind).encode() + body)
        assert answer(door)[0] == 200
        door.sendall(b"GET /files/a/b.bin HTTP/1.1\r\nHost: a\r\n\r\n" * number)
        time.sleep(0.3)
        answered = len(mock.requests)
        assert [len(answer(door)[2]) for _ in range(number)] == [size] * number
    assert answered < 8


def test_an_error_that_nobody_expects_is_an_answer_and_ends_nothing(caplog):
    def clock():
        if broken:
            raise ZeroDivisionError
        return 1e9

    broken = []
    with connected(Mock(clock=clock)) as door:
        broken.append(True)
        door.sendall(create())
        assert answer(door)[0] == 500
        broken.clear()
    assert "ZeroDivisionError" in caplog.text


def test_a_connection_that_rests_for_too_long_is_closed(monkeypatch):
    monkeypatch.setattr(uvicorn, "Config", partial(uvicorn.Config, timeout_keep_alive=0.4))
    with connected(Mock()) as door:
        for _ in range(4):
            door.sendall(CREDITS)
            assert answer(door)[0] == 200
            time.sleep(0.2)
        door.sendall(create()[:-1])
        time.sleep(0.8)  # in which it does not rest
        door.sendall(create()[-1:])
        assert answer(door)[0] == 200
        begun = time.perf_counter()
        assert is_over(door)
        assert 0.3 < time.perf_counter() - begun < 3


@pytest.mark.parametrize("read", [20, -1], ids=["a piece of the head", "all but a byte"])
@pytest.mark.parametrize("fault", [None, "slow"])
def test_the_last_request_of_a_server_that_stops_is_the_one_that_it_is_reading(fault, read):
    mock = Mock()
    if fault:
        mock.fail_next(fault, seconds=0.1, on="create-task")
    stop, stopped = threading.Event(), threading.Event()
    urls = []

    def serve():
        with running(mock) as url:
            urls.append(url)
            stop.wait(10)
        stopped.set()

    threading.Thread(target=serve).start()
    while not urls:
        time.sleep(0.01)
    address = ("127.0.0.1", int(urls[0].rpartition(":")[2]))
    with (
        socket.create_connection(address, timeout=5) as resting,
        socket.create_connection(address, timeout=5) as door,
    ):
        resting.sendall(CREDITS)
        assert answer(resting)[0] == 200
        door.sendall(create()[:read])
        time.sleep(0.1)
        stop.set()
        assert is_over(resting)
        door.sendall(create()[read:] + create())
        status, head, _ = answer(door)
        assert (status, b"\r\nconnection: close" in head) == (200, True)
        assert is_over(door)
    assert stopped.wait(5)
    assert len(mock.tasks) == 1
