"""What a test asks of a run: of its listener, and of the process around it."""

from __future__ import annotations

from dataclasses import dataclass

BACKLOG = 512


@dataclass(frozen=True)
class Mishap:
    """A call of the server that fails, or takes only a part, because a test wants it.

    Any kernel may do so at any time; ours, on loopback, never does by itself.

    Args:
        call: accept, recv or send. All methods that do the same are meant.
        at: the first call that is concerned, counted from 1 over all sockets.
        times: how many calls in a row are; 0 for all from then on.
        error: what it raises, by its name in errno, such as "EAGAIN". "" for nothing.
        most: how many bytes it takes at most; 0 for any number.
    """

    call: str
    at: int = 1
    times: int = 0
    error: str = ""
    most: int = 0

    @property
    def sentence(self) -> str:
        """What the story says of it, of "the system"."""
        each = f"call {self.at}" if self.times == 1 else "each call"
        if self.times > 1:
            each = f"calls {self.at} to {self.at + self.times - 1}"
        elif self.at > 1 and not self.times:
            each += f" from call {self.at} on"
        if self.error:
            return f"lets {each} of {self.call}() fail with {self.error}"
        few = f"{self.most} bytes" if self.most > 1 else "1 byte"
        return f"lets {each} of {self.call}() take {few} at most"


@dataclass(frozen=True)
class Leap:
    """Time that passes at once, wherever the server waits with a time limit.

    Such a wait is over as if its limit had run out, and the server's clocks say so. It
    is for servers that are recorded; who waits without a limit sees nothing of it.

    Args:
        seconds: how many pass so, all in all.
        after: how many connections the server is to accept before.
        exact: whether no more than those pass. By default a wait for which they are
            not enough is over, too; with this the rest of it passes in earnest.
        anew: whether as many pass once more each time that something was received.
    """

    seconds: int
    after: int = 0
    exact: bool = False
    anew: bool = False

    @property
    def sentence(self) -> str:
        """What the story says of it, of "the system"."""
        text = f"lets {self.seconds} s pass at once, in waits with a time limit"
        if self.anew:
            text += ", and again behind whatever has come"
        return f"{text}, after {self.after} accept()" if self.after else text


@dataclass(frozen=True)
class Options:
    """What a test asks of the listener and of the process around it.

    Args:
        backlog: how many connections the kernel keeps at the door.
        buffers: bytes of the send and receive buffers of accepted sockets.
        descriptors: how many descriptors the process may have open.
        driver: source and name of a function (task, listener) that the child calls
            instead of the task itself.
        recorded: whether each call on a socket is written down. It costs more than
            the call, so a server whose CPU time is measured goes without.
        mishaps: calls that are to fail, or to take only a part.
        leap: time that passes at once.
        servers: for a task that is a client: names of the course's own servers that it
            meets, see buckets.stock. It is then handed a desk in place of a listener.
        stock: number of the topic whose servers these are, such as "05".
        serves: the function that runs those servers; "" for the task of each. There
            are parts of servers, too, such as a parser.
        stage: source and name of the driver that runs those servers, as `driver`.
        outward: whether the server itself connects, to what the test offers. In a
            sandbox it then shares the grader's own network, which leads nowhere else.
    """

    backlog: int = BACKLOG
    buffers: int | None = None
    descriptors: int | None = None
    driver: tuple[str, str] | None = None
    recorded: bool = True
    mishaps: tuple[Mishap, ...] = ()
    leap: Leap | None = None
    servers: tuple[str, ...] = ()
    stock: str = ""
    serves: str = ""
    stage: tuple[str, str] | None = None
    outward: bool = False
