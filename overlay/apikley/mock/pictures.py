"""How the mock edits a picture."""

import hashlib
import io
import re
import unicodedata
import warnings
from functools import lru_cache

from attrs import frozen
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFont, ImageOps

from apikley.mock.tasks import Wish

Colour = tuple[int, int, int]

MAXIMUM_PIXELS = 50_000_000  # beyond it a file is a bomb rather than a photograph
_LONGEST_SIDE = 1024  # of a result whose size nobody said
_WHITE: Colour = (255, 255, 255)


@frozen
class Picture:
    """Everything a result depends on: the same picture always comes out as the same bytes.

    `source` is a file, or the address of one that the mock does not hold and makes up a picture for.
    """

    source: bytes | str
    prompt: str
    seed: int | None
    index: int
    count: int
    pixels: tuple[int, int] | None
    format: str

    @property
    def digest(self) -> bytes:
        said = f"{self.prompt}\n{self.seed}\n{self.index}".encode(errors="replace")
        return hashlib.sha256(_digest(self.source) + said).digest()


def to_picture(wish: Wish, number: int, source: bytes | str) -> Picture:
    return Picture(source, wish.prompt, wish.seed, number, wish.count, wish.pixels, wish.format)


def _digest(source: bytes | str) -> bytes:
    return hashlib.sha256(source.encode(errors="replace") if isinstance(source, str) else source).digest()


@frozen
class Grade:
    """A change of mood: factors, a tint that is multiplied in, specks of white."""

    colour: float = 1.0
    light: float = 1.0
    contrast: float = 1.0
    tint: Colour = _WHITE
    specks: int = 0


# What a prompt may speak of, as beginnings of words in English and Russian.
_MOODS: tuple[tuple[re.Pattern[str], Grade], ...] = (
    (re.compile(r"\b(?:night|moon|ноч)"), Grade(0.7, 0.62, 1.1, (96, 120, 205), specks=60)),
    (re.compile(r"\b(?:sunset|dusk|golden|закат)"), Grade(1.35, 1.05, 1.1, (255, 176, 112))),
    (re.compile(r"\b(?:black and white|monochrom|gr[ea]y|ч[её]рно-бел)"), Grade(0.0, 1.0, 1.15)),
    (
        re.compile(r"\b(?:winter|snow|frost|зим|снег|снеж)"),
        Grade(0.35, 1.3, 0.9, (222, 236, 255), specks=260),
    ),
    (
        re.compile(r"\b(?:vintage|old\b|sepia|retro|стари|ретро|винтаж)"),
        Grade(0.0, 1.05, 0.9, (255, 222, 170)),
    ),
)


def problem(data: bytes) -> str | None:
    """Why nobody could work on this picture; None if one can. Decodes it, which takes milliseconds."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height > MAXIMUM_PIXELS:
                    return f"{image.width}×{image.height} pixels are too many"
                image.draft("RGB", (64, 64))  # lets a JPEG be read at an eighth of its size
                _upright(image)
    except Exception as error:  # noqa: BLE001 - a damaged file brings Pillow's decoders to raise anything
        return f"the file cannot be read: {type(error).__name__}"
    return None


def made(picture: Picture) -> bytes:
    """The result as a file. Its source has to be one without a `problem`."""
    image = _graded(_fitted(picture), picture)
    _caption(image, picture)
    sink = io.BytesIO()
    image.save(
        sink, picture.format, **({"compress_level": 1} if picture.format == "png" else {"quality": 90})
    )
    return sink.getvalue()


@lru_cache(maxsize=16)
def made_up(address: str) -> bytes:
    """The picture of an address elsewhere as a file, always the same."""
    sink = io.BytesIO()
    _landscape(address, (_LONGEST_SIDE, _LONGEST_SIDE)).save(sink, "png", compress_level=1)
    return sink.getvalue()


def _fitted(picture: Picture) -> Image.Image:
    """The source, cut and scaled so that it fills the size asked for."""
    if isinstance(picture.source, str):
        # Without any source, as where a model makes pictures of words alone, it is another one for each wish.
        address = picture.source or picture.digest.hex()
        return _landscape(address, picture.pixels or (_LONGEST_SIDE, _LONGEST_SIDE))
    with Image.open(io.BytesIO(picture.source)) as opened:
        image = _upright(opened)
    return ImageOps.fit(image, picture.pixels or _own_size(image), Image.Resampling.BICUBIC)


def _upright(image: Image.Image) -> Image.Image:
    turned = ImageOps.exif_transpose(image)
    see_through = "transparency" in turned.info  # which Pillow warns of on the way from a palette
    return (turned.convert("RGBA") if see_through else turned).convert("RGB")


def _own_size(image: Image.Image) -> tuple[int, int]:
    scale = min(1.0, _LONGEST_SIDE / max(image.size))
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))


def _landscape(address: str, size: tuple[int, int]) -> Image.Image:
    """A landscape of sorts, always the same for the same address."""
    digest = _digest(address)
    sky, glow, ground = ((*(64 + level // 2 for level in digest[at : at + 3]),) for at in (0, 3, 6))
    image = _shaded(sky, glow, size)
    draw, (width, height) = ImageDraw.Draw(image), size
    for ridge in range(3):
        shade = tuple(level * (5 - ridge) // 6 for level in ground)
        line = [
            (width * step / 8, height * (0.45 + ridge * 0.14 + digest[9 + ridge * 5 + step % 5] / 1600))
            for step in range(9)
        ]
        draw.polygon([(0, height), *line, (width, height)], fill=shade)
    return image


def _shaded(top: tuple[int, ...], bottom: tuple[int, ...], size: tuple[int, int]) -> Image.Image:
    """From one colour down to the other; a wide one shows the middle of that.

    All columns are alike, so one is scaled, and repeated.
    """
    width, height = size
    shades = ImageOps.colorize(Image.linear_gradient("L"), top, bottom)  # of 256 rows
    shown = min(256.0, 256 * height / width)
    box = (0, (256 - shown) / 2, 1, (256 + shown) / 2)
    column = shades.resize((1, height), Image.Resampling.BICUBIC, box=box)  # pyright: ignore[reportUnknownMemberType]
    return column.resize(size, Image.Resampling.NEAREST)  # pyright: ignore[reportUnknownMemberType]


def _graded(image: Image.Image, picture: Picture) -> Image.Image:
    wish, digest = picture.prompt.lower(), picture.digest
    grade = next((grade for words, grade in _MOODS if words.search(wish)), None)
    if grade is None:
        image, grade = _hue_turned(image, 40 + digest[0] * 2 // 3), Grade(colour=1.2)
    light = grade.light * (0.92 + digest[1] / 1600)  # no two results of a task are alike
    image = ImageEnhance.Color(image).enhance(grade.colour)
    image = ImageEnhance.Contrast(image).enhance(grade.contrast)
    image = ImageEnhance.Brightness(image).enhance(light)
    image = ImageChops.multiply(image, Image.new("RGB", image.size, grade.tint))
    _sprinkle(image, grade.specks, digest)
    return image


def _hue_turned(image: Image.Image, by: int) -> Image.Image:
    hue, saturation, value = image.convert("HSV").split()
    turned = ImageChops.add_modulo(hue, Image.new("L", hue.size, by))
    return Image.merge("HSV", (turned, saturation, value)).convert("RGB")


def _sprinkle(image: Image.Image, specks: int, digest: bytes) -> None:
    """Stars or snow: soft white dots where the digest puts them."""
    draw = ImageDraw.Draw(image)
    places = hashlib.shake_256(digest).digest(specks * 5)
    for at in range(0, len(places), 5):
        across, down = (int.from_bytes(places[at + side : at + side + 2]) / 65536 for side in (0, 2))
        radius = 0.6 + places[at + 4] / 160
        x, y = across * image.width, down * image.height
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_WHITE)


def _caption(image: Image.Image, picture: Picture) -> None:
    """A strip along the bottom that says who made this and of what."""
    size = max(8, min(20, image.width // 28))
    height = min(image.height, round(size * 3.2))
    top = image.height - height
    strip = image.crop((0, top, image.width, image.height))
    image.paste(Image.blend(strip, Image.new("RGB", strip.size, (12, 14, 24)), 0.62), (0, top))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    facts = f"   {picture.index}/{picture.count}"
    facts = (f"   seed {picture.seed}" if picture.seed is not None else "") + facts
    room = image.width - 2 * size - font.getlength(facts)
    draw.text((size, top + size * 0.3), "made by the apikley mock", font=font, fill=(255, 214, 120))
    draw.text(
        (size, top + size * 1.6),
        _shortened(drawable(picture.prompt), font, room) + facts,
        font=font,
        fill=_WHITE,
    )


def _shortened(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: float) -> str:
    if font.getlength(text) <= room:
        return text
    shown = len(text)
    while shown and font.getlength(text[:shown] + "…") > room:
        shown = shown * 9 // 10
    return text[:shown] + "…"


# Pillow's own font, the only one that is the same everywhere, has no Cyrillic.
_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch . y . e yu ya i yi ye g".replace(
            ".", "’"
        ).split(),
        strict=True,
    )
)


def drawable(text: str) -> str:
    """The text in letters that the font has: Cyrillic in Latin ones, accents off, ? for what remains."""
    latin = "".join(_latin(character) for character in " ".join(text[:400].split()))
    bare = unicodedata.normalize("NFKD", latin)
    known = (each for each in bare if not unicodedata.combining(each))
    return "".join(each if " " <= each <= "~" or each in "‘’“”…–—·°" else "?" for each in known)


def _latin(character: str) -> str:
    found = _LATIN.get(character.lower())
    if found is None:
        return character
    return found.capitalize() if character.isupper() else found
