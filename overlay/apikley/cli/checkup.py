"""Whether all is there that an edit needs."""

import json
import os
import platform
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from attrs import frozen

from apikley import catalogue, connections, deadlines, settings, wire
from apikley.cli import exits, submissions
from apikley.cli.choosing import Choice
from apikley.cli.ledgers import find_ledger
from apikley.errors import ApikleyError, InvalidRequest, NotAuthenticated
from apikley.files import check_target
from apikley.signatures import WINDOW
from apikley_generated import AuthenticatedClient

Level = Literal["ok", "warn", "fail", "skip"]

_EXTRAS = {
    "cli": ("click",),
    "mock": ("jsonschema_rs", "orjson", "PIL", "python_multipart", "uvicorn"),
    "contract": ("schemathesis",),
    "fast": ("aiohttp",),
    "otel": ("opentelemetry",),
}
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_SKEW = 30.0  # seconds, a tenth of what a callback's signature allows


@frozen
class Finding:
    """What came of one check. `code` is the exit code that the next command would end with."""

    check: str
    level: Level
    says: str
    todo: str | None = None
    code: int = 0


def findings(choice: Choice, *, is_offline: bool, transport: httpx.BaseTransport | None) -> Iterator[Finding]:
    """The checks, one after the other. Nothing that costs is asked for. `transport` leads to a mock."""
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield _packages(needs_mock=transport is not None)
    yield _document()
    yield _configuration(choice)
    key = _key(choice, is_mock=transport is not None)
    yield key
    address = _address(choice, is_mock=transport is not None)
    yield address
    yield from _way(os.environ)
    if is_offline or "fail" in (key.level, address.level):
        why = "--offline" if is_offline else "without a key and an address nobody can be asked"
        yield Finding("service", "skip", f"not asked: {why}")
    else:
        yield from _service(choice, transport)
    yield from _ledger(choice)


def _packages(*, needs_mock: bool) -> Finding:
    missing = {extra: [name for name in names if find_spec(name) is None] for extra, names in _EXTRAS.items()}
    there = [extra for extra, names in missing.items() if not names]
    lacking = [extra for extra, names in missing.items() if names]
    says = f"apikley {version('apikley')} with {', '.join(there)}"
    if not lacking:
        return Finding("packages", "ok", says)
    says += f"; without {', '.join(lacking)}"
    todo = f"pip install 'apikley[{','.join(lacking)}]'"
    if needs_mock and "mock" in lacking:
        return Finding("packages", "fail", says, todo, 2)
    return Finding("packages", "ok", says, f"if you need them: {todo}")


def _document() -> Finding:
    document = json.loads((files("apikley_generated") / "openapi.json").read_text(encoding="utf-8"))
    models = ", ".join(catalogue.models())
    return Finding("document", "ok", f"version {document['info']['version']}, with {models}")


def _configuration(choice: Choice) -> Finding:
    config = choice.config
    if not config.text:
        return Finding("config", "ok", f"none at {config.path}", "apikley config set api_key makes one")
    says = f"{config.path}, profile {choice.profile}"
    if config.is_exposed:
        mode = stat.S_IMODE(config.path.stat().st_mode)
        return Finding(
            "config", "warn", f"{says}; others may read the key in it ({mode:o})", f"chmod 600 {config.path}"
        )
    return Finding("config", "ok", says)


def _key(choice: Choice, *, is_mock: bool) -> Finding:
    if is_mock:
        return Finding("key", "ok", "none is needed for the mock")
    said = choice.settings.get("api_key")
    try:
        key = settings.load(choice.text("api_key") or "", None, {}).api_key
    except NotAuthenticated as error:
        return Finding("key", "fail", str(error), "apikley config set api_key", 3)
    assert said is not None
    return Finding("key", "ok", f"{len(key)} characters, from {said.origin}")


def _address(choice: Choice, *, is_mock: bool) -> Finding:
    if is_mock:
        return Finding("address", "ok", "the embedded mock")
    said = choice.settings.get("base_url")
    origin = f" (from {said.origin})" if said is not None else ""
    try:
        url = settings.load("unused", choice.text("base_url") or "", {}).base_url
    except InvalidRequest as error:
        return Finding(
            "address", "fail", f"{error}{origin}", "apikley config unset base_url, or --base-url", 2
        )
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http" and not (host in {"localhost", "::1"} or host.startswith("127.")):
        return Finding("address", "warn", f"{url}{origin}: the key is sent for all to read", "use https")
    return Finding("address", "ok", f"{url}{origin}")


def _way(environment: Mapping[str, str]) -> Iterator[Finding]:
    """What leads requests another way, or decides whom they trust."""
    proxies = {
        name: value
        for name in _PROXIES
        for value in [environment.get(name) or environment.get(name.lower())]
        if value
    }
    if proxies:
        said = ", ".join(f"{name}={_without_user(value)}" for name, value in proxies.items())
        yield Finding("proxy", "ok", said)
    for name, is_there in (("SSL_CERT_FILE", Path.is_file), ("SSL_CERT_DIR", Path.is_dir)):
        if value := environment.get(name):
            if is_there(Path(value)):
                yield Finding("trust", "ok", f"{name}={value} decides whom to trust")
            else:
                yield Finding(
                    "trust", "fail", f"{name}={value} is not there", f"unset {name}, or set it right", 8
                )
    ignored = [name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if environment.get(name)]
    if ignored and not environment.get("SSL_CERT_FILE"):
        yield Finding(
            "trust", "warn", f"{ignored[0]} is set, and not heeded here", "set SSL_CERT_FILE instead"
        )


def _without_user(proxy: str) -> str:
    """A proxy's address without the password that may be in it."""
    head, at, tail = proxy.rpartition("@")
    if not at:
        return proxy
    scheme, sign, _ = head.partition("://")
    return f"{scheme}://…@{tail}" if sign else f"…@{tail}"


def _service(choice: Choice, transport: httpx.BaseTransport | None) -> Iterator[Finding]:
    """Ask for the credits, which is free, and look at the clock that the answer bears."""
    key = "sk-test-mock" if transport is not None else choice.text("api_key")
    chosen = settings.load(key, choice.text("base_url") or "", {})
    dates: list[str | None] = []

    def remember(answer: httpx.Response) -> None:
        dates.append(answer.headers.get("date"))

    with connections.open_api(chosen, transport) as http:
        http.event_hooks["response"].insert(0, remember)
        api = AuthenticatedClient(chosen.base_url, token="")
        api.set_httpx_client(http)
        started = time.monotonic()
        try:
            left = _ask(api, chosen)
        except NotAuthenticated as error:
            yield Finding(
                "service", "fail", str(error), "take a key that holds: apikley config set api_key", 3
            )
        except ApikleyError as error:
            code = exits.code_for(error, has_task=False)
            yield Finding("service", "fail", str(error), "look at the lines above, or try later", code)
        else:
            says = (
                f"it takes the key; {left:.10g} credits left; answered in {time.monotonic() - started:.2f} s"
            )
            yield (
                Finding("service", "ok", says)
                if left > 0
                else Finding("service", "warn", says, "buy credits")
            )
    if dates:
        yield _clock(dates[-1], datetime.now(UTC))


def _ask(api: AuthenticatedClient, chosen: settings.Settings) -> float:
    asked = wire.get_credits()
    sent: Callable[..., Any] = asked.operation.sync_detailed
    with connections.in_our_words(secret=chosen.api_key), deadlines.within(chosen.timeouts.answer):
        return wire.to_credits(sent(client=api).parsed)


def _clock(date: str | None, now: datetime) -> Finding:
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return Finding("clock", "skip", "the answer does not say what time it is")
    skew = (now - theirs).total_seconds()
    if abs(skew) <= _SKEW:
        return Finding("clock", "ok", f"within {abs(skew) + 1:.0f} s of the service's")
    way = "ahead of" if skew > 0 else "behind"
    says = f"{abs(skew):.0f} s {way} the service's; signatures of callbacks hold for {WINDOW:.0f} s"
    return Finding("clock", "warn", says, "set the clock of this computer")


def _ledger(choice: Choice) -> Iterator[Finding]:
    path = choice.ledger
    if path is None:
        says = "none is kept, as you asked" if choice.flags.no_ledger else "none is kept of a mock"
        yield Finding("ledger", "ok", says)
        return
    elsewhere = "--ledger FILE, $APIKLEY_LEDGER or apikley config set ledger keeps it elsewhere"
    try:
        if not path.exists():
            check_target(path)
            yield Finding("ledger", "ok", f"{path} will be made when it is needed")
            return
        ledger = find_ledger(choice)
    except ApikleyError as error:
        yield Finding("ledger", "fail", str(error).removeprefix("to "), elsewhere, 2)
        return
    try:
        doubts, every = submissions.doubtful(ledger), ledger.all()
    finally:
        ledger.close()
    says = f"{path}, {len(every)} submissions"
    if doubts:
        yield Finding("ledger", "warn", f"{says}, {len(doubts)} in doubt", "apikley tasks ls --state doubt")
    else:
        yield Finding("ledger", "ok", f"{says}, none in doubt")
