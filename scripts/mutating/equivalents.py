"""Changes of the document that nobody can notice without the lock, and why."""

import re

REASONS: tuple[tuple[str, str], ...] = (
    (
        r"(format|pattern): GetDownloadUrlRequest/url "
        r"(uri is gone|is gone|does not begin at the beginning|wants no host)",
        "What is no link leads to no file of the service's either, and is refused with the same code for that.",
    ),
    (
        r"length: UploadFile\w*Request/uploadPath minLength is gone",
        "The pattern beside it asks for something already.",
    ),
    (
        r"length: UploadFile\w*Request/fileName minLength is gone",
        "Whether an empty name is a name is nowhere said.",
    ),
    (
        r"type: (ResponseCode|TaskState) becomes \w+",
        "Codes and states are open: wherever it stands, any number or text may stand too.",
    ),
    (
        r"(type|format): TaskCallback/data/allOf/1/costTime (becomes number|int64 is gone)",
        "The record beside it says the same of the property.",
    ),
    (
        r"x: refusal: x-apikley-refusals/"
        r"(key-capped|upstream-late|feature-disabled) has other words",
        "The words are ours; only that there are some can be asked for.",
    ),
    (
        r"x: refusal: x-apikley-refusals/fault has another code",
        "A fault has the code that it was wished with.",
    ),
    (
        r"x: refusal: x-apikley-refusals/upstream-late (is gone|has another code)",
        "A 408 without words of its own has those of any fault.",
    ),
    (
        r"x: refusal: x-apikley-refusals/source-unusable has another code",
        "With which code a task fails whose picture is none is nowhere said.",
    ),
    (
        r"x: sent as: x-apikley-refusals/(method-unknown|route-unknown) is status",
        "They come by status in any case.",
    ),
    (
        r"x: refusal: get_download_url/x-apikley-refusals/link-foreign has other words",
        "The words are ours; only that there are some can be asked for.",
    ),
    (
        r"x: refusal: upload_file\w*/x-apikley-refusals/(malformed|key-wrong) is gone",
        "What is said at the root holds then, and has the same code.",
    ),
    (
        r"x: sent as: upload_file\w*/x-apikley-refusals/key-wrong is usual",
        "What is usual is what it says.",
    ),
    (
        r"x: role: create_task/body/input/negative_prompt is gone",
        "No program heeds a negative prompt.",
    ),
    (
        r"x: (refusal|sent as): get_task/x-apikley-refusals/invalid .*",
        "An id is wrong only where it is empty, and that is told as a missing one.",
    ),
    (
        r"x: role: \w+Response/(msg|success) is gone",
        "What a yes says there is what its example says, or the one value that the document allows.",
    ),
    (
        r"x: lifetime: UploadedFile/downloadUrl becomes 259199",
        "How long an upload lives, between one day and three, is nowhere said.",
    ),
    (
        r"x: role: TaskCallback/msg is gone",
        "What a callback says beside its code is nowhere told.",
    ),
    (
        r"x: role: TaskCallback/data/allOf/1/consumeCredits is gone",
        "The price is told under its newer name, and one of the two is enough.",
    ),
    (
        r"x: sent as: x-apikley-refusals/source-unusable is status",
        "It is told in a record and never sent as a refusal.",
    ),
)
"""A pattern that the whole id matches, and the reason."""


def reason_of(mutant_id: str) -> str | None:
    """Why a change that was survived is none to anybody who asks."""
    for pattern, reason in REASONS:
        if re.fullmatch(pattern, mutant_id):
            return reason
    return None
