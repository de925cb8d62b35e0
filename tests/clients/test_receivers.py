"""Callbacks that come through a server: what is handed on, and what is answered."""

import asyncio
import functools
import io
import json
import logging
import socket
import threading
import time
from contextlib import contextmanager
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import httpx
import pytest
import uvicorn
from attrs import define, field

from apikley import Apikley, callbacks
from apikley.mock import Mock, VirtualClock, lasts, running
from apikley.receiving import asgi_receiver, wsgi_receiver
from apikley.receiving.desk import Desk
from apikley.receiving.memory import Memory
from patience import eventually

KEY = "hush-hush-5ecret"
NOW = 1_769_670_760.0


@define
class Handler:
    """Keeps what it is given; `troubles` are raised, one each time."""

    heard: list = field(factory=list)
    troubles: list = field(factory=list)

    def __call__(self, callback):
        self.heard.append(callback)
        if self.troubles:
            raise self.troubles.pop(0)


class Asgi:
    """Requests to an ASGI receiver."""

    def __init__(self, handler, *, key=KEY, **options):
        self.app = asgi_receiver(handler, key=key, now=lambda: NOW, **options)

    def ask(self, method="POST", url="/", headers=None, content=b""):
        async def ask():
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="https://receiver.test") as client:
                return await client.request(method, url, headers=headers, content=content)

        return asyncio.run(ask())


class Wsgi:
    """Requests to a WSGI receiver, by a server that is strict about WSGI."""

    def __init__(self, handler, *, key=KEY, **options):
        self.app = wsgi_receiver(handler, key=key, now=lambda: NOW, **options)

    def ask(self, method="POST", url="/", headers=None, content=b""):
        transport = httpx.WSGITransport(validator(self.app))
        with httpx.Client(transport=transport, base_url="https://receiver.test") as client:
            return client.request(method, url, headers=headers, content=content)


both = pytest.mark.parametrize("kind", [Asgi, Wsgi])


def post(receiver, *written, url="/"):
    headers, content = written
    return receiver.ask(url=url, headers=headers, content=content)


def signed(task_id="7f3", **more):
    return callbacks.write(task_id, **({"key": KEY, "now": NOW} | more))


@both
def test_a_callback_is_handed_on_and_received(kind):
    handler = Handler()
    url = callbacks.with_token("https://receiver.test/?x=1", "wish-1")

    answer = post(kind(handler), *signed(), url=url)

    assert (answer.status_code, answer.text) == (200, "received\n")
    [callback] = handler.heard
    assert (callback.task_id, callback.has_succeeded, callback.is_signed) == ("7f3", True, True)
    assert callback.token == "wish-1"


@both
@pytest.mark.parametrize(
    ("written", "status"),
    [
        (callbacks.write("7f3"), 401),
        (callbacks.write("7f3", key="other", now=NOW), 401),
        (signed(now=NOW - 301), 401),
        (signed(data={"task_id": "other"}), 400),
        ((callbacks.sign("7f3", KEY, NOW), b"<html>"), 400),
        ((callbacks.sign("7f3", KEY, NOW), b""), 400),
    ],
    ids=["unsigned", "forged", "old", "two ids", "a page", "empty"],
)
def test_what_is_rejected_is_not_handed_on_and_nothing_is_leaked(kind, written, status, caplog):
    handler = Handler()

    answer = post(kind(handler), *written)

    assert answer.status_code == status
    assert answer.text in {"this is no callback\n", "the signature is missing, wrong or old\n"}
    assert handler.heard == []
    assert "callback rejected: " in caplog.text
    assert KEY not in caplog.text


@both
def test_without_a_key_anybody_may_call_and_is_called_unsigned(kind):
    handler = Handler()
    assert post(kind(handler, key=None), *callbacks.write("7f3")).status_code == 200
    assert [callback.is_signed for callback in handler.heard] == [False]


@both
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_callbacks_are_posted_only(kind, method):
    answer = kind(Handler()).ask(method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert bool(answer.content) is (method != "HEAD")


@both
@pytest.mark.parametrize(
    ("path", "url", "status"),
    [
        ("/", "/", 200),
        ("/", "/done", 404),
        ("/done", "/done", 200),
        ("/done", "/done/", 200),
        ("/done/", "/done", 200),
        ("done", "/done", 200),
        ("/done", "/", 404),
        ("/done", "/done/too", 404),
    ],
)
def test_a_receiver_takes_callbacks_at_its_path(kind, path, url, status):
    assert post(kind(Handler(), path=path), *signed(), url=url).status_code == status


@both
def test_a_body_beyond_the_limit_is_refused(kind, caplog):
    handler = Handler()
    headers, content = signed()
    receiver = kind(handler, limit=len(content))

    assert post(receiver, headers, content + b" ").status_code == 413
    assert f"the body has more than {len(content)} bytes" in caplog.text
    assert post(receiver, headers, content).status_code == 200
    assert len(handler.heard) == 1


@both
def test_a_handler_is_given_each_end_of_a_task_once(kind):
    handler = Handler()
    receiver = kind(handler)

    for written in (signed(), signed(), signed(now=NOW + 7), signed("7f4"), signed(code=501), signed()):
        assert post(receiver, *written).status_code == 200

    assert [(callback.task_id, callback.code) for callback in handler.heard] == [
        ("7f3", 200),
        ("7f4", 200),
        ("7f3", 501),
    ]


@both
def test_a_handler_that_wants_duplicates_is_given_them(kind):
    handler = Handler()
    receiver = kind(handler, duplicates=True)
    for _ in range(3):
        assert post(receiver, *signed()).status_code == 200
    assert len(handler.heard) == 3


@both
def test_what_a_handler_failed_on_is_handed_on_again(kind, caplog):
    handler = Handler(troubles=[RuntimeError(f"no room for {KEY}")])
    receiver = kind(handler)

    answers = [post(receiver, *signed()) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [500, 200, 200]
    assert answers[0].text == "it could not be dealt with; send it again\n"
    assert len(handler.heard) == 2
    assert "the handler failed on the callback of task 7f3" in caplog.text
    assert "no room for" in caplog.text


@both
def test_a_forged_callback_without_signature_does_not_keep_out_the_true_one(kind):
    handler = Handler()
    receiver = kind(handler, key=None)
    forged, true = (
        callbacks.write("7f3", result_urls=["https://evil.test/1.png"]),
        callbacks.write("7f3", now=NOW),
    )

    for written in (forged, true, true):
        assert post(receiver, *written).status_code == 200

    assert [callback.task.result_urls[0] for callback in handler.heard] == [
        "https://evil.test/1.png",
        "https://example.com/result.png",
    ]


@both
@pytest.mark.parametrize("key", ["", b""])
def test_a_receiver_with_an_empty_key_is_not_made(kind, key):
    with pytest.raises(ValueError, match="empty"):
        kind(Handler(), key=key)


def test_a_receiver_has_all_it_needs_before_the_first_callback(monkeypatch):
    read = []
    monkeypatch.setattr(callbacks, "read", lambda *written, **options: read.append(written))
    asgi_receiver(Handler(), key=KEY)
    assert len(read) == 1  # what is imported late is imported by it


@both
def test_a_receiver_that_is_told_so_takes_callbacks_with_the_pictures_in_them(kind):
    handler = Handler()
    headers, content = signed(result_urls=["data:image/png;base64," + "A" * 300_000])

    assert post(kind(handler), headers, content).status_code == 413
    assert post(kind(handler, limit=callbacks.SYNC_LIMIT), headers, content).status_code == 200
    assert len(handler.heard[0].task.result_urls[0]) > 300_000


def test_a_receiver_keeps_its_key_to_itself():
    options = {"path": "/", "limit": 1, "patience": 1.0, "duplicates": False, "now": None}
    for key in (KEY, KEY.encode()):
        assert KEY not in repr(Desk.open(key=key, **options))


# Handlers.


class AsyncHandler(Handler):
    async def __call__(self, callback):
        await asyncio.sleep(0)
        super().__call__(callback)


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda handler: handler,
        lambda handler: handler.__call__,
        functools.partial,
        lambda handler: lambda callback: handler(callback),  # noqa: PLW0108 - nobody can tell that it is awaited
    ],
    ids=["object", "method", "partial", "lambda"],
)
@pytest.mark.parametrize("made", [Handler, AsyncHandler])
def test_an_asgi_handler_may_be_awaited_or_not(made, wrapped):
    handler = made(troubles=[RuntimeError()])
    receiver = Asgi(wrapped(handler))
    assert [post(receiver, *signed()).status_code for _ in range(3)] == [500, 200, 200]
    assert len(handler.heard) == 2


def test_a_blocking_handler_does_not_hold_up_the_loop():
    threads = []
    post(Asgi(lambda _: threads.append(threading.current_thread())), *signed())
    assert threads != [threading.current_thread()]


def test_an_awaited_handler_runs_in_the_loop():
    threads = []

    async def handler(_):
        threads.append(threading.current_thread())

    post(Asgi(handler), *signed())
    assert threads == [threading.current_thread()]


@pytest.mark.parametrize("handler", [AsyncHandler(), AsyncHandler().__call__])
def test_a_wsgi_receiver_cannot_await(handler):
    with pytest.raises(TypeError, match="asgi_receiver can"):
        wsgi_receiver(handler, key=KEY)


def test_a_callback_that_comes_while_it_is_dealt_with_is_put_off_until_that_has_ended_well():
    async def play():
        entered, leave, heard = asyncio.Event(), asyncio.Event(), []

        async def handler(callback):
            heard.append(callback)
            entered.set()
            await leave.wait()
            if len(heard) == 1:
                raise RuntimeError

        app = asgi_receiver(handler, key=KEY, now=lambda: NOW)
        headers, content = signed()
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="https://receiver.test"
        ) as client:
            post = functools.partial(client.post, "/", headers=headers, content=content)
            first = asyncio.create_task(post())
            await entered.wait()
            meanwhile = await post()
            leave.set()
            return meanwhile, await first, await post(), await post(), len(heard)

    *answers, count = asyncio.run(play())
    assert [answer.status_code for answer in answers] == [503, 500, 200, 200]
    assert count == 2


def test_a_handler_that_is_cancelled_has_not_dealt_with_it():
    async def play():
        entered, heard = asyncio.Event(), []

        async def handler(callback):
            heard.append(callback)
            entered.set()
            if len(heard) == 1:
                await asyncio.sleep(60)

        app = asgi_receiver(handler, key=KEY, now=lambda: NOW)
        headers, content = signed()
        first = asyncio.create_task(called(app, scope(headers), [message(content)]))
        await entered.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await called(app, scope(headers), [message(content)]), len(heard)

    (start, _), count = asyncio.run(play())
    assert (start["status"], count) == (200, 2)


def test_threads_are_handed_one_callback_once():
    gate, heard = threading.Barrier(8), []

    def handler(callback):
        heard.append(callback)
        time.sleep(0.05)

    receiver = Wsgi(handler)
    statuses = []

    def call():
        gate.wait()
        statuses.append(post(receiver, *signed()).status_code)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(heard) == 1
    assert 200 in statuses
    assert set(statuses) <= {200, 503}


# What is remembered.


def test_the_memory_holds_the_newest_and_those_that_were_asked_for_again():
    memory = Memory(2)
    for name in "ab":
        assert memory.begin(name) == "new"
        with memory.dealing(name):
            assert memory.begin(name) == "under way"
    assert memory.begin("a") == "done"
    assert memory.begin("c") == "new"
    with memory.dealing("c"):
        pass
    assert [memory.begin(name) for name in "acb"] == ["done", "done", "new"]


def test_what_is_under_way_is_never_forgotten():
    memory = Memory(1)
    assert memory.begin("a") == "new"
    for name in "bcd":
        memory.begin(name)
        with memory.dealing(name):
            pass
    assert memory.begin("a") == "under way"


# The ASGI protocol.


def message(body=b"", *, more=False):
    return {"type": "http.request", "body": body, "more_body": more}


def scope(headers=(), **more):
    pairs = [(name.lower().encode(), value.encode()) for name, value in dict(headers).items()]
    return {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": pairs} | more


async def called(app, scope, messages):
    """What an application sends that is told these messages, and then nothing."""
    sent = []

    async def receive():
        if not messages:
            await asyncio.sleep(60)
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent


def play(receiver, scope, *messages):
    return asyncio.run(called(receiver.app, scope, [*messages]))


def test_a_body_may_come_in_pieces():
    handler = Handler()
    headers, content = signed()
    pieces = [message(content[start : start + 7], more=True) for start in range(0, len(content), 7)]
    start, _ = play(Asgi(handler), scope(headers), *pieces, message())
    assert (start["status"], len(handler.heard)) == (200, 1)


def test_a_body_is_given_up_once_it_is_beyond_the_limit():
    messages = [message(b"x" * 600, more=True) for _ in range(9)]
    start, _ = asyncio.run(called(Asgi(Handler(), limit=1000).app, scope(), messages))
    assert start["status"] == 413
    assert (b"connection", b"close") in start["headers"]
    assert len(messages) == 7


def test_a_body_that_says_it_is_too_large_is_not_read():
    messages = [message(b"x")]
    [start, _] = asyncio.run(called(Asgi(Handler(), limit=9).app, scope({"content-length": "10"}), messages))
    assert (start["status"], len(messages)) == (413, 1)


def test_a_slow_body_is_given_up(caplog):
    start, _ = play(Asgi(Handler(), patience=0.01), scope(http_version="1.1"), message(b"{", more=True))
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert "more than 0.01 s" in caplog.text


def test_no_connection_is_closed_in_http_2():
    start, _ = play(Asgi(Handler(), patience=0.01), scope(http_version="2"))
    assert (b"connection", b"close") not in start["headers"]


def test_patience_ends_with_the_body_and_holds_for_no_handler():
    async def handler(_):
        await asyncio.sleep(0.1)

    headers, content = signed()
    start, _ = play(Asgi(handler, patience=0.05), scope(headers), message(content))
    assert start["status"] == 200


def test_a_client_that_goes_before_its_body_has_come_is_answered_nothing():
    handler = Handler()
    _, content = signed()
    sent = play(Asgi(handler, key=None), scope(), message(content, more=True), {"type": "http.disconnect"})
    assert (sent, handler.heard) == ([], [])


def test_a_client_that_goes_before_the_answer_does_no_harm():
    async def gone(_):
        raise BrokenPipeError

    async def receive():
        return message(content)

    handler = Handler()
    headers, content = signed()
    asyncio.run(Asgi(handler).app(scope(headers), receive, gone))
    assert len(handler.heard) == 1


@pytest.mark.parametrize(
    ("root", "path", "own", "status"),
    [
        ("/hook", "/hook", "/", 200),
        ("/hook", "/hook/", "/", 200),
        ("/hook/", "/hook/", "/", 200),
        ("/hook", "/", "/", 200),
        ("/hook", "/hook/x", "/", 404),
        ("/hook", "/hook/ed", "/ed", 200),
        ("/hook/", "/hook/ed", "/ed", 200),
        ("/hook", "/hooked", "/ed", 404),
    ],
)
def test_an_application_that_is_mounted_has_its_path_below(root, path, own, status):
    headers, content = signed()
    start, _ = play(Asgi(Handler(), path=own), scope(headers, path=path, root_path=root), message(content))
    assert start["status"] == status


def test_an_answer_to_head_has_no_body():
    start, body = play(Asgi(Handler()), scope(method="HEAD"))
    assert (start["status"], body["body"]) == (405, b"")


def test_a_path_may_be_in_any_script():
    headers, content = signed()
    start, _ = play(Asgi(Handler(), path="/готово"), scope(headers, path="/готово"), message(content))
    assert start["status"] == 200

    told = {"CONTENT_LENGTH": str(len(content))}
    receiver = Wsgi(Handler(), path="/готово")
    as_servers_do = "/готово".encode().decode("latin-1")
    assert wsgi(receiver, Stream(content), headers, PATH_INFO=as_servers_do, **told) == "200 OK"
    for wrong in ("/готово", "/\xff"):
        assert wsgi(receiver, Stream(content), headers, PATH_INFO=wrong, **told) == "404 Not Found"


def test_a_server_may_start_and_stop_it():
    sent = play(
        Asgi(Handler()), {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
    )
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_a_websocket_is_an_error():
    with pytest.raises(NotImplementedError, match="websocket"):
        play(Asgi(Handler()), {"type": "websocket"})


# The WSGI protocol.


class Stream(io.BytesIO):
    """A body that comes in pieces, each after `pause` seconds; an exception in their place is raised."""

    def __init__(self, content=b"", *, pause=0.0, trouble=None):
        super().__init__(content)
        self.pause, self.trouble = pause, trouble

    def read(self, size=-1):
        time.sleep(self.pause)
        if self.trouble:
            raise self.trouble
        return super().read(min(size, 7))


def wsgi(receiver, stream, headers=(), **more):
    """The status that a WSGI receiver answers."""
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "QUERY_STRING": ""}
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in dict(headers).items()}
    setup_testing_defaults(environ)
    environ |= {"wsgi.input": stream} | more
    statuses = []
    receiver.app(environ, lambda status, headers: statuses.append(status))
    return statuses[0]


def test_a_wsgi_body_may_come_in_pieces_and_ends_where_its_length_says():
    handler = Handler()
    headers, content = signed()
    stream = Stream(content + b"the next request")
    assert wsgi(Wsgi(handler), stream, headers, CONTENT_LENGTH=str(len(content))) == "200 OK"
    assert stream.getvalue()[stream.tell() :] == b"the next request"
    assert len(handler.heard) == 1


@pytest.mark.parametrize("length", ["", "x", "-1", "1" * 30])
def test_a_wsgi_body_without_a_length_is_refused_unless_the_server_ends_it(length):
    headers, content = signed()
    receiver = Wsgi(Handler(), limit=len(content))
    told = {"CONTENT_LENGTH": length}
    assert wsgi(receiver, Stream(content), headers, **told) == "411 Length Required"
    terminated = told | {"wsgi.input_terminated": True}
    assert wsgi(receiver, Stream(content), headers, **terminated) == "200 OK"
    stream = Stream(content + b" " * 1000)
    assert wsgi(receiver, stream, **terminated).startswith("413 ")
    assert stream.tell() == len(content) + 1


def test_a_wsgi_body_that_is_too_large_is_not_read():
    stream = Stream(b"x" * 100)
    assert wsgi(Wsgi(Handler(), limit=99), stream, CONTENT_LENGTH="100").startswith("413 ")
    assert stream.tell() == 0


def test_a_slow_wsgi_body_is_given_up(caplog):
    headers, content = signed()
    receiver = Wsgi(Handler(), patience=0.02)
    assert wsgi(receiver, Stream(content, pause=0.01), headers, CONTENT_LENGTH=str(len(content))) == (
        "408 Request Timeout"
    )
    assert "more than 0.02 s" in caplog.text


@pytest.mark.parametrize("stream", [Stream(b'{"code"'), Stream(b"{", trouble=ConnectionResetError())])
def test_a_wsgi_client_that_goes_before_its_body_has_come_hands_nothing_on(stream):
    handler = Handler()
    assert wsgi(Wsgi(handler, key=None), stream, CONTENT_LENGTH="100") == "400 Bad Request"
    assert handler.heard == []


# On a port, with the service's own callbacks.


@contextmanager
def listening(app):
    """The address of an application that uvicorn serves on this machine."""
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            eventually(lambda: server.started)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/done"
        finally:
            server.should_exit = True
            thread.join(10)


def submit(client, url, key=None):
    return client.submit("https://a.test/", "night", image_size="square", callback_url=url, key=key).id


@contextmanager
def together(handler, *, key=KEY, **options):
    """A mock on a port, its client, and the address of a receiver that it calls back."""
    mock = Mock(scenario=lasts(3600), callback_key=key, **options)
    app = asgi_receiver(handler, key=key, path="/done")
    with listening(app) as url, running(mock) as base_url, Apikley("sk-test-1", base_url=base_url) as client:
        yield mock, client, url


def ended(mock, number):
    eventually(lambda: [each.state for each in mock.deliveries].count("delivered") == number)


@pytest.mark.parametrize("key", [KEY, None])
def test_the_end_of_a_task_comes_from_the_service_to_the_handler(key):
    handler = Handler()
    with together(handler, key=key) as (mock, client, url):
        succeeded, failed = submit(client, url, "wish-1"), submit(client, url, "wish-2")
        mock.fail(failed)
        ended(mock, 1)
        mock.finish(succeeded)  # out of the order in which they began
        ended(mock, 2)
        fetched = client.task(succeeded).fetch()

    told = [
        (each.task_id, each.code, each.has_succeeded, each.token, each.is_signed) for each in handler.heard
    ]
    assert told == [
        (failed, 501, False, "wish-2", key is not None),
        (succeeded, 200, True, "wish-1", key is not None),
    ]
    failure, success = handler.heard
    assert failure.task.failure_message == "Generation Failed"
    assert success.task == fetched
    assert success.credits_left is not None
    assert callbacks.token_in(fetched) == "wish-1"


def test_a_callback_that_comes_twice_is_handed_on_once():
    handler = Handler()
    with together(handler, callbacks="twice") as (mock, client, url):
        mock.finish(submit(client, url))
        ended(mock, 2)
    assert len(handler.heard) == 1


def test_a_callback_that_the_handler_failed_on_comes_again(caplog):
    caplog.set_level(logging.CRITICAL)
    handler = Handler(troubles=[RuntimeError("the disk is full")])
    with together(handler) as (mock, client, url):
        mock.finish(submit(client, url))
        ended(mock, 1)
        [delivery] = mock.deliveries
    assert (len(handler.heard), delivery.attempts) == (2, 2)


def test_a_callback_that_never_comes_leaves_the_task_to_be_fetched():
    handler = Handler()
    with together(handler, callbacks="never") as (mock, client, url):
        task_id = submit(client, url)
        mock.finish(task_id)
        assert client.task(task_id).fetch().is_final
    assert handler.heard == []


def test_a_forged_callback_is_turned_away_and_the_true_one_still_taken():
    handler = Handler()
    with together(handler) as (mock, client, url):
        task_id = submit(client, url)
        headers, content = callbacks.write(task_id, key="guessed")
        assert httpx.post(url, headers=headers, content=content).status_code == 401
        mock.finish(task_id)
        ended(mock, 1)
    assert [callback.task_id for callback in handler.heard] == [task_id]


def test_a_callback_of_virtual_time_is_taken_by_a_receiver_that_goes_by_it():
    clock, handler = VirtualClock(), Handler()
    app = asgi_receiver(handler, key=KEY, path="/done", now=clock.now)
    receiver = Asgi(handler)
    receiver.app = app
    mock = Mock(
        scenario=lasts(15),
        clock=clock,
        callback_key=KEY,
        deliver=lambda told: receiver.ask("POST", told.url, dict(told.headers), told.body).status_code,
    )
    from apikley.mock import MockTransport

    with Apikley("sk-test-1", transport=MockTransport(mock)) as client:
        task_id = submit(client, "https://receiver.test/done")
        mock.advance(20)
    assert [callback.task_id for callback in handler.heard] == [task_id]


def raw(url, *pieces):
    """What a server on a port answers to raw bytes, until it hangs up."""
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port), timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        while received := connection.recv(65536):
            answer += received
        return answer


def test_on_a_port_a_body_without_end_is_refused_and_the_connection_closed():
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with listening(asgi_receiver(Handler(), key=KEY, limit=4000)) as url:
        assert raw(url, head, chunk).startswith(b"HTTP/1.1 413 ")


def test_on_a_port_a_body_that_nobody_read_does_not_harm_the_next_request():
    headers, content = callbacks.write("7f3")
    with listening(asgi_receiver(Handler(), key=None, path="/done")) as url, httpx.Client() as client:
        for _ in range(2):
            assert client.post(f"{url}/else", headers=headers, content=content).status_code == 404
            assert client.put(url, headers=headers, content=content * 99).status_code == 405
            assert client.post(url, headers=headers, content=content).status_code == 200


def test_on_a_port_a_slow_body_is_given_up_and_the_connection_closed():
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"
    with listening(asgi_receiver(Handler(), key=KEY, patience=0.05)) as url:
        assert raw(url, head).startswith(b"HTTP/1.1 408 ")


def test_on_a_port_a_client_that_hangs_up_hands_nothing_on():
    handler = Handler()
    headers, content = callbacks.write("7f3")
    with listening(asgi_receiver(handler, key=None)) as url:
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port)) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n" + content)
        assert httpx.post(url.removesuffix("done"), headers=headers, content=content).status_code == 200
    assert len(handler.heard) == 1


def test_every_answer_has_its_length_and_is_never_the_json_of_a_callback():
    for kind in (Asgi, Wsgi):
        for method, url in (("POST", "/"), ("GET", "/"), ("POST", "/x")):
            answer = kind(Handler()).ask(method, url)
            assert int(answer.headers["content-length"]) == len(answer.content)
            with pytest.raises(ValueError, match="Expecting value"):
                json.loads(answer.content)
