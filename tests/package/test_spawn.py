"""Who was started by a learner's process is found, whatever it is about to become."""

import os
import subprocess
import sys

import pytest

from buckets.driving import spawn

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux shows an environment"
)


def test_nobody_is_overlooked_in_the_middle_of_an_exec(monkeypatch):
    """Popen() returns as soon as exec() has begun; the environment comes later."""
    overlooked = []
    for number in range(100):
        mark = f"exec-{number}"
        program = subprocess.Popen(
            ["sleep", "600"], env={**os.environ, spawn.MARK: mark}
        )
        monkeypatch.setattr(spawn, "_pids", [str(program.pid)].copy)
        found, unsure = spawn._marked(mark)
        if not found and not unsure:
            overlooked.append(number)
        program.kill()
        program.wait()
    assert overlooked == []


def test_a_process_without_an_environment_is_no_exec():
    with subprocess.Popen(["sleep", "600"], env={}) as program:
        try:
            ours = os.readlink("/proc/self/exe")
            while os.readlink(f"/proc/{program.pid}/exe") == ours:
                pass
            while spawn._in_exec(str(program.pid)):
                pass
            assert spawn._environment(str(program.pid)) == b""
        finally:
            program.kill()


def test_a_zombie_and_who_is_gone_are_no_exec(monkeypatch):
    with subprocess.Popen(["true"]) as program:
        os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)
        assert not spawn._in_exec(str(program.pid))
    monkeypatch.setattr(spawn, "_pids", lambda: [str(program.pid)])
    assert spawn._marked("nobody") == ([], False)
