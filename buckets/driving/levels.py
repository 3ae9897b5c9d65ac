"""How much water stands in each front bucket: bytes in the kernel's receive buffers.

Linux tells it in /proc/net/tcp for every connection, also for those that nobody has
accepted yet: their buckets fill while they stand at the door. Elsewhere there is
nothing to read, and a picture then shows the levels that recv() met.
"""

from __future__ import annotations

import errno
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_TABLE = Path("/proc/net/tcp")

# Local port, remote port, state (established, or half-closed by the client), send and
# receive queue; all in hexadecimal digits.
_SERVER_SIDE = rb":%s [0-9A-F]{8}:([0-9A-F]{4}) (01|08) [0-9A-F]{8}:([0-9A-F]{8})"

# sock_diag(7), by its numbers: Python has no names for them. The level stands behind
# the header, four bytes, the connection's id, and a time.
_SOCK_DIAG, _BY_FAMILY, _REQUEST = 4, 20, 1
_ANY = 0xFFFFFFFF
_HOST = socket.inet_aton("127.0.0.1").ljust(16, b"\0")
_STATE_AT, _LEVEL_AT = 16 + 1, 16 + 4 + 48 + 4
_INODE_AT = _LEVEL_AT + 12
_ESTABLISHED, _CLOSE_WAIT, _LISTEN = 1, 8, 10
# What is known of a connection beyond that (tcp_info) comes when it is asked for: what
# the other side has acknowledged, and what has come from it, in bytes.
_INFO, _MESSAGE_END = 2, 16 + 72
_ACKED_AT, _RECEIVED_AT = 120, 128
# An end that was sent, and not heard of: FIN_WAIT1, LAST_ACK, CLOSING.
_LEAVING = (4, 9, 11)

# A reading costs some milliseconds on a busy machine; more of them would be felt.
PAUSE = 0.05


def read_levels(port: int) -> dict[int, int]:
    """Bytes that wait to be read, by the client's port.

    Args:
        port: the port that the clients called.
    """
    try:
        table = _TABLE.read_bytes()
    except OSError:
        return {}
    # Not line by line: visits of the last minute stand there too, and they are many.
    ends = re.finditer(_SERVER_SIDE % (b"%04X" % port), table)
    return {int(end[1], 16): _water(int(end[2], 16), int(end[3], 16)) for end in ends}


# Of each connection: both ports, the state, and what its owner has sent that the other
# side has not got yet.
_ON_ITS_WAY = re.compile(
    rb":([0-9A-F]{4}) [0-9A-F]{8}:([0-9A-F]{4}) (0[1-9B]) ([0-9A-F]{8}):"
)
_CONNECTING, _OVER = (b"02", b"03"), (b"06", b"07")


def on_its_way(*called: int) -> bool:
    """Whether the kernel itself has still to do something for anybody at these ports.

    Bytes that have not reached the other side's bucket yet, a goodbye or a greeting:
    those it sends again by a clock of its own. What has reached a bucket wakes its
    owner at once.

    Args:
        called: the ports that clients called.

    Returns:
        True, too, where the system does not tell (only Linux does).
    """
    try:
        table = _TABLE.read_bytes()
    except OSError:
        return True
    here = {b"%04X" % port for port in called}
    return any(
        state in _CONNECTING or (state not in _OVER and unsent.strip(b"0"))
        for *ports, state, unsent in _ON_ITS_WAY.findall(table)
        if not here.isdisjoint(ports)
    )


# Of each connection for which a clock of the kernel's runs: both ends, and how much was
# sent that the other side has not got. Of each connection at all: both ends, and how
# much waits there to be read.
_CLOCK = re.compile(rb": (\S+) (\S+) 0[1489B] ([0-9A-F]{8}):[0-9A-F]{8} 0[14]:")
_UNREAD = re.compile(rb": (\S+) (\S+) \S\S [0-9A-F]{8}:([0-9A-F]{8})")


def still_brings(*called: int) -> bool:
    """Whether the kernel's own clock will bring somebody bytes, or an end.

    Where a bucket was full, its owner may have emptied it unheard: the kernel looks
    after 0.2 s whether there is room, then after 0.4 s, 0.8 s and so on. Whoever has
    left bytes unread waits for no clock: it could read.

    Args:
        called: the ports that clients called.

    Returns:
        False, too, where the system does not tell (only Linux does).
    """
    try:
        table = _TABLE.read_bytes()
    except OSError:
        return False
    here = {b"%04X" % port for port in called}
    late = [
        (other, end)
        for end, other, unsent in _CLOCK.findall(table)
        if unsent.strip(b"0") and not here.isdisjoint({end[-4:], other[-4:]})
    ]
    if not late:
        return False
    unread = {(end, other): level for end, other, level in _UNREAD.findall(table)}
    return any(not unread.get(ends, b"1").strip(b"0") for ends in late)


_GREETING = rb"[0-9A-F]{8}:([0-9A-F]{4}) [0-9A-F]{8}:%s 02 "


def greetings(port: int) -> set[int]:
    """The ports of those who have greeted this one, and were not answered yet.

    Empty where the system does not tell (only Linux does).
    """
    try:
        table = _TABLE.read_bytes()
    except OSError:
        return set()
    return {int(one, 16) for one in re.findall(_GREETING % (b"%04X" % port), table)}


def _water(state: int, level: int) -> int:
    """The bytes in a bucket: the kernel counts an unread end of file as one more."""
    return max(level - 1, 0) if state == _CLOSE_WAIT else level


def read_level(server_port: int, client_port: int) -> int | None:
    """Bytes that wait to be read on one connection; None where that is not known.

    The kernel is asked for this one connection (sock_diag(7)), which takes some 20 us.
    Its table of all connections takes a thousand times as long on a busy machine.
    """
    with suppress(OSError, AttributeError, struct.error):
        return _ask_kernel(server_port, client_port)
    return read_levels(server_port).get(client_port)


def not_arrived(server_port: int, client_port: int) -> int:
    """Bytes that a server has sent to one client, and that have not arrived there.

    An end of the connection that has not arrived is one more. 0, too, where the system
    does not tell (only Linux does).
    """
    with suppress(OSError, AttributeError, struct.error):
        state, _, left = _look(server_port, client_port) or (0, 0, 0)
        if state in _LEAVING or (state in (_ESTABLISHED, _CLOSE_WAIT) and left):
            return max(left, 1)
    return 0


def lies_unread(port: int, other: int) -> int:
    """Bytes that have come to the end of a connection at `port`, and wait there.

    Also where that end has finished sending. 0, too, where the system does not tell.
    """
    with suppress(OSError, AttributeError, struct.error):
        state, level, _ = _look(port, other) or (0, 0, 0)
        return 0 if state == _LISTEN else level
    return 0


def is_whole(server_port: int, client_port: int) -> bool:
    """Whether a connection stands, and the server's side knows of no end of it.

    False, too, where the system does not tell (only Linux does).
    """
    with suppress(OSError, AttributeError, struct.error):
        return (_look(server_port, client_port) or (0, 0, 0))[0] == _ESTABLISHED
    return False


def is_let_in(server_port: int, client_port: int) -> bool | None:
    """Whether somebody has accepted this connection, or it stands at the door still.

    It has no number of its own among the system's files until it is accepted.

    Returns:
        None where that is not known: the connection is over, or the system does not
        tell (only Linux does).
    """
    with suppress(OSError, AttributeError, struct.error):
        answer = _request(server_port, client_port)
        if _is_told(answer) and answer[_STATE_AT] in (_ESTABLISHED, _CLOSE_WAIT):
            return struct.unpack_from("=I", answer, _INODE_AT) != (0,)
    return None


def taken_and_given(server_port: int, client_port: int) -> tuple[int, int] | None:
    """Bytes that a server has read from one connection, and written to it, ever.

    Exact but for the greeting and the goodbye, which may count as one byte each.

    Returns:
        None where that is not known: the connection is gone, or the system does not
        tell (only Linux does).
    """
    with suppress(OSError, AttributeError, struct.error):
        answer = _request(server_port, client_port, 1 << (_INFO - 1))
        info = _attribute(answer, _INFO)
        if not _is_told(answer) or answer[_STATE_AT] == _LISTEN or not info:
            return None
        unread, unsent = struct.unpack_from("=II", answer, _LEVEL_AT)
        acked, received = struct.unpack_from("=QQ", info, _ACKED_AT)
        return received - unread, acked + unsent
    return None


def _attribute(answer: bytes, wanted: int) -> bytes:
    """What stands behind a message of the kernel's, under a number; b"" if nothing."""
    place = _MESSAGE_END
    while place + 4 <= len(answer):
        size, kind = struct.unpack_from("=HH", answer, place)
        if kind == wanted or not size:
            return answer[place + 4 : place + size]
        place += (size + 3) // 4 * 4
    return b""


def _ask_kernel(server_port: int, client_port: int) -> int | None:
    # Without such a connection the kernel tells of the listener instead.
    state, level, _ = _look(server_port, client_port) or (0, 0, 0)
    return _water(state, level) if state in (_ESTABLISHED, _CLOSE_WAIT) else None


def _look(server_port: int, client_port: int) -> tuple[int, int, int] | None:
    """State, receive queue and send queue of one connection; None if there is none."""
    answer = _request(server_port, client_port)
    if _is_told(answer):
        level, left = struct.unpack_from("=II", answer, _LEVEL_AT)
        return answer[_STATE_AT], level, left
    (error,) = struct.unpack_from("=i", answer, 16)
    if error == -errno.ENOENT:
        return None  # there is no such connection (any more)
    raise OSError(-error, "sock_diag")


def _is_told(answer: bytes) -> bool:
    """Whether it is about a connection, and not about why there is none."""
    return struct.unpack_from("=H", answer, 4) == (_BY_FAMILY,)


def _request(server_port: int, client_port: int, more: int = 0) -> bytes:
    """The kernel's answer about one connection; `more` says what else it is to tell."""
    kinds = socket.AF_INET, socket.IPPROTO_TCP, more, 0
    family = struct.pack("=BBBBI", *kinds, _ANY)
    ports = struct.pack("!HH", server_port, client_port)
    about = family + ports + 2 * _HOST + struct.pack("=III", 0, _ANY, _ANY)
    header = struct.pack("=IHHII", 16 + len(about), _BY_FAMILY, _REQUEST, 1, 0)
    kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
    with socket.socket(socket.AF_NETLINK, kind, _SOCK_DIAG) as kernel:
        kernel.send(header + about)
        return kernel.recv(4096)


class Gauge:
    """Reads the levels at most twenty times a second, from a thread of its own.

    Only changes are told: an idle aisle costs no memory.

    Args:
        port: the port that the clients called.
        tell: called with a trace event for each change.
    """

    def __init__(self, port: int, tell: Callable[[dict[str, object]], None]):
        self.port = port
        self.tell = tell
        self._last: dict[int, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(PAUSE):
            now, levels = time.monotonic_ns(), read_levels(self.port)
            if levels != self._last:
                self._last = levels
                readings = {str(port): level for port, level in levels.items()}
                self.tell({"t": now, "e": "levels", "q": readings})

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()
