"""The recorded runs of "find the fault" are what servers do, and have one answer."""

import json
import re
from functools import cache

import pytest
from a_tool import tool

from buckets import cases, course, stock
from buckets.classroom import kit

RUNS = cases.names()
ROOT = course.root()
FAULTS = sorted((ROOT / "tests" / "faults").glob("*_*.py"))

each_run = pytest.mark.parametrize("run", RUNS)


def bench_of(run):
    return tool("record_runs").Bench(
        ROOT / "tests" / "faults" / f"{cases.find(run).topic}.py"
    )


def replies(run):
    case = cases.find(run)
    return {belief: case.reply(belief) for belief in case.choices}


@each_run
def test_a_run_is_of_the_client_and_the_servers_that_are_there(run):
    """Whoever changes one of them makes the run anew, with tools/record_runs.py."""
    assert cases.find(run).made_of == bench_of(run).digest(run)


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_a_run_is_what_its_server_does_and_a_right_one_does_not(path):
    """In order and facts: what differs each time are clocks, ports and numbers.

    One run of each topic; tools/record_runs.py --check plays all of them.
    """
    bench = tool("record_runs").Bench(path)
    assert bench.differing(next(iter(bench.runs))) == []


@each_run
def test_one_belief_fits_and_a_line_speaks_against_each_other_one(run):
    lines = [" ".join(line.split()) for line in cases.find(run).lines]
    told = replies(run).values()
    assert len(told) >= 4
    assert [reply.fits for reply in told].count(True) == 1
    for reply in told:
        assert 1 <= reply.line <= len(lines)
        if not reply.fits:
            assert reply.here == lines[reply.line - 1] != reply.there
            assert reply.here.split()[0] == reply.there.split()[0]


@cache
def released():
    """All that a learner gets, as text."""
    return {inner: (ROOT / inner).read_text("utf-8") for inner in kit.contents()}


@each_run
def test_the_answer_of_a_run_is_in_no_file_that_a_learner_gets(run):
    """Not in words: what is sealed opens to whoever names the belief."""
    bench, case = bench_of(run), cases.find(run)
    servers = {server for server, _ in bench.beliefs.values()}
    own = bench.runs[run][0]
    [line] = [reply.line for reply in replies(run).values() if reply.fits]
    answer = re.compile(rf"\b{line}\W+{own}\b|\b{own}\W+{line}\b")
    for inner, text in released().items():
        assert not answer.search(text), inner
        if "recordings" in inner.parts:
            assert not any(re.search(rf"\b{name}\b", text) for name in servers)
            assert not re.search(r"\bM\d\d\b|fits|<cell|\"at\"", text)
    lengths = {len(each) for each in case.replies.values()}
    assert (not lengths) if run in bench.withheld else len(lengths) == 1


MENDED = [run for run in RUNS if cases.find(run).mends]


@pytest.mark.parametrize("run", MENDED)
def test_the_code_of_a_run_is_for_whoever_has_found_its_fault(run):
    bench, case = bench_of(run), cases.find(run)
    code = bench.code(run)
    for belief, reply in replies(run).items():
        assert case.server(reply.line, belief) == (code if reply.fits else "")
        assert case.server(reply.line + 1, belief) == ""
    for inner, text in released().items():
        assert code.splitlines()[-1] not in text or code not in text, inner


@pytest.mark.parametrize("run", MENDED)
def test_what_is_to_be_mended_has_one_fault(run):
    """As it is handed out it is a recorded mistake of the task that mends it.

    That the mend is a small one is seen in the solution: most lines stay.
    """
    bench, task = bench_of(run), cases.find(run).mends
    code, topic = bench.code(run), course.called(bench.topic[:2])
    bodies = [path.read_text().partition('\n"""\n')[2] for path in topic.mistakes]
    assert code.strip() in [body.strip() for body in bodies]
    cells = course.read_notebook(topic.solution)["cells"]
    texts = [course.text_of(cell) for cell in cells]
    assert any(text.startswith(f'code_of("{run}", ') for text in texts)
    [mended] = [text for text in texts if task in course.defined_in(text)]
    stay = {*map(str.strip, code.splitlines())} & {*map(str.strip, mended.splitlines())}
    assert len(stay) > len({*code.splitlines()}) / 2


def test_what_is_withheld_is_in_no_kit():
    inner = cases.withheld_file().relative_to(ROOT)
    assert inner not in [*kit.contents()]
    told = json.loads(cases.withheld_file().read_text())
    assert set(told) == {run for run in RUNS if not cases.find(run).replies}


@each_run
def test_a_run_is_shown_by_its_exercise_and_asked_for_by_its_tests(run):
    case = cases.find(run)
    topic = course.called(case.topic[:2])
    assert f'recorded("{run}")' in topic.exercise.read_text().replace("\\", "")
    titles = [each.title for each in topic.behaviours]
    assert any(run in title for title in titles)
    assert case.serves in topic.tasks


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_a_belief_has_a_wrong_server_and_a_name_of_its_own(path):
    bench = tool("record_runs").Bench(path)
    number = path.stem[:2]
    for belief, (server, _) in bench.beliefs.items():
        assert not stock.find(number, server, bench.serves).right
        assert belief != server
    assert all(stock.find(number, name, bench.serves).right for name in bench.right)
