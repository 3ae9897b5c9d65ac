"""The outside's hold on a template, the warm process from which children are forked.

Only for a process that grades and does nothing else: a forked child falls to whoever
adopts orphans (see buckets.driving.orphans). For all others a child is started anew.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

from buckets.child.template import PID
from buckets.driving import orphans

ANSWER_SECONDS = 10.0
LOOK_SECONDS = 0.001


class Forked:
    """A forked child, with what is used of subprocess.Popen.

    Args:
        pid: its number; it has fallen to this process, which alone waits for it.
        stdout: the end of a pipe at which its output is read; closed by the user.
    """

    def __init__(self, pid: int, stdout: Any):
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """As Popen's: the exit code, negative for a signal; None while it runs."""
        return self._wait(os.WNOHANG)

    def wait(self, timeout: float | None = None) -> int:
        """As Popen's.

        Raises:
            subprocess.TimeoutExpired: it runs on after so many seconds.
        """
        if timeout is None:
            return int(self._wait(0) or 0)
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("a forked child", timeout)
            time.sleep(LOOK_SECONDS)
        return code

    def _wait(self, options: int) -> int | None:
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:
                # Somebody else has waited for it: how it ended is lost.
                pid, status = self.pid, 0
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


class Template:
    """Starts with the first child that is asked for; close() ends it."""

    def __init__(self) -> None:
        self._popen: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def fork(self, control: socket.socket) -> Forked:
        """A new child.

        Args:
            control: its end of the pair on which it will be told what to be.

        Raises:
            OSError: the template is gone, or the system has no more processes.
        """
        line = self._line or self.start()
        reading, writing = os.pipe()
        stdout = open(reading, "rb", 0)
        try:
            with orphans.starting():
                socket.send_fds(line, [b"f"], [control.fileno(), writing])
                told = line.recv(PID.size)
                pid = PID.unpack(told)[0] if told else -1
                if pid < 0:
                    raise ChildProcessError("no child came out of the template")
                orphans.started(pid)
        except OSError:
            stdout.close()
            raise
        finally:
            os.close(writing)
        return Forked(pid, stdout)

    def start(self) -> socket.socket:
        """Start it, and do not wait until it can fork: fork() does.

        Returns:
            The line on which it is asked.
        """
        self._line, theirs = socket.socketpair()
        self._line.settimeout(ANSWER_SECONDS)
        command = [sys.executable, "-I", "-u", "-m", "buckets.child", "--template"]
        with theirs, orphans.starting():
            self._popen = subprocess.Popen(
                [*command, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            orphans.started(self._popen.pid)
        return self._line

    def close(self) -> None:
        """End it. The children that came out of it stay. Safe to call again."""
        if self._line:
            self._line.close()
        self._line = None
        if self._popen:
            with suppress(OSError):
                self._popen.send_signal(signal.SIGKILL)
            self._popen.wait()
            orphans.ended(self._popen.pid)
        self._popen = None
