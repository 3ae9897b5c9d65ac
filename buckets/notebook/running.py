"""`running(serve_many)`: a learner's server beside the notebook, in a with block.

    with running(serve_many) as server:
        eager = server.connect("eager")
        eager.send(b"hello\\n")
        print(eager.receive())

The server runs in a process of its own, as it does when it is graded. It ends with the
block, or when its cell is run again, or with the kernel, however that ends.
"""

from __future__ import annotations

import atexit
from contextlib import AbstractContextManager
from typing import Any, TypeVar, overload

from buckets.conditions import Options
from buckets.driving.beyond import Upstream
from buckets.driving.clients import Client, Mob
from buckets.driving.observe import Memory, Rest, Vitals
from buckets.driving.patience import Patience
from buckets.driving.server import Ending, Place, Server
from buckets.driving.story import Story
from buckets.notebook.own_cells import made_anew
from buckets.notebook.packing import submission_of
from buckets.report.clean import clean

C = TypeVar("C", bound=Client)

# Shorter than in a test: a learner who predicts "it hangs" is shown that it does.
DEADLINE = 2.0

# Seconds in which the news of a server's end arrives.
NEWS = 0.05

_running: dict[str, Running] = {}


class Running:
    """A server that runs until it is stopped. Made by running().

    Attributes:
        address: host and port that clients call.
        story: what the clients did, step by step.
        sources: the text of each cell by its label.
    """

    def __init__(self, task: Any, options: Options):
        self.name = _name_of(task)
        _stop_former(self.name)
        submission = submission_of(task, self.name)
        if self.name in submission.unpackable:
            anew, _ = made_anew(self.name, submission.unpackable[self.name])
            submission = anew if anew.has(self.name) else submission
        if not submission.has(self.name):
            why = submission.why_missing(self.name)
            raise ValueError(f"{why} Make that thing inside the function.")
        self._server = Server(submission, self.name, options=options)
        process = self._server.process
        self._server.patience = Patience(
            process,
            lambda: self.ending() is not None,
            deadline=DEADLINE,
            # A lesson's server may well sleep for a while before it answers.
            asleep=DEADLINE,
            busy=DEADLINE,
        )
        self.sources = submission.sources
        self.address = self._server.address
        self.story: Story = self._server.story
        _running[self.name] = self

    @overload
    def connect(self, name: str = ..., **more: Any) -> Client: ...

    @overload
    def connect(self, name: str, kind: type[C], **more: Any) -> C: ...

    def connect(
        self, name: str = "client", kind: type[Client] = Client, **more: Any
    ) -> Client:
        """A new client: any of the cast in buckets.driving.clients."""
        return self._server.connect(name, kind, **more)

    def mob(self, size: int, name: str = "mob", kind: type[Client] = Client) -> Mob:
        """A crowd of `size` clients."""
        return self._server.mob(size, name, kind)

    def knows(self, *called: Upstream) -> None:
        """Whom the server calls: from now on they tell its story, and end with it."""
        for one in called:
            one.joins(self._server)

    @property
    def output(self) -> str:
        """What the server has printed so far."""
        return self._server.output

    def vitals(self) -> Vitals:
        """Processes, threads, zombies, descriptors, memory, CPU seconds, right now."""
        return self._server.vitals()

    def memory(self) -> Memory:
        """The memory of all its processes: with shared pages, fairly, and unique."""
        return self._server.process.memory()

    def rest(self, seconds: float = 0.5) -> Rest:
        """Watch it while nobody wants anything: its share of a CPU, its wake-ups."""
        return self._server.rest(seconds)

    def frozen(self) -> AbstractContextManager[None]:
        """Stop its process, though not its children, for the length of a with block.

        All that happens meanwhile meets it at once when it goes on.
        """
        return self._server.frozen()

    def place(self) -> Place | None:
        """The cell and line at which the server is right now."""
        return self._server.place()

    def stack(self) -> str:
        """The calls in which the server is right now, the innermost last.

        The server goes on unharmed. Empty where none of its own code is running.
        """
        return self._server.stack()

    def ending(self) -> Ending | None:
        """How the server came to its end; None while it runs."""
        return self._server.ending()

    def stop(self) -> None:
        """End the server, its children, and its clients' connections."""
        self._server.stop()
        if _running.get(self.name) is self:
            del _running[self.name]

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        # What the last client said may have ended it this very moment.
        self._server.patience.is_over(NEWS)
        ending = self.ending()
        self.stop()
        if ending and ending.how != "returned":
            # Not stderr: a red box would look like a fault of the notebook's.
            print(_last_words(self.name, ending))

    def __repr__(self) -> str:
        host, port = self.address
        return f"<{self.name} on {host}:{port}>"


def running(task: Any, **options: Any) -> Running:
    """Start a server in a process of its own.

    Args:
        task: a function that takes a listener.
        options: backlog, buffers (bytes), descriptors; see
            buckets.driving.server.Options.

    Returns:
        The server, for a with block; or call its stop() yourself.

    Raises:
        TypeError: `task` is no function or class.
        ValueError: `task` uses something that cannot travel into another process.
    """
    must_be_callable("running", task)
    return Running(task, Options(**options))


def must_be_callable(caller: str, task: Any) -> None:
    """Say kindly what was meant, to a call such as running(serve_many())."""
    if not callable(task):
        raise TypeError(
            f"{caller}() takes a function, such as serve_many, and was given "
            f"{type(task).__name__}. Leave out the parentheses after its name."
        )


def _name_of(task: Any) -> str:
    """What it is called. Lambdas have no name: the line tells one from another."""
    name = str(getattr(task, "__name__", type(task).__name__))
    code = getattr(task, "__code__", None)
    return f"lambda_{code.co_firstlineno}" if name == "<lambda>" and code else name


def _last_words(name: str, ending: Ending) -> str:
    if ending.traceback:
        return f"{name} ended on the way:\n\n{clean(ending.traceback)}"
    return f"{name} ended on the way: it {ending.how} ({clean(ending.error)})."


def _stop_former(name: str) -> None:
    """A cell that is run again replaces the server it started before."""
    former = _running.pop(name, None)
    if former:
        former.stop()


def stop_all() -> None:
    """Stop every server that still runs."""
    for server in list(_running.values()):
        server.stop()


# At the kernel's ordinary end. When it is killed, the leash ends them.
atexit.register(stop_all)
