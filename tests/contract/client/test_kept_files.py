"""A result that was said to be saved outlives the machine: it is on the disk before it has its name."""

import os

from apikley import files


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    steps, sync, target = [], os.fsync, tmp_path / "night.png"

    def noted(number: int) -> None:
        steps.append(target.exists())
        sync(number)

    monkeypatch.setattr(files.os, "fsync", noted)
    files.write_whole(target, b"picture")
    assert steps == [False]
    assert target.read_bytes() == b"picture"
