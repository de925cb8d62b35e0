"""What the pictures are that the mock makes."""

import base64
import io
import json
import zlib

import pytest
from PIL import Image, ImageOps

from apikley.mock import Mock, Reply, Request, VirtualClock, lasts, pictures, polls
from apikley.mock.pictures import Picture, drawable, made

BY_URL = "/file-upload/api/file-url-upload"
CREATE = "/api/v1/jobs/createTask"
SIZES = {
    "square": (512, 512),
    "square_hd": (1024, 1024),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}


def encoded(image, kind="PNG", **options):
    sink = io.BytesIO()
    image.save(sink, kind, **options)
    return sink.getvalue()


def street(kind="PNG", **options):
    return encoded(Image.radial_gradient("L").resize((320, 200)).convert("RGB"), kind, **options)


def bomb():
    """The header of a picture of 30000 × 30000 pixels."""

    def chunk(kind, data):
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = (30000).to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def ask(asker):
    return asker(scenario=polls(0))


def results(ask, **wish):
    record = ask.fetch(ask.create(**wish))
    assert record["state"] == "success", record
    return json.loads(record["resultJson"])["resultUrls"]


def files(ask, **wish):
    return [ask.download(link).body for link in results(ask, **wish)]


def opened(file):
    image = Image.open(io.BytesIO(file))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["png", "jpeg"])
@pytest.mark.parametrize(("size", "pixels"), SIZES.items())
def test_a_result_has_the_size_and_format_that_were_asked_for(ask, size, pixels, kind):
    [link] = results(ask, image_size=size, output_format=kind, image_url=ask.upload(street()))
    reply = ask.download(link)
    image = opened(reply.body)
    assert (image.size, image.format) == (pixels, kind.upper())
    assert dict(reply.headers)["content-type"] == f"image/{kind}"


def test_unsaid_is_a_landscape_in_png(ask):
    [file] = files(ask)
    assert (opened(file).size, opened(file).format) == ((1024, 768), "PNG")


def test_the_same_wish_makes_the_same_bytes_in_another_mock(asker):
    one, other = asker(scenario=polls(0), seed=1), asker(scenario=polls(0), seed=2)
    wish = {"seed": 7, "num_images": "2"}
    assert files(one, image_url=one.upload(street()), **wish) == files(
        other, image_url=other.upload(street()), **wish
    )


def test_all_results_of_a_task_are_different(ask):
    for prompt in ("make it night", "paint it red"):
        made_four = [opened(file) for file in files(ask, prompt=prompt, num_images="4")]
        assert len({image.crop((0, 0, 1024, 600)).tobytes() for image in made_four}) == 4  # above the caption


def test_another_prompt_seed_or_source_makes_another_picture(ask):
    link, other = ask.upload(street(), name="1.png"), ask.upload(street("JPEG"), name="2.jpg")
    wishes = [
        {"image_url": link},
        {"image_url": link, "seed": 1},
        {"image_url": link, "prompt": "make it winter"},
        {"image_url": other},
        {"image_url": "https://example.com/1.jpg"},
        {"image_url": "https://example.com/2.jpg"},
    ]
    assert len({files(ask, **wish)[0] for wish in wishes}) == len(wishes)


def test_night_is_darker_and_grey_is_grey(ask):
    grey = encoded(Image.new("RGB", (64, 64), (200, 120, 90)))
    link = ask.upload(grey)
    [night], [bleak] = (
        files(ask, prompt=prompt, image_url=link) for prompt in ("Сделай ночь", "black and white")
    )
    assert sum(opened(night).getpixel((500, 30))) < 200
    assert len({*opened(bleak).getpixel((500, 30))}) == 1


def test_a_picture_for_the_wire_travels_inside_the_record(ask):
    [link] = results(ask, sync_mode=True, output_format="jpeg")
    kind, _, data = link.partition(",")
    assert kind == "data:image/jpeg;base64"
    assert opened(base64.b64decode(data)).size == (1024, 768)


@pytest.mark.parametrize("name", ["x", "0.png", "2.png", "1.jpeg", "1", "one.png", "²1.png"])
def test_only_what_was_made_can_be_fetched(ask, name):
    [link] = results(ask)
    assert ask.download(f"{link.rpartition('/')[0]}/{name}").status == 404


def test_a_running_task_has_no_pictures_yet(asker):
    ask = asker(scenario=polls(1))
    task_id = ask.create()
    assert ask.download(f"{ask.origin}/results/{task_id}/1.png").status == 404


BAD = {
    "a heic": b"\0\0\0\x18ftypheic" + b"\0" * 99,
    "a gif": encoded(Image.new("P", (8, 8)), "GIF"),
    "half a png": street()[:-200],
    "half a jpeg": street("JPEG")[:-200],
    "a jpeg in name only": b"\xff\xd8\xff\xe0" + b"\0" * 99,
    "a bomb": bomb(),
    "nothing": b"",
    "more than 10 MB": street() + b"\0" * 10 * 1024 * 1024,
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_source_that_the_model_cannot_use_fails_the_task_not_the_request(ask, data):
    record = ask.fetch(ask.create(image_url=ask.upload(data)))
    assert (record["state"], record["failCode"]) == ("fail", "400")
    assert record["failMsg"].startswith("The image cannot be used: ")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_pictures_of_any_colour_mode_can_be_edited(ask, mode):
    image = Image.new(mode, (40, 30))
    kind = {"CMYK": "JPEG", "F": "TIFF"}.get(mode, "PNG")
    if kind == "TIFF":
        image, kind = image.convert("L"), "WEBP"
    [file] = files(ask, image_url=ask.upload(encoded(image, kind)))
    assert opened(file).size == (1024, 768)


def test_a_palette_with_a_table_of_transparency_can_be_edited(ask):
    image = Image.new("P", (8, 8))
    [file] = files(ask, image_url=ask.upload(encoded(image, transparency=bytes(range(256)))))
    assert opened(file).size == (1024, 768)


def test_a_photograph_taken_sideways_is_edited_upright(ask):
    image = Image.new("RGB", (80, 40), (250, 250, 250))
    image.paste((0, 0, 0), (0, 0, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = 6
    link = ask.upload(encoded(image, "JPEG", exif=exif))
    [file] = files(ask, image_url=link, image_size="square", prompt="grey")
    top, bottom = (opened(file).getpixel((256, down))[0] for down in (10, 400))
    assert top < 60 < 150 < bottom


def test_broken_notes_in_a_photograph_do_no_harm(ask):
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01"
    record = ask.fetch(ask.create(image_url=ask.upload(street("JPEG", exif=exif))))
    assert record["state"] in ("success", "fail")


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1)])
def test_pictures_of_any_shape_can_be_edited(ask, size):
    [file] = files(ask, image_url=ask.upload(encoded(Image.new("RGB", size))))
    assert opened(file).size == (1024, 768)


@pytest.mark.parametrize("size", [(1024, 1024), (1024, 576), (576, 1024), (7, 3), (1500, 2)])
def test_a_landscape_is_shaded_as_if_all_of_it_were_scaled(size):
    top, bottom = (64, 130, 191), (180, 90, 70)
    whole = ImageOps.fit(ImageOps.colorize(Image.linear_gradient("L"), top, bottom), size)
    assert pictures._shaded(top, bottom, size).tobytes() == whole.tobytes()


def test_a_result_can_be_the_source_of_another_task(ask):
    [link] = results(ask, image_url=ask.upload(street()))
    copy = ask.upload(ask.download(link).body, name="copy.png")
    wish = {"prompt": "make it winter", "image_size": "square"}
    [of_the_result], [of_the_copy], [of_a_stranger] = (
        files(ask, image_url=source, **wish) for source in (link, copy, "https://example.com/1.png")
    )
    assert of_the_result == of_the_copy != of_a_stranger


def test_a_result_whose_time_is_over_is_no_source(asker):
    ask = asker(scenario=polls(0), clock=VirtualClock())
    [link] = results(ask)
    ask.mock.advance(24 * 3600)
    record = ask.fetch(ask.create(image_url=link))
    assert (record["state"], record["failCode"]) == ("fail", "400")
    assert record["failMsg"] == "The image cannot be used: its link has expired"


@pytest.mark.parametrize("path", ["/files/images/none.jpg", "/results/none/1.png"])
def test_a_link_of_the_service_that_leads_to_nothing_fails_the_task(ask, path):
    record = ask.fetch(ask.create(image_url=ask.origin + path))
    assert (record["state"], record["failMsg"]) == (
        "fail",
        "The image cannot be used: nothing is at its link",
    )


def test_the_result_of_a_running_task_is_no_source_yet(asker):
    ask = asker(scenario=lasts(10), clock=VirtualClock())
    link = f"{ask.origin}/results/{ask.create()}/1.png"
    early = ask.create(image_url=link)
    ask.mock.advance(10)
    late = ask.create(image_url=link)
    ask.mock.advance(10)
    assert [ask.fetch(task_id)["state"] for task_id in (early, late)] == ["fail", "success"]


def test_pictures_are_made_and_looked_at_while_others_are_answered(ask, monkeypatch):
    upload, seen = ask.upload(street()), []
    source, copied = results(ask, image_url="https://example.com/a.jpg", num_images="2")

    def watched(work):
        def watching(*said):
            seen.append(ask.is_free())
            return work(*said)

        return watching

    monkeypatch.setattr(pictures, "problem", watched(pictures.problem))
    monkeypatch.setattr(pictures, "made", watched(pictures.made))
    ask.create(image_url=upload)
    ask.create(image_url=source)
    copy = ask("POST", BY_URL, body={"fileUrl": copied, "uploadPath": "copies", "fileName": "a.png"})
    assert copy.status == 200
    assert seen == [True] * 4  # the upload is looked at, one result is made and looked at, the other made


def test_a_task_whose_source_is_looked_at_is_paid_and_numbered_in_the_order_of_the_requests(ask):
    def asked(image_url):
        wish = {"prompt": "a", "image_url": image_url}
        body = json.dumps({"model": "qwen/image-edit", "input": wish}).encode()
        headers = {"authorization": "Bearer sk-test-1", "content-type": "application/json"}
        return Request("POST", CREATE, headers=headers, body=body, origin=ask.origin)

    link = ask.upload(street())
    first, second = (ask.mock.start(asked(link)) for _ in range(2))
    third = ask.mock.start(asked("https://example.com/a.jpg"))
    assert isinstance(third, Reply)
    assert (len(ask.mock.tasks), ask.mock.credits) == (1, 1000 - 3 * 2.5)
    ids = [json.loads(each.body)["data"]["taskId"] for each in (first.finish(), second.finish(), third)]
    other = Mock()
    expected = [json.loads(other.handle(asked("https://a.b/")).body)["data"]["taskId"] for _ in range(3)]
    assert ids == expected
    assert [ask.fetch(task_id)["state"] for task_id in ids] == ["success"] * 3


def test_a_task_keeps_the_source_that_it_was_given(ask):
    [link] = results(ask, image_url=ask.upload(street()))
    ask.upload(street("JPEG"))
    [other] = results(ask, image_url=ask.upload(street()))
    assert ask.download(link).body == ask.download(other).body


@pytest.mark.parametrize(
    ("prompt", "caption"),
    [
        ("make it night", "make it night"),
        ("Сделай ночь, ёж", "Sdelay noch’, yozh"),
        ("Ünïted\n  Zoë", "United Zoe"),
        ("夜 😀", "? ?"),
        ("\0\u200b", "??"),
    ],
)
def test_a_caption_is_in_letters_that_the_font_has(prompt, caption):
    assert drawable(prompt) == caption


@pytest.mark.parametrize(("prompt", "is_sepia"), [("an old photo", True), ("paint it bold and gold", False)])
def test_a_mood_is_a_word_not_a_part_of_one(ask, prompt, is_sepia):
    link = ask.upload(encoded(Image.new("RGB", (64, 64), (40, 200, 40))))
    [file] = files(ask, prompt=prompt, image_url=link)
    red, green, blue = opened(file).getpixel((500, 30))
    assert (red > green > blue) is is_sepia


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (1500, 900)])
def test_a_picture_of_which_no_size_was_said_keeps_its_own_up_to_1024(size):
    source = encoded(Image.new("RGB", size))
    file = made(Picture(source, "a very long prompt " * 9, 7, 1, 4, None, "png"))
    assert opened(file).size == tuple(max(1, round(side * min(1, 1024 / max(size)))) for side in size)
