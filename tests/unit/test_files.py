"""Files: whole or not at all, under names that are safe."""

import os
import re
import resource
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from apikley.edits import Edit, EditedImage
from apikley.errors import InvalidRequest
from apikley.files import (
    FreeName,
    WholeFile,
    check_target,
    names_for,
    suffix_of,
    to_name,
    with_suffix,
    write_whole,
)
from apikley.tasks import Task


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def image(content: bytes = b"picture", kind: str = "image/png") -> EditedImage:
    return EditedImage(url="https://a/", media_type=kind, size=len(content), sha256="", content=content)


def test_a_file_has_no_name_before_it_is_kept(tmp_path):
    file = WholeFile(tmp_path / "a.png")
    file.write(b"half")
    (part,) = names(tmp_path)
    assert part.startswith(".apikley-")
    assert part.endswith(".part")

    file.write(b" and half")
    file.keep(tmp_path / "a.png")

    assert names(tmp_path) == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == b"half and half"


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr("os.fsync", lambda number: seen.append((os.fstat(number).st_size, names(tmp_path))))

    write_whole(tmp_path / "a.png", b"all of it")

    ((size, (part,)),) = seen
    assert size == len(b"all of it")
    assert part.endswith(".part")


def test_a_file_that_is_begun_anew_holds_nothing_of_before(tmp_path):
    file = WholeFile(tmp_path / "a.png")
    file.write(b"what was longer")
    file.clear()
    file.write(b"short")
    file.keep(tmp_path / "a.png")

    assert (tmp_path / "a.png").read_bytes() == b"short"


def test_a_file_that_is_dropped_leaves_nothing(tmp_path):
    file = WholeFile(tmp_path / "a.png")
    file.write(b"half")

    file.drop()
    file.drop()

    assert names(tmp_path) == []


def test_to_drop_a_file_that_was_kept_does_no_harm(tmp_path):
    file = WholeFile(tmp_path / "a.png")
    file.keep(tmp_path / "a.png")

    file.drop()

    assert names(tmp_path) == ["a.png"]


def test_two_files_of_one_name_do_not_meet(tmp_path):
    first, second = WholeFile(tmp_path / "a.png"), WholeFile(tmp_path / "a.png")
    first.write(b"first")
    second.write(b"second")
    second.keep(tmp_path / "a.png")
    first.keep(tmp_path / "a.png")

    assert (tmp_path / "a.png").read_bytes() == b"first"


def kept_beside(folder: Path, content: bytes) -> Path:
    file = WholeFile(folder / "a.png", replaces=False)
    file.write(content)
    path = file.keep(folder / "a.png")
    file.drop()
    return path


def test_of_many_who_want_a_free_name_each_gets_one(tmp_path):
    contents = [str(number).encode() for number in range(20)]

    with ThreadPoolExecutor(8) as pool:
        paths = [*pool.map(lambda content: kept_beside(tmp_path, content), contents)]

    assert [path.read_bytes() for path in paths] == contents
    assert names(tmp_path) == sorted(["a.png", *(f"a-{number}.png" for number in range(2, 21))])


def test_a_free_name_is_found_on_a_disk_without_links(tmp_path, monkeypatch):
    def link(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", link)

    assert [kept_beside(tmp_path, each).name for each in (b"1", b"2")] == ["a.png", "a-2.png"]
    assert [(tmp_path / name).read_bytes() for name in ("a.png", "a-2.png")] == [b"1", b"2"]
    assert len(names(tmp_path)) == 2


def test_a_free_name_is_a_name_like_any_other_for_all_else(tmp_path):
    wish = FreeName(tmp_path / "a.png")

    assert names_for(wish, "task_1", 2) == [tmp_path / "a-1.png", tmp_path / "a-2.png"]
    assert suffix_of(wish) == ".png"
    check_target(wish)


def fill(file: WholeFile, piece: int) -> None:
    for _ in range(2 * 1024 * 1024 // piece + 1):
        file.write(b"x" * piece)


@pytest.fixture
def small_disk():
    """No file may grow beyond a mebibyte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_disk")
@pytest.mark.parametrize("piece", [2 * 1024 * 1024, 1000])
def test_a_full_disk_leaves_nothing_behind_and_what_was_there(piece, tmp_path):
    (tmp_path / "a.png").write_bytes(b"what was there")
    file = WholeFile(tmp_path / "a.png")

    with pytest.raises(OSError, match="too large"):
        fill(file, piece)
    with suppress(OSError):
        file.drop()

    assert names(tmp_path) == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == b"what was there"


def test_folders_are_made_as_needed(tmp_path):
    write_whole(tmp_path / "a" / "b" / "c.png", b"x")

    assert (tmp_path / "a" / "b" / "c.png").read_bytes() == b"x"


def test_what_cannot_be_named_leaves_nothing(tmp_path):
    (tmp_path / "taken").mkdir()

    with pytest.raises(OSError, match="taken"):
        write_whole(tmp_path / "taken", b"x")

    assert names(tmp_path) == ["taken"]


@pytest.mark.parametrize(
    ("to", "count", "made"),
    [
        ("a.png", 1, ["a.png"]),
        ("a.png", 2, ["a-1.png", "a-2.png"]),
        ("a", 2, ["a-1", "a-2"]),
        ("ночь.png", 2, ["ночь-1.png", "ночь-2.png"]),
        ("new/", 1, ["new/task_1"]),
        ("new/", 2, ["new/task_1-1", "new/task_1-2"]),
        (".", 1, ["task_1"]),
        ("", 1, ["task_1"]),
        ("a.png", 0, []),
    ],
)
def test_pictures_get_names(to, count, made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert [str(path) for path in names_for(to, "task_1", count)] == made


def test_pictures_in_a_folder_that_exists_are_named_after_the_task(tmp_path):
    assert names_for(tmp_path, "task/../1", 1) == [tmp_path / to_name("task/../1")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("task_1", "task_1"),
        ("ee9c2715375b7837f8bb51d641ff5863", "ee9c2715375b7837f8bb51d641ff5863"),
        ("../../etc/passwd", "______etc_passwd-"),
        ("a.b", "a_b-"),
        ("", "-"),
        ("ж", "_-"),
        ("\ud800", "_-"),
        ("x" * 99, "x" * 80 + "-"),
        ("nul", "nul-"),
        ("com1", "com1-"),
    ],
)
def test_a_name_from_others_stays_in_its_folder(text, name):
    made = to_name(text)

    assert re.fullmatch(re.escape(name) + ("[0-9a-f]{8}" if name.endswith("-") else ""), made)


def test_two_names_from_others_never_meet_not_even_where_case_counts_for_nothing():
    texts = [
        "task_a",
        "Task_A",
        "TASK_A",
        "task/a",
        "task.a",
        "task a",
        "ж",
        "ы",
        "x" * 99,
        "x" * 98,
        "",
        "_",
    ]

    assert len({to_name(text).casefold() for text in texts}) == len(texts)


def test_a_suffix_is_added_only_where_there_is_none():
    assert with_suffix(Path("a"), ".png") == Path("a.png")
    assert with_suffix(Path("a.jpg"), ".png") == Path("a.jpg")


def test_a_folder_that_is_yet_to_be_made_is_a_target(tmp_path):
    check_target(tmp_path / "a" / "b" / "c.png")
    check_target(f"{tmp_path}/")
    check_target(tmp_path)


def test_a_file_that_is_there_is_a_target(tmp_path):
    (tmp_path / "a.png").touch()

    check_target(tmp_path / "a.png")


@pytest.mark.parametrize(
    "name",
    [
        *("file/a.png", "file/b/a.png", "zero\0.png", "x" * 300 + ".png", "x" * 300 + "/a.png"),
        *("new/" + "x" * 300 + ".png", "new/" + "x" * 300 + "/a.png", "x" * 251, "/proc/x/y.png"),
    ],
)
def test_what_can_be_no_target_is_refused_before_anything_is_paid(name, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(InvalidRequest, match="to cannot be written") as caught:
        check_target(tmp_path / name)

    assert caught.value.parameter == "to"
    assert names(tmp_path) == ["file"]


def test_a_name_that_is_long_enough_for_one_picture_is_refused_for_four(tmp_path):
    name = "x" * 251 + ".png"
    check_target(tmp_path / name)

    with pytest.raises(InvalidRequest, match="to cannot be written: File name too long"):
        check_target(tmp_path / name, 4)


def test_an_edit_saves_each_of_its_pictures(tmp_path):
    edit = Edit(task=Task(id="task_1", state="success"), images=(image(b"1"), image(b"2", "image/jpeg")))

    assert edit.save(tmp_path) == (tmp_path / "task_1-1.png", tmp_path / "task_1-2.jpg")
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [b"1", b"2"]
    assert edit.paths == ()


def test_a_picture_on_disk_can_be_saved_again(tmp_path):
    write_whole(tmp_path / "a.png", b"picture")
    saved = EditedImage(url="", media_type="image/png", size=7, sha256="", path=tmp_path / "a.png")

    assert saved.save(tmp_path / "b").read_bytes() == b"picture"
    assert names(tmp_path) == ["a.png", "b.png"]


def test_a_notebook_is_shown_the_picture():
    assert image()._repr_mimebundle_(include=None) == {"image/png": b"picture"}


def test_a_picture_s_repr_does_not_hold_it():
    assert "picture" not in repr(image())
