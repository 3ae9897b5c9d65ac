"""What a learning system gives finds its learner, is kept, and goes back to them."""

import io
import json
import os
import zipfile
from pathlib import PurePosixPath

import nbformat
import pytest
import small_course
from small_course import TOPIC

from buckets import course
from buckets.commands import collect as command
from buckets.commands import feedback
from buckets.inbox import downloads, giving_back, names, roster
from buckets.inbox.downloads import CannotCollect
from buckets.inbox.roster import Learner, Roster
from buckets.inbox.sorting import Inbox

NOTEBOOK = f"{TOPIC}.ipynb"


def file(mark="", check="check(shout)"):
    """The bytes of a notebook that answers the tiny course."""
    cells = [{"cell_type": "code", "source": text} for text in (f"# {mark}", check)]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The tiny course, and nothing handed in."""
    made = small_course.make(tmp_path / "course")
    monkeypatch.setenv("BUCKETS_COURSE", str(made))
    course.root.cache_clear()
    yield made
    course.root.cache_clear()


@pytest.fixture
def inbox(root):
    return Inbox(root / "grading")


def folder(place, files):
    """Files by their path, below a folder of their own."""
    for name, data in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return place


def zipped(files, moments=()):
    """The bytes of a zip with these files; a year for each, if it matters."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, (name, data) in enumerate(files.items()):
            year = moments[number] if moments else 2020
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 8, 0, 0)), data)
    return buffer.getvalue()


def submitted(root):
    """Who has handed in, and what counts."""
    places = sorted((root / "grading" / "submitted").glob(f"*/{TOPIC}/{NOTEBOOK}"))
    return {place.parents[1].name: place.read_bytes() for place in places}


def told(found):
    return {outcome.origin: outcome.text for outcome in found.outcomes}


# Names --------------------------------------------------------------------------------

CALLED = {
    # Moodle: a folder for each, or all in one name
    f"Anna Berg_1234567_assignsubmission_file_/{NOTEBOOK}": "Anna Berg",
    f"Anna Berg_1234567_assignsubmission_file_/mine/{NOTEBOOK}": "Anna Berg",
    f"Anna Berg_1234567_assignsubmission_file_{NOTEBOOK}": "Anna Berg",
    "Åsa Öberg-Ek_99_assignsubmission_file_/Untitled.ipynb": "Åsa Öberg-Ek",
    "Jean_Luc Picard_5_assignsubmission_file_/x.ipynb": "Jean_Luc Picard",
    # Canvas
    f"berganna_12345_67890_{NOTEBOOK}": "berganna",
    f"berganna_LATE_12345_67890_{NOTEBOOK}": "berganna",
    f"berganna_12345_67890_{TOPIC}-2.ipynb": "berganna",
    "o'brienpat_1_2_my file.ipynb": "o'brienpat",
    # Blackboard
    "Exercise 1_aberg_attempt_2026-11-28-08-15-00_x.ipynb": "aberg",
    # nbgrader, and folders by hand
    f"aberg/{TOPIC}/{NOTEBOOK}": "aberg",
    f"aberg/{NOTEBOOK}": "aberg",
    f"week 3/aberg/{NOTEBOOK}": "aberg",
    f"Åsa Öberg/{NOTEBOOK}": "Åsa Öberg",
    f"aberg.zip/{NOTEBOOK}": "aberg",
    f"aberg.zip/{TOPIC}/{NOTEBOOK}": "aberg",
    f"aberg_{TOPIC}.zip/{NOTEBOOK}": "aberg",
    f"anna berg/{TOPIC} (1)/{NOTEBOOK}": "anna berg",
    # a name alone
    "aberg.ipynb": "aberg",
    f"{TOPIC}_aberg.ipynb": "aberg",
    f"{TOPIC}-aberg (1).ipynb": "aberg",
    f"aberg_{TOPIC}-Copy1.ipynb": "aberg",
    f"Anna Berg - {TOPIC}.ipynb": "Anna Berg",
    f"{TOPIC}_aberg.ipynb.txt": "aberg",
    # and nobody
    NOTEBOOK: "",
    f"{TOPIC} (1).ipynb": "",
    f"{TOPIC}/{NOTEBOOK}": "",
}


@pytest.mark.parametrize("path", CALLED)
def test_a_name_tells_whose_a_file_is(path):
    assert names.named(PurePosixPath(path), [TOPIC]).who == CALLED[path]


@pytest.mark.parametrize(
    ("path", "attempt", "late"),
    [
        (f"b_1_2_{NOTEBOOK}", 1, False),
        (f"b_1_2_{TOPIC}-1.ipynb", 2, False),
        (f"b_LATE_1_2_{TOPIC}-11.ipynb", 12, True),
    ],
)
def test_a_name_tells_which_attempt(path, attempt, late):
    found = names.named(PurePosixPath(path), [TOPIC])
    assert (found.attempt, found.late) == (attempt, late)


@pytest.mark.parametrize(
    ("who", "chosen"),
    [
        ("Anna Berg", "Anna_Berg"),
        ("new\nline", "new_line"),
        (".hidden", "hidden"),
        ("*?[x]", "x"),
        ("../../etc", "etc"),
        ("A\u030asa", "Åsa"),
        ("x" * 250, "x" * 100),
        ("///", ""),
    ],
)
def test_an_id_is_a_name_that_every_tool_finds_again(who, chosen):
    assert names.student_id(who) == chosen


# The roster ---------------------------------------------------------------------------

ANNA = Learner("aberg", "Anna Berg", "anna.berg@example.org", "77")
CLASS = Roster([ANNA, Learner("jlee1", "Jo Lee"), Learner("jlee2", "Lee Jo")])


@pytest.mark.parametrize(
    "who", ["aberg", "Anna Berg", "Berg, Anna", "berganna", "ANNA.BERG", "Anna  Berg"]
)
def test_a_learner_is_found_by_each_of_their_names(who):
    assert CLASS.find(who) == [ANNA]


def test_a_number_decides_and_an_unclear_name_is_nobody_s():
    assert CLASS.find("Jo Lee", number="77") == [ANNA]
    assert [each.id for each in CLASS.find("Jo Lee")] == ["jlee1", "jlee2"]
    assert CLASS.find("Zoe") == []


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Anna Berg - 05_select - final (2)", ["aberg"]),
        ("Berg, Anna(aberg)", ["aberg"]),
        ("12345-67890 - Anna Berg - Nov 28, 2026 815 AM", ["aberg"]),
        ("hw of anna.berg@example.org", ["aberg"]),
        ("emil_s0123456_v2", ["eerik"]),
        # The longer name is meant, and two names are nobody's.
        ("Anna Berg Lund 05", ["alund"]),
        ("Anna Berg and Emil Erik", ["aberg", "eerik"]),
        # What may be a word like any other is no name: a first name, a number.
        ("emil 77", []),
        ("final (2)", []),
    ],
)
def test_a_learner_is_found_within_a_longer_name(text, ids):
    more = [
        Learner("alund", "Anna Berg Lund"),
        Learner("eerik", "Emil Erik", "s0123456@example.org"),
        Learner("emil", "Emil", number="2"),
    ]
    assert [each.id for each in Roster([ANNA, *more]).find_in(text)] == ids


@pytest.mark.parametrize(
    "text",
    [
        b"id,name,e-mail\naberg,Anna Berg,anna.berg@example.org\n",
        "\ufeffName;ID;Group\r\nÅsa Ek;aberg;3\r\n".encode(),
        "First name\tLast name\tUsername\nÅsa\tEk\taberg\n".encode("cp1252"),
        b"e-mail\naberg@example.org\n",
        b"Student,ID,SIS User ID,SIS Login ID,Section\n   Points Possible,,,,\n"
        b'"Berg, Anna",77,s1,aberg,A\n',
    ],
)
def test_a_roster_is_read_as_systems_write_it(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_bytes(text)
    assert [each.id for each in roster.read(path).learners] == ["aberg"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "is empty"),
        (b"points\n3\n", "does not say who is who"),
        (b"id,name\na,Anna\nA,Ann\n", "two learners"),
    ],
)
def test_a_roster_that_tells_nothing_is_refused(tmp_path, text, why):
    path = tmp_path / "roster.csv"
    path.write_bytes(text)
    with pytest.raises(CannotCollect, match=why):
        roster.read(path)


# Downloads ----------------------------------------------------------------------------


def test_zips_in_zips_are_opened_and_what_systems_add_is_passed_over(tmp_path):
    inner = zipped({NOTEBOOK: file()})
    path = tmp_path / "all.zip"
    path.write_bytes(
        zipped(
            {
                "anna.zip": inner,
                "ben\\mine\\x.ipynb": file(),
                "__MACOSX/._x.ipynb": b"",
                "../../up.ipynb": file(),
                "broken.zip": b"PK\3\4 no more",
            }
        )
    )
    found = {str(piece.path): piece.why_not for piece in downloads.pieces(path)}
    assert found.pop("broken.zip").startswith("no whole zip")
    assert found == dict.fromkeys(
        [
            f"anna.zip/{NOTEBOOK}",
            "ben/mine/x.ipynb",
            "up.ipynb",
        ],
        "",
    )


def test_neither_a_link_nor_far_too_much_is_read(tmp_path, monkeypatch):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(file())
    place = folder(tmp_path / "in", {"anna.ipynb": file(), "ben.ipynb": file() * 9})
    os.symlink(secret, place / "link.ipynb")
    os.symlink(tmp_path, place / "folder")
    os.mkfifo(place / "pipe.ipynb")
    monkeypatch.setattr(downloads, "MOST_BYTES", 500)
    read = {str(each.path): each.why_not for each in downloads.pieces(place)}
    assert read.pop("anna.ipynb") == ""
    assert set(read) == {"ben.ipynb", "link.ipynb", "pipe.ipynb"}
    assert all(read.values())


def test_a_zip_for_all_names_nobody_and_a_zip_for_one_does(root, inbox, tmp_path):
    both = {"anna.ipynb": file("a"), "ben.ipynb": file("b")}
    folder(
        tmp_path,
        {"submissions.zip": zipped(both), "chen.zip": zipped({NOTEBOOK: file("c")})},
    )
    inbox.collect([tmp_path / "submissions.zip", tmp_path / "chen.zip"])
    assert list(submitted(root)) == ["anna", "ben", "chen"]


# What counts --------------------------------------------------------------------------


def test_the_latest_counts_and_all_are_kept(root, inbox, tmp_path):
    first = folder(tmp_path / "1", {f"b_1_2_{NOTEBOOK}": file("old")})
    again = folder(tmp_path / "2", {f"b_1_9_{TOPIC}-1.ipynb": file("new")})
    half = folder(tmp_path / "3", {f"b_1_9_{TOPIC}-2.ipynb": b'{"cells": ['})
    inbox.collect([again])
    found = inbox.collect([first, half])
    assert submitted(root) == {"b": file("new")}
    assert len(inbox.versions("b", TOPIC)) == 3
    assert "kept" in told(found)[f"b_1_2_{NOTEBOOK}"]
    assert "breaks off" in told(found)[f"b_1_9_{TOPIC}-2.ipynb"]


def test_collecting_twice_changes_nothing(root, inbox, tmp_path):
    place = folder(tmp_path / "in", {"anna.ipynb": file("a"), "ben.ipynb": file("b")})
    inbox.collect([place])
    stamps = [path.stat().st_mtime_ns for path in root.glob("grading/submitted/*/*/*")]
    found = inbox.collect([place, place])
    assert [each.text for each in found.outcomes] == [
        f"anna, {TOPIC}",
        f"ben, {TOPIC}",
        f"anna, {TOPIC}: the same file once more",
        f"ben, {TOPIC}: the same file once more",
    ]
    assert submitted(root) == {"anna": file("a"), "ben": file("b")}
    assert stamps == [
        path.stat().st_mtime_ns for path in root.glob("grading/submitted/*/*/*")
    ]
    assert len(inbox.versions("anna", TOPIC)) == 1


def test_the_moment_is_written_for_nbgrader(root, inbox, tmp_path):
    place = tmp_path / "x.zip"
    place.write_bytes(zipped({"anna.ipynb": file()}, [2021]))
    inbox.collect([place])
    stamp = root / "grading" / "submitted" / "anna" / TOPIC / "timestamp.txt"
    assert stamp.read_text().startswith(("2020-12-31", "2021-01-01"))


def test_who_is_damaged_alone_is_handed_on_and_everything_else_is_told(
    root, inbox, tmp_path
):
    place = folder(
        tmp_path / "in",
        {
            f"anna/{NOTEBOOK}": b'{"cells": [',
            "ben/notes.pdf": b"%PDF",
            f"{NOTEBOOK}": file(),
            "chen/other.ipynb": file(check="x = 1"),
        },
    )
    found = inbox.collect([place])
    assert list(submitted(root)) == ["anna"]
    texts = told(found)
    assert "breaks off" in texts[f"anna/{NOTEBOOK}"]
    assert texts["ben/notes.pdf"] == "not taken: no notebook"
    assert "whose it is" in texts[NOTEBOOK]
    assert texts["chen/other.ipynb"] == "not taken: no exercise"


def test_the_same_bytes_from_two_are_two_submissions(root, inbox, tmp_path):
    place = folder(tmp_path / "in", {"anna.ipynb": file(), "ben.ipynb": file()})
    texts = [each.text for each in inbox.collect([place]).outcomes]
    assert texts == [f"anna, {TOPIC}", f"ben, {TOPIC}"]


def test_two_learners_of_one_name_stay_two(root, inbox, tmp_path):
    place = folder(
        tmp_path / "in",
        {
            f"Jo Lee_{number}_assignsubmission_file_/x.ipynb": file(str(number))
            for number in (11, 12)
        },
    )
    inbox.collect([place])
    assert submitted(root) == {"Jo_Lee-11": file("11"), "Jo_Lee-12": file("12")}


def test_with_a_roster_nobody_is_guessed_and_who_is_missing_is_told(root, tmp_path):
    place = folder(
        tmp_path / "in",
        {
            f"berganna_1_2_{NOTEBOOK}": file(),
            f"leejo_3_4_{NOTEBOOK}": file(),
            f"zoe_5_6_{NOTEBOOK}": file(),
        },
    )
    found = Inbox(root / "grading", CLASS).collect([place])
    assert list(submitted(root)) == ["aberg"]
    assert found.missing == ["jlee1", "jlee2"]
    assert "may be by jlee1, jlee2" in told(found)[f"leejo_3_4_{NOTEBOOK}"]
    assert "nobody in the roster" in told(found)[f"zoe_5_6_{NOTEBOOK}"]


def test_with_a_roster_a_name_is_found_wherever_it_stands(root, tmp_path):
    places = {
        f"Submitted files/Anna Berg/Exercise 1/Version 2/{NOTEBOOK}": file("later"),
        f"Submitted files/Anna Berg/Exercise 1/Version 10/{NOTEBOOK}": file("last"),
        f"Submitted files/Anna Berg/Exercise 1/Version 1/{NOTEBOOK}": file("first"),
        f"Lee, Jo (jlee1)/Submission attachments/{NOTEBOOK}": file("1"),
        f"jlee2/Desktop/exercises/{TOPIC}/{NOTEBOOK}": file("2"),
        # Where a system says whose it is, no other part of the name does.
        "zoe_5_6_Anna Berg and I.ipynb": file("zoe"),
    }
    place = folder(tmp_path / "in", places)
    found = Inbox(root / "grading", CLASS).collect([place])
    assert submitted(root) == {
        "aberg": file("last"),
        "jlee1": file("1"),
        "jlee2": file("2"),
    }
    assert "nobody in the roster" in told(found)["zoe_5_6_Anna Berg and I.ipynb"]


def test_interrupted_between_any_two_files_it_goes_on(
    root, inbox, tmp_path, monkeypatch
):
    place = folder(tmp_path / "in", {"anna.ipynb": file("a"), "ben.ipynb": file("b")})
    replace, calls = os.replace, []

    def breaks(allowed):
        def replaced(*paths):
            calls.append(paths)
            if len(calls) > allowed:
                raise KeyboardInterrupt
            replace(*paths)

        return replaced

    for allowed in range(8):
        calls.clear()
        monkeypatch.setattr(os, "replace", breaks(allowed))
        with pytest.raises(KeyboardInterrupt):
            inbox.collect([place])
            raise KeyboardInterrupt
        for data in submitted(root).values():
            assert data in (file("a"), file("b"))
    monkeypatch.setattr(os, "replace", replace)
    inbox.collect([place])
    assert submitted(root) == {"anna": file("a"), "ben": file("b")}


# The command --------------------------------------------------------------------------


def collect(*words):
    import argparse

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


@pytest.mark.filterwarnings("ignore:Object of type")
def test_names_of_the_roster_stand_in_the_gradebook(root, tmp_path, capsys):
    from buckets.classroom.gradebook import Books

    (tmp_path / "roster.csv").write_text("id,name\naberg,Anna Berg\nzoe,Zoe Zu\n")
    place = folder(tmp_path / "in", {f"berganna_1_2_{NOTEBOOK}": file()})
    assert collect(place, "--roster", tmp_path / "roster.csv") == 0
    said = capsys.readouterr().out
    assert "nothing of: zoe" in said
    assert f"buckets grade {TOPIC}" in said
    with Books(root, TOPIC).gradebook() as gradebook:
        assert gradebook.find_student("aberg").last_name == "Berg"
        assert gradebook.find_student("zoe").first_name == "Zoe", "who is missing, too"


@pytest.mark.parametrize("name", ["Anna Maria Berg", "Berg, Anna Maria"])
def test_a_name_has_a_first_and_a_last_part(name):
    assert Learner("aberg", name).first_and_last == ("Anna Maria", "Berg")


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore:Object of type")
def test_the_best_attempt_counts_where_that_is_asked_for(root, tmp_path):
    from buckets.classroom.gradebook import Books
    from buckets.grading import sandbox

    if sandbox.available():
        pytest.skip(f"marks attempts in a sandbox: {sandbox.available()}")
    Books(root, TOPIC).generate()
    good = nbformat.writes(small_course.notebook()).encode()
    bad = small_course.notebook({"answer_shout": "raise ValueError"})
    place = folder(
        tmp_path / "in",
        {
            f"b_1_2_{NOTEBOOK}": good,
            f"b_1_3_{TOPIC}-1.ipynb": nbformat.writes(bad).encode(),
        },
    )
    assert collect(place, "--attempt", "best") == 0
    assert submitted(root) == {"b": good}


def test_what_is_not_there_is_told(root, tmp_path, capsys):
    assert collect(tmp_path / "nowhere") == 2
    assert collect(tmp_path, "--topic", "77_none") == 2
    said = capsys.readouterr().err
    assert "There is no" in said
    assert "77_none" in said


def test_tests_of_another_topic_that_cannot_be_read_harm_nobody(root):
    broken = root / "tests" / "exercises" / "test_02_broken.py"
    broken.write_text("from buckets.driving import no_such_name_yet")
    assert course.recognised(course.parse_notebook(file(), NOTEBOOK)).name == TOPIC


# Back ---------------------------------------------------------------------------------


def moodle_finds(name):
    """The number and the file, as Moodle reads them out of a zip of feedback."""
    parts = name.split("/")
    while parts:
        words = parts.pop(0).split("_", 4)
        if len(words) >= 4 and words[1].isdigit():
            rest = [*words[4:], *parts]
            return words[1], "/".join(part for part in rest if part)
    return None


def canvas_finds(name):
    """The learner and the file that was handed in, as Canvas reads them."""
    words = name.rpartition("/")[2].split("_")
    numbers = [word for word in words if word.isdigit()][:2]
    return tuple(numbers) if len(numbers) == 2 else None


PAGE = "05_select.html"


@pytest.mark.parametrize(
    ("origin", "number"),
    [
        ("Anna Berg_1234567_assignsubmission_file_/05_select.ipynb", "1234567"),
        ("all.zip/Anna Berg_12_assignsubmission_file/mine/x.ipynb", "12"),
        ("Anna Berg_12_assignsubmission_file_05_select.ipynb", "12"),
        ("Åsa Öberg-Ek_99_assignsubmission_file_/Untitled.ipynb", "99"),
        ("Jean_Luc Picard_5_assignsubmission_file_/1_2_x.ipynb", "5"),
        ("Ann_4_Berg_7_assignsubmission_onlinetext_/x.ipynb", "7"),
    ],
)
def test_moodle_finds_the_learner_again(origin, number):
    named = names.for_moodle(PurePosixPath(origin), PAGE)
    assert moodle_finds(named) == (number, PAGE)
    assert not names.for_canvas(PurePosixPath(origin), PAGE)


@pytest.mark.parametrize(
    ("origin", "numbers"),
    [
        (f"berganna_12345_67890_{NOTEBOOK}", ("12345", "67890")),
        (f"berganna_LATE_12345_67890_{TOPIC}-2.ipynb", ("12345", "67890")),
        ("submissions.zip/o'brienpat_1_2_my 3_4 file.ipynb", ("1", "2")),
    ],
)
def test_canvas_finds_the_learner_again(origin, numbers):
    named = names.for_canvas(PurePosixPath(origin), PAGE)
    assert canvas_finds(named) == numbers
    assert named.endswith(f"_{PAGE}")
    assert not names.for_moodle(PurePosixPath(origin), PAGE)


@pytest.mark.parametrize("naming", giving_back.SYSTEMS.values())
@pytest.mark.parametrize("origin", [NOTEBOOK, f"aberg/{NOTEBOOK}", f"{TOPIC}_aberg"])
def test_what_no_system_has_named_has_no_name_to_go_back(naming, origin):
    assert not naming(PurePosixPath(origin), PAGE)


def test_who_is_left_out_of_a_zip_is_told_why(inbox, tmp_path):
    files = {
        f"Anna Berg_11_assignsubmission_file_/{NOTEBOOK}": file("anna"),
        f"Chen_12_assignsubmission_file_/{NOTEBOOK}": file("chen"),
        f"zoe/{TOPIC}/{NOTEBOOK}": file("zoe"),
    }
    inbox.collect([folder(tmp_path / "in", files)])
    pages = {who: tmp_path / f"{who}.html" for who in ("Anna_Berg", "Chen", "zoe")}
    for who in ("Anna_Berg", "zoe"):
        pages[who].write_text(f"for {who}")
    made = giving_back.parcel(inbox, TOPIC, pages, "Moodle")
    name = f"Anna Berg_11_assignsubmission_file_/{TOPIC}.html"
    assert made.pages == {name: pages["Anna_Berg"]}
    assert made.left_out == {
        "Chen": "has no feedback page",
        "zoe": "was not collected from Moodle",
    }


def test_canvas_gets_the_page_for_the_newest_file(inbox, tmp_path):
    files = {
        f"b_1_20_{NOTEBOOK}": file("first"),
        f"b_1_31_{TOPIC}-1.ipynb": file("second"),
        f"b/{NOTEBOOK}": file("by mail, and later"),
    }
    inbox.collect([folder(tmp_path / "in", files)])
    (tmp_path / "page").write_text("for b")
    made = giving_back.parcel(inbox, TOPIC, {"b": tmp_path / "page"}, "Canvas")
    assert list(made.pages) == [f"b_1_31_{TOPIC}.html"]


def give_back(*words):
    import argparse

    parser = argparse.ArgumentParser()
    feedback.add_arguments(parser)
    return feedback.run(parser.parse_args([str(word) for word in words]))


def record(books, student):
    """A result, without a run of any test."""
    from buckets.classroom.marking import unreadable

    marked = unreadable(course.Topic(TOPIC), "no notebook")
    books.record(student, books.handed_in(student), marked)


@pytest.mark.filterwarnings("ignore:Object of type")
def test_pages_go_back_in_a_zip_of_the_systems_names(root, tmp_path, capsys):
    from buckets.classroom.gradebook import Books

    assert give_back(TOPIC, "--moodle") == 2
    assert f"buckets grade {TOPIC}" in capsys.readouterr().err
    name = f"Åsa Ek_77_assignsubmission_file_/{NOTEBOOK}"
    collect(folder(tmp_path / "in", {name: file(), f"zoe/{NOTEBOOK}": file("zoe")}))
    books = Books(root, TOPIC)
    books.generate()
    for student in ("Åsa_Ek", "zoe"):
        record(books, student)
    assert give_back(TOPIC, "--moodle") == 1, "zoe's has no name to go back"
    said = capsys.readouterr().out
    assert "feedback pages   2 of 2" in said
    assert "zoe was not collected from Moodle" in said
    with zipfile.ZipFile(root / "grading" / f"{TOPIC}-moodle.zip") as archive:
        [inside] = archive.namelist()
        assert moodle_finds(inside) == ("77", f"{TOPIC}.html")
        assert archive.read(inside) == books.feedback("Åsa_Ek").read_bytes()
    assert give_back(TOPIC) == 0, "both have their page"
    assert give_back(TOPIC, "--canvas") == 2, "and nobody is Canvas'"


@pytest.mark.filterwarnings("ignore:Object of type")
def test_a_page_that_is_older_than_its_result_is_written_anew(root):
    from buckets.classroom.gradebook import Books

    books = Books(root, TOPIC)
    books.generate()
    small_course.submit(root, "ben")
    record(books, "ben")
    assert give_back(TOPIC) == 0
    page = books.feedback("ben")
    page.write_text("kept")
    assert give_back(TOPIC) == 0
    assert page.read_text() == "kept"
    # As after nbgrader autograde --force, which leaves pages alone.
    os.utime(page, (0, 0))
    assert give_back(TOPIC) == 0
    assert "<html" in page.read_text()
    page.write_text("before points by hand")
    assert give_back(TOPIC, "--again") == 0
    assert "<html" in page.read_text()
