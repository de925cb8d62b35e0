"""What the tests of the mock say to it."""

import json
import threading

import attrs
import pytest

from apikley.mock import Mock, Request

KEY = "Bearer sk-test-1"
CREATE = "/api/v1/jobs/createTask"
FETCH = "/api/v1/jobs/recordInfo"


@attrs.define
class Asker:
    """A developer at the mock's door, with a key unless told otherwise."""

    mock: Mock
    origin: str = "https://api.apikley.ru"

    def __call__(
        self, method, path, *, body=b"", query="", key=KEY, media_type="application/json", **headers
    ):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body:
            headers["content-type"] = media_type
        if key is not None:
            headers["authorization"] = key
        return self.mock.handle(
            Request(method, path, query=query, headers=headers, body=body, origin=self.origin)
        )

    def create(self, **wish):
        """The id of a new task."""
        wish = {"prompt": "make it night", "image_url": "https://example.com/street.jpg"} | wish
        reply = self("POST", CREATE, body={"model": "qwen/image-edit", "input": wish})
        assert reply.status == 200, reply.body
        return json.loads(reply.body)["data"]["taskId"]

    def fetch(self, task_id):
        """The record of a task."""
        return json.loads(self("GET", FETCH, query=f"taskId={task_id}").body)["data"]

    def upload(self, data, *, folder="images", name="street.jpg"):
        """The link to an uploaded file."""
        boundary = "7f3a"
        fields = {"uploadPath": folder, "fileName": name}
        texts = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{text}\r\n'
            for field, text in fields.items()
        )
        start = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        body = (texts + start).encode() + data + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        reply = self("POST", "/file-upload/api/file-stream-upload", body=body, media_type=kind)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)["data"]["downloadUrl"]

    def download(self, link):
        assert link.startswith(self.origin), link
        return self.mock.handle(Request.of("GET", link, {}, b""))

    def is_free(self):
        """Whether somebody else could be answered now."""
        taken = []

        def take():
            if self.mock.locked.acquire(blocking=False):
                self.mock.locked.release()
                taken.append(True)

        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
        return bool(taken)


@pytest.fixture
def asker():
    """Makes an asker of a mock with these settings."""
    return lambda **settings: Asker(Mock(**settings))


@pytest.fixture
def ask(asker):
    return asker()
