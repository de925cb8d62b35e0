"""How each client is asked for the same: create a task, ask for it once, see it through to its links.

Each is set up as its documentation says, with its defaults. The one thing that is set is the patience with a single
answer, where silence is measured; fal-client takes no address, so its constant is exchanged.
"""

import asyncio
from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import signature
from typing import Any, Protocol

LINK = "https://example.com/street.jpg"
KEY = "sk-bench"


class Client(Protocol):
    """A client of the stub. What it sends to whom is told, so that a plain httpx client can send the same."""

    create_path: str

    def question(self, task_id: str) -> tuple[str, dict[str, str]]:
        """The path and the query of a question for a task."""
        ...

    def body(self, prompt: str) -> dict[str, object]:
        """What a createTask sends."""
        ...

    def create(self, prompt: str) -> object:
        """Create a task."""
        ...

    def status(self, task_id: str) -> object:
        """Ask for a task once."""
        ...

    def edit(self, prompt: str) -> object:
        """Create a task and wait for its links."""
        ...

    async def edit_awaiting(self, prompt: str) -> object:
        """The same, awaiting."""
        ...


class Httpx:
    """No client at all: what one would write in ten lines."""

    create_path = "/api/v1/jobs/createTask"
    every = 0.5
    """Seconds between two questions."""

    def __init__(self, url: str, patience: float | None = None) -> None:
        import httpx

        given: dict[str, Any] = {"base_url": url, "headers": {"Authorization": f"Bearer {KEY}"}}
        self._client = httpx.Client(**given, timeout=patience or 60)
        self._awaiting = httpx.AsyncClient(**given, timeout=patience or 60)

    def question(self, task_id: str) -> tuple[str, dict[str, str]]:
        return "/api/v1/jobs/recordInfo", {"taskId": task_id}

    def body(self, prompt: str) -> dict[str, object]:
        return {"model": "qwen/image-edit", "input": _input(prompt)}

    def create(self, prompt: str) -> str:
        said = self._client.post(self.create_path, json=self.body(prompt)).json()
        return str(said["data"]["taskId"])

    def status(self, task_id: str) -> str:
        path, query = self.question(task_id)
        return str(self._client.get(path, params=query).json()["data"]["state"])

    def edit(self, prompt: str) -> object:
        raise NotImplementedError

    async def edit_awaiting(self, prompt: str) -> object:
        answer = await self._awaiting.post(self.create_path, json=self.body(prompt))
        path, query = self.question(answer.json()["data"]["taskId"])
        while True:
            await asyncio.sleep(self.every)
            record = (await self._awaiting.get(path, params=query)).json()["data"]
            if record["state"] == "success":
                return record["resultJson"]


class Ours:
    """apikley. `hurried` lifts the politeness of ten questions a second, which no other client has.

    `fast` is its transport for many tasks at once, which only awaiting clients have.
    """

    create_path = Httpx.create_path

    def __init__(
        self, url: str, patience: float | None = None, *, hurried: bool = False, fast: bool = False
    ) -> None:
        from apikley import Apikley, AsyncApikley, PollSchedule, Stage

        given: dict[str, Any] = {"base_url": url}
        if patience:  # faults are measured, and no pace
            given["schedule"] = PollSchedule((Stage(60, 0.05),))
        self.client = Apikley(KEY, **given, transport=_impatient(patience) if patience else None)
        self.awaiting = AsyncApikley(KEY, **(given | ({"fast": True} if fast else {})))
        if hurried:
            self._hurry()

    def question(self, task_id: str) -> tuple[str, dict[str, str]]:
        return "/api/v1/jobs/recordInfo", {"taskId": task_id}

    def body(self, prompt: str) -> dict[str, object]:
        return {"model": "qwen/image-edit", "input": _input(prompt)}

    def create(self, prompt: str) -> object:
        return self.client.submit(LINK, prompt, num_images=2, seed=7)

    def status(self, task_id: str) -> object:
        return self.client.task(task_id).fetch()

    def edit(self, prompt: str) -> object:
        return self.client.submit(LINK, prompt, num_images=2, seed=7).wait().result_urls

    def learn(self, prompt: str) -> None:
        """Have the client know how long a task took, without waiting for it by what is known already."""
        self.client.submit(LINK, prompt, num_images=2, seed=7).fetch()

    async def learn_awaiting(self, prompt: str) -> None:
        """The same for the awaiting client."""
        await (await self.awaiting.submit(LINK, prompt, num_images=2, seed=7)).fetch()

    async def edit_awaiting(self, prompt: str) -> object:
        handle = await self.awaiting.submit(LINK, prompt, num_images=2, seed=7)
        return (await handle.wait()).result_urls

    def _hurry(self) -> None:
        from apikley.pacing import Pacer

        for client in (self.client, self.awaiting):
            client._books._pacer = Pacer(per_second=1e6)  # noqa: SLF001  # there is no public way, for good reason


class Fal:
    """fal-client."""

    create_path = "/fal-ai/qwen-image-edit"
    _APPLICATION = "fal-ai/qwen-image-edit"

    def __init__(self, url: str, patience: float | None = None) -> None:
        fal: Any = import_module("fal_client")
        import_module("fal_client.client").QUEUE_URL_FORMAT = f"{url}/"  # type: ignore[attr-defined]
        given = {"key": KEY} | ({"default_timeout": patience} if patience else {})
        self._client = fal.SyncClient(**given)
        self._awaiting = fal.AsyncClient(**given)

    def question(self, task_id: str) -> tuple[str, dict[str, str]]:
        return f"/fal-ai/qwen-image-edit/requests/{task_id}/status", {"logs": "false"}

    def body(self, prompt: str) -> dict[str, object]:
        return _input(prompt)

    def create(self, prompt: str) -> object:
        return self._client.submit(self._APPLICATION, self.body(prompt))

    def status(self, task_id: str) -> object:
        return self._client.status(self._APPLICATION, task_id)

    def edit(self, prompt: str) -> object:
        return self._client.subscribe(self._APPLICATION, self.body(prompt))["images"]

    async def edit_awaiting(self, prompt: str) -> object:
        return (await self._awaiting.subscribe(self._APPLICATION, self.body(prompt)))["images"]


class Replicate:
    """replicate. By default its `run` holds the request for up to a minute; here it polls, as it does after that."""

    create_path = "/v1/models/qwen/qwen-image-edit/predictions"
    _MODEL = "qwen/qwen-image-edit"

    def __init__(self, url: str, patience: float | None = None) -> None:
        replicate: Any = import_module("replicate")
        httpx: Any = import_module("httpx")
        given = {"timeout": httpx.Timeout(patience)} if patience else {}
        self._client = replicate.Client(KEY, base_url=url, **given)

    def question(self, task_id: str) -> tuple[str, dict[str, str]]:
        return f"/v1/predictions/{task_id}", {}

    def body(self, prompt: str) -> dict[str, object]:
        return {"input": _input(prompt)}

    def create(self, prompt: str) -> object:
        return self._client.models.predictions.create(model=self._MODEL, input=_input(prompt))

    def status(self, task_id: str) -> object:
        return self._client.predictions.get(task_id)

    def edit(self, prompt: str) -> object:
        return self._client.run(self._MODEL, _input(prompt), wait=False, use_file_output=False)

    async def edit_awaiting(self, prompt: str) -> object:
        return await self._client.async_run(self._MODEL, _input(prompt), wait=False, use_file_output=False)


class OpenAI:
    """openai. Its pictures come in the answer to the request that asks for them, which is held meanwhile.

    A question for a task is one for a background response.
    """

    create_path = "/v1/images/generations"

    def __init__(self, url: str, patience: float | None = None) -> None:
        openai: Any = import_module("openai")
        given: dict[str, Any] = {"api_key": KEY, "base_url": f"{url}/v1"}
        given |= {"timeout": patience} if patience else {}
        self._client = openai.OpenAI(**given)
        self._awaiting = openai.AsyncOpenAI(**given)

    def question(self, task_id: str) -> tuple[str, dict[str, str]]:
        return f"/v1/responses/{task_id}", {}

    def body(self, prompt: str) -> dict[str, object]:
        return {"prompt": prompt, "model": "gpt-image-1", "n": 2, "size": "1024x1024"}

    def create(self, prompt: str) -> object:
        return self._client.images.generate(**self.body(prompt))

    def status(self, task_id: str) -> object:
        return self._client.responses.retrieve(task_id)

    def edit(self, prompt: str) -> object:
        return self.create(prompt)

    async def edit_awaiting(self, prompt: str) -> object:
        return await self._awaiting.images.generate(**self.body(prompt))


class RunApi:
    """runapi-qwen-image, which cannot await: one thread a task."""

    create_path = "/api/v1/qwen_image/edit_image"

    def __init__(self, url: str, patience: float | None = None) -> None:
        runapi: Any = import_module("runapi.qwen_image")
        given: dict[str, Any] = {"timeout": patience} if patience else {}
        self._edits = runapi.QwenImageClient(KEY, base_url=url, **given).edit_image

    def question(self, task_id: str) -> tuple[str, dict[str, str]]:
        return f"{self.create_path}/{task_id}", {}

    def body(self, prompt: str) -> dict[str, object]:
        return {"model": "qwen-image-edit-image", "source_image_url": LINK, "prompt": prompt, "seed": 7}

    def create(self, prompt: str) -> object:
        return self._edits.create(**self.body(prompt))

    def status(self, task_id: str) -> object:
        return self._edits.get(task_id)

    def edit(self, prompt: str) -> object:
        return self._edits.run(**self.body(prompt)).images

    async def edit_awaiting(self, prompt: str) -> object:
        return await asyncio.to_thread(self.edit, prompt)


OPEN: Mapping[str, Callable[..., Client]] = {
    "httpx": Httpx,
    "apikley": Ours,
    "fal-client": Fal,
    "replicate": Replicate,
    "openai": OpenAI,
    "runapi-qwen-image": RunApi,
}
"""How each is opened, given the stub's address."""


def has_fast() -> bool:
    """Whether this version of ours has a faster transport."""
    from apikley import AsyncApikley

    return "fast" in signature(AsyncApikley).parameters


def _input(prompt: str) -> dict[str, object]:
    return {"prompt": prompt, "image_url": LINK, "num_images": "2", "seed": 7}


def _impatient(patience: float) -> Any:
    """httpx's transport, which waits so many seconds for an answer whatever it is told: ours takes no timeouts."""
    import httpx

    class Impatient(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            request.extensions["timeout"] = {**request.extensions["timeout"], "read": patience}
            return super().handle_request(request)

    return Impatient()
