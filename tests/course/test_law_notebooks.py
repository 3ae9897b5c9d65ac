"""What holds for every notebook: lessons, solutions and exercises."""

import ast
import re
from itertools import pairwise
from statistics import median

import nbformat
import pytest

from buckets import course
from buckets.diagnosis.catalogue import catalogue
from buckets.predictions.questions import questions, questions_of

ROOT = course.root()
LESSONS = sorted((ROOT / "lessons").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
EXERCISES = sorted((ROOT / "exercises").glob("*/*.ipynb"))
NAMES = {path.stem for path in LESSONS}

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
LINK = re.compile(r"(!?)\[([^]]*)\]\(([^)\s]+)\)")


def short(path):
    return str(path.relative_to(ROOT).with_suffix(""))


def load(path):
    return nbformat.read(path, as_version=4)


def prose(cell):
    """A text cell without its fenced code."""
    return FENCE.sub("", cell.source) if cell.cell_type == "markdown" else ""


def headings(path):
    """Level and text of every heading."""
    found = [HEADING.findall(prose(cell)) for cell in load(path).cells]
    return [(len(marks), text) for each in found for marks, text in each]


each_notebook = pytest.mark.parametrize(
    "path", LESSONS + SOLUTIONS + EXERCISES, ids=short
)
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=short)


@each_notebook
def test_it_holds_no_output(path):
    for cell in load(path).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@each_notebook
def test_it_is_stored_as_nbformat_writes_it(path):
    """So that a change shows in a diff as what it is."""
    notebook = load(path)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert path.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"


@each_notebook
def test_its_cells_have_names_that_stay(path):
    """A slug, or the grade_id (a class keeps its capitals); no random number."""
    cells = load(path).cells
    ids = [cell.id for cell in cells]
    assert len(set(ids)) == len(ids)
    for cell in cells:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", cell.id)
        assert not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}.*)?", cell.id)
        marks = cell.metadata.get("nbgrader")
        assert marks is None or marks.grade_id == cell.id


@each_notebook
def test_its_headings_are_an_outline(path):
    levels = [level for level, _ in headings(path)]
    assert levels[0] == 1 and levels.count(1) == 1
    for above, below in pairwise(levels):
        assert below <= above + 1, "a heading level is skipped"


@each_notebook
def test_it_says_how_long_it_takes_and_what_it_needs(path):
    told = load(path).metadata.buckets
    assert told.topic == path.stem
    assert isinstance(told.minutes, int) and told.minutes > 0
    assert set(told.needs) <= NAMES
    assert f"About {told.minutes} minutes" in load(path).cells[0].source


@each_notebook
def test_its_pictures_have_words(path):
    for cell in load(path).cells:
        for image, text, _ in LINK.findall(prose(cell)):
            assert text.strip() or not image
        for tag in re.findall(r"<img[^>]*>", cell.source):
            assert re.search(r'alt="[^"]+"', tag)


@each_notebook
def test_its_links_lead_somewhere(path):
    for cell in load(path).cells:
        for _, _, target in LINK.findall(prose(cell)):
            if "://" not in target and not target.startswith("#"):
                assert (path.parent / target.partition("#")[0]).exists(), target


@each_notebook
def test_it_names_no_port_and_no_place_on_a_disk(path):
    port = r"(localhost|127\.0\.0\.1|\"\"|'')[\"']?\s*[:,]\s*[1-9]\d*"
    place = r"(?<![\w.:/])(/(home|Users|tmp|root|work|usr|etc|var)/|[A-Z]:\\\\)"
    for cell in load(path).cells:
        assert not re.search(port, cell.source), cell.source
        assert not re.search(place, cell.source), cell.source


@each_notebook
def test_it_fits_a_narrow_window(path):
    """A line with a link, or a row of a table, cannot be broken."""
    for cell in load(path).cells:
        for line in cell.source.splitlines():
            whole = cell.cell_type == "markdown" and ("](" in line or line[:1] == "|")
            assert len(line) <= 79 or whole, line


@each_notebook
def test_what_unfolds_is_rendered(path):
    """Markdown inside <details> needs a blank line before it."""
    for cell in load(path).cells:
        assert cell.source.count("<details>") == cell.source.count("</details>")
        for after in re.findall(r"</summary>(.*?\n.*?\n)", cell.source):
            assert after.strip() == "", cell.source


@each_notebook
def test_it_never_calls_anything_easy(path):
    words = re.compile(r"\b(simply|just|obviously|trivial(ly)?|easy|easily)\b", re.I)
    for cell in load(path).cells:
        assert not words.search(cell.source), cell.source


# What lessons once had beside the aisle: pictures of their own, and vessels of theirs.
GONE = re.compile(r"\b(foreman|foremen|(kitchen|hook|jug|tub|rim)s?)\b", re.I)


@each_notebook
def test_it_speaks_of_the_aisle_and_of_no_other_house(path):
    for cell in load(path).cells:
        assert not GONE.search(cell.source), cell.source


@pytest.mark.parametrize("name", questions())
def test_what_answers_a_prediction_speaks_of_no_other_house(name):
    question = questions()[name]
    told = [question.because, question.twin.asks, question.twin.answer]
    told += [each.means + each.wrong for each in question.choices.values()]
    assert not GONE.search(" ".join([*told, *(each.says for each in question.beliefs)]))


SENTENCE = re.compile(r"(?<=[.!?:])\s+(?=[A-Z`*])")
MARKS = re.compile(r"^(?:#.*|\|.*|<.*|> ?|- |\d+\. )", re.MULTILINE)


def sentences(path):
    """All sentences of its texts, without headings, tables and marks."""
    for cell in load(path).cells:
        for block in re.split(r"\n\s*\n", MARKS.sub("", prose(cell))):
            yield from SENTENCE.split(" ".join(block.split()))


@each_notebook
def test_its_sentences_need_no_second_reading(path):
    """People are "a client who", and not "who"; and half of the sentences are short."""
    found = [each for each in sentences(path) if len(each.split()) > 1]
    assert median(len(each.split()) for each in found) <= 16
    who = re.compile(r"\W*(Who|Whoever)\b")
    assert [each for each in found if who.match(each) and "?" not in each] == []


# Lessons -------------------------------------------------------------------


@each_lesson
def test_a_lesson_has_its_parts(path):
    titles = [text for _, text in headings(path)]
    assert titles[1] == "You will be able to"
    assert titles[-2:] == ["Key points", "Your turn"]
    whole = "\n".join(cell.source for cell in load(path).cells)
    assert f"exercises/{path.stem}/{path.stem}.ipynb" in whole


@pytest.mark.parametrize("path", LESSONS[1:], ids=short)
def test_a_lesson_ends_with_what_its_exercise_is_worth(path):
    """Points and minutes, as the exercise says them; one in words in the first."""
    exercise = load(ROOT / "exercises" / path.stem / f"{path.stem}.ipynb")
    points = sum(
        c.metadata.get("nbgrader", {}).get("points", 0) for c in exercise.cells
    )
    minutes = exercise.metadata["buckets"]["minutes"]
    told = " ".join(load(path).cells[-1].source.split())
    assert f"{points} points, {minutes} minutes." in told


# How a prediction is asked for, how it is made, and how the run answers it.
ASKED = re.compile(r"^> \*\*Predict\.\*\*.*(?:\n>.*)*", re.MULTILINE)
MADE = re.compile(r"^predict\.(\w+)(?:\(\))?\Z", re.MULTILINE)
TOLD = re.compile(r"predict\.(\w+)\.was\(([^()]*(?:\([^()]*\)[^()]*)*)")


@each_lesson
def test_a_lesson_asks_for_three_to_five_predictions(path):
    cells = load(path).cells
    names = [question.name for question in questions_of(path.stem)]
    assert 3 <= len(names) <= 5
    assert [name for cell in cells for name in MADE.findall(cell.source)] == names
    assert [name for cell in cells for name, _ in TOLD.findall(cell.source)] == names
    assert sum(len(ASKED.findall(cell.source)) for cell in cells) == len(names)
    assert not any(re.match(r"my_\w+ = ", cell.source) for cell in cells)


@each_lesson
def test_a_prediction_is_asked_for_then_made_then_answered_by_the_run(path):
    cells = load(path).cells
    for at, cell in enumerate(cells):
        for name in MADE.findall(cell.source):
            question = questions()[name]
            [asked] = ASKED.findall(cells[at - 1].source)
            offered = " ".join(asked.replace("\n>", " ").split())
            listed = [f"- `{n}`: {c.means}" for n, c in question.choices.items()]
            assert offered.endswith(" ".join(listed))
            assert ("()" in cell.source) == bool(question.number)
            rest = [later.source for later in cells[at + 1 :]]
            [told] = [told for s in rest for n, told in TOLD.findall(s) if n == name]
            facts = re.findall(r"(\w+)=(?!=)", told)
            assert facts == list(question.choices)


@pytest.mark.parametrize("path", LESSONS[2:], ids=short)
def test_a_lesson_begins_with_what_was_learnt_before(path):
    cells = load(path).cells
    assert cells[3].source == f'from buckets import recall\n\nrecall("{path.stem}")'
    assert cells[1].source.startswith("## You will be able to")


CHANGE = re.compile(
    r"\*\*Change one line\.\*\* In `(\w+)`, write `([^`]+)` for `([^`]+)`\. .*"
    r"<summary>What changes</summary> .+ </details>\Z"
)


@pytest.mark.parametrize("path", LESSONS[1:], ids=short)
def test_a_lesson_asks_for_a_change_that_can_be_made(path):
    """One line of a function above: what is asked for and told can be tried there."""
    cells = load(path).cells
    found = [CHANGE.match(" ".join(cell.source.split())) for cell in cells]
    [at] = [at for at, match in enumerate(found) if match]
    name, new, old = found[at].groups()
    defined = re.compile(rf"^(?:def|class) {name}\b", re.MULTILINE)
    [source] = [cell.source for cell in cells[:at] if defined.search(cell.source)]
    assert source.count(old) == 1
    compile(source.replace(old, new), name, "exec")


@pytest.mark.parametrize("name", questions())
def test_whoever_is_wrong_hears_why_this_very_belief_is(name):
    question = questions()[name]
    assert question.because
    assert question.twin.asks.endswith("?") and question.twin.answer.endswith(".")
    if question.number:
        assert question.beliefs and all(each.says for each in question.beliefs)
        assert question.within >= 1
    else:
        # One of them comes true, whichever the machine.
        answered = [choice for choice in question.choices.values() if choice.wrong]
        assert len(answered) == len(question.choices) - 1 >= 1


@each_lesson
def test_a_lesson_shows_a_picture_of_a_run(path):
    """In the first one there was none until a check had failed."""
    calls = re.compile(r"\b(watch|picture_of|draw_machine|bill|timeline)\(")
    assert any(
        calls.search(c.source) for c in load(path).cells if c.cell_type == "code"
    )


@pytest.mark.parametrize("path", EXERCISES, ids=short)
def test_an_exercise_says_where_the_grader_asks_for_more(path):
    if course.Topic(path.stem).hidden_behaviours:
        text = " ".join(" ".join(cell.source for cell in load(path).cells).split())
        as_graded = text.index("as the grader will")
        assert text[as_graded:].startswith(
            "as the grader will, but for the harder variants that it adds."
        )


@each_lesson
def test_a_lesson_goes_in_small_steps(path):
    """Code cells have at most 15 lines, docstrings and blank lines left out."""
    for cell in load(path).cells:
        if cell.cell_type == "code":
            assert statements(cell.source) <= 15, cell.source


def statements(source):
    """Lines that are neither blank nor part of a docstring."""
    tree, told = ast.parse(source), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            told.update(range(node.lineno, node.end_lineno + 1))
    lines = enumerate(source.splitlines(), start=1)
    return sum(bool(line.strip()) and number not in told for number, line in lines)


@each_lesson
def test_the_map_of_the_course_leads_to_every_lesson(path):
    first = "".join(cell.source for cell in load(LESSONS[0]).cells)
    assert path == LESSONS[0] or f"({path.name})" in first


@pytest.mark.parametrize("key", catalogue())
def test_a_diagnosis_names_a_lesson_and_a_heading(key):
    """A lesson that is not written yet is no fault of a diagnosis."""
    entry = catalogue()[key]
    lesson = ROOT / "lessons" / f"{entry.lesson}.ipynb"
    assert re.fullmatch(r"\d\d_\w+", entry.lesson)
    assert len(entry.hints) == 3
    if lesson.exists():
        assert entry.heading in [text for _, text in headings(lesson)]
