"""What would be sent, and what it is expected to cost, before anything is."""

from collections.abc import Mapping

from attrs import field, frozen

from apikley import expectations
from apikley.pictures import MediaType, Picture, dimensions
from apikley.requests import EditRequest, TaskRequest
from apikley.sources import ImageSource


@frozen
class PictureFacts:
    """What is known of a picture that would be uploaded."""

    media_type: MediaType
    size: int
    """In bytes."""
    sha256: str
    width: int | None
    height: int | None
    """Both in pixels; None where its header does not say."""


@frozen(kw_only=True)
class Plan:
    """A checked submission. Its pictures are in memory: whatever becomes of the files, these very bytes are sent."""

    key: str
    """The name of the submission; the ledger sends none twice."""
    request: EditRequest | TaskRequest
    source: "ImageSource | None" = field(default=None, repr=False)
    """The picture of an edit: its link, or its bytes."""
    pictures: tuple[PictureFacts, ...] = ()
    """What would be uploaded first."""
    credits: float | None = None
    """What it is expected to cost; None where nobody knows."""

    @property
    def model(self) -> str:
        """The model that is asked."""
        return self.request.model

    @property
    def said(self) -> Mapping[str, object]:
        """What is said to the model; a picture that would be uploaded is not in it."""
        return {name: value for name, value in self.request.said.items() if not isinstance(value, bytes)}


def to_plan(
    key: str, request: EditRequest | TaskRequest, source: "ImageSource | None", pictures: list[Picture]
) -> Plan:
    """The plan of a request whose pictures have been read."""
    return Plan(
        key=key,
        request=request,
        source=source,
        pictures=tuple(_facts(each) for each in pictures),
        credits=expectations.price(request.model, request.said),
    )


def _facts(picture: Picture) -> PictureFacts:
    width, height = dimensions(picture) or (None, None)
    return PictureFacts(picture.media_type, len(picture.content), picture.sha256, width, height)
