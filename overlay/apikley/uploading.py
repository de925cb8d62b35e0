"""How a picture comes to the service."""

from apikley import wire
from apikley.effects import Event, Flow, call, find_upload, keep_upload, load, tell
from apikley.retrying import UPLOAD, repeated
from apikley.sources import ImageSource, is_remote

_UPLOADING = Event("uploading")


def upload(source: ImageSource) -> Flow[str]:
    """Upload a picture, or have the service fetch it from an address, and return its link.

    Repeated if need be: an upload is free and overwrites itself. What this client has uploaded in the last hours is
    there already, and not sent again.
    """
    if isinstance(source, str) and is_remote(source):
        yield from tell(_UPLOADING)
        asked = wire.upload_file_url(source)
        return wire.to_upload_link((yield from repeated(lambda: call(asked), UPLOAD)))
    picture = yield from load(source)
    if known := (yield from find_upload(picture.sha256)):
        return known
    yield from tell(_UPLOADING)
    link = wire.to_upload_link((yield from repeated(lambda: call(wire.upload_file(picture)), UPLOAD)))
    yield from keep_upload(picture.sha256, link)
    return link
