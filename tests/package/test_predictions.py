"""predict: a guess that counts, and a run that answers it."""

import json

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from buckets import course, predict, recall
from buckets.notebook import kept
from buckets.predictions import guess
from buckets.predictions.outcome import FOLD, Outcome
from buckets.predictions.questions import Question, questions
from buckets.predictions.recall import asked_again


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """What a notebook has shown; nothing was predicted before, and none is kept."""
    monkeypatch.setenv(kept.FOLDER, str(tmp_path))
    for name in questions():
        monkeypatch.setattr(getattr(predict, name), "_guess", None)
    found = []
    monkeypatch.setattr(guess, "_show", found.append)
    return found


def show(made):
    """Do what a notebook does with the last value of a cell."""
    made._ipython_display_()
    return made


def ghost_was(**true):
    facts = dict.fromkeys(("skipped", "waits", "dies"), False)
    predict.ghost.was(**facts | true)


def test_a_right_guess_is_told_so_with_the_reason(shown):
    show(predict.ghost.dies)
    ghost_was(dies=True)
    said, outcome = map(repr, shown)
    assert (
        said == "You say: the server ends, and ben gets nothing. Now run the next cell."
    )
    assert outcome.startswith(
        "✓ You said: the server ends, and ben gets nothing. So it"
    )
    assert questions()["ghost"].because in outcome


def test_a_wrong_guess_gets_the_sentence_for_this_very_belief(shown):
    show(predict.ghost.waits)
    ghost_was(dies=True)
    text = repr(shown[-1])
    assert text.startswith(
        "✗ You said: the server waits for ghost's line. It was: the "
    )
    assert questions()["ghost"].choices["waits"].wrong in text
    assert questions()["ghost"].choices["skipped"].wrong not in text


def test_the_run_says_what_was_right_and_no_text_does(shown):
    """On a system that drops a reset client from the line, `skipped` is right."""
    show(predict.ghost.skipped)
    ghost_was(skipped=True)
    assert repr(shown[-1]).startswith("✓")


def test_run_all_says_that_nothing_was_predicted_and_shows_the_outcome(shown):
    assert "press Tab" in repr(predict.ghost) and "<li>.dies: " in html(predict.ghost)
    assert "<code>select()</code>" in html(predict.no_descriptor)
    ghost_was(dies=True)
    assert repr(shown[-1]).startswith("Not predicted. It was: the server ends, and ben")
    assert guess.answered() == {}


def html(shown):
    return shown._repr_html_()


def test_a_run_that_goes_another_way_is_not_explained(shown):
    show(predict.ghost.dies)
    ghost_was()
    assert "another way than any of the choices" in repr(shown[-1])
    assert questions()["ghost"].because not in repr(shown[-1])


@pytest.mark.parametrize(
    "number, measured, begins",
    [
        (10, 10, "✓ You said: 10 times as long. So it was."),
        (10, 11.3, "✓ You said: 10 times as long. Near: It was: 11.3 times as long."),
        (
            55,
            10,
            "✗ You said: 55 times as long. It was: 10 times as long.\n\n55 is the",
        ),
        (1, 10, "✗ You said: 1 times as long. It was: 10 times as long.\n\nOne server"),
        (20, 10, "✗ You said: 20 times as long. It was: 10 times as long.\n\nThe last"),
    ],
)
def test_a_number_may_be_near_enough(shown, number, measured, begins):
    predict.last_of_ten(number)
    predict.last_of_ten.was(measured)
    assert repr(shown[-1]).startswith(begins)


def test_zero_is_near_to_zero_alone():
    question = Question("some", "00", "", number="things", within=3.0)
    assert question.near(0, 0) and not question.near(0, 1) and not question.near(1, 0)


def test_the_first_guess_is_kept_and_stays(shown):
    show(predict.ghost.waits)
    ghost_was(dies=True)
    show(predict.ghost.dies)
    ghost_was(dies=True)
    assert guess.answered() == {"ghost": {"guess": "waits", "right": False}}


@pytest.mark.parametrize("damage", ["", "[]", "{", "null"])
def test_a_damaged_record_costs_the_record_and_nothing_else(shown, damage):
    kept.folder().mkdir(exist_ok=True)
    (kept.folder() / guess.FILE).write_text(damage)
    show(predict.ghost.dies)
    ghost_was(dies=True)
    assert (
        json.loads((kept.folder() / guess.FILE).read_text()) == guess.answered() != {}
    )


def test_to_look_at_the_names_is_no_guess(shown):
    """Completion reads every attribute; a tooltip reads its text."""
    shell = InteractiveShell()
    shell.user_ns["predict"] = predict
    with provisionalcompleter():
        found = shell.Completer.completions("predict.ghost.", 14)
        names = {each.text.rpartition(".")[2] for each in found}
    assert names == {"skipped", "waits", "dies"}
    for name in dir(predict.ghost):
        repr(getattr(predict.ghost, name))
    ghost_was(dies=True)
    assert repr(shown[-1]).startswith("Not predicted.")


@pytest.mark.parametrize(
    "wrong, says",
    [
        (lambda: predict.gost, "has no attribute 'gost'"),
        (lambda: predict.ghost("flies"), "predict.ghost knows skipped, waits, dies."),
        (
            lambda: predict.scoops("two"),
            r"predict.scoops\(\) takes a number, such as 3",
        ),
        (lambda: predict.scoops(True), r"predict.scoops\(\) takes a number, such as 3"),
        (lambda: predict.scoops.was(two=True), "predict.scoops knows a number"),
        (lambda: predict.ghost.was(3), "predict.ghost knows skipped"),
        (lambda: predict.ghost.was(dies=True), "predict.ghost knows skipped"),
    ],
)
def test_a_slip_is_told_kindly(shown, wrong, says):
    with pytest.raises((AttributeError, TypeError, ValueError), match=says):
        wrong()


def test_empty_parentheses_predict_nothing(shown):
    assert "Put a number between the parentheses" in repr(predict.scoops())


def test_what_is_shown_is_marked_up_and_harmless():
    question = Question(
        "q", "00", "1. `a < b`\n2. **bold**, *new*\n\nMore.", number="&s"
    )
    shown = html(Outcome(question, None, 3.0))
    assert "<ol><li><code>a &lt; b</code></li><li><strong>bold</strong>" in shown
    assert "<em>new</em></li></ol><p>More.</p>" in shown and "3 &amp;s" in shown
    assert f"<details open {FOLD}>" in shown


# recall() -----------------------------------------------------------------------------

LESSONS = [topic.name for topic in course.topics()]


@pytest.mark.parametrize("lesson", LESSONS[2:])
def test_four_questions_come_from_one_two_four_and_seven_lessons_ago(lesson):
    here = LESSONS.index(lesson)
    asked = recall(lesson, {}).questions
    assert len({question.name for question in asked}) == 4
    ago = [here - LESSONS.index(question.topic) for question in asked]
    due = [each for each in (1, 2, 4, 7) if each <= here]
    # Where there is none so long ago, another lesson asks; then the last one again.
    others = [each for each in (3, 5) if each <= here]
    assert ago == (due + others + [1] * 4)[:4]


def test_what_was_predicted_wrong_is_asked_first():
    known = {"one_line": {"guess": "all", "right": False}, "votes": {"right": True}}
    assert recall("05_select", known).questions[0].name == "one_line"
    assert recall("08_state_machine", known).questions[2].name == "one_line"


@pytest.mark.parametrize("known", [{"one_line": None}, {"one_line": []}, {"": {}}])
def test_a_strange_record_asks_all_the_same(known):
    assert len(recall("05_select", known).questions) == 4


def test_an_answer_is_folded_and_a_lesson_must_exist(shown):
    text = html(recall("05_select"))
    assert text.count("<details") == 4 and " open" not in text
    with pytest.raises(ValueError, match="There is no lesson 5"):
        recall("5")


WRONG = {"guess": "all", "right": False}


def test_wrong_predictions_that_are_known_when_asked_again_are_counted(shown):
    asked = recall("05_select", {"one_line": WRONG})
    second = asked.questions[1]
    known = {"one_line": WRONG, second.name: {"guess": "x", "right": True}}
    assert asked_again(known=known) == (0, 0)
    asked.knew(1)
    assert asked_again(known=known) == (1, 1)
    # The first word counts, and what was predicted right is not asked about.
    asked.knew(2)
    assert asked_again(known=known) == (1, 1)
    ago = LESSONS.index("05_select") - LESSONS.index(asked.questions[0].topic)
    assert asked_again(ago, known) == (1, 1)
    assert asked_again(ago + 1, known) == (0, 0)
    with pytest.raises(ValueError, match="1 to 4"):
        asked.knew(5)


@pytest.mark.parametrize("found", [[], None, {"x": True}, {"05_select/ghost": "yes"}])
def test_a_strange_record_of_what_was_known_counts_nothing(shown, found):
    kept.change("recalled.json", lambda _: found)
    assert asked_again(known={"ghost": None}) == (0, 0)
    assert asked_again(known={"ghost": WRONG})[0] == 0
