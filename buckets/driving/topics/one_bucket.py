"""Call a learner's function from a test, and hear what it returned.

Some tasks are functions on an accepted connection and no servers. They are graded by
bytes on real sockets all the same: a Caller connects first and orders the calls, and
a driver beside the function carries them out on the connection of a guest.

    @behaviour("read_exactly", points=1, driver=answer_calls)
    def test_cut_anywhere(server):
        caller, anna = meet(server, Dribbler)
        caller.call(5)
        anna.send_cut(b"hello", 2)
        caller.returned(b"hello")
"""

from __future__ import annotations

import socket
from typing import Any, Self, TypeVar, overload

from buckets.behaviour import Driver
from buckets.driving.clients import Address, Client
from buckets.driving.server import Server
from buckets.driving.unmet import SHOWN, Unmet, brief, contrast, show

C = TypeVar("C", bound=Client)
Returned = bytes | str | None

MOST_ANSWER = 16 << 20
MOST_HEAD = 64


answer_calls = Driver("one_bucket.answer_calls")
"""Driver for tasks whose first argument is a connection; needs a Caller."""


serve_without = Driver("one_bucket.serve_without")
"""Driver for servers that must do without sendall() and makefile()."""


serve_with_time_limits = Driver("one_bucket.serve_with_time_limits")
"""Driver for servers: send() on their connections may take only a part."""


class Caller(Client):
    """Orders calls of the learner's function, and checks what it returned.

    Args:
        task: what the story calls the function.
    """

    habit = "is ready to call your function"

    def __init__(
        self, address: Address, name: str = "caller", *, task: str = "it", **more: Any
    ):
        self.task = task
        self.guest = "somebody"
        self._heard = bytearray()
        super().__init__(address, name, **more)

    def meet(self, guest: C, *, time_limit: float | None = None) -> C:
        """Calls are about this client's connection from now on.

        Args:
            guest: the client that was the next to connect.
            time_limit: seconds; its connection then has a timeout, and send() returns
                as soon as some bytes are taken.
        """
        self.guest = guest.name
        self._order(do="meet", time_limit=time_limit)
        return guest

    def leave_out_helpers(self) -> Self:
        """From now on, sendall() and makefile() raise NotInThisExercise."""
        self._order(do="leave_out")
        return self

    def call(self, *args: Any, buffer: bool = False, raises: str = "") -> Self:
        """Call the function, without waiting for what it returns.

        Args:
            args: what follows the connection.
            buffer: whether the connection's buffer, a bytearray, is the second
                argument.
            raises: the exception that raised() will ask for. Any other one ends the
                learner's process, with a traceback.
        """
        words = [f"{self.guest}'s connection", *(["buffer"] if buffer else [])]
        words += [show(arg) if isinstance(arg, bytes) else repr(arg) for arg in args]
        self.tell(f"calls {self.task}({', '.join(words)})")
        self._order(do="call", args=args, buffer=buffer, raises=raises)
        return self

    def returned(self, value: Returned) -> Self:
        """Wait until the function has returned exactly this.

        Raises:
            Unmet: it returned something else, or has not returned.
        """
        wanted = f"expected {_show(value)} to be returned"
        kind, data = self._answer(wanted)
        if (kind, data) != _coded(value):
            raise self._differs(wanted, kind, data, *_coded(value))
        self.tell(f"gets {_show(value)} back")
        return self

    def returned_something(self) -> Self:
        """Wait until the function has returned, whatever it returned."""
        self._answer("expected it to return")
        self.tell("sees that it has returned")
        return self

    def expect_not_yet(self) -> Self:
        """Check that the function has not returned: there is no room for the rest.

        Raises:
            Unmet: it has, so it cannot have waited for that.
        """
        wanted = "expected it not to have returned"
        try:
            got = self.sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            self.tell("sees that it has not returned, as there is no room yet")
            return self
        if not got:
            raise self._cut(wanted, "it has ended the connection", "eof")
        text = f"{wanted}: there cannot have been room for all bytes"
        raise self._unmet(text, "early")

    def raised(self, name: str) -> Self:
        """Wait until the function has raised the exception that was asked for."""
        wanted = f"expected {name} to be raised"
        kind, data = self._answer(wanted)
        if (kind, data) != ("raised", name.encode()):
            raise self._differs(wanted, kind, data, "raised")
        self.tell(f"sees that {name} is raised")
        return self

    def rest(self, data: bytes) -> Self:
        """Everything up to the guest's end of file must still be there.

        It may lie in the buffer, or unread in the kernel. The guest has finished
        sending.
        """
        self._order(do="rest")
        wanted = f"expected {show(data)} to be left, in the buffer and unread"
        kind, left = self._answer(wanted)
        if left != data:
            raise self._differs(wanted, kind, left, "bytes", data)
        self.tell(f"finds {show(data)} left, in the buffer and unread")
        return self

    def _order(self, **order: Any) -> None:
        self._pour(ascii(order).encode() + b"\n")

    def _answer(self, wanted: str) -> tuple[str, bytes]:
        """What the driver says: a kind, and so many bytes."""
        head = bytearray()
        while not head.endswith(b"\n") and len(head) < MOST_HEAD:
            head += self._piece(1, wanted)
        kind, _, size = head.decode("ascii", "replace").partition(" ")
        # It comes from the learner's side: anything may stand in it.
        most = min(int(size), MOST_ANSWER) if size.strip().isdigit() else 0
        data = bytearray()
        while len(data) < most:
            data += self._piece(most - len(data), wanted)
        return kind, bytes(data)

    def _piece(self, most: int, wanted: str) -> bytes:
        if not self._heard:
            self._heard += self._some(1 << 16, wanted=wanted)
            if not self._heard:
                raise self._cut(wanted, "it has ended the connection", "eof")
        piece = bytes(self._heard[:most])
        del self._heard[:most]
        return piece

    def _wait(self, *, write: bool, wanted: str) -> None:
        why = self.patience.wait(self.sock, write=write)
        if why:
            text = f"{wanted}: it has not returned, {self._because(why)}"
            raise self._unmet(text, why if why in ("busy", "crowd") else "nothing")

    def _differs(
        self,
        wanted: str,
        kind: str,
        data: bytes,
        asked: str,
        expected: bytes | None = None,
    ) -> Unmet:
        got = {
            "bytes": contrast(expected or b"", data),
            "text": brief(repr(data.decode("utf-8", "replace"))),
        }
        text = got.get(kind, brief(data.decode("utf-8", "replace")))
        if kind == "raised":
            text = f"{text} raised"
        both = {} if expected is None else {"expected": expected, "got": data}
        types: dict[str, str] = {"asked": asked, "returned": kind}
        return self._unmet(f"{wanted}, got {text}", "wrong", **types, **both)


def _coded(value: Returned) -> tuple[str, bytes]:
    """A value as the driver codes it."""
    if isinstance(value, bytes):
        return "bytes", value
    return ("text", value.encode()) if isinstance(value, str) else ("other", b"None")


def _show(value: Returned) -> str:
    if isinstance(value, str) and len(value) > SHOWN:
        return f"{value[: SHOWN - 20]!r}... ({len(value):,} characters)"
    return show(value) if isinstance(value, bytes) else repr(value)


@overload
def meet(
    server: Server, *, time_limit: float | None = None
) -> tuple[Caller, Client]: ...


@overload
def meet(
    server: Server, kind: type[C], *, time_limit: float | None = None
) -> tuple[Caller, C]: ...


def meet(
    server: Server, kind: type[Client] = Client, *, time_limit: float | None = None
) -> tuple[Caller, Client]:
    """A caller of the task under test, and anna, whose connection it is about."""
    caller = server.connect("caller", Caller, task=server.task)
    return caller, caller.meet(server.connect("anna", kind), time_limit=time_limit)


def framed(text: str) -> bytes:
    """A text as it travels: its length in four bytes, then its bytes."""
    data = text.encode()
    return len(data).to_bytes(4, "big") + data
