"""Asks the package that is on the path for a task of each model, and prints what came of it as JSON.

Run in a process of its own, in which `apikley_generated` is the one under test.
"""

import asyncio
import io
import json
import sys
from pathlib import Path
from typing import Any

from PIL import Image

import apikley_generated
from apikley import Apikley, AsyncApikley, InvalidRequest
from apikley.testing import in_memory
from apikley_generated import AuthenticatedClient
from apikley_generated.api.tasks import create_task
from apikley_generated.models import (
    QwenImageToImageInput,
    QwenImageToImageRequest,
    QwenTextToImageInput,
    QwenTextToImageRequest,
)

TEXT = {
    "model": "qwen/text-to-image",
    "input": {"prompt": "a lighthouse", "image_size": "portrait_4_3", "seed": 7},
}
IMAGE = {
    "model": "qwen/image-to-image",
    "input": {"prompt": "at night", "strength": 0.5, "output_format": "jpeg"},
}
WRONG: list[dict[str, Any]] = [
    {"model": "qwen/image-to-text", "input": {}},
    {"model": "qwen/text-to-image", "input": {"prompt": "a" * 5001}},
    {"model": "qwen/text-to-image", "input": {"prompt": "a", "image_url": "https://example.com/a.png"}},
    {"model": "qwen/image-to-image", "input": {"prompt": "a"}},
    {"model": "qwen/image-to-image", "input": {"prompt": "a", "image_url": b"", "strength": 1.01}},
    {"model": "qwen/text-to-image", "input": {"prompt": "a", "num_inference_steps": 251}},
]


def main(picture: Path) -> dict[str, Any]:
    image = {**IMAGE, "input": {**IMAGE["input"], "image_url": picture}}
    with in_memory() as service, Apikley("sk-test-1") as client:
        done = {
            "package": str(Path(apikley_generated.__file__ or "").parent),
            "generated": generated(),
            "text": told(client.submit(**TEXT).collect()),
            "image": told(client.submit(**image).collect()),
            "awaited": told(asyncio.run(awaited())),
            "edit": told(client.submit(picture, "make it night", num_images=2).collect()),
        }
        asked = len(service.requests)
        wrong = [refused(client, each) for each in WRONG]
        return {**done, "wrong": wrong, "asked for what is wrong": len(service.requests) - asked}


def generated() -> list[int]:
    """The codes that the generated client alone is answered."""
    link = "https://example.com/a.png"
    bodies = [
        QwenTextToImageRequest(input_=QwenTextToImageInput(prompt="night")),
        QwenImageToImageRequest(input_=QwenImageToImageInput(prompt="night", image_url=link)),
    ]
    with AuthenticatedClient("https://api.apikley.ru", "sk-test-1") as client:
        return [create_task.sync(client=client, body=body).code for body in bodies]


async def awaited() -> Any:
    async with AsyncApikley("sk-test-1") as client:
        return await (await client.submit(**TEXT)).collect()


def told(edit: Any) -> dict[str, Any]:
    """What is known of a task, and its pictures."""
    images = [Image.open(io.BytesIO(image.read())) for image in edit.images]
    return {
        "model": edit.task.model,
        "credits": edit.task.credits,
        "request": json.loads(json.loads(edit.task.request)["input"]),
        "pictures": [[image.format, *image.size] for image in images],
        "sums": [image.sha256 for image in edit.images],
    }


def refused(client: Apikley, wrong: dict[str, Any]) -> str:
    try:
        client.submit(**wrong)
    except InvalidRequest as error:
        return str(error)
    return "taken"


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
