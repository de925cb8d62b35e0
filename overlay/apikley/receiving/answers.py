"""What a receiver answers: fixed words, which tell a stranger nothing."""

from http import HTTPStatus

from attrs import frozen


@frozen
class Answer:
    """A status and a text."""

    status: int
    text: str
    is_early: bool = False
    """Whether it is given before the whole body was read, so that the connection cannot be used again."""

    @property
    def phrase(self) -> str:
        """The status in words, as HTTP has them."""
        return HTTPStatus(self.status).phrase

    @property
    def headers(self) -> list[tuple[str, str]]:
        """What is sent before the text."""
        allow = [("Allow", "POST")] if self.status == HTTPStatus.METHOD_NOT_ALLOWED else []
        size = str(len(self.text.encode()))
        return [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", size), *allow]


RECEIVED = Answer(200, "received\n")
NO_CALLBACK = Answer(400, "this is no callback\n")
NOT_PROVED = Answer(401, "the signature is missing, wrong or old\n")
NOT_HERE = Answer(404, "nothing is here\n")
ONLY_POST = Answer(405, "callbacks are POSTed\n")
TOO_SLOW = Answer(408, "the body came too slowly\n", is_early=True)
NO_LENGTH = Answer(411, "the length of the body must be told\n", is_early=True)
TOO_LARGE = Answer(413, "the body is too large\n", is_early=True)
FAILED = Answer(500, "it could not be dealt with; send it again\n")
BUSY = Answer(503, "it is being dealt with; send it again\n")

REJECTIONS = {400: NO_CALLBACK, 401: NOT_PROVED, 413: TOO_LARGE}
"""By the status of a `CallbackRejected`."""
