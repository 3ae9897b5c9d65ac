"""The learner's process: wait for one message, become that server, say how it ended.

    python -I -u -m buckets.child CONTROL_FD
    python -I -u -m buckets.child --template OUTSIDE_FD     see buckets.child.template

Everything that could be trusted has happened before this process starts: the listener
is bound, the deadline runs outside, and nobody reads a score from here.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

from buckets.child import limits, recorder, template, wire
from buckets.child.parcel import unpack
from buckets.child.recorder import leaps, mishaps
from buckets.child.stage import (
    learners_line,
    learners_traceback,
    settle,
    show_sources,
)

MOST_TRACEBACK = 6000


def main(control_fd: int) -> None:
    """Serve one task, or run the cells of one notebook."""
    control = socket.socket(fileno=control_fd)
    control.set_inheritable(False)
    message = wire.receive_spec(control)
    if message is None:
        return
    spec, parcel = message
    _settle(spec)
    if spec["mode"] == "cells":
        # Late, because only this mode needs IPython, which takes 0.1 s to import.
        from buckets.child.cells import run_cells

        run_cells(spec["descriptors"]["says"], spec)
    else:
        Stage(control, spec).play(parcel)


# Numbers are crunched by threads that start with an import. Nobody has asked for them,
# and a test that counts threads would count them.
CRUNCHERS = ("OPENBLAS", "OMP", "MKL", "NUMEXPR", "BLIS")


def _settle(spec: dict[str, Any]) -> None:
    """Limits first, then the ways in which the outside can look in."""
    for name in CRUNCHERS:
        os.environ.setdefault(f"{name}_NUM_THREADS", "1")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As a shell leaves it for what it runs in the background; a kernel hears it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    descriptors = spec["descriptors"]
    limits.hold(descriptors["leash"])
    descriptors["says"] = limits.out_of_the_way(descriptors["says"])
    limits.apply(limits.Limits(**spec["limits"]))
    stacks = descriptors.get("stacks")
    if stacks is not None:
        faulthandler.register(signal.SIGUSR1, file=stacks, all_threads=True)


class Stage:
    """One task, played to the end: the learner's object is the actor.

    Args:
        control: where to wait for a word.
        spec: task, sources, driver and descriptors, as the outside sent them.
    """

    def __init__(self, control: socket.socket, spec: dict[str, Any]):
        self.control = control
        self.says: int = spec["descriptors"]["says"]
        self.spec = spec
        self.pid = os.getpid()

    def play(self, parcel: bytes) -> None:
        """Load the learner's object and run it on the listener."""
        show_sources(self.spec["sources"])
        listener = socket.socket(fileno=self.spec["descriptors"]["listener"])
        # Before the recorder, which must see what the learner's code is told.
        mishaps.install(self.spec.get("mishaps", []))
        if leap := self.spec.get("leap"):
            leaps.install(**leap)
        trace = self.spec["descriptors"].get("trace")
        if trace is not None:
            recorder.install(
                trace,
                task=self.spec["task"],
                listener_fd=listener.fileno(),
                wait="cells" in self.spec,
            )
        self._act(parcel, listener)

    def _act(self, parcel: bytes, listener: socket.socket) -> None:
        # From here on the learner's code may run. A process that ends before this is
        # said was ours to keep alive.
        self.say(loading=True)
        try:
            actor = self._actor(parcel)
            # Whatever the learner's notebook imports has been imported by now.
            recorder.notice_windows()
            recorder.watch(self.spec["sources"])
            if "cells" in self.spec:
                self._be_looked_at()
            recorder.begin()
            self.say(ready=True)
            actor(listener)
        except SystemExit as error:
            self.end("exited", code=str(error.code))
        except BaseException as error:
            text = learners_traceback(error)[-MOST_TRACEBACK:]
            self.end(
                "raised",
                kind=type(error).__name__,
                error=str(error)[:500],
                traceback=text,
                at=learners_line(error),
            )
        else:
            self.end("returned", door=_listens(listener))

    def _be_looked_at(self) -> None:
        """Wait until the outside knows what the cells have left running."""
        self.say(made=True)
        # The cells may have closed any descriptor.
        with suppress(OSError, ValueError):
            wire.wait_for_a_word(self.control)

    def _actor(self, parcel: bytes) -> Any:
        """What to call with the listener: the task, or a driver that calls it."""
        driver = self.spec.get("driver")
        if not driver:
            return self._task(parcel)
        # First, so that it has the library's own calls: the cells may put others there.
        names: dict[str, Any] = {"__name__": "driver"}
        exec(compile(driver["source"], "<driver>", "exec"), names)
        drive = names[driver["name"]]
        actor = self._task(parcel)
        return lambda listener: drive(actor, listener)

    def _task(self, parcel: bytes) -> Any:
        """The learner's object: out of its parcel, or made by the cells.

        A server of the course's own, which a learner's client meets, comes as text.
        """
        if "source" in self.spec:
            settle("")
            names = vars(sys.modules["__main__"])
            exec(compile(self.spec["source"], "<server>", "exec"), names)
            return names[self.spec["task"]]
        if "cells" not in self.spec:
            settle(self.spec.get("folder", ""))
            return unpack(parcel)
        # Late, because a parcel needs none of it.
        from buckets.child.cells import actor_from

        return actor_from(self.spec)

    def say(self, **fields: Any) -> None:
        """Tell the outside; a forked child of the learner's says who it is."""
        forked = os.getpid() != self.pid
        try:
            wire.report(self.says, forked=forked, **fields)
        except (OSError, ValueError):
            # The learner's code closed the descriptor. Then nobody is told.
            return

    def end(self, how: str, **fields: Any) -> None:
        """The last thing that is said."""
        known = {key: fields[key] for key in ("error", "kind", "at") if key in fields}
        recorder.end(how, **known)
        self.say(end=how, **fields)


def _listens(listener: socket.socket) -> bool:
    """Whether it is open, and nobody has shut it down."""
    with suppress(OSError):
        return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    return False


if __name__ == "__main__":
    *words, number = sys.argv[1:]
    descriptor = template.serve(int(number)) if words else int(number)
    if descriptor is not None:
        main(descriptor)
