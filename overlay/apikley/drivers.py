"""How flows are played: a driver carries out each effect and sends the answer back into the flow."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractContextManager
from functools import partial
from threading import Lock
from typing import Any, TypeAlias, TypeVar, cast

import httpx

from apikley import clock, connections, deadlines, departures, downloading, sources, transports
from apikley.arriving import Incoming
from apikley.books import Books
from apikley.edits import EditedImage
from apikley.effects import (
    Call,
    Download,
    Effect,
    Event,
    Flow,
    Load,
    Now,
    Sleep,
    Tell,
    Together,
)
from apikley.errors import Unreachable
from apikley.fast import FastTransport
from apikley.nudges import Nudges
from apikley.settings import Settings
from apikley.telling import told
from apikley.together import in_tasks, in_threads
from apikley_generated import AuthenticatedClient

T = TypeVar("T")
Listener: TypeAlias = Callable[[Event], object]

logger = logging.getLogger("apikley")
# The users' own draws, which they may have seeded, stay as they are.
_dice = random.SystemRandom()
_BROKEN_LISTENER = "on_event failed at %r; the work goes on"


class BlockingDriver:
    """Plays flows in the thread that asks for it. Threads may share one."""

    def __init__(
        self, settings: Settings, books: Books, transport: object = None, http_client: object = None
    ) -> None:
        self._settings = settings
        self.books = books
        self.nudges = Nudges()
        self._transport = transports.to_transport(settings, transport, http_client)
        self._opening = Lock()
        self._http: httpx.Client | None = None
        self._api: AuthenticatedClient | None = None
        self._plain: httpx.Client | None = None
        self._is_closed = False

    def run(self, flow: Flow[T], listener: Listener | None = None, *, name: str = "call") -> T:
        """Play a flow to its end; returns and raises what it does. `name` is what traces call it."""
        flow = self._told(flow, name)
        try:
            effect = next(flow)
            while True:
                try:
                    answer = self._perform(effect, listener)
                except BaseException as error:  # noqa: BLE001  # the flow decides what becomes of it
                    effect = flow.throw(error)
                else:
                    effect = flow.send(answer)
        except StopIteration as end:
            return cast("T", end.value)
        finally:
            flow.close()

    def stream(self, flow: Flow[T], *, name: str = "call") -> Generator[Event]:
        """Play a flow to its end, and yield what it tells; raises what it does. `name` is as with `run`."""
        flow = self._told(flow, name)
        try:
            effect = next(flow)
            while True:
                try:
                    answer = (yield effect.event) if isinstance(effect, Tell) else self._perform(effect, None)
                except BaseException as error:  # noqa: BLE001  # the flow decides what becomes of it
                    effect = flow.throw(error)
                else:
                    effect = flow.send(answer)
        except StopIteration:
            return
        finally:
            flow.close()

    def close(self) -> None:
        """Close all connections."""
        self._is_closed = True
        for client in (self._http, self._plain):
            if client is not None:
                client.close()

    def _told(self, flow: Flow[T], name: str) -> Flow[T]:
        """The flow, of which log and traces hear; raises RuntimeError if this client is closed."""
        if self._is_closed:
            raise RuntimeError("this client is closed")
        return told(flow, name, secret=self._settings.api_key)

    def _perform(self, effect: Effect, listener: Listener | None) -> object:  # noqa: PLR0911  # so many answers
        match effect:
            case Call():
                return self._call(effect)
            case Download(incoming):
                return self._download(incoming)
            case Together(flows, name):
                return in_threads([partial(self.run, each, listener, name=name) for each in flows])
            case Load(source):
                return sources.load(source)
            case Sleep():
                self._sleep(effect, listener)
            case Now():
                return clock.current().now()
            case Tell(event):
                _tell(listener, event)
            case _:  # bookkeeping
                return self.books.perform(effect)
        return None

    def _sleep(self, effect: Sleep, listener: Listener | None) -> None:
        if effect.because is not None:
            _tell(listener, _retrying(effect))
        if effect.task_id is not None and clock.is_real():
            self.nudges.wait(effect.task_id, effect.seconds)
        else:
            deadlines.sleep(_seconds(effect))

    def _call(self, effect: Call[T]) -> T | None:
        api = self._open_api()  # what fails there leaves nothing in doubt
        if (intent := effect.intent) is None:
            return self._send(effect, api)
        with departures.watched(lambda: self.books.depart(intent), self._transport):
            return self._send(effect, api)

    def _send(self, effect: Call[T], api: AuthenticatedClient) -> T | None:
        deadlines.check()
        with self._in_our_words(), deadlines.within(_patience(effect, self._settings)):
            return effect.operation.sync_detailed(client=api, **effect.arguments).parsed

    def _download(self, incoming: Incoming) -> EditedImage:
        with self._in_our_words():
            if (content := downloading.inline(incoming.url)) is not None:
                _begin_attempt(incoming, self._settings)
                incoming.take(content, clock.current().now())
            else:
                with deadlines.within(self._settings.timeouts.download):
                    self._fetch(incoming)
            return incoming.finish()

    def _fetch(self, incoming: Incoming) -> None:
        hops = downloading.Hops(incoming.url, self._settings.base_url)
        headers = _begin_attempt(incoming, self._settings)
        while hops.address:
            deadlines.check()
            with self._open_plain().stream("GET", hops.address, headers=headers) as response:
                if not hops.follow(response.status_code, response.headers):
                    incoming.begin(response.status_code, response.headers, clock.current().now())
                    for piece in response.iter_raw():
                        deadlines.check()
                        incoming.take(piece, clock.current().now())

    def _in_our_words(self) -> AbstractContextManager[None]:
        return connections.in_our_words(secret=self._settings.api_key)

    def _open_api(self) -> AuthenticatedClient:
        transports.check_open(self._transport)
        with self._opening:
            if self._api is None:
                self._http = connections.open_api(self._settings, self._transport)
                # Its own token stays empty: the httpx client has the key.
                self._api = AuthenticatedClient(self._settings.base_url, token="").set_httpx_client(
                    self._http
                )
            return self._api

    def _open_plain(self) -> httpx.Client:
        with self._opening:
            self._plain = self._plain or connections.open_plain(self._settings, self._transport)
            return self._plain


class AsyncDriver:
    """Plays flows in the running event loop."""

    def __init__(
        self,
        settings: Settings,
        books: Books,
        transport: object = None,
        http_client: object = None,
        fast: bool = False,
    ) -> None:
        self._settings = settings
        self.books = books
        self.nudges = Nudges()
        self._transport = transports.to_async_transport(settings, transport, http_client, fast=fast)
        self._http: httpx.AsyncClient | None = None
        self._api: AuthenticatedClient | None = None
        self._plain: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False

    async def run(self, flow: Flow[T], listener: Listener | None = None, *, name: str = "call") -> T:
        """Play a flow to its end; returns and raises what it does. `name` is what traces call it."""
        flow = self._told(flow, name)
        try:
            effect = next(flow)
            while True:
                try:
                    answer = await self._perform(effect, listener)
                except BaseException as error:  # noqa: BLE001  # the flow decides what becomes of it
                    effect = flow.throw(error)
                else:
                    effect = flow.send(answer)
        except StopIteration as end:
            return cast("T", end.value)
        finally:
            flow.close()

    async def stream(self, flow: Flow[T], *, name: str = "call") -> AsyncGenerator[Event]:
        """Play a flow to its end, and yield what it tells; raises what it does. `name` is as with `run`."""
        flow = self._told(flow, name)
        try:
            effect = next(flow)
            while True:
                try:
                    if isinstance(effect, Tell):
                        answer: object = yield effect.event
                    else:
                        answer = await self._perform(effect, None)
                except BaseException as error:  # noqa: BLE001  # the flow decides what becomes of it
                    effect = flow.throw(error)
                else:
                    effect = flow.send(answer)
        except StopIteration:
            return
        finally:
            flow.close()

    async def close(self) -> None:
        """Close all connections."""
        self._is_closed = True
        self._follow_loop()
        for client in (self._http, self._plain):
            if client is not None:
                await client.aclose()
        if isinstance(self._transport, FastTransport):  # also what a loop that is gone has left
            await self._transport.aclose()

    def _told(self, flow: Flow[T], name: str) -> Flow[T]:
        """The flow, of which log and traces hear; raises RuntimeError if this client is closed."""
        if self._is_closed:
            raise RuntimeError("this client is closed")
        self._follow_loop()
        return told(flow, name, secret=self._settings.api_key)

    async def _perform(self, effect: Effect, listener: Listener | None) -> object:  # noqa: PLR0911  # so many answers
        match effect:
            case Call():
                return await self._call(effect)
            case Download(incoming):
                return await self._download(incoming)
            case Together(flows, name):
                return await in_tasks([partial(self.run, each, listener, name=name) for each in flows])
            case Load(source):
                return await asyncio.to_thread(sources.load, source)
            case Sleep():
                await self._sleep(effect, listener)
            case Now():
                return clock.current().now()
            case Tell(event):
                await _tell_awaiting(listener, event)
            case _:  # bookkeeping
                return self.books.perform(effect)
        return None

    async def _sleep(self, effect: Sleep, listener: Listener | None) -> None:
        if effect.because is not None:
            await _tell_awaiting(listener, _retrying(effect))
        if effect.task_id is not None and clock.is_real():
            await self.nudges.wait_awaiting(effect.task_id, effect.seconds)
        else:
            await clock.current().pause(_seconds(effect))

    async def _call(self, effect: Call[T]) -> T | None:
        api = self._open_api()  # what fails there leaves nothing in doubt
        if (intent := effect.intent) is None:
            return await self._send(effect, api)
        with departures.watched(lambda: self.books.depart(intent), self._transport):
            return await self._send(effect, api)

    async def _send(self, effect: Call[T], api: AuthenticatedClient) -> T | None:
        patience = _patience(effect, self._settings)
        try:
            with self._in_our_words(), deadlines.within(patience):
                async with asyncio.timeout(patience):
                    return (await effect.operation.asyncio_detailed(client=api, **effect.arguments)).parsed
        except TimeoutError as error:
            raise Unreachable("the answer came too slowly", maybe_sent=True) from error

    async def _download(self, incoming: Incoming) -> EditedImage:
        try:
            with self._in_our_words():
                if (content := downloading.inline(incoming.url)) is not None:
                    _begin_attempt(incoming, self._settings)
                    incoming.take(content, clock.current().now())
                else:
                    async with asyncio.timeout(self._settings.timeouts.download):
                        await self._fetch(incoming)
                return await asyncio.to_thread(incoming.finish)
        except TimeoutError as error:
            raise Unreachable("the result came too slowly", maybe_sent=True) from error

    async def _fetch(self, incoming: Incoming) -> None:
        hops = downloading.Hops(incoming.url, self._settings.base_url)
        headers = _begin_attempt(incoming, self._settings)
        while hops.address:
            async with self._open_plain().stream("GET", hops.address, headers=headers) as response:
                if not hops.follow(response.status_code, response.headers):
                    incoming.begin(response.status_code, response.headers, clock.current().now())
                    async for piece in response.aiter_raw():
                        incoming.take(piece, clock.current().now())

    def _follow_loop(self) -> None:
        """Connections belong to the loop that opened them; a later one, as of a second `asyncio.run`, has its own."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._http = self._api = self._plain = None
            self._loop = loop

    def _in_our_words(self) -> AbstractContextManager[None]:
        return connections.in_our_words(secret=self._settings.api_key)

    def _open_api(self) -> AuthenticatedClient:
        transports.check_open(self._transport)
        if self._api is None:
            self._http = connections.open_async_api(self._settings, self._transport)
            # Its own token stays empty: the httpx client has the key.
            self._api = AuthenticatedClient(self._settings.base_url, token="")
            self._api.set_async_httpx_client(self._http)
        return self._api

    def _open_plain(self) -> httpx.AsyncClient:
        self._plain = self._plain or connections.open_async_plain(self._settings, self._transport)
        return self._plain


def _patience(effect: Call[Any], settings: Settings) -> float:
    longest = settings.timeouts.answer
    return longest if effect.within is None else min(longest, effect.within)


def _begin_attempt(incoming: Incoming, settings: Settings) -> dict[str, str]:
    return incoming.begin_attempt(clock.current().now(), settings.timeouts.download)


def _seconds(pause: Sleep) -> float:
    return pause.seconds + _dice.uniform(0, pause.spread)


def _retrying(pause: Sleep) -> Event:
    """What a listener is told of a pause before another attempt."""
    return Event("retrying", pause.task_id, error=pause.because, within=pause.seconds + pause.spread)


def _tell(listener: Listener | None, event: Event) -> None:
    """Tell the user's listener. A progress bar that breaks must not cost a paid task, so its errors are logged."""
    if listener is not None:
        try:
            listener(event)
        except Exception:
            logger.exception(_BROKEN_LISTENER, event.kind)


async def _tell_awaiting(listener: Listener | None, event: Event) -> None:
    """The same for a listener that may be awaited for."""
    if listener is not None:
        try:
            answer = listener(event)
            if isinstance(answer, Awaitable):
                await answer
        except Exception:
            logger.exception(_BROKEN_LISTENER, event.kind)
