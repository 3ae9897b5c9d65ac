"""The calls on sockets. They are wrapped on the class socket.socket itself, so every
socket there is, and every class made from it, is recorded, and none changes its type.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import termios
import weakref
from collections.abc import Callable
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from buckets.child.recorder import mishaps, waits
from buckets.child.recorder.tape import Tape
from buckets.child.recorder.waits import failure

MOST_DATA = 48

_tape: Tape

# The methods of the C type: a learner's class may have its own fileno().
_Base: Any = socket.socket.__mro__[1]
_fileno, _gettimeout = _Base.fileno, _Base.gettimeout
_getsockname = _Base.getsockname
# As plain numbers: an IntFlag takes ten times as long to test.
_DONTWAIT = int(getattr(socket, "MSG_DONTWAIT", 0))
_PEEK = int(getattr(socket, "MSG_PEEK", 0))
_OOB = int(getattr(socket, "MSG_OOB", 0))


def attach(tape: Tape) -> None:
    """Put the wrappers in place."""
    global _tape
    _tape = tape
    # Of socket.socket and not of its base: a mishap may have taken a method's place.
    for name, taken in _RECEIVING.items():
        _replace(name, _receiving(getattr(socket.socket, name), taken))
    for name, place in _SENDING.items():
        _replace(name, _sending(name, getattr(socket.socket, name), place))
    for name in ("setblocking", "settimeout"):
        _replace(name, _switching(getattr(_Base, name)))
    for name, wrap in _SINGLE.items():
        _replace(name, wrap(getattr(socket.socket, name)))


def _replace(name: str, wrapper: Callable[..., Any]) -> None:
    original = getattr(socket.socket, name)
    wrapper.__name__ = name
    wrapper.__qualname__ = f"socket.{name}"
    wrapper.__module__ = "socket"
    wrapper.__doc__ = original.__doc__
    setattr(socket.socket, name, wrapper)


def failed(op: str, fd: int, error: BaseException) -> None:
    """A call on a descriptor has raised."""
    try:
        _tape.note("fail", failure(op, fd, error), _made())
    except Exception as fault:
        _tape.trouble(fault)


def _made() -> str:
    """A mark for what came of a call because the test wanted it so."""
    return ',"made":true' if mishaps.made() else ""


def start(data: Any) -> str:
    """The first bytes as a JSON string; one character stands for one byte."""
    if type(data) is not bytes:
        data = bytes(memoryview(data).cast("B")[:MOST_DATA])
    return quoted(data[:MOST_DATA].decode("latin-1"))


# Receiving --------------------------------------------------------------------


def level(fd: int) -> int | None:
    """How many bytes lie ready (FIONREAD); None if there is no telling."""
    box = _tape.voices.mine.level
    try:
        fcntl.ioctl(fd, termios.FIONREAD, box)
    except (OSError, ValueError):
        return None
    return box[0]


def about_to_receive(fd: int, ask: Any, blocks: bool) -> int | None:
    """Say that a receive may block, unless bytes lie ready already."""
    ready = level(fd)
    if blocks and not ready:
        _tape.note("try", f'"op":"recv","fd":{fd},"ask":{_whole(ask)}')
    return ready


def received(fd: int, ask: Any, ready: int | None, data: Any, flags: int) -> None:
    """A receive has returned `data`."""
    n, peek = len(data), bool(flags & _PEEK)
    what = f'"fd":{fd},"ask":{_whole(ask)},"n":{n}'
    if ready is not None:
        what += f',"level":{ready}'
    if peek:
        what += ',"peek":true'
    if flags & _OOB:
        what += ',"urgent":true'
    if n:
        _tape.note("recv", f'{what},"data":{start(data)}', _made(), fresh=not peek)
    else:
        _tape.note("recv", what)


def _whole(ask: Any) -> int:
    return ask if type(ask) is int else -1


# For each method: where its answer has the bytes, given its arguments and the answer.
Taken = Callable[[tuple[Any, ...], dict[str, Any], Any], Any]


def _filled(args: tuple[Any, ...], more: dict[str, Any], n: int) -> Any:
    buffer = args[0] if args else more["buffer"]
    return memoryview(buffer).cast("B")[:n]


def _scattered(args: tuple[Any, ...], found: Any) -> bytes:
    """Several buffers: as many bytes as came; only the first buffer's are real."""
    first = bytes(memoryview(next(iter(args[0]), b"")).cast("B")[: found[0]])
    return first.ljust(found[0], b"?")


_RECEIVING: dict[str, Taken] = {
    "recv": lambda args, more, found: found,
    "recvfrom": lambda args, more, found: found[0],
    "recvmsg": lambda args, more, found: found[0],
    "recv_into": _filled,
    "recvfrom_into": lambda args, more, found: _filled(args, more, found[0]),
    "recvmsg_into": lambda args, more, found: _scattered(args, found),
}


def _size(args: tuple[Any, ...], more: dict[str, Any]) -> int:
    """How many bytes a receive asks for."""
    first = args[0] if args else more.get("buffer")
    if type(first) is int:
        return first
    asked = args[1] if len(args) > 1 else more.get("nbytes")
    try:
        return asked or memoryview(first).nbytes  # type: ignore[arg-type]
    except TypeError:
        return -1


def _receiving(original: Callable[..., Any], taken: Taken) -> Callable[..., Any]:
    """The wrapper of one of the receiving methods."""

    def method(self: Any, *args: Any, **more: Any) -> Any:
        if not _tape.on:
            return original(self, *args, **more)
        fd, ask, ready, flags = -1, -1, None, 0
        try:
            fd = _fileno(self)
            if len(args) == 1 and type(args[0]) is int:
                ask = args[0]
            else:
                ask, flags = _size(args, more), _flags(args, more)
            blocks = _gettimeout(self) != 0 and not flags & _DONTWAIT
            ready = about_to_receive(fd, ask, blocks)
        except Exception as error:
            _tape.trouble(error)
        try:
            found = original(self, *args, **more)
        except BaseException as error:
            failed("recv", fd, error)
            raise
        try:
            data = taken(args, more, found)
            received(fd, ask, ready, data, flags)
        except Exception as error:
            _tape.trouble(error)
        return found

    return method


def _flags(args: tuple[Any, ...], more: dict[str, Any]) -> int:
    """The last number that a call was given besides its bytes or its size."""
    flags = more.get("flags", args[-1] if len(args) > 1 else 0)
    return int(flags) if isinstance(flags, int) else 0


# Sending ----------------------------------------------------------------------

# Where the bytes stand among the arguments; None: a sequence of buffers is there.
_SENDING: dict[str, int | None] = {
    "send": 0,
    "sendall": 0,
    "sendto": 0,
    "sendmsg": None,
}


def about_to_send(fd: int, op: str, ask: int) -> None:
    """Say that a send may block."""
    _tape.note("try", f'"op":"{op}","fd":{fd},"ask":{ask}')


def sent(fd: int, op: str, ask: int, n: int, data: Any) -> None:
    """A send has returned: the kernel took `n` bytes."""
    what = f'"fd":{fd},"ask":{ask},"n":{n},"data":{start(data)}'
    if op != "send":
        what = f'"op":"{op}",{what}'
    _tape.note("send", what, _made(), fresh=n > 0)


def _sending(
    name: str, original: Callable[..., Any], place: int | None
) -> Callable[..., Any]:
    """The wrapper of one of the sending methods."""
    op = "sendall" if name == "sendall" else "send"

    def method(self: Any, *args: Any) -> Any:
        if not _tape.on or not args:
            return original(self, *args)
        fd, ask, data = -1, -1, b""
        try:
            fd = _fileno(self)
            args, data, ask = outgoing(args, place)
            if _gettimeout(self) != 0 and not _DONTWAIT & _flags(args, {}):
                about_to_send(fd, op, ask)
        except Exception as error:
            _tape.trouble(error)
        try:
            n = original(self, *args)
        except BaseException as error:
            failed(op, fd, error)
            raise
        try:
            sent(fd, op, ask, ask if n is None else n, data)
        except Exception as error:
            _tape.trouble(error)
        return n

    return method


def outgoing(
    args: tuple[Any, ...], place: int | None
) -> tuple[tuple[Any, ...], Any, int]:
    """The arguments, the (first) buffer and the number of bytes of a send.

    What is no buffer is left for the call itself to complain of.
    """
    data = args[0]
    if type(data) is bytes:
        return args, data, len(data)
    try:
        if place is None:
            # An iterator of buffers can be walked once only.
            args = (list(data), *args[1:])
            sizes = [memoryview(buffer).nbytes for buffer in args[0]]
            return args, args[0][0] if sizes else b"", sum(sizes)
        return args, data, memoryview(data).nbytes
    except TypeError:
        return args, b"", -1


# One by one -------------------------------------------------------------------


class _Kept(weakref.ref[Any]):
    """A look at an accepted socket, to learn when it is freed without a close()."""

    __slots__ = ("fd",)
    fd: int


_kept: dict[int, _Kept] = {}


def _freed(kept: Any) -> None:
    fd = int(kept.fd)
    if _kept.get(fd) is kept and _tape.on:
        gone(fd, ',"dropped":true')


def gone(fd: int, more: str = "") -> None:
    """A descriptor is closed. Noted before the call, since the number may be given
    to another connection at once."""
    _kept.pop(fd, None)
    _tape.sockets.discard(fd)
    waits.forget(fd)
    try:
        _tape.note("close", f'"fd":{fd}{more}', fresh=True, always=True)
    except Exception as error:
        _tape.trouble(error)


def _accepted(fd: int, new: Any, address: Any) -> None:
    peer = address[1] if isinstance(address, tuple) and len(address) > 1 else 0
    number = _fileno(new)
    kept: Any = _Kept(new, _freed)
    kept.fd = number
    _kept[number] = kept
    _tape.sockets.add(number)
    what = f'"fd":{fd},"new":{number},"peer":{_whole(peer)}'
    _tape.note("accept", what, fresh=True, always=True)


def _accept(original: Callable[..., Any]) -> Callable[..., Any]:
    def accept(self: Any) -> Any:
        if not _tape.on:
            return original(self)
        fd = -1
        try:
            fd = _fileno(self)
            if _gettimeout(self) != 0:
                _tape.note("try", f'"op":"accept","fd":{fd},"ask":1')
        except Exception as error:
            _tape.trouble(error)
        try:
            found = original(self)
        except BaseException as error:
            failed("accept", fd, error)
            raise
        try:
            _accepted(fd, *found)
        except Exception as error:
            _tape.trouble(error)
        return found

    return accept


def _close(original: Callable[..., Any]) -> Callable[..., Any]:
    # Not close(): that one only closes when the last makefile() is closed, too.
    def _real_close(self: Any, *args: Any) -> None:
        if _tape.on:
            fd = _fileno(self)
            if fd >= 0:
                gone(fd)
        original(self, *args)

    return _real_close


def _detach(original: Callable[..., Any]) -> Callable[..., Any]:
    def detach(self: Any) -> int:
        fd = int(original(self))
        if _tape.on and fd >= 0:
            _kept.pop(fd, None)
            try:
                _tape.note("detach", f'"fd":{fd}', fresh=True)
            except Exception as error:
                _tape.trouble(error)
        return fd

    return detach


def _shutdown(original: Callable[..., Any]) -> Callable[..., Any]:
    def shutdown(self: Any, *args: Any) -> None:
        try:
            original(self, *args)
        except BaseException as error:
            if _tape.on:
                failed("shutdown", _fileno(self), error)
            raise
        if _tape.on:
            try:
                what = f'"fd":{_fileno(self)},"how":{int(args[0])}'
                _tape.note("shut", what, fresh=True)
            except Exception as error:
                _tape.trouble(error)

    return shutdown


def _switching(original: Callable[..., Any]) -> Callable[..., Any]:
    """The wrapper of setblocking and settimeout."""

    def method(self: Any, *args: Any) -> None:
        original(self, *args)
        if not _tape.on:
            return
        try:
            timeout = _gettimeout(self)
            what = f'"fd":{_fileno(self)},"on":{"false" if timeout == 0 else "true"}'
            if timeout:
                what += f',"timeout":{timeout:.6g}'
            _tape.note("block", what)
        except Exception as error:
            _tape.trouble(error)

    return method


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    """The wrapper of connect and connect_ex; the second returns what went wrong."""

    def connect(self: Any, *args: Any) -> Any:
        if not _tape.on:
            return original(self, *args)
        fd = _about_to_connect(self)
        try:
            code = original(self, *args)
        except BaseException as error:
            if isinstance(error, BlockingIOError):
                _dialled(self, fd, args, under_way=True)
            failed("connect", fd, error)
            raise
        if code in (None, 0, errno.EINPROGRESS):
            _dialled(self, fd, args, under_way=bool(code))
        if code:
            failed("connect", fd, OSError(code, os.strerror(code)))
        return code

    return connect


def _about_to_connect(sock: Any) -> int:
    """Say that a connect may block; the descriptor."""
    fd = -1
    try:
        fd = _fileno(sock)
        _tape.sockets.add(fd)
        if _gettimeout(sock) != 0:
            _tape.note("try", f'"op":"connect","fd":{fd},"ask":1')
    except Exception as error:
        _tape.trouble(error)
    return fd


def _dialled(sock: Any, fd: int, args: tuple[Any, ...], *, under_way: bool) -> None:
    """A connection of the server's own making; it is known by its port on this side.

    Args:
        sock, fd: whose it is.
        args: of connect().
        under_way: whether connect() has come back before it stands.
    """
    try:
        own = _getsockname(sock)
        stream = sock.type == socket.SOCK_STREAM and isinstance(own, tuple)
        mine = own[1] if stream and len(own) > 1 else 0
        what = f'"fd":{fd},"peer":{_port(args)},"port":{_whole(mine)}'
        if under_way:
            what += ',"under_way":true'
        _tape.note("dial", what, fresh=True, always=True)
    except Exception as error:
        _tape.trouble(error)


def _getsockopt(original: Callable[..., Any]) -> Callable[..., Any]:
    """The wrapper of getsockopt: what became of a connect() is asked for there."""

    def getsockopt(self: Any, *args: Any) -> Any:
        found = original(self, *args)
        if _tape.on and args[:2] == _FATE and type(found) is int:
            try:
                name = errno.errorcode.get(found, "")
                what = f'"fd":{_fileno(self)},"errno":"{name}"'
                _tape.note("fate", what, fresh=True, always=True)
            except Exception as error:
                _tape.trouble(error)
        return found

    return getsockopt


_FATE = (socket.SOL_SOCKET, socket.SO_ERROR)


def _port(args: tuple[Any, ...]) -> int:
    address = args[0] if args else None
    if isinstance(address, tuple) and len(address) > 1:
        return _whole(address[1])
    return 0


_SINGLE: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    "accept": _accept,
    "_real_close": _close,
    "detach": _detach,
    "shutdown": _shutdown,
    "connect": _connect,
    "connect_ex": _connect,
    "getsockopt": _getsockopt,
}
