"""Lesson 11's window, on a display that nobody sees; and the lesson without Tk."""

import os
import shutil
import struct
import subprocess
import time
import zlib
from pathlib import Path

import nbformat
import pytest
from kernels import private_talk
from nbclient import NotebookClient

from buckets import course
from buckets.driving.server import Server
from buckets.grading.collect import collect

LESSON = course.Topic("11_window").lesson
WANTED = "imports", "find_tk", "open_window", "buckets", "open_canvas", "fills"
WATER = 0x3F86C6
WIDE = 80  # pixels of a bucket

# Without Xvfb there is no window to look at. On CI that is a failure.
MISSING = not shutil.which("Xvfb") and not os.environ.get("CI")
needs_display = pytest.mark.skipif(MISSING, reason="needs Xvfb (package xvfb)")


@pytest.fixture
def screen(tmp_path, monkeypatch):
    """A display of its own; the file in which its pixels are."""
    ours, theirs = os.pipe()
    size = ["-screen", "0", "480x240x24", "-fbdir", str(tmp_path)]
    command = ["Xvfb", "-displayfd", str(theirs), "-nolisten", "tcp", *size]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, pass_fds=[theirs], **quiet) as server:
        os.close(theirs)
        with open(ours) as told:
            number = told.readline().strip()
        monkeypatch.setenv("DISPLAY", f":{number}")
        yield tmp_path / "Xvfb_screen0"
        server.terminate()


def pixels(path):
    """The rows of a screen, each a tuple of colours (the format is that of xwd)."""
    data = path.read_bytes()
    header = struct.unpack(">25I", data[:100])
    start, (width, height), line = header[0] + 12 * header[19], header[4:6], header[12]
    order = "<" if header[7] == 0 else ">"
    rows = (data[start + n * line : start + (n + 1) * line] for n in range(height))
    return [
        tuple(pixel & 0xFFFFFF for pixel in struct.unpack(f"{order}{width}I", row))
        for row in rows
    ]


def save(rows, path):
    """A screenshot, as PNG."""
    raw = b"".join(
        b"\0" + b"".join(pixel.to_bytes(3, "big") for pixel in row) for row in rows
    )
    head = struct.pack(">2I5B", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")
    chunks = (
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def water(rows):
    """How high the water stands in each bucket, in pixels, from left to right."""
    columns = [column.count(WATER) for column in zip(*rows, strict=True)]
    return [columns[20 + 110 * place + WIDE // 2] for place in range(3)]


def until_water(path, wanted, seconds=20):
    """The screen, as soon as the water stands as high as it should."""
    end = time.monotonic() + seconds
    while water(rows := pixels(path)) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    return rows


def lesson_server():
    """The lesson's server with a window, as a learner would run it."""
    cells = nbformat.read(LESSON, as_version=4).cells
    chosen = [cell for cell in cells if cell.id in WANTED]
    sources = [
        {"label": f"cell {number}", "source": cell.source}
        for number, cell in enumerate(chosen, start=1)
    ]
    return Server(collect(sources, ["fills"]), "fills")


@needs_display
def test_buckets_fill_in_a_real_window(screen, tmp_path):
    """A screenshot shows a bucket for each client, as full as what has come."""
    with lesson_server() as server:
        anna, ben, cleo = (server.connect(name) for name in ("anna", "ben", "cleo"))
        anna.send(b"drop " * 20)
        ben.send(b"drip" * 10)
        rows = until_water(screen, [100, 40, 0])
        save(rows, Path(os.environ.get("BUCKETS_SCREENSHOTS", tmp_path)) / "window.png")
        assert water(rows) == [100, 40, 0]
        before = len(server.output.splitlines())
        cleo.send(b"x" * 60)
        assert water(until_water(screen, [100, 40, 60])) == [100, 40, 60]
        assert (
            server.until(lambda: len(server.output.splitlines()) > before + 5) is None
        )


def test_the_lesson_does_without_tk(tmp_path):
    """Where Python has no tkinter, a sentence says so, and the notebook's loop goes."""
    (tmp_path / "tkinter.py").write_text("raise ImportError('left out')\n")
    lesson = nbformat.read(LESSON, as_version=4)
    where = {"metadata": {"path": str(LESSON.parent)}}
    with private_talk() as talk:
        reader = NotebookClient(
            lesson, config=talk, timeout=120, kernel_name="python3", resources=where
        )
        reader.execute(env={**os.environ, "PYTHONPATH": str(tmp_path)})
    printed = "".join(
        output.get("text", "")
        for cell in lesson.cells
        for output in cell.get("outputs", ())
    )
    assert "Python has no tkinter here" in printed
    assert "anna hears b'HELLO\\n'" in printed
