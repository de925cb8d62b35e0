"""How callbacks come through a WSGI server, such as gunicorn."""

import inspect
import time
from collections.abc import Callable, Iterable
from typing import TypeAlias, cast
from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

from apikley.bodies import LIMIT
from apikley.callbacks import Callback
from apikley.receiving.answers import NO_CALLBACK, NO_LENGTH, Answer
from apikley.receiving.desk import PATIENCE, Desk, to_length
from apikley.signatures import Text

Handler: TypeAlias = Callable[[Callback], object]

_PIECE = 4096  # bytes read at once, after each of which the time is looked at


def wsgi_receiver(
    handler: Handler,
    *,
    key: Text | None,
    path: str = "/",
    limit: int = LIMIT,
    patience: float = PATIENCE,
    duplicates: bool = False,
    now: Callable[[], float] | None = None,
) -> WSGIApplication:
    """A WSGI application that hands callbacks on. Its words are those of `asgi_receiver`.

    The handler runs in the thread of the request, and cannot be an `async def`: `TypeError`. A body that comes
    slowly is given up between two reads; one read that never ends is for the server's own timeout.
    """
    if inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(type(handler).__call__):
        raise TypeError("a WSGI receiver cannot await its handler; asgi_receiver can")
    desk = Desk.open(key=key, path=path, limit=limit, patience=patience, duplicates=duplicates, now=now)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = _decide(desk, handler, environ)
        start_response(f"{answer.status} {answer.phrase}", answer.headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.text.encode()]

    return application


def _decide(desk: Desk, handler: Handler, environ: WSGIEnvironment) -> Answer:
    path = str(environ.get("PATH_INFO", "")).encode("latin-1", "replace").decode("utf-8", "replace")
    length = str(environ.get("CONTENT_LENGTH", ""))
    if turned_away := desk.turned_away(environ["REQUEST_METHOD"], path, length):
        return turned_away
    body = _body(desk, environ, to_length(length))
    if isinstance(body, Answer):
        return body
    errand = desk.to_errand(_headers(environ), body, str(environ.get("QUERY_STRING", "")))
    if isinstance(errand, Answer):
        return errand
    with desk.dealing(errand) as answers:
        handler(errand.callback)
    return answers[0]


def _body(desk: Desk, environ: WSGIEnvironment, length: int) -> bytes | Answer:
    """The whole body, or an answer if it cannot be had."""
    if length < 0:
        if not environ.get("wsgi.input_terminated"):  # reading on might never end
            return NO_LENGTH
        length = desk.limit + 1
    stream = cast("InputStream", environ["wsgi.input"])
    body = bytearray()
    deadline = time.monotonic() + desk.patience
    while len(body) < length:
        try:
            piece = stream.read(min(_PIECE, length - len(body)))
        except OSError:  # the client has gone
            return NO_CALLBACK
        if not piece:
            break
        body += piece
        if time.monotonic() > deadline:
            return desk.too_slow()
    return desk.too_large() if len(body) > desk.limit else bytes(body)


def _headers(environ: WSGIEnvironment) -> list[tuple[str, str]]:
    return [
        (name[5:].replace("_", "-"), str(value)) for name, value in environ.items() if name[:5] == "HTTP_"
    ]
