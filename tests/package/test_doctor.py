"""buckets doctor: what works here, and why there is no sandbox elsewhere."""

import subprocess
import sys

import pytest

from buckets.doctor import examine
from buckets.doctor.examine import why_no_sandbox
from buckets.grading import sandbox

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
