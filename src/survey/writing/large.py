"""Content that is too large to be held: a file that reads like the bytes it holds, and has a place.

The parts of a wave in parts pass through a run as such files, so that staging, hashing and writing
need not tell them from content in memory, while an engine reads them where they lie.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self, cast

#: Folder of a wave's answers in parts; what lies in it is never read into memory.
PARTS = "responses"


class LargeFile(mmap.mmap):
    """The bytes of a file, read from the disk as they are asked for.

    Attributes
    ----------
    place : where it lies; folder : what keeps it there, if it is to vanish with this run.
    """

    place: Path
    folder: TemporaryDirectory[str] | None

    def __new__(cls, place: Path, folder: TemporaryDirectory[str] | None = None) -> Self:
        with place.open("rb") as file:
            made = super().__new__(cls, file.fileno(), 0, access=mmap.ACCESS_READ)
        made.place, made.folder = place, folder
        return made


def kept(name: str, content: bytes, folder: TemporaryDirectory[str]) -> bytes:
    """Content put into a folder, to be read from there; it must not be empty."""
    place = Path(folder.name) / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return cast(bytes, LargeFile(place, folder))


def content(place: Path) -> bytes:
    """The content of a file, read from the disk as it is asked for if it is a part of a wave's answers."""
    if place.parent.name == PARTS and place.suffix == ".parquet":
        return cast(bytes, LargeFile(place))
    return place.read_bytes()


def place_of(content: bytes) -> Path:
    """Where content from `kept` or `content` lies."""
    assert isinstance(content, LargeFile)
    return content.place
