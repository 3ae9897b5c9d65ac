"""What is sent to somebody who looks at a verdict: the least that shows it."""

import json
from pathlib import Path

import pytest

from buckets import course
from buckets.report.bundle import answer, document
from buckets.submission import Submission
from buckets.verdict import TestResult, Verdict

TOPIC = course.Topic("05_select")
RUN = [{"e": "recv", "t": 1}]


def verdict(*statuses):
    tests = [
        TestResult(str(n), "it works", status, max_points=1, trace=RUN)
        for n, status in enumerate(statuses)
    ]
    return Verdict("serve_many", len(tests), tests)


def runs(*statuses):
    told = json.loads(document(TOPIC, Submission(), verdict(*statuses)))
    return [test["trace"] for test in told["verdict"]["tests"]]


def test_of_several_cells_that_define_it_the_last_one_counts():
    cells = {
        "cell 1": "def serve_many(listener):\n    pass",
        "cell 2": "def serve_many(listener):\n    return 1",
        "cell 3": "serve_one = 3",
    }
    assert answer(Submission(sources=cells), "serve_many") == cells["cell 2"]
    assert answer(Submission(sources=cells), "serve_all") == ""


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("pass", "fail"), [[], RUN]),
        (("pass", "error"), [[], RUN]),
        # A wrong server that kept its points is shown by the runs that it passed.
        (("pass", "pass"), [RUN, RUN]),
    ],
)
def test_a_run_goes_in_where_it_tells_something(statuses, expected):
    assert runs(*statuses) == expected


@pytest.mark.parametrize("home", ["/home/jo", "/home/jö ß", '/home/a "jo"'])
def test_a_folder_that_a_report_quotes_is_left_out(home):
    failed = TestResult("a", "it works", "fail", traceback=f'File "{home}/x/y.py"')
    told = Verdict("serve_many", 1, [failed])
    text = document(TOPIC, Submission(), told, [Path(home), Path(home, "x"), Path("/")])
    assert "jo" not in text and "jö" not in text
    assert json.loads(text)["verdict"]["tests"][0]["traceback"].endswith('y.py"')
