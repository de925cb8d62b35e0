"""What the client has to take for an edit and what to refuse, before anything is sent: by hand from the facts."""

import base64
import math
from typing import Any

STREET = "https://example.com/street.jpg"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
MEBIBYTE = 2**20

TAKEN: tuple[tuple[str, Any], ...] = (
    ("prompt", "a"),
    ("prompt", "ä" * 2000),
    ("prompt", "🌙" * 2000),
    ("prompt", " e\u0301 at\r\nnight "),
    ("image_url", "http://example.com/street.jpg"),
    ("image_url", PICTURE),
    ("image_url", PICTURE + bytes(10 * MEBIBYTE - len(PICTURE))),
    ("image_url", b"\xff\xd8\xff\xe0" + bytes(100) + b"\xff\xd9"),
    ("image_url", b"RIFF\0\0\0\0WEBPVP8L" + bytes(100)),
    *(("image_size", f"{shape}_{ratio}") for shape in ("portrait", "landscape") for ratio in ("4_3", "16_9")),
    ("image_size", "square"),
    ("image_size", "square_hd"),
    *(("num_images", count) for count in range(1, 5)),
    ("output_format", "jpeg"),
    ("output_format", "png"),
    ("seed", 0),
    ("seed", -1),
    ("seed", 2**53 + 1),  # no float holds it
    ("seed", 2**63 - 1),
    ("num_inference_steps", 2),
    ("num_inference_steps", 49),
    ("guidance_scale", 0),
    ("guidance_scale", 0.1),
    ("guidance_scale", 20),
    ("guidance_scale", 19.9),
    ("acceleration", "none"),
    ("acceleration", "regular"),
    ("acceleration", "high"),
    ("negative_prompt", ""),
    ("negative_prompt", "x" * 500),
    ("enable_safety_checker", True),
    ("enable_safety_checker", False),
    ("sync_mode", True),
    ("sync_mode", False),
    ("callback_url", "https://example.com/done?token=7f3a"),
    ("callback_url", "http://example.com:8080"),
)

REFUSED: tuple[tuple[str, Any], ...] = (
    ("prompt", None),
    ("prompt", ""),
    ("prompt", "ä" * 2001),
    ("prompt", "\ud800"),
    ("prompt", 7),
    ("image_url", "https://"),
    ("image_url", "https://exa mple.com/"),
    ("image_url", PICTURE + bytes(10 * MEBIBYTE + 1 - len(PICTURE))),
    ("image_url", b"\xff\xd8\xff\xe0" + bytes(100)),  # it breaks off
    ("image_url", b"GIF89a" + bytes(100)),
    ("image_url", b"<html>" + bytes(100)),
    ("image_size", "huge"),
    ("image_size", "landscape_3_2"),
    ("image_size", 7),
    ("num_images", 0),
    ("num_images", 5),
    ("num_images", "1"),
    ("output_format", "webp"),
    ("seed", 1.5),
    ("seed", "7"),
    ("seed", True),
    ("num_images", True),
    ("num_inference_steps", True),
    ("guidance_scale", True),
    ("seed", 2**63),
    ("num_inference_steps", 1),
    ("num_inference_steps", 50),
    ("num_inference_steps", 25.0),
    ("num_inference_steps", "25"),
    ("guidance_scale", math.nan),
    ("guidance_scale", math.inf),
    ("guidance_scale", -0.1),
    ("guidance_scale", 20.1),
    ("guidance_scale", "4"),
    ("acceleration", "fast"),
    ("acceleration", "None"),
    ("negative_prompt", "x" * 501),
    ("negative_prompt", 7),
    ("enable_safety_checker", 1),
    ("enable_safety_checker", "true"),
    ("sync_mode", "true"),
    ("sync_mode", 0),
    ("callback_url", "ftp://example.com"),
    ("callback_url", "javascript:alert(1)"),
    ("callback_url", ""),
    ("callback_url", "https://"),
    ("callback_url", 7),
)


def to_wish(parameter: str, value: Any) -> dict[str, Any]:
    """An edit in which one parameter has this value."""
    return {"image": STREET, "prompt": "make it night"} | {
        "image" if parameter == "image_url" else parameter: value
    }


def to_sent(parameter: str, value: Any) -> Any:
    """What stands in the body for it: itself, but for pictures, which lie at an address, and their number."""
    if isinstance(value, bytes):
        return "https://example.com/apikley/a%20b.png"
    return str(value) if parameter == "num_images" else value


def in_body(body: dict[str, Any], parameter: str) -> Any:
    """What a body says of it; without the name of its submission, if it is a callback's address."""
    if parameter == "callback_url":
        return body["callBackUrl"].rpartition("apikley=")[0].rstrip("?&/")
    return body["input"].get(parameter)


def parameter_of(parameter: str, value: Any) -> str:
    """How an error calls it: a picture that is handed in is no address."""
    return "image" if parameter == "image_url" and isinstance(value, bytes) else parameter
