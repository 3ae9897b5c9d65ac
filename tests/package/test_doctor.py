"""buckets doctor: what works here, and why there is no sandbox elsewhere."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

import buckets
from buckets.__main__ import main
from buckets.doctor import examine
from buckets.doctor.examine import LOOKS, why_no_sandbox
from buckets.grading import sandbox

PACKAGE = Path(buckets.__file__).parent
DENIED = "bubblewrap cannot make a sandbox here: bwrap: No permissions to create"


@pytest.mark.parametrize(
    ("path", "content", "reason", "cure"),
    [
        (
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "1\n",
            "AppArmor",
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        (
            "/proc/sys/user/max_user_namespaces",
            "0\n",
            "switched off",
            "sysctl -w user.max_user_namespaces=",
        ),
        (
            "/proc/sys/kernel/unprivileged_userns_clone",
            "0\n",
            "root only",
            "kernel.unprivileged_userns_clone=1",
        ),
        ("/proc/self/status", "Seccomp:\t2\n", "seccomp", "docker run --security-opt"),
    ],
)
def test_each_refusal_has_its_reason_and_its_cure(
    monkeypatch, path, content, reason, cure
):
    for name in ("CODESPACES", "BINDER_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    found = why_no_sandbox(DENIED, lambda asked: {path: content}.get(asked, ""))
    assert reason in found[0]
    assert cure in found[1]


def test_a_tool_that_is_missing_is_named_with_its_package(monkeypatch):
    monkeypatch.delenv("CODESPACES", raising=False)
    monkeypatch.delenv("BINDER_SERVICE_HOST", raising=False)
    told = why_no_sandbox("bwrap is missing (package bubblewrap)")
    assert told[1] == "sudo apt install bubblewrap"


def test_where_nobody_can_be_root_another_machine_is_advised(monkeypatch):
    monkeypatch.setenv("CODESPACES", "true")
    assert why_no_sandbox(DENIED, lambda path: "")[1] == "grade on another machine"


def test_an_old_bubblewrap_and_an_old_kernel_are_told(monkeypatch):
    monkeypatch.setattr(examine, "_bubblewrap", lambda: (0, 4))
    assert "older than 0.8" in why_no_sandbox(DENIED, lambda path: "")[0]
    monkeypatch.setattr(examine, "_kernel", lambda: (4, 19))
    assert "older than 5.3" in why_no_sandbox(DENIED, lambda path: "")[0]


def test_on_macos_nothing_sends_anybody_to_apt(monkeypatch):
    """As far as that can be known elsewhere: nobody has run it there."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(examine.shutil, "which", lambda name: None)
    monkeypatch.setattr(examine.importlib.util, "find_spec", lambda name: None)
    sandbox.available.cache_clear()
    try:
        rows = {one.what: one for one in examine.examine()}
    finally:
        sandbox.available.cache_clear()
    assert not [one for one in rows.values() if "apt" in one.cure]
    assert rows["tkinter"].cure == "brew install python-tk"
    assert "needs Linux" in rows["sandbox"].found
    assert "container" in rows["sandbox"].cure
    assert rows["insight"].state == "partly"
    for kept in ("Python", "ports", "disk"):
        assert rows[kept].state == "works"


def test_a_look_that_fails_is_a_row_and_no_traceback(monkeypatch):
    def _broken():
        raise RuntimeError("no such thing")

    monkeypatch.setattr(examine, "LOOKS", (_broken,))
    [row] = examine.examine()
    assert (row.what, row.state) == ("broken", "missing")
    assert "no such thing" in row.found


def test_the_command_prints_a_row_for_everything():
    done = subprocess.run(
        [sys.executable, "-m", "buckets", "doctor"],
        capture_output=True,
        text=True,
        timeout=100,
    )
    for what in ("Python", "git", "sandbox", "ports", "disk", "tkinter", "Chromium"):
        assert what in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EADDRNOTAVAIL, errno.EMFILE])
def test_what_is_the_machine_s_sends_to_the_doctor(monkeypatch, capsys, number):
    """A full disk or a port that is not to be had is told in one line."""

    def fails(*_):
        raise OSError(number, "there is none")

    monkeypatch.setattr("buckets.commands.progress.run", fails)
    assert main(["progress"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "`buckets doctor`" in said


def test_another_mistake_of_ours_is_not_called_the_machine_s(monkeypatch):
    def fails(*_):
        raise IsADirectoryError(errno.EISDIR, "a folder")

    monkeypatch.setattr("buckets.commands.progress.run", fails)
    with pytest.raises(IsADirectoryError):
        main(["progress"])


# What refuses elsewhere, and the row that it leads to.
REFUSALS = {
    "classroom/whole_class.py": "sandbox",
    "classroom/nbgrader_hooks.py": "sandbox",
    "classroom/demo.py": "sandbox",
    "classroom/__init__.py": "disk",
    "inbox/sorting.py": "disk",
    "grading/pytest_plugin.py": "tkinter",
    "__main__.py": "ports",
}


@pytest.mark.parametrize("path", REFUSALS)
def test_each_refusal_leads_to_the_doctor_who_has_a_row_for_it(path):
    looks = {look.__name__.strip("_").replace("loopback", "ports") for look in LOOKS}
    assert REFUSALS[path] in looks
    assert "`buckets doctor`" in (PACKAGE / path).read_text()
