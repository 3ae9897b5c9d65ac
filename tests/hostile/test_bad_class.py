"""One file never stops a class: each costs its own row, and one sentence."""

import base64
import csv
import io
import json
import os
import re
import shutil
import sqlite3
import time

import pytest
import small_course
from nbgrader.preprocessors import SaveAutoGrades
from rich.console import Console
from small_course import TOPIC, notebook, run, submit

from buckets import course, syntax
from buckets.classroom import CannotGrade, handed_in, harmless, table_and_csv
from buckets.classroom.gradebook import Books
from buckets.classroom.whole_class import Classroom
from buckets.grading import sandbox
from buckets.overview import gathered

WALLS = sandbox.available()
pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:Object of type"),
]
# A cell that raises leaves its task out, which takes no test and no time.
NOTHING = {"answer_shout": "raise ValueError", "answer_greet": "raise ValueError"}
LONG = "n" * 250
ODD = ("two\nlines", ".hidden", "star*", "=1+2", "<img src=x onerror=alert(1)>")


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    root = small_course.make(tmp_path_factory.mktemp("released"))
    Books(root, TOPIC).generate()
    return root


@pytest.fixture
def small(released, tmp_path, monkeypatch):
    root = tmp_path / "course"
    shutil.copytree(released, root)
    monkeypatch.setenv("BUCKETS_COURSE", str(root))
    course.root.cache_clear()
    yield root
    course.root.cache_clear()


def grade(root):
    opened = Classroom(Books(root, TOPIC), sandboxed=not WALLS)
    rows = opened.grade(opened.jobs())
    return {row.student: row for row in rows}


def everything_below(folder):
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in paths)


def test_each_costs_its_own_row(small):
    submit(small, "anna", notebook(NOTHING))
    for student in (LONG, *ODD):
        submit(small, student, notebook(NOTHING))
    sparse = submit(small, "sparse", b"")
    os.truncate(sparse, 64 << 30)
    os.mkfifo(submit(small, "pipe", notebook(NOTHING)).parent / "timestamp.txt")
    os.mkfifo(small / "grading/submitted/pipe" / TOPIC / "data.csv")
    submit(small, "when", b"not a time", "timestamp.txt")
    submit(small, "when", notebook(NOTHING))
    dangling = submit(small, "dangling", b"").parent / f"{TOPIC}.ipynb"
    dangling.unlink()
    dangling.symlink_to("/nowhere/at/all")

    rows = grade(small)

    graded = {"anna", LONG, "pipe", "when"}
    assert {s for s, row in rows.items() if not row.look} == graded
    assert set(rows) == graded | set(ODD) | {"sparse", "dangling"}
    for student in ODD:
        assert "Give the folder another name" in rows[student].fault
    for row in rows.values():
        assert "Traceback" not in row.look
    assert "larger than" in rows["sparse"].look
    assert "link" in rows["dangling"].look
    assert rows["pipe"].entry and rows["when"].entry
    # Again: what stands is left alone, and the odd are still told of.
    again = grade(small)
    assert not any(again[student].fresh for student in graded | {"sparse", "dangling"})


def test_no_link_leads_out_of_a_submission(small, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("what nobody should read")
    submit(small, "anna")
    place = submit(small, "ben", notebook(NOTHING)).parent
    (place / "notes.txt").symlink_to(secret)
    (place / "more").symlink_to(tmp_path)
    twin = small / "grading" / "submitted" / "twin"
    twin.symlink_to(small / "grading" / "submitted" / "anna")
    shadow = small / "grading" / "submitted" / "shadow"
    shadow.mkdir()
    (shadow / TOPIC).symlink_to(small / "grading" / "submitted" / "anna" / TOPIC)

    rows = grade(small)
    Books(small, TOPIC).write_feedback()

    assert rows["anna"].entry.score == 4
    for student in ("twin", "shadow"):
        assert rows[student].entry.score == 0
        assert "is a link" in rows[student].look
    for step in ("autograded", "feedback"):
        assert b"nobody should read" not in everything_below(small / "grading" / step)


def test_nbgraders_own_command_copies_nothing_but_the_notebook(small, tmp_path):
    if WALLS:
        with (small / "nbgrader_config.py").open("a") as config:
            config.write("c.SubmissionExporter.sandbox = False\n")
    secret = tmp_path / "secret"
    secret.write_text("what nobody should read")
    place = submit(small, "ben", notebook(NOTHING)).parent
    (place / "notes.txt").symlink_to(secret)
    os.mkfifo(place / "timestamp.txt")
    submit(small, "cleo", notebook(NOTHING))
    submit(small, "cleo", b"not a time", "timestamp.txt")
    done = run(small, "nbgrader", "autograde", TOPIC)
    assert done.returncode == 0, done.stderr
    graded = small / "grading" / "autograded"
    assert {path.name for path in graded.rglob("*") if path.is_file()} == {
        f"{TOPIC}.ipynb"
    }


def test_a_folder_whose_name_breaks_a_line_stops_no_run_of_nbgraders(small):
    from buckets.classroom import nbgrader_hooks

    assert nbgrader_hooks.SubmissionExporter
    where = Books(small, TOPIC).directory
    pattern = where.format_path("submitted", "(?P<who>.*)", TOPIC, escape=True)
    place = where.format_path("submitted", student_id="a\nb", assignment_id=TOPIC)
    assert re.match(pattern, place)["who"] == "a\nb"


def test_nbgraders_own_command_tells_a_terminal_of_names_and_passes_over_nobody(small):
    if WALLS:
        with (small / "nbgrader_config.py").open("a") as config:
            config.write("c.SubmissionExporter.sandbox = False\n")
    submit(small, "\u202egnp.anna", notebook(NOTHING))
    submit(small, "b\x1b]0;x\x07", notebook(NOTHING))
    submit(small, "picture", b"GIF89a", "picture.gif")
    (small / "grading" / "submitted" / "nothing" / TOPIC).mkdir(parents=True)
    done = run(small, "nbgrader", "autograde", TOPIC)
    said = done.stdout + done.stderr
    assert not [c for c in said if not (c.isprintable() or c in "\n\t")]
    assert "gnp.anna" in said
    with sqlite3.connect(small / "grading" / "gradebook.db") as book:
        graded = book.execute("SELECT student_id FROM submitted_assignment").fetchall()
    assert {("picture",), ("nothing",)} <= set(graded)


def test_a_locked_gradebook_costs_a_sentence_and_the_next_run_repairs_it(small):
    submit(small, "anna", notebook(NOTHING))
    opened = Classroom(Books(small, TOPIC), sandboxed=not WALLS)
    jobs = opened.jobs()
    lock = sqlite3.connect(small / "grading" / "gradebook.db")
    lock.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(CannotGrade, match="The gradebook cannot be used"):
            opened.grade(jobs)
    finally:
        lock.rollback()
        lock.close()
    assert grade(small)["anna"].entry


def test_a_folder_that_cannot_be_written_to_costs_a_sentence(small):
    submit(small, "anna", notebook(NOTHING))
    place, aside = small / "grading", small / "aside"
    place.rename(aside)
    place.write_text("no folder")
    with pytest.raises(CannotGrade, match="Nothing was graded"):
        Books(small, TOPIC)
    place.unlink()
    aside.rename(place)
    assert grade(small)["anna"].entry


def test_what_a_killed_run_left_behind_goes_away(small):
    submit(small, "anna", notebook(NOTHING))
    left = small / "grading" / "recording_999999999_abc"
    ours = small / "grading" / f"recording_{os.getpid()}_abc"
    for folder in (left, ours):
        folder.mkdir()
    grade(small)
    assert not left.exists()
    # Of a run that may still go on.
    assert ours.exists()


def test_a_full_disk_costs_what_it_costs_and_no_more(small, monkeypatch):
    submit(small, "anna", notebook(NOTHING))

    def full(self, marked, seconds):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("buckets.classroom.whole_class.Job.save", full)
    assert grade(small)["anna"].entry
    monkeypatch.undo()


def recorded(root):
    """What anybody else finds in the gradebook: its rows, each with its scores."""
    with sqlite3.connect(root / "grading" / "gradebook.db") as book:
        return book.execute(
            "SELECT a.student_id, COUNT(g.auto_score) FROM submitted_assignment a "
            "LEFT JOIN submitted_notebook n ON n.assignment_id = a.id "
            "LEFT JOIN grade g ON g.notebook_id = n.id GROUP BY a.id"
        ).fetchall()


def test_whoever_kills_a_run_leaves_no_half_of_a_row(small, monkeypatch):
    """nbgrader commits after each cell; what it says then is not seen by others."""
    submit(small, "anna", notebook(NOTHING))
    ours, seen = SaveAutoGrades._add_score, []

    def interrupted(self, cell, resources):
        ours(self, cell, resources)
        seen.append(recorded(small))
        if len(seen) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SaveAutoGrades, "_add_score", interrupted)
        with pytest.raises(KeyboardInterrupt):
            grade(small)
    assert seen == [[], []]
    assert recorded(small) == []
    assert not Books(small, TOPIC).autograded("anna").exists()
    assert grade(small)["anna"].entry
    assert recorded(small) == [("anna", 2)]


# What an instructor opens ------------------------------------------------------------

SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<IMG SRC=x ONERROR=alert(1)",
    "<!-- --><iframe src=javascript:alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVa\tScript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](javascript&colon;alert(1))",
    "<a href='java\nscript:alert(1)'>a</a>",
    "![a](data:text/html,<script>alert(1)</script>)",
    '<https://example.org/"onmouseover=alert(1)>',
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_nothing_runs_that_stands_in_markdown(script):
    from html.parser import HTMLParser

    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    class Live(HTMLParser):
        found = ()

        def handle_starttag(self, tag, attrs):
            for name, value in attrs:
                told = "".join((value or "").lower().split())
                if name.startswith("on") or told.startswith(
                    ("javascript:", "vbscript:", "data:text")
                ):
                    self.found = (*self.found, (tag, name, value))
            if tag in ("script", "iframe", "object", "embed", "svg"):
                self.found = (*self.found, tag)

    page = Live()
    page.feed(markdown2html_mistune(harmless.text(script)))
    assert not page.found


def test_words_and_harmless_tags_stay():
    plain = "a < b, **bold** <br> <b>so</b>\n\n> quoted &amp; `x<3`\n"
    assert harmless.text(plain) == plain
    assert harmless.text("`#include <stdio.h>`").replace("\u200b", "") == (
        "`#include <stdio.h>`"
    )


def test_pasted_pictures_survive_and_scripts_do_not(small):
    book = notebook(NOTHING)
    words = book.cells[0]
    words.source = "![p](attachment:p.png) ![q](attachment:q.png) " + SCRIPTS[1]
    words["attachments"] = {
        "p.png": {"image/png": "aGVsbG8="},
        "evil": {"text/html": "<script>alert(1)</script>"},
    }
    book.metadata["buckets"] = {"topic": TOPIC, "unreadable": "give full marks"}
    submit(small, "anna", book)
    rows = grade(small)
    assert not rows["anna"].look
    Books(small, TOPIC).write_feedback()
    page = (small / "grading/feedback/anna" / TOPIC / f"{TOPIC}.html").read_text()
    assert "data:image/png;base64,aGVsbG8=" in page
    assert "<img src=x" not in page
    assert "give full marks" not in page


def test_all_pictures_together_fit_into_a_page():
    """Each cell's may be small: a thousand of them made a page of 150 MB, and more."""
    picture = {"a.png": {"image/png": "A" * (3 << 20)}}
    cell = {"cell_type": "markdown", "source": "![a](attachment:a.png)"}
    whole = handed_in.tidy({"cells": [cell | {"attachments": picture}] * 40})
    kept = [cell for cell in whole["cells"] if cell.get("attachments")]
    assert len(kept) == handed_in.MOST_OF_ALL_PICTURES // (3 << 20)
    assert whole["cells"][-1]["source"] == "![a](missing-picture:a.png)"


def test_the_name_of_a_file_is_no_link():
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    for name in ("[a](javascript:alert(1)).ipynb", "![b](x)<img src=x onerror=c>"):
        [told] = handed_in.taken({"metadata": {"buckets": {"taken": name}}})
        page = markdown2html_mistune(handed_in.note_cell([told])["source"])
        assert "<a" not in page
        assert "<img" not in page
        assert "It was taken all the same" in page


def test_no_cell_of_a_table_is_a_formula(small, tmp_path):
    answer = "raise ValueError('x')"
    submit(small, "anna", notebook({"answer_shout": answer, "answer_greet": answer}))
    rows = grade(small)
    row = rows["anna"]
    row.student = '=HYPERLINK("http://example.org")'
    table_and_csv.write_csv(tmp_path / "table.csv", [row], [])
    with (tmp_path / "table.csv").open(newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert '\'=HYPERLINK("http://example.org")' in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


@pytest.mark.parametrize(
    "cell", ["=1", "+1+1", "-1+cmd", "@x", "\t=1", " =1", "\n=1", "\uff1d1"]
)
def test_a_formula_is_made_text(cell):
    assert harmless.cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-1.5", "12", "", "anna", "a=b"])
def test_all_else_stays_as_it_is(cell):
    assert harmless.cell(cell) == cell


def test_no_cell_of_a_table_speaks_to_a_terminal():
    assert harmless.cell("a\x1b]0;x\x07\u202eb\r20 / 20") == "a ]0;x  b 20 / 20"
    assert harmless.cell("größe\n\tx") == "größe\n\tx"


def test_a_long_name_leaves_room_for_everybodys_points(small):
    submit(small, "n" * 200, notebook(NOTHING))
    submit(small, "anna", notebook(NOTHING))
    shown = io.StringIO()
    Console(file=shown, width=80).print(table_and_csv.table(grade(small).values()))
    assert len(re.findall(r" 0 / \d+ ", shown.getvalue())) == 2


# What a reader of Markdown would not come to the end of, or not without an error.
ENDLESS = {
    "brackets": "[" * 100_000,
    "pictures": "![[" * 30_000,
    "links": "[a](" * 25_000,
    "stars": "*a_ " * 25_000,
    "quotations": ">" * 50_000,
    "quotations with blanks": "> " * 50_000,
    "lists": "- " * 50_000,
    "numbers": "1. " * 30_000,
    "tags": "<a " * 30_000,
    "one long word": "a" * 500_000,
    "beginnings": "\\begin{a}" * 30_000,
    "blanks": "a" + " " * 200_000 + "b",
    "lines that may be headings": "a\n=\n" * 50_000,
    "stars and lines": "*_" * 100_000,
    "rows": "a|b\n-|-\n" + "a|b\n" * 50_000,
}


def test_no_markdown_keeps_the_page_waiting():
    """All of them together, in CPU time: each alone took minutes, or an error."""
    import time

    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    began = time.process_time()
    for name, source in ENDLESS.items():
        page = markdown2html_mistune(harmless.text(source))
        assert len(page) < 1 << 20, name
    assert time.process_time() - began < 20, "seconds of CPU"


def test_prose_is_shown_up_to_a_length_in_all(small):
    """Each cell may be short, and there may be a thousand of them."""
    cells = [{"cell_type": "markdown", "source": "\\begin{a}" * 2000}] * 900
    whole = handed_in.tidy({"cells": cells})
    handed_in.rebuild(whole, [])
    assert sum(len(cell["source"]) for cell in whole["cells"]) < (
        2 * handed_in.MOST_PROSE
    )


@pytest.mark.parametrize("text", ["a;", "a,", "a\n", "a+"])
def test_a_text_of_tiny_statements_is_not_read_as_python(small, text):
    """4 MB of them took minutes and gigabytes of the grader, and each looked."""
    source = f"check = [\n{text * 250_000}]"
    with pytest.raises(ValueError, match="words"):
        syntax.parse(source)
    path = small / "many.ipynb"
    cell = {"cell_type": "code", "source": source, "metadata": {}}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))
    with pytest.raises(course.NotOfThisCourse, match="words and signs"):
        handed_in.read(path, course.Topic(TOPIC))


@pytest.mark.parametrize("source", ["-" * 99_000 + "1", "(" * 9_000, "[" * 150])
def test_a_text_that_is_too_deep_is_no_python(source):
    with pytest.raises((SyntaxError, ValueError)):
        syntax.parse(source)


def test_a_picture_in_a_cell_of_code_is_few_words():
    picture = base64.b64encode(os.urandom(1 << 19)).decode()
    assert syntax.parse(f"picture = '{picture}'")


@pytest.mark.parametrize(
    "formula",
    [
        r"$\href{https://example.org}{x}$",
        r"$\def\f#1{\href{#1:alert(1)}{x}}\f{a}$",
        r"$\style{position:fixed}{x}$",
        r"$\require{html}\cssId{submit}{x}$",
    ],
)
def test_no_formula_makes_a_link_or_a_style(formula):
    shown = harmless.text(formula)
    for word in (r"\href", r"\def", r"\style", r"\require", r"\cssId"):
        assert word not in shown
    kept = r"$\frac{a}{b} + \newline \delta$"
    assert harmless.text(kept) == kept


@pytest.mark.parametrize("picture", ["![a](https://example.org/x)", "![a][b]", "![a]"])
def test_no_picture_comes_from_elsewhere(picture):
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    page = markdown2html_mistune(harmless.text(f"{picture}\n\n[b]: http://localhost/x"))
    assert "<img" not in page
    assert harmless.text("![a](attachment:a.png)") == "![a](attachment:a.png)"


def test_neither_links_nor_folders_nor_large_files_keep_a_class_waiting(tmp_path):
    """Each would be gone through, for the notebook that may lie behind it."""
    for number in range(3000):
        (tmp_path / f"a{number}").symlink_to("/")
    (tmp_path / "z.ipynb").write_text("{}")
    found = handed_in.files_in(tmp_path)
    assert found in ([], [tmp_path / "z.ipynb"])
    for number in range(40):
        large = tmp_path / f"b{number}.ipynb"
        large.touch()
        os.truncate(large, 255 << 20)
    # Whatever is found is read, copied and remembered by its digest.
    found = handed_in.files_in(tmp_path)
    assert sum(path.stat().st_size for path in found) <= 2 * handed_in.MOST_BYTES
    began = time.process_time()
    with pytest.raises(course.NotOfThisCourse, match="There is no"):
        handed_in.read(tmp_path / "05_select.ipynb", course.Topic("05_select"))
    assert time.process_time() - began < 5


@pytest.mark.parametrize("kind", ["a pipe", "a link", "many values"])
def test_a_report_believes_no_file_and_waits_for_none(tmp_path, kind):
    """One of 12 MB took nine gigabytes of `buckets report`; a pipe held it for ever."""
    topic = course.Topic("05_select")
    told = {"buckets": {"checks": {"serve_many": {"checks": 3, "since": 1}}}}
    whole = json.dumps({"metadata": told, "cells": []})
    path = tmp_path / "05_select.ipynb"
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a link":
        (tmp_path / "elsewhere").write_text(whole)
        path.symlink_to("elsewhere")
    else:
        path.write_text(whole.replace("[]", f"[{'[],' * course.MOST_VALUES}[]]"))
    assert gathered._checks(tmp_path, topic) == {}
    path.unlink()
    path.write_text(whole)
    assert list(gathered._checks(tmp_path, topic)) == ["serve_many"]


def test_a_file_beside_is_found_in_a_folder_and_not_behind_a_link(tmp_path):
    (tmp_path / "hand-in" / "work").mkdir(parents=True)
    (tmp_path / "hand-in" / "work" / "mine.ipynb").write_text("{}")
    (tmp_path / "elsewhere").symlink_to(tmp_path / "hand-in" / "work")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "old.ipynb").write_text("{}")
    found = handed_in.files_in(tmp_path)
    assert found == [tmp_path / "hand-in" / "work" / "mine.ipynb"]
