"""What a learner reads: the same verdict as text and as HTML."""

import io
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from buckets.driving.unmet import compare
from buckets.report.clean import clean, shorten, steady
from buckets.report.html import render_html, without_logs
from buckets.report.text import WIDTH, print_report, render_text
from buckets.report.wrap import fold
from buckets.verdict import TestResult, Verdict, all_errors, nothing_to_test

HOSTILE = '<script>alert("hi")</script> & "quotes"'


def failing(**more):
    fields = {
        "id": "silent",
        "title": "a silent client holds nobody up",
        "status": "fail",
        "max_points": 2,
        "diagnosis": "M11",
        "message": "nothing came",
        "transcript": ["silent  connects", "eager   < expected b'hi'"],
        "broken": 1,
        "doing": "1 process, 1 thread, asleep in recv()",
        "source": "data = conn.recv(4096)",
        "evidence": "recv() waits for silent.",
    }
    return TestResult(**{**fields, **more})


def verdict(*tests):
    points = sum(test.max_points for test in tests)
    return Verdict("serve_many", points, [*tests]).settle()


def passing(**more):
    fields = {"id": "echo", "title": "a line comes back", "max_points": 3, **more}
    return TestResult(**fields)


SKIPPED = TestResult(
    "mob",
    "two hundred at once",
    "skip",
    max_points=1,
    message="needs: a silent client holds nobody up",
)
REPORT = verdict(passing(), failing(), SKIPPED)

TOLD = """
serve_many                                                        3 of 6 points

✗  2  a silent client holds nobody up                                    0 of 2

      silent  connects
   ✗  eager   < expected b'hi'

      Your server: 1 process, 1 thread, asleep in recv()
          data = conn.recv(4096)

      M11  connected is not yet served
"""


def test_the_first_failure_stands_first_and_in_full():
    text = render_text(REPORT)
    assert text.startswith(TOLD.lstrip())
    assert "      Lesson 05 shows this under “The person who waits”.\n" in text


def test_the_others_take_a_line_each_and_name_each_other_by_number():
    second = failing(id="second", title="the second failure", transcript=["TOLD"])
    text = render_text(verdict(passing(), failing(), SKIPPED, second))
    rest = text.split("\n\n")[-1].splitlines()
    assert [line.split()[:2] for line in rest] == [
        ["✓", "1"],
        ["·", "3"],
        ["✗", "4"],
    ]
    assert "two hundred at once (skipped: needs 2)" in rest[1]
    assert "TOLD" not in text


def test_what_is_needed_and_not_listed_is_named():
    lonely = replace(SKIPPED, message="needs: something else")
    assert "(skipped: needs something else)" in render_text(verdict(lonely))


@pytest.mark.parametrize(("hints", "count"), [(0, 0), (1, 1), (3, 3), (9, 3)])
def test_hints_unfold_one_at_a_time(hints, count):
    assert render_text(REPORT, hints).count("▸  Hint") == count


LONG = failing(
    title="long " * 40,
    transcript=["anna  > b'" + "x" * 300 + "'", "ben   says " + "a lot " * 30],
    details=compare(bytes(range(60)), bytes(range(59)) + b"!"),
    doing="gone: " + "Very" * 100,
    source="y" * 300,
    traceback="z" * 300,
    evidence="because " * 50,
    output="o" * 300,
)


def test_no_line_is_wider_than_a_terminal():
    for report in (REPORT, verdict(LONG)):
        assert max(map(len, render_text(report, 3).splitlines())) <= WIDTH


# Hidden variants -------------------------------------------------------------


def hidden(**more):
    return failing(id="crowd", title="a crowd", max_points=0, hardens="echo", **more)


def test_a_hidden_variant_that_fails_costs_what_it_guards_and_is_told_with_it():
    text = render_text(verdict(passing(), hidden()))
    assert "0 of 3 points" in text
    assert "✗  1  a crowd (a harder variant of: a line comes back)" in text
    one = " ".join(text.split())
    assert "a line comes back (this passed, its harder variant did not: told" in one


def test_a_variant_that_guards_several_is_told_with_the_first():
    tests = [passing(), passing(id="two", title="another"), hidden()]
    tests[2].hardens = "echo two"
    text = " ".join(render_text(verdict(*tests)).split())
    assert "✗ 1 a crowd (a harder variant of: a line comes back)" in text
    assert "another (this passed, its harder variant did not: told above)" in text
    assert "0 of 6 points" in text


def test_a_second_variant_that_fails_is_named_in_its_line():
    text = render_text(verdict(failing(), passing(), hidden()))
    one = " ".join(text.split())
    assert "a line comes back (this passed, its harder variant did not: a crowd)" in one


def test_an_answer_that_nobody_has_compared_has_no_tick():
    """Only a hidden variant knows whether it is right; until then it is there."""
    answer = passing(title="has an answer", pends=True, max_points=2)
    assert "?  1  has an answer" in render_text(verdict(answer))
    assert "? of 2" in render_text(verdict(answer))
    right = passing(id="more", hardens="echo", max_points=0)
    assert "✓  1  has an answer" in render_text(verdict(answer, right))
    wrong = failing(hardens="echo", max_points=0)
    assert "✗  1  has an answer" in render_text(verdict(answer, wrong))
    unsaid = replace(answer, status="fail")
    assert "?" not in render_text(verdict(unsaid)).splitlines()[-1]


def test_variants_that_pass_are_counted_and_not_listed():
    passed = passing(id="crowd", title="a crowd", max_points=0, hardens="echo")
    text = render_text(verdict(passing(), passed))
    assert "a crowd" not in text
    assert "Harder variants of these: 1 of 1 passed." in text
    assert "3 of 3 points" in text


# When there is nothing to report ------------------------------------------------


@pytest.mark.parametrize("render", [render_text, render_html])
def test_a_fault_of_the_grader_is_told_kindly_and_once(render):
    tests = [passing(), passing(id="two", title="another")]
    report = render(all_errors("serve_many", tests, "the disk is full\nLOG"))
    words = " ".join(report.split())
    assert "a line comes back, and 1 more: the disk is full" in words
    assert words.count("no fault of yours and costs no point") == 1
    assert words.count("LOG") == 1
    assert "6 of 6 points" in report


def test_what_only_an_instructor_may_read_is_left_out_of_a_learners_page():
    """The log of a fault may quote a hidden test, also where points are withheld."""
    log = "Traceback ...\n    server.connect('the secret').send(b'</details>')"
    fault = TestResult("hears", "it hears", "error", message="it broke\n" + log)
    held = failing(withheld=True, output=log)
    for told in (verdict(fault), verdict(held)):
        page = render_html(told)
        assert "the secret" in page
        assert "the secret" not in without_logs(page)
        assert parsed(without_logs(page)) is not None
    assert "data = conn.recv(4096)" in without_logs(render_html(verdict(failing())))


@pytest.mark.parametrize("render", [render_text, render_html])
def test_nothing_handed_in_is_told_kindly(render):
    report = render(nothing_to_test("serve_many", 5, "There is no serve_many."))
    assert "There is no serve_many." in report
    assert "0 of 5 points" in report


@pytest.mark.parametrize("render", [render_text, render_html])
def test_an_exercise_as_it_was_given_is_no_mistake(render):
    doing = "gone: NotImplementedError at line 4 of cell 5"
    report = render(verdict(failing(diagnosis=None, evidence="", doing=doing)))
    assert "This is not written yet" in report


# What comes from a hostile server ------------------------------------------------

FIELDS = ["title", "doing", "source", "traceback", "output", "evidence", "details"]


def parsed(report):
    """HTML that is XML, too: every element is closed and everything is escaped."""
    return ElementTree.fromstring(report)


@pytest.mark.parametrize("field", FIELDS)
def test_html_is_whole_and_escapes_whatever_a_server_says(field):
    report = render_html(verdict(failing(**{field: HOSTILE})))
    assert HOSTILE in "".join(parsed(report).itertext())
    assert "<script" not in report


@pytest.mark.parametrize("field", FIELDS[1:])
@pytest.mark.parametrize("render", [render_text, render_html])
def test_nobody_paints_over_the_report(render, field):
    paint = "\x1b[2J\x1b]0;you won\x07\r12 of 12\u202e\ud800"
    report = render(verdict(failing(**{field: paint})))
    assert all(c.isprintable() or c == "\n" for c in report)
    assert r"\x1b[2J" in report
    report.encode()


def test_a_flood_is_bounded():
    flood = "x" * 10**6
    fields = {**dict.fromkeys(FIELDS[1:], flood), "transcript": [flood] * 24}
    for render in (render_html, render_text):
        assert len(render(verdict(failing(**fields)))) < 100_000
    assert len(render_text(verdict(failing(traceback="frame\n" * 10**5)))) < 6_000


def test_reports_are_the_same_in_every_run():
    varies = (
        '  File "/home/anna/.venv/lib/python3.11/selectors.py", line 3, in select\n'
        "    key = self[fd]\n"
        "          ~~~~^^^^\n"
        '  File "<cell 4>", line 12, in serve\n'
        "    sell(1)()\n"
        "    ~~~~~~~^^\n"
        "KeyError: <socket.socket fd=7, laddr=('127.0.0.1', 40123), "
        "raddr=('127.0.0.1', 51234)> <object at 0x7f12345678>"
    )
    assert steady(varies) == (
        '  File "selectors.py", in select\n'
        "    key = self[fd]\n"
        '  File "<cell 4>", line 12, in serve\n'
        "    sell(1)()\n"
        "KeyError: <socket.socket fd=7, laddr=('127.0.0.1', …), "
        "raddr=('127.0.0.1', …)> <object at 0x…>"
    )
    assert "40123" not in render_text(verdict(failing(traceback=varies)))


def test_the_end_is_kept_where_the_news_is():
    assert clean("a\tb\r\n" + "x" * 100 + "end", most=5) == "xxend"
    assert shorten("\n".join(map(str, range(100))), most=6).splitlines() == [
        *("0", "1", "... 94 lines left out ..."),
        *("96", "97", "98", "99"),
    ]


# HTML ----------------------------------------------------------------------------


def test_html_needs_no_style_sheet_and_no_script():
    report = render_html(REPORT)
    for lost in ("<style", "<script", "onclick", "class=", "http"):
        assert lost not in report


def test_each_hint_holds_the_next():
    root = parsed(render_html(REPORT))
    [outer] = root.findall("details")
    assert len(outer.findall(".//details")) == 2
    assert len(root.findall(".//summary")) == 3


def test_every_mark_has_a_word_for_those_who_do_not_see_it():
    report = render_html(REPORT)
    for word in ("passed", "failed", "skipped"):
        assert f'aria-label="{word}"' in report


def test_both_say_the_same():
    html = " ".join(parsed(render_html(REPORT)).itertext())
    words = set(re.findall(r"\w+", html))
    assert set(re.findall(r"\w+", render_text(REPORT, hints=3))) <= words


# In a terminal -------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_colour_adds_nothing_to_the_words():
    terminal, file = Terminal(), io.StringIO()
    for place in (terminal, file):
        print_report(verdict(LONG, passing(), SKIPPED), file=place)
    coloured = terminal.getvalue()
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == file.getvalue()
    assert "\x1b" not in file.getvalue()


def test_folding_leaves_what_is_quoted_alone():
    text = r"anna  > b'two  blanks', then b'it is \'quoted\' as well', then more"
    assert fold(text, 36, hang=8) == [
        "anna  > b'two  blanks', then",
        r"        b'it is \'quoted\' as well',",
        "        then more",
    ]


def test_folding_cuts_what_fits_in_no_line():
    assert fold("see " + "x" * 25, 10) == ["see", "x" * 10, "x" * 10, "x" * 5]


@pytest.mark.parametrize(
    ("expected", "got", "byte"),
    [
        (b"hello\n", b"hallo\n", 1),
        (b"hello", b"hello world", 5),
        (bytes(range(256)), bytes(range(200)) + b"?" * 56, 200),
        (b"x" * 10_000 + b"a", b"x" * 10_000 + b"b", 10_000),
    ],
)
def test_a_caret_stands_under_the_first_wrong_byte(expected, got, byte):
    above, below, caret = compare(expected, got).splitlines()
    assert max(map(len, (above, below, caret))) <= WIDTH + 10
    assert caret.endswith(f"^ byte {byte:,}")
    column = caret.index("^")
    assert above[:column][9:] == below[:column][9:]
    assert above[column : column + 4] != below[column : column + 4]
