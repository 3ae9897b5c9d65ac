"""The files of a download: a folder, a zip, zips in zips."""

from __future__ import annotations

import io
import os
import stat
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

MOST_BYTES = 256 << 20
"""Of one file; a zip says how large one becomes before it is unpacked."""

MOST_FILES = 100_000
MOST_DEPTH = 4
"""Zips in zips."""

MOST_IN_ONE = 20_000
MOST_BYTES_IN_ONE = 2 << 30
"""Of a zip that lies in the download, with all zips in it: it may be one learner's."""

_PACKED = 4096
PUT_THERE = ("__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What systems leave in a folder, and nobody has handed in."""


class CannotCollect(Exception):
    """A download cannot be read; the text says why, for an instructor."""


@dataclass
class _Left:
    """What a zip may still hold: one that holds more costs itself, and not a class."""

    files: int = field(default_factory=lambda: MOST_IN_ONE)
    size: int = field(default_factory=lambda: MOST_BYTES_IN_ONE)

    def take(self, archive: zipfile.ZipFile) -> bool:
        """Whether there is room for all that it says it holds; then it is taken."""
        files = len(archive.infolist())
        size = sum(entry.file_size for entry in archive.infolist())
        if files > self.files or size > self.size:
            return False
        self.files, self.size = self.files - files, self.size - size
        return True


@dataclass(frozen=True)
class Piece:
    """One file of a download.

    Args:
        path: where it lies in the download; the name of a zip inside it is a folder.
        modified: when it was changed last, in seconds since 1970.
        read: gives its bytes.
        why_not: why it is not to be read; "" if it is.
    """

    path: PurePosixPath
    modified: float
    read: Callable[[], bytes]
    why_not: str = ""


def pieces(place: Path) -> Iterator[Piece]:
    """All files of a folder or a zip, those that cannot be read with the reason.

    Args:
        place: the folder or the file.

    Raises:
        CannotCollect: there is no such thing, or far too much of it.
    """
    for number, piece in enumerate(_below(place)):
        if number >= MOST_FILES:
            raise CannotCollect(f"{place} holds more than {MOST_FILES:,} files.")
        yield piece


def _below(place: Path) -> Iterator[Piece]:
    if place.is_dir():
        for path in sorted(_walk(place)):
            inner = PurePosixPath(*path.relative_to(place).parts)
            yield from _opened(_file(path, inner), MOST_DEPTH, _Left())
    elif place.is_file():
        for piece in _opened(_file(place, PurePosixPath(place.name)), MOST_DEPTH, None):
            # What is called submissions.zip is no learner of this name.
            parts = piece.path.parts
            yield replace(piece, path=PurePosixPath(*(parts[1:] or parts)))
    else:
        raise CannotCollect(f"There is no {place}.")


def _walk(folder: Path) -> Iterator[Path]:
    """Links are told as files, and not followed."""
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not Path(root, name).is_symlink()]
        yield from (Path(root, name) for name in files)


def _file(path: Path, inner: PurePosixPath) -> Piece:
    status = path.lstat()
    why = ""
    if not stat.S_ISREG(status.st_mode):
        why = "a link, or no file of its own"
    return Piece(inner, status.st_mtime, path.read_bytes, why or _large(status.st_size))


def _large(size: int) -> str:
    return f"larger than {MOST_BYTES >> 20} MB" if size > MOST_BYTES else ""


def _opened(piece: Piece, depth: int, left: _Left | None) -> Iterator[Piece]:
    """The piece itself; of a zip what lies in it.

    Args:
        piece: a file, or a zip.
        depth: so many zips may lie in one another from here on.
        left: what they may hold; None for the download itself.
    """
    if set(piece.path.parts) & set(PUT_THERE) or piece.path.name.startswith("._"):
        return
    if piece.why_not or piece.path.suffix.lower() != ".zip":
        yield piece
    elif depth == 0:
        yield replace(
            piece, why_not=f"zips are opened {MOST_DEPTH} deep, and this is deeper"
        )
    else:
        yield from _unzipped(piece, depth, left)


def _unzipped(piece: Piece, depth: int, left: _Left | None) -> Iterator[Piece]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(piece.read()))
    # Of what may stand in one, each part has errors of its own.
    except Exception as error:
        yield replace(piece, why_not=f"no whole zip: {error}")
        return
    if left and not left.take(archive):
        most = f"{MOST_IN_ONE:,} files or {MOST_BYTES_IN_ONE >> 30} GB"
        yield replace(piece, why_not=f"it holds more than {most}")
        return
    for entry in archive.infolist():
        if not entry.is_dir():
            inner = _entry(archive, entry, piece)
            yield from _opened(inner, depth - 1, left or _Left())


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, zipped: Piece) -> Piece:
    parts = [part for part in _name(entry).split("/") if part not in ("", ".", "..")]
    path = zipped.path.joinpath(*parts)
    why = _large(entry.file_size)
    if entry.flag_bits & 1:
        why = "encrypted"
    elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # Of bzip2 a few bytes become gigabytes in one go.
        why = "packed in a way that few programs read"

    def read() -> bytes:
        try:
            with archive.open(entry) as file:
                # In small pieces: what is packed may be far more than it says it is.
                return b"".join(iter(lambda: file.read(_PACKED), b""))
        except Exception as error:
            raise OSError(f"damaged inside the zip: {error}") from error

    return Piece(path, _moment(entry), read, why)


def _name(entry: zipfile.ZipInfo) -> str:
    """Its name. Some systems write UTF-8 and do not say so: é becomes ├⌐."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _moment(entry: zipfile.ZipInfo) -> float:
    with suppress(ValueError, OverflowError):
        return time.mktime((*entry.date_time, 0, 0, -1))
    return 0.0
