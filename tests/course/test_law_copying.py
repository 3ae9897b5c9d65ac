"""A task asks for more than its lesson has shown: a copy of the lesson loses points."""

import ast

import pytest
from handed_in import submission

from buckets import course
from buckets.grading.engine import until_failure
from buckets.report.text import render_text
from buckets.verdict import Verdict

# A task, and the function of its lesson that comes nearest to it.
NEAREST = {
    "serve_in_turn": "in_turn",
    "serve_the_queue": "patient",
    "hire": "hires_well",
    "hire_and_reap": "looks_around",
    "full_house": "crew_of_two",
    "four_booths": "four_people",
    "serve_water": "watches_one_flag",
}

COPY = '''"""The lesson's function under the task's name.

task: {task}
"""

{lesson}


def {task}(listener, *given):
    return {nearest}(listener)
'''


def definitions(topic):
    """All that a lesson imports and defines, and the constants that it sets."""
    kept = []
    for cell in course.read_notebook(topic.lesson)["cells"]:
        if cell["cell_type"] == "code":
            kept += filter(_defines, ast.parse(course.text_of(cell)).body)
    return "\n\n".join(map(ast.unparse, kept))


def _defines(node):
    if isinstance(node, ast.ImportFrom):
        return not (node.module or "").startswith("buckets")
    if isinstance(node, ast.Assign):
        names = [getattr(target, "id", "") for target in node.targets]
        return all(name.isupper() for name in names)
    return isinstance(node, ast.Import | ast.FunctionDef | ast.ClassDef)


@pytest.mark.parametrize("task", NEAREST)
def test_the_lessons_own_function_loses_points(task, tmp_path):
    topic = course.topic_of_task(task)
    copy = tmp_path / f"{task}.py"
    lesson = definitions(topic)
    assert f"def {NEAREST[task]}(listener)" in lesson
    copy.write_text(COPY.format(task=task, lesson=lesson, nearest=NEAREST[task]))
    results = until_failure(topic, submission(topic, copy), task)
    last = results[-1]
    told = render_text(Verdict(task, last.max_points, [last]))
    assert last.status == "fail", "it gets all points"
    assert "NameError" not in told and "SyntaxError" not in told, told
