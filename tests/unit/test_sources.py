"""Pictures as people have them."""

import base64
import io
import os
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from apikley import limits
from apikley.errors import InvalidRequest
from apikley.limits import FileLimit
from apikley.sources import is_remote, load
from unit.playing import PNG

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1 picture \xff\xd9"
WEBP = b"RIFF\x0c\0\0\0WEBPVP8 data"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
LARGEST = 10 * 1024 * 1024


class Drip:
    """A file that gives less than it is asked for."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(min(size, 7))


def refusal(source: object) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        load(source)
    assert caught.value.parameter == "image"
    assert str(caught.value).startswith("image ")
    return caught.value


@pytest.fixture(
    params=["a.png", "фото ночью.png", "😀.png", "no suffix", "a" * 250, "quote'\".png", "%20.png", "~"]
)
def path(request, tmp_path):
    """A file by a name that people give."""
    path = tmp_path / request.param
    path.write_bytes(PNG)
    return path


@pytest.mark.parametrize("form", [str, Path, os.fspath])
def test_a_picture_is_read_from_a_path_of_any_name(path, form):
    assert load(form(path)).content == PNG


@pytest.mark.parametrize(
    "form",
    [
        bytes,
        bytearray,
        memoryview,
        io.BytesIO,
        Drip,
        lambda content: io.BufferedReader(io.BytesIO(content)),
        lambda content: memoryview(bytes(each for byte in content for each in (byte, 0)))[::2],
        lambda content: "data:image/png;base64," + base64.b64encode(content).decode(),
        lambda content: "data:;base64," + base64.b64encode(content).decode().replace("=", "%3D"),
        lambda content: "data:image/png," + "".join(f"%{byte:02x}" for byte in content),
    ],
)
@pytest.mark.parametrize(
    ("content", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")]
)
def test_a_picture_is_read_from_every_form(form, content, kind):
    picture = load(form(content))

    assert picture.content == content
    assert type(picture.content) is bytes
    assert picture.media_type == kind


def test_a_file_is_read_from_where_it_stands():
    file = io.BytesIO(b"before" + PNG)
    file.seek(6)

    assert load(file).content == PNG


@pytest.mark.parametrize(
    "mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "YCbCr", "HSV", "LAB", "F", "I;16", "PA"]
)
def test_a_picture_of_pillow_s_is_sent_as_png(mode):
    picture = load(Image.new(mode, (3, 2)))

    assert picture.media_type == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (3, 2)


def test_the_pixels_of_pillow_s_picture_are_kept():
    given = Image.frombytes("RGBA", (2, 2), bytes(range(16)))

    assert Image.open(io.BytesIO(load(given).content)).tobytes() == given.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_of_pillow_s_is_turned_as_its_camera_was_held(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.linear_gradient("L").resize((40, 20)).save(file, "JPEG", exif=exif, quality=100)
    photo = Image.open(file)

    sent = Image.open(io.BytesIO(load(photo).content))

    assert sent.tobytes() == ImageOps.exif_transpose(photo).tobytes()
    assert sent.size == ((40, 20) if orientation < 5 else (20, 40))
    assert sent.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK"])
def test_a_picture_of_pillow_s_that_is_too_large_as_png_is_sent_as_jpeg(mode, monkeypatch):
    monkeypatch.setattr(limits, "file_limit", lambda: FileLimit(("image/jpeg", "image/png"), 20_000))
    noise = Image.merge("RGB", [Image.effect_noise((100, 100), 60)] * 3).convert(mode)

    picture = load(noise)

    assert picture.media_type == "image/jpeg"
    assert len(picture.content) <= 20_000
    assert Image.open(io.BytesIO(picture.content)).size == (100, 100)


def test_a_picture_of_pillow_s_that_is_too_large_either_way_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "file_limit", lambda: FileLimit(("image/jpeg", "image/png"), 500))

    assert "at most" in str(refusal(Image.effect_noise((100, 100), 60)))


def test_a_torn_picture_of_pillow_s_is_refused():
    file = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(file, "PNG")

    refusal(Image.open(io.BytesIO(file.getvalue()[:-200])))


def test_an_empty_picture_of_pillow_s_is_refused():
    refusal(Image.new("RGB", (0, 0)))


@pytest.mark.parametrize("make", [bytes, bytearray, io.BytesIO, Drip, lambda _: "data:image/png;base64,"])
def test_nothing_is_no_picture(make):
    assert "is empty" in str(refusal(make(b"")))


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "a.png"
    path.touch()

    assert "is empty" in str(refusal(path))


@pytest.mark.parametrize(
    "content", [HEIC, b"GIF89a" + b"\0" * 20, b"%PDF", b"<svg/>", b"RIFF\0\0\0\0WAVE", b"\x89PN"]
)
def test_the_first_bytes_decide_and_not_the_name(content, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)

    assert "image/jpeg, image/png, image/webp" in str(refusal(path))


@pytest.mark.parametrize(
    "name", ["missing.png", "нет такого.png", "zero\0byte.png", "x" * 300, "a.png/inside"]
)
def test_a_file_that_is_not_there_is_named(name, tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)

    assert "cannot be read" in str(refusal(str(tmp_path / name)))


def test_a_folder_is_no_picture(tmp_path):
    assert "cannot be read" in str(refusal(tmp_path))


def test_no_name_is_no_picture():
    refusal("")


@pytest.mark.parametrize(
    "make", [lambda path: path, lambda path: path.open("rb"), lambda path: path.read_bytes()]
)
def test_ten_mebibytes_are_taken_and_not_a_byte_more(make, tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(PNG.ljust(LARGEST, b"\0"))
    source = make(path)
    assert len(load(source).content) == LARGEST
    if hasattr(source, "close"):
        source.close()

    path.write_bytes(PNG.ljust(LARGEST + 1, b"\0"))
    source = make(path)
    assert "10.0 MB" in str(refusal(source))
    if hasattr(source, "close"):
        source.close()


class Endless:
    """A file without end, such as a device."""

    taken = 0

    def read(self, size: int = -1, /) -> bytes:
        self.taken += size
        return b"\x89PNG\r\n\x1a\n".ljust(size, b"\0")


def test_a_file_without_end_is_not_read_to_its_end():
    file = Endless()

    refusal(file)

    assert file.taken <= LARGEST + 1


def test_a_text_file_is_refused_in_words(path):
    with path.open(encoding="latin-1") as file:
        assert "binary" in str(refusal(file))


def test_a_closed_file_is_refused():
    file = io.BytesIO(PNG)
    file.close()

    refusal(file)


def test_a_file_that_was_opened_to_write_is_refused(tmp_path):
    with (tmp_path / "a.png").open("wb") as file:
        refusal(file)


@pytest.mark.parametrize("uri", ["data:image/png;base64,####", "data:image/png;base64,A", "data:,", "data:"])
def test_a_data_uri_that_is_none_is_refused(uri):
    refusal(uri)


@pytest.mark.parametrize("source", [None, 7, 1.5, ["a.png"], {"path": "a.png"}, object()])
def test_what_is_no_source_is_refused(source):
    refusal(source)


@pytest.mark.parametrize(
    ("source", "is_one"),
    [
        ("https://a/b.png", True),
        ("HTTP://a/", True),
        ("a.png", False),
        (Path("https://a"), False),
        (b"https://a", False),
    ],
)
def test_an_address_is_left_to_the_service(source, is_one):
    assert is_remote(source) is is_one


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_breaks_off_is_refused(kind):
    file = io.BytesIO()
    Image.effect_noise((8, 8), 40).convert("RGB").save(file, kind)
    whole = file.getvalue()
    assert load(whole + b"what a camera writes behind the end").content.startswith(whole)
    for content in (whole[:20], whole[:-3]):
        with pytest.raises(InvalidRequest, match="image breaks off after"):
            load(content)
