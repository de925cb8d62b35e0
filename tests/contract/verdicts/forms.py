"""What the document allows of a request and what not: by hand from the facts.

The mock's answer alone does not tell: an upload whose link leads nowhere is refused in the same words as one whose
link is none.
"""

from typing import Any

FORMS: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("upload_file_url", {"fileUrl": "https://example.com/a.jpg", "uploadPath": "images"}, True),
    ("upload_file_url", {"fileUrl": "http://example.com:8080/a%20b.jpg?x=1", "uploadPath": "images"}, True),
    ("upload_file_url", {"fileUrl": "HTTPS://EXAMPLE.com/a.jpg", "uploadPath": "images"}, True),
    ("upload_file_url", {"fileUrl": "ftp://example.com/a.jpg", "uploadPath": "images"}, False),
    ("upload_file_url", {"fileUrl": "view-source:https://example.com/a.jpg", "uploadPath": "images"}, False),
    ("upload_file_url", {"fileUrl": "https://", "uploadPath": "images"}, False),
    ("upload_file_url", {"fileUrl": "https://example.com/a b.jpg", "uploadPath": "images"}, False),
    ("upload_file_url", {"fileUrl": "images/a.jpg", "uploadPath": "images"}, False),
    ("upload_file_url", {"fileUrl": "", "uploadPath": "images"}, False),
    ("upload_file_base64", {"base64Data": "AA==", "uploadPath": "images"}, True),
    ("upload_file_base64", {"base64Data": "data:image/png;base64,AA==", "uploadPath": "images"}, True),
    ("upload_file_base64", {"base64Data": "", "uploadPath": "images"}, False),
)
