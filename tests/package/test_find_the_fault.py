"""What a learner may say of a recorded run, and what is said to that."""

import html

import pytest

from buckets import cases, course
from buckets.behaviour import driver_of
from buckets.cases import Reply
from buckets.child.parcel import pack
from buckets.conditions import Options
from buckets.driving.server import Server
from buckets.driving.topics.find_the_fault import (
    answer_once,
    expect_committed,
    expect_named,
)
from buckets.driving.unmet import Unmet
from buckets.notebook.mending import code_of, lines_changed
from buckets.notebook.recorded import recorded
from buckets.submission import Submission

RUN, WITHHELD = "amber", "cedar"
RIGHT = (15, "one_buffer_will_do")


def say(task, name=RUN, expect=expect_named):
    """Let a function be asked; what was not met, or None."""
    options = Options(driver=driver_of(answer_once), recorded=False)
    with Server(
        Submission(parcels={"task": pack(task)}), "task", options=options
    ) as server:
        try:
            expect(server, name)
        except Unmet as unmet:
            return unmet
    return None


@pytest.mark.parametrize(
    "answer",
    [RIGHT, [*RIGHT], RIGHT[::-1], ("15", RIGHT[1]), (15, "one-buffer-will-do ")],
)
def test_a_right_answer_is_right_in_whichever_form(answer):
    assert say(lambda: {RUN: answer}) is None


ODD = {
    "none": lambda: None,
    "unnamed": lambda: {"birch": RIGHT},
    "no_pair": lambda: {RUN: 15},
    "no_choice": lambda: {RUN: (15, "one_bufer_will_do")},
    "no_line": lambda: {RUN: (19, RIGHT[1])},
}


@pytest.mark.parametrize("why", ODD)
def test_what_cannot_be_meant_is_told_as_such(why):
    """Also where nobody but a grader knows the answer."""
    unmet = say(ODD[why])
    assert (unmet.kind, unmet.facts["why"]) == ("odd", why)
    assert say(ODD[why], WITHHELD, expect_committed).kind == "odd"


@pytest.mark.parametrize(
    "odd",
    [
        {RUN: (True, RIGHT[1])},
        {RUN: (15, 15)},
        {RUN: (RIGHT[1], RIGHT[1])},
        {RUN: (10**5000, RIGHT[1])},
        {RUN: ("9" * 5000, RIGHT[1])},
        {RUN: ("²", RIGHT[1])},
        {RUN: ([[]], None)},
        {RUN: "x" * 100_000},
        "x" * 100_000,
    ],
    ids=range(9),
)
def test_strange_answers_are_odd_and_no_fault_of_the_grader(odd):
    assert say(lambda: odd).kind == "odd"


def test_a_name_that_was_nearly_right_is_asked_about():
    assert say(ODD["no_choice"]).facts["meant"] == RIGHT[1]


def test_a_line_of_the_run_speaks_against_a_wrong_belief():
    unmet = say(lambda: {RUN: (15, "recv_gives_a_line")})
    assert unmet.kind == "belief"
    assert unmet.facts["here"] == "anna < nothing"
    assert unmet.facts["there"] == "anna < b' a flah\\n'"


@pytest.mark.parametrize(("line", "early"), [(14, True), (16, False)])
def test_a_wrong_line_is_before_or_behind(line, early):
    unmet = say(lambda: {RUN: (line, RIGHT[1])})
    assert (unmet.kind, unmet.facts["early"]) == ("line", early)


def raises():
    raise KeyError("mine")


def test_a_function_that_raises_has_not_answered():
    assert say(raises).kind in ("eof", "gone", "reset", "refused")


def test_any_answer_will_do_where_only_a_grader_knows(monkeypatch, tmp_path):
    belief = min(cases.find(WITHHELD).choices)
    assert say(lambda: {WITHHELD: (1, belief)}, WITHHELD, expect_committed) is None
    # As in a kit, which has no tests/hidden.
    monkeypatch.setattr(course, "root", lambda: tmp_path)
    assert say(lambda: {WITHHELD: (1, belief)}, WITHHELD, expect_committed) is None
    with pytest.raises(LookupError):
        cases.find(WITHHELD).reply(belief)


def test_a_sealed_reply_opens_by_its_belief_alone():
    sealed = cases.seal(RUN, "this", Reply(False, 3, "here", "there"))
    told = {"lines": [], "choices": {}, "events": [], "serves": "", "topic": ""}
    case = cases.Case(name=RUN, replies={"this": sealed, "that": sealed}, **told)
    assert case.reply("this") == Reply(False, 3, "here", "there")
    with pytest.raises(ValueError, match=r"codec|char"):
        case.reply("that")
    with pytest.raises(ValueError, match="bytes"):
        cases.seal(RUN, "this", Reply(False, 3, "h" * cases.SEALED))


def test_what_is_shown_is_told_in_words_as_well():
    picture, case = recorded(RUN), cases.find(RUN)
    for told in (picture.text, html.unescape(picture.html)):
        for number, line in enumerate(case.lines, 1):
            assert f"{number:>3}  {line}" in told
        assert all(choice in told for choice in case.choices)


def test_a_run_that_is_not_known_is_told_so():
    with pytest.raises(ValueError, match="Did you mean amber"):
        recorded("ambre")
    with pytest.raises(ValueError, match=r"There are .*amber"):
        recorded(3)


def faults():
    return {RUN: RIGHT}


def test_the_code_of_a_server_is_shown_to_whoever_has_found_its_fault():
    shown = code_of(RUN, faults)
    for told in (shown.text, html.unescape(shown.html)):
        assert "Copy all of it" in told
        assert cases.find(RUN).server(*RIGHT) in told


@pytest.mark.parametrize(
    "found",
    [
        raises,
        lambda: None,
        lambda: {"birch": RIGHT},
        lambda: {RUN: (14, RIGHT[1])},
        lambda: {RUN: (15, "recv_gives_a_line")},
        lambda: {RUN: "x"},
        None,
    ],
    ids=range(7),
)
def test_whoever_has_not_found_it_is_told_so(found):
    shown = code_of(RUN, found)
    for told in (shown.text, html.unescape(shown.html)):
        assert "Not yet" in told and "def " not in told


def test_a_run_without_a_server_to_mend_is_told_so():
    with pytest.raises(ValueError, match="Did you mean amber"):
        code_of("ambre", faults)
    with pytest.raises(ValueError, match="amber"):
        code_of(WITHHELD, faults)


def test_the_lines_that_a_mend_has_kept_are_counted():
    code_of(RUN, faults)
    task, code = cases.find(RUN).mends, cases.find(RUN).server(*RIGHT)
    size = len(code.splitlines())
    [told] = lines_changed(task, {"1": "x = 1\n", "2": code})
    assert f"The server of amber: {size} of its {size} lines stand" in told
    [told] = lines_changed(task, {"1": code, "2": code.replace("= [], b", "= [], x")})
    assert f"{size - 1} of its {size} lines stand as they were; 1 is new" in told
    assert lines_changed("serve_many", {"1": code}) == []
    assert lines_changed(task, {"1": "x = 1"}) == []
