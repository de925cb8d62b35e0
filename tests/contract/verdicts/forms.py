"""What a request may look like and what not, where the mock's answer does not tell: by hand from the facts.

An upload by URL of a file that nobody can fetch, say, is refused in the same words as one whose URL is none.
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
