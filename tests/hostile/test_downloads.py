"""What one learner hands in is nobody else's, and does not stop `buckets collect`."""

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import PurePosixPath

import pytest
import small_course
from small_course import TOPIC

from buckets import course
from buckets.classroom import harmless
from buckets.inbox import downloads, names
from buckets.inbox.downloads import CannotCollect
from buckets.inbox.roster import Learner, Roster, read
from buckets.inbox.sorting import Inbox

NOTEBOOK = f"{TOPIC}.ipynb"
CLASS = Roster(
    [Learner("anna", "Anna Berg", number="11"), Learner("ben", "Ben Holm", number="22")]
)


def file(mark=""):
    cells = [{"cell_type": "code", "source": t} for t in (f"# {mark}", "check(shout)")]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()


def zipped(files, kind=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.fixture
def inbox(tmp_path, monkeypatch):
    made = small_course.make(tmp_path / "course")
    monkeypatch.setenv("BUCKETS_COURSE", str(made))
    course.root.cache_clear()
    yield Inbox(made / "grading")
    course.root.cache_clear()


def collected(inbox, place, files, roster=None):
    """What is handed in by whom in the end."""
    for name, data in files.items():
        path = os.path.join(os.fsencode(place), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as made:
            made.write(data)
    if roster:
        inbox = Inbox(inbox.grading, roster)
    found = inbox.collect([place])
    submitted = inbox.grading.glob(f"submitted/*/{TOPIC}/{NOTEBOOK}")
    return {path.parents[1].name: path.read_bytes() for path in submitted}, found


# Whose it is --------------------------------------------------------------------------

# The names that anna gave her file, her folder, and what lies in her zip.
HERS = {
    "a file": NOTEBOOK,
    "Moodle's": f"Ben Holm_22_assignsubmission_file_{NOTEBOOK}",
    "Moodle's folder": f"Ben Holm_22_assignsubmission_file_/{NOTEBOOK}",
    "Canvas'": f"holmben_22_33_{TOPIC}-99.ipynb",
    "Blackboard's": f"x_ben_attempt_2031-01-01-00-00-00_{NOTEBOOK}",
    "nbgrader's": f"ben/{TOPIC}/{NOTEBOOK}",
    "a name": "Ben Holm.ipynb",
}
SYSTEMS = {
    "Moodle, folders": "Anna Berg_11_assignsubmission_file_/{}",
    "Moodle": "Anna Berg_11_assignsubmission_file_{}",
    "Canvas": "berganna_11_12_{}",
    "Canvas, late": "berganna_LATE_11_12_{}",
    "Blackboard": "Exercise 5_anna_attempt_2026-11-28-08-15-00_{}",
}
WHO = ("Anna Berg", "berganna", "anna")


@pytest.mark.parametrize("hers", HERS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_what_a_system_wrote_first_says_whose_it_is(system, hers):
    path = PurePosixPath(SYSTEMS[system].format(HERS[hers]))
    assert names.named(path, [TOPIC]).who in WHO
    inside = PurePosixPath(SYSTEMS[system].format("work.zip")) / HERS[hers]
    assert names.named(inside, [TOPIC]).who in WHO
    back = names.for_moodle(path, "x.html") + names.for_canvas(path, "x.html")
    assert "Ben" not in back
    assert "holmben" not in back
    assert bool(back) == (system != "Blackboard")


@pytest.mark.parametrize("outside", ["anna", "Anna Berg - Exercise 5", "week 3/anna"])
@pytest.mark.parametrize("hers", ["a file", "nbgrader's", "a name"])
def test_with_a_roster_what_lies_in_somebodys_folder_is_theirs(
    inbox, tmp_path, outside, hers
):
    files = {
        f"{outside}/{HERS[hers]}": file("hers"),
        f"{outside}/work.zip": zipped({HERS[hers]: file("zipped")}),
    }
    placed, _ = collected(inbox, tmp_path / "in", files, CLASS)
    assert list(placed) == ["anna"]


def test_nobody_takes_a_neighbours_place(inbox, tmp_path):
    forged = {name: file("forged") for name in HERS.values()}
    files = {
        f"Ben Holm_22_assignsubmission_file_/{NOTEBOOK}": file("his own"),
        "Anna Berg_11_assignsubmission_file_/work.zip": zipped(forged),
    }
    placed, _ = collected(inbox, tmp_path / "in", files, CLASS)
    assert placed == {"anna": file("forged"), "ben": file("his own")}


def test_a_number_in_a_file_s_own_name_is_nobody_s(inbox, tmp_path):
    own = f"Anna Berg_11_assignsubmission_file_Ben Holm_22_assignsubmission_file_{'x'}"
    placed, _ = collected(inbox, tmp_path / "in", {f"{own}.ipynb": file()}, CLASS)
    assert list(placed) == ["anna"]


@pytest.mark.parametrize(
    "name",
    [
        "Pat O'Brien",
        "=1+2",
        "\uff1d1",
        "a&b",
        "@x",
        "{x}",
        "-+-=y",
        "学" * 99,
        "é" * 250,
    ],
)
def test_whatever_somebody_is_called_grading_takes_the_folder(inbox, tmp_path, name):
    """O'Brien's was collected under a name that grading refused."""
    own = names.student_id(name)
    assert own
    assert not harmless.bad_name(own)
    mark = f"{name[:60]}_11_assignsubmission_file_/{'学' * 80}.ipynb"
    placed, _ = collected(inbox, tmp_path / "in", {mark: file()})
    assert list(placed) == [names.student_id(name[:60])]


# One file stops nothing ---------------------------------------------------------------


def _version_of_tomorrow():
    data = bytearray(zipped({NOTEBOOK: file()}))
    at = data.index(b"PK\x01\x02")
    data[at + 6 : at + 8] = struct.pack("<H", 999)
    return bytes(data)


def _spoilt(kind, at=40):
    """What is packed is nonsense, and the list of what is there is whole."""
    data = bytearray(zipped({NOTEBOOK: file() * 50}, kind))
    data[at + len(NOTEBOOK) : at + len(NOTEBOOK) + 20] = b"\xff" * 20
    return bytes(data)


def _cut():
    """The list names a place beyond the end."""
    data = bytearray(zipped({NOTEBOOK: file()}))
    at = data.index(b"PK\x01\x02")
    data[at + 42 : at + 46] = struct.pack("<I", len(data) - 9)
    return bytes(data)


def _no_text():
    """A name that says it is UTF-8 and is none, where it is read."""
    data = bytearray(zipped({f"é{NOTEBOOK}": file()}))
    at = data.index("é".encode())
    data[at : at + 2] = b"\xff\xff"
    return bytes(data)


ODD = {
    "a version of tomorrow": _version_of_tomorrow(),
    "spoilt": _spoilt(zipfile.ZIP_DEFLATED),
    "spoilt, lzma": _spoilt(zipfile.ZIP_LZMA, 34),
    "spoilt, bzip2": _spoilt(zipfile.ZIP_BZIP2),
    "cut": _cut(),
    "no text": _no_text(),
    "too much": zipped({f"{n}.ipynb": b"{}" for n in range(40)}),
    "too much in it": zipped({"x.zip": zipped({f"{n}.ipynb": b"" for n in range(40)})}),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("way", ["a folder", "a zip"])
def test_a_zip_that_is_none_costs_itself(inbox, tmp_path, monkeypatch, odd, way):
    monkeypatch.setattr(downloads, "MOST_IN_ONE", 20)
    files = {"anna.zip": ODD[odd], f"ben/{NOTEBOOK}": file()}
    if way == "a zip":
        files = {"all.zip": zipped(files)}
    placed, found = collected(inbox, tmp_path / "in", files)
    assert placed["ben"] == file()
    assert any("anna.zip" in each.origin and each.text for each in found.outcomes)


# A few kilobytes that say they are as many, and are much more.
BOMB = """
import resource, sys
from pathlib import Path
from buckets.inbox.downloads import pieces
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for piece in pieces(Path(sys.argv[1])):
    try:
        print("not taken" if piece.why_not else len(piece.read()))
    except OSError as error:
        print("damaged")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


@pytest.mark.parametrize(
    ("kind", "became"),
    [(zipfile.ZIP_DEFLATED, "damaged"), (zipfile.ZIP_BZIP2, "not taken")],
)
def test_what_is_packed_may_be_more_than_it_says(tmp_path, kind, became):
    data = zipped({"x.ipynb": bytes(1 << 24)}, kind)
    size = struct.pack("<I", 1 << 24)
    while size in data:
        data = data.replace(size, struct.pack("<I", 1000))
    path = tmp_path / "all.zip"
    path.write_bytes(data)
    argv = [sys.executable, "-c", BOMB, path]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    *told, most = run.stdout.split()
    assert " ".join(told) == became
    assert int(most) < 16, "megabytes"


@pytest.mark.parametrize("moment", [-(1 << 40), 1 << 40, 253_402_300_799])
def test_a_time_that_is_none_costs_nothing(inbox, tmp_path, monkeypatch, moment):
    """Not each file system keeps such a one, and some do."""
    ours = downloads._file

    def at_that_time(path, inner):
        return replace(ours(path, inner), modified=float(moment))

    monkeypatch.setattr(downloads, "_file", at_that_time)
    files = {f"anna/{NOTEBOOK}": file(), f"ben/{NOTEBOOK}": file()}
    placed, _ = collected(inbox, tmp_path / "in", files)
    assert set(placed) == {"anna", "ben"}


def test_a_name_that_is_no_text_costs_nothing(inbox, tmp_path):
    files = {b"anna/\xff\xfe.ipynb": file(), f"ben/{NOTEBOOK}": file()}
    placed, _ = collected(inbox, tmp_path / "in", files)
    assert set(placed) == {"anna", "ben"}


def test_a_roster_that_is_no_table_is_told(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(b"id,name\na," + b"x" * 200_000 + b"\n")
    with pytest.raises(CannotCollect, match="is no table"):
        read(path)
