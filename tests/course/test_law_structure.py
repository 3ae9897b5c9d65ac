"""The package keeps its walls: what the imports say, read by tools/rooms.py."""

import ast
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import buckets
from buckets import course

ROOT = course.root()


def tool(name):
    """A module of tools/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


rooms = tool("rooms")


@pytest.fixture(scope="module")
def found():
    return rooms.imports()


@pytest.fixture
def tree(tmp_path):
    """A function that writes a small package and reads its imports."""

    def write(**files):
        for dotted, source in files.items():
            path = tmp_path / "buckets" / (dotted.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
            for folder in path.relative_to(tmp_path).parents[:-1]:
                (tmp_path / folder / "__init__.py").touch()
        return rooms.imports(tmp_path)

    return write


def told(imports):
    return [str(each) for each in imports]


def test_every_room_and_every_module_at_the_top_has_its_place_in_the_order():
    assert rooms.strangers() == []
    there = {rooms.room(name) for name in rooms.modules()}
    assert set(rooms.ORDER) <= there, "the order names what is not there"


def test_a_room_without_a_place_is_noticed(tree, tmp_path):
    tree(cellar__rats="")
    assert rooms.strangers(tmp_path) == ["cellar"]


def test_no_room_imports_from_one_above_it(found):
    assert told(rooms.upward(found)) == []


@pytest.mark.parametrize(
    "source",
    [
        "from buckets.report.text import render_text",
        "from buckets.report import text",
        "import buckets.report.text",
        "def late():\n    from buckets.report import text",
        "from ..report import text",
        "if TYPE_CHECKING:\n    from buckets.report.text import T",
    ],
)
def test_an_import_upwards_is_noticed_however_it_is_written(tree, source):
    imports = tree(driving__server=source, report__text="import buckets.driving")
    [upward] = rooms.upward(imports)
    assert upward.rooms == ("driving", "report")


def test_the_walls_stand(found):
    assert told(rooms.through_walls(found)) == []


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("child__stage", "trace__turns"),
        ("pictures__still", "grading__engine"),
        ("verdict", "child__wire"),
        ("course", "report__text"),
    ],
)
def test_a_hole_in_a_wall_is_noticed(tree, source, target):
    late = f"def late():\n    import buckets.{target.replace('__', '.')}"
    [hole] = rooms.through_walls(tree(**{source: late, target: ""}))
    assert hole.line == 2


def test_there_is_no_circle(found):
    assert rooms.circle(each.rooms for each in found) == []
    assert rooms.circle((each.source, each.target) for each in found) == []


def test_a_circle_is_noticed_and_named(tree):
    imports = tree(
        trace__one="from buckets.trace import two",
        trace__two="def late():\n    from buckets.trace.three import x",
        trace__three="from . import one",
        trace__four="from . import one",
    )
    assert rooms.circle(each.rooms for each in imports) == []
    circle = rooms.circle((each.source, each.target) for each in imports)
    assert circle[0] == circle[-1]
    assert set(circle) == {f"buckets.trace.{n}" for n in ("one", "two", "three")}


# What runs code that somebody else wrote ----------------------------------------------

RUNS = {"exec", "eval", "runpy", "run_path", "run_module", "cloudpickle.loads"}
RUNS |= {
    f"{name}.load{s}"
    for name in ("pickle", "cloudpickle", "marshal")
    for s in ("", "s")
}
RUNS |= {"pickle.Unpickler", "dill.loads", "exec_module"}
# The graders in tests/exercises are the course's own.
OWN = {("buckets.course", "exec_module")}


def runs(name, path):
    """What in a module could run foreign code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in RUNS or called.rpartition(".")[2] in RUNS:
                yield name, called.rpartition(".")[2]
        elif isinstance(node, ast.ImportFrom) and node.module in ("pickle", "runpy"):
            yield name, node.module


def test_nothing_outside_child_runs_learners_code():
    outside = {
        name: path
        for name, path in rooms.modules().items()
        if rooms.room(name) != "child"
    }
    assert {each for pair in outside.items() for each in runs(*pair)} == OWN


@pytest.mark.parametrize(
    "source",
    ["exec(text)", "pickle.loads(x)", "import runpy\nrunpy.run_path(p)",
     "from pickle import loads", "builtins.eval('1')"],
)  # fmt: skip
def test_what_runs_code_is_noticed(tmp_path, source):
    path = tmp_path / "x.py"
    path.write_text(source)
    assert list(runs("x", path))


def test_the_child_does_run_it():
    """Else the check above looks for the wrong words."""
    inside = [p for n, p in rooms.modules().items() if rooms.room(n) == "child"]
    assert any(list(runs("child", path)) for path in inside)


# Names --------------------------------------------------------------------------------


def test_no_room_bears_a_name_that_notebooks_import():
    assert set(buckets.__all__) & set(rooms.ORDER) == set()
    there = {rooms.room(name) for name in rooms.modules()}
    assert set(buckets.__all__) & there == set()
    for name in buckets.__all__:
        assert not isinstance(getattr(buckets, name), ModuleType)


# Documents ----------------------------------------------------------------------------


def test_the_table_of_rooms_is_made_from_the_code():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert rooms.with_table(text, rooms.table()) == text, "python tools/rooms.py"


FILES = re.compile(r"\b(?:buckets|tools|tests|bench)/[\w/]+\.(?:py|toml|css|js)\b")
DOTTED = re.compile(r"\bbuckets(?:\.[A-Za-z_]\w*)+")


def stale(text):
    """What a text names of the package that is not there."""
    known = rooms.modules()
    for path in FILES.findall(text):
        if not (ROOT / path).exists() and "NN" not in path:
            yield path
    for dotted in DOTTED.findall(text):
        module = dotted
        while module not in known:
            module = module.rpartition(".")[0]
        inner = dotted.removeprefix(module).strip(".").partition(".")[0]
        words = re.findall(r"\w+", known[module].read_text(encoding="utf-8"))
        if inner not in ("", "__file__", *words):
            yield dotted


def texts():
    yield from [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for folder in ("buckets", "tools", "tests/course", "tests/package", "bench"):
        yield from (ROOT / folder).rglob("*.py")


def test_every_file_and_module_that_is_named_is_there():
    found = {}
    for path in texts():
        if path != Path(__file__) and path.name != "CHANGELOG.md":
            names = sorted(set(stale(path.read_text(encoding="utf-8"))))
            if names:
                found[str(path.relative_to(ROOT))] = names
    assert found == {}


def test_a_stale_name_is_noticed():
    told = (
        "`buckets/driving/puppets.py` buckets.clockwork.Clock buckets.check buckets.jug"
    )
    assert list(stale(told)) == [
        "buckets/driving/puppets.py",
        "buckets.clockwork.Clock",
        "buckets.jug",
    ]
