"""What `make lab` and `make test` do before they start: tools/setup.sh, setup.py."""

import os
import re
import shutil
import socket
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["tools/setup.sh", "tools/setup.py", "constraints.txt", "pyproject.toml"]


@pytest.fixture
def clone(tmp_path):
    """A folder with all that the set-up reads, at a path with a space in it."""
    folder = tmp_path / "a clone"
    (folder / "tools").mkdir(parents=True)
    for part in PARTS:
        shutil.copy(ROOT / part, folder / part)
    return folder


@pytest.fixture
def setup(clone):
    """The module tools/setup.py of the clone."""
    spec = spec_from_file_location("setup_of_clone", clone / "tools" / "setup.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def closed_port():
    """A port that refuses every connection for as long as the test lasts."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def tools_only(tmp_path):
    """A PATH that holds what setup.sh runs, and no Python at all."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname", "fold"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


def run_setup(clone, **environment):
    """Runs setup.sh; returns its exit status and all it said, on one line."""
    done = subprocess.run(
        ["sh", str(clone / "tools" / "setup.sh")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    return done.returncode, re.sub(r"\s+", " ", done.stdout + done.stderr)


def fake_python(folder, name, answer, status):
    """A command that answers the probe of setup.sh as some other Python would."""
    script = folder / name
    script.write_text(f"#!/bin/sh\necho '{answer}'\nexit {status}\n")
    script.chmod(0o755)


# ------------------------------------------------------------------ finding a Python


def test_without_any_python_it_says_which_to_install(clone, tools_only):
    status, said = run_setup(clone, PATH=str(tools_only))
    assert status == 1
    assert "needs Python 3.11 or newer, and none was found" in said
    assert "PYTHON=/path/to/python3.13" in said


def test_a_python_that_is_too_old_is_named(clone, tools_only):
    fake_python(tools_only, "python3", "3.9", 1)
    status, said = run_setup(clone, PATH=str(tools_only))
    assert status == 1
    assert "python3 is 3.9" in said


def test_debians_missing_package_is_named(clone, tools_only):
    fake_python(tools_only, "python3", "3.12 without ensurepip", 2)
    status, said = run_setup(clone, PATH=str(tools_only))
    assert status == 1
    assert "apt install python3-venv" in said


def test_a_command_that_does_not_start_is_passed_over(clone, tools_only):
    """Version managers leave such commands on PATH."""
    fake_python(tools_only, "python3", "", 127)
    # The next candidate passes the probe, and is then called to build.
    fake_python(tools_only, "python3.13", "3.13", 0)
    status, said = run_setup(clone, PATH=str(tools_only))
    assert (status, said) == (0, "3.13 ")


def test_a_python_named_by_hand_must_serve(clone, tools_only):
    fake_python(tools_only, "ancient", "2.7", 1)
    status, said = run_setup(clone, PATH=str(tools_only), PYTHON="ancient")
    assert status == 1
    assert "PYTHON=ancient does not serve: 2.7." in said


# --------------------------------------------------------------- when it goes wrong


def test_no_network_leaves_a_sentence_and_no_venv(clone, closed_port):
    status, said = run_setup(
        clone,
        PATH=os.environ["PATH"],
        PYTHON=sys.executable,
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL=f"http://127.0.0.1:{closed_port}/",
        PIP_RETRIES="1",
    )
    assert status == 1
    assert "The package index could not be reached." in said
    assert "run make again" in said
    assert sorted(path.name for path in clone.iterdir() if path.is_dir()) == ["tools"]


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full."),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate", "not trusted here"),
        ("Failed to establish a new connection: [Errno -3]", "could not be reached"),
        ("ERROR: No matching distribution found for x==1", "does not have one"),
        ("ERROR: Failed building wheel for pyzmq", "no ready-made wheel"),
        ("PermissionError: [Errno 13] Permission denied", "cannot be written to"),
        ("Segmentation fault", "Segmentation fault"),
    ],
)
def test_each_failure_has_its_advice(setup, output, sentence):
    advice = setup.advice(output)
    assert sentence in advice
    assert "run make again" in advice or "make lab PYTHON=" in advice


# ----------------------------------------------------------------- what is out of date


def test_a_changed_pin_is_noticed_and_a_changed_lint_rule_is_not(setup, clone):
    before = setup.recipe("3.12")
    with open(clone / "pyproject.toml", "a", encoding="utf-8") as project:
        project.write("\n[tool.another]\nline-length = 3\n")
    assert setup.recipe("3.12") == before
    with open(clone / "constraints.txt", "a", encoding="utf-8") as pins:
        pins.write("zzz==1\n")
    assert setup.recipe("3.12") != before


def test_another_python_or_another_place_is_noticed(setup):
    first = setup.recipe("3.12")
    assert first != setup.recipe("3.13")
    assert first["place"] == str(setup.ROOT)


def stamped(setup, **changes):
    """A .venv as a finished set-up leaves it, with this test's Python in it."""
    (setup.VENV / "bin").mkdir(parents=True)
    setup.PYTHON.symlink_to(sys.executable)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    setup.READY.write_text(setup.json.dumps(setup.recipe(version) | changes))
    return version


def test_a_finished_venv_is_mended_in_place(setup):
    version = stamped(setup)
    assert setup.can_be_mended("") and setup.can_be_mended(version)
    assert not setup.can_be_mended("3.99")


def test_a_venv_that_was_moved_is_made_anew(setup):
    stamped(setup, place="/somewhere/else")
    assert not setup.can_be_mended("")


@pytest.mark.parametrize("trace", ["NEW", "UNPACKING"])
def test_a_venv_whose_making_was_killed_is_made_anew(setup, trace):
    stamped(setup)
    getattr(setup, trace).touch()
    assert not setup.can_be_mended("")


def test_a_venv_whose_python_is_gone_is_made_anew(setup):
    stamped(setup)
    setup.PYTHON.unlink()
    assert not setup.can_be_mended("")


def test_no_venv_is_ready_for_a_python_outside_it(setup):
    version = stamped(setup)
    assert not setup.is_ready(version)


def test_the_meter_never_goes_back(setup, monkeypatch, tmp_path):
    """It went from 42 of 127 to 0 of 125, when pip knew how many there are."""
    there = iter([3, 3, 4, 6])
    monkeypatch.setattr(setup, "installed", lambda: next(there))
    monkeypatch.setattr(setup, "UNPACKING", tmp_path / "unpacking")
    watcher = setup.PipWatcher(127)
    shares = []
    for line in [
        *(f"Collecting package-{n}==1.0" for n in range(42)),
        "Installing collected packages: one, two, three",
        *("", ""),
    ]:
        watcher.feed(line)
        shares.append(int(re.search(r"(\d+)%", watcher.text())[1]))
    assert shares == sorted(shares)
    assert shares[41] == 17 and shares[-3:] == [50, 67, 100]
