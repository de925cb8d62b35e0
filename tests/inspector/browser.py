"""A Chromium without a window, driven over its DevTools protocol."""

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--remote-debugging-port=0",
)
_PATIENCE = 20.0  # seconds for Chromium to start, or to answer
_KEYS = {  # name: (code, Windows key code, text)
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Escape": ("Escape", 27, ""),
    " ": ("Space", 32, " "),
    "ArrowLeft": ("ArrowLeft", 37, ""),
    "ArrowRight": ("ArrowRight", 39, ""),
}


def find_chromium() -> str | None:
    """The executable: what APIKLEY_CHROMIUM says, else the first of the usual names on the PATH."""
    if said := os.environ.get("APIKLEY_CHROMIUM"):
        if found := shutil.which(said):
            return found
        raise FileNotFoundError(f"APIKLEY_CHROMIUM is {said!r}, which cannot be run")
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser(executable: str) -> Generator["Browser"]:
    """A browser with a profile of its own, gone with the context."""
    with tempfile.TemporaryDirectory(prefix="apikley-chromium-", ignore_cleanup_errors=True) as profile:
        command = [executable, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                with connect(_address(Path(profile), process), max_size=None) as socket:
                    yield Browser(socket)
            finally:
                process.kill()


def _address(profile: Path, process: "subprocess.Popen[bytes]") -> str:
    """Where the browser listens, which it writes into its profile."""
    note, end = profile / "DevToolsActivePort", time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with suppress(FileNotFoundError, ValueError):
            port, path = note.read_text().split()
            return f"ws://127.0.0.1:{port}{path}"
        time.sleep(0.02)
    raise RuntimeError(f"{process.args[0]} did not start; exit code {process.poll()}")


class Browser:
    """One connection, on which every tab has a session."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []

    def send(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Ask, and wait for the answer. What happens meanwhile is kept in `events`."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        self._socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        while True:
            answer = json.loads(self._socket.recv(timeout=_PATIENCE))
            if answer.get("id") != number:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']['message']}")
            else:
                return answer["result"]

    @contextmanager
    def tab(self) -> Generator["Tab"]:
        """A tab that shares no cookie or cache with another."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        try:
            yield Tab(self, session)
        finally:
            self.send("Target.disposeBrowserContext", browserContextId=context)


class Tab:
    """A tab: what one sees in it, and does to it."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.send(method, self._session, **params)

    def open(self, url: str, *, width: int = 1400, height: int = 900, scheme: str = "light") -> None:
        self.resize(width, height)
        self.prefer(scheme)
        self.send("Page.navigate", url=url)

    def hurry(self, times: int) -> None:
        """Let the timers of pages opened from now on go so many times as fast."""
        faster = f"(deed, after, ...rest) => original(deed, after / {times}, ...rest)"
        source = f"{{ const original = setTimeout; window.setTimeout = {faster}; }}"
        self.send("Page.addScriptToEvaluateOnNewDocument", source=source)

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.send("Emulation.setDeviceMetricsOverride", **size)

    def prefer(self, scheme: str) -> None:
        wanted = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        self.send("Emulation.setEmulatedMedia", features=[{"name": n, "value": v} for n, v in wanted.items()])

    def see(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = self.send(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"]["exception"].get("description", expression))
        return answer["result"].get("value")

    def wait(self, expression: str, *, patience: float = 5.0) -> Any:
        """The value of an expression once it is truthy; true for a node."""
        end = time.monotonic() + patience
        while not (value := self.see(f"((value) => value instanceof Node || value)({expression})")):
            if time.monotonic() > end:
                text = self.see("document.body.innerText")
                raise AssertionError(f"never came true: {expression}\nThe page says:\n{text}")
            time.sleep(0.03)
        return value

    def press(self, *keys: str) -> None:
        """Press keys one after another: named ones, or single characters."""
        for key in keys:
            code, number, text = _KEYS[key] if key in _KEYS else ("", ord(key.upper()), key)
            shared = {"key": key, "code": code, "windowsVirtualKeyCode": number}
            self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **shared)
            self.send("Input.dispatchKeyEvent", type="keyUp", **shared)

    def type(self, text: str) -> None:
        self.press(*text)

    def click(self, selector: str) -> None:
        """Click what stands there, with the mouse, once it can be seen."""
        self.wait(f"document.querySelector({json.dumps(selector)})?.getBoundingClientRect().width")
        x, y = self.see(
            f"""(() => {{
                const node = document.querySelector({json.dumps(selector)});
                node.scrollIntoView({{block: "center", behavior: "instant"}});
                const box = node.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def screenshot(self) -> bytes:
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    def events(self, method: str) -> list[dict[str, Any]]:
        """What has happened in this tab so far, by kind."""
        self.see("0")
        mine = [event for event in self._browser.events if event.get("sessionId") == self._session]
        return [event["params"] for event in mine if event["method"] == method]

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, exceptions, and dialogs that sprang up."""
        return [
            *(str(each["args"]) for each in self.events("Runtime.consoleAPICalled") if each["type"] != "log"),
            *(str(each["exceptionDetails"]) for each in self.events("Runtime.exceptionThrown")),
            *(str(each["entry"]) for each in self.events("Log.entryAdded")),
            *(str(each) for each in self.events("Page.javascriptDialogOpening")),
        ]

    def requested(self) -> set[str]:
        """Every address that was asked."""
        return {event["request"]["url"] for event in self.events("Network.requestWillBeSent")}
