"""What a test expects of a server that forks: its children, living, dead, and left.

A process that has ended is a zombie until its parent waits for it; a copy of a
descriptor keeps a connection open, whoever has it. Both are facts of the operating
system, and nobody need ask the server. Each wait here ends when what is expected has
happened, or when it is certain that it never will (buckets.driving.patience).
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil

from buckets.behaviour import Driver
from buckets.driving.clients import Client
from buckets.driving.patience import Patience
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet, show

children_end_first = Driver("fork.end_first")
"""Driver: where a client has vanished, its child ends before fork() returns."""


children_end_late = Driver("fork.end_late")
"""Driver: a child is held in os._exit() until the first who came half-closes."""


def _has_happened(server: Server, what: Callable[[], bool]) -> bool:
    """Wait until it has, or until nothing is left that could bring it about."""
    if server.until(what) is None:
        return True
    if server.ending():
        raise server.unmet("has ended", "gone")
    return False


def _at_rest(server: Server) -> bool:
    # First a moment: what was just sent to it may not have woken it yet.
    time.sleep(0.002)
    return not server.process.activity()[2]


MOST_LOOKS = 50
"""Looks after which whoever still stirs is one who never rests."""


def let_rest(server: Server) -> None:
    """Let all of it fall asleep before a child ends.

    A signal interrupts the parent wherever it is: just behind its fork(), too, from
    which it may come back later than its child has answered. Then what an exception
    in a handler interrupts, and what a handler finds done, would be chance.
    """
    looks = (_at_rest(server) for _ in range(MOST_LOOKS))
    any(looks)


def expect_children(server: Server, count: int) -> None:
    """It comes to have `count` living children, whoever else has ended.

    Args:
        count: a process for each client that is being looked after.
    """
    if not _has_happened(server, lambda: server.process.children()[0] == count):
        living = server.process.children()[0]
        text = f"has {_children(living)}; there should be {count or 'none'}"
        raise server.unmet(text, "few" if living < count else "many")
    server.story.tell("server", f"has {_children(count)}")


def expect_its_own(server: Server) -> None:
    """Whoever looks after a client was forked by the server, and by nobody else.

    A child that forks once more and ends leaves an orphan behind: whom nobody can wait
    for, nobody can count.
    """
    orphans = server.process.orphans()
    if orphans:
        text = f"has {_children(orphans)} that a child of its own has forked"
        raise server.unmet(f"{text}, and not the server itself", "few")


def expect_at_most(server: Server, count: int) -> None:
    """It has no more than `count` children at this moment, those that ended included.

    A zombie counts: it takes a place in the system's table of processes.
    """
    living, dead = server.process.children()
    if living + dead > count:
        text = f"has {_children(living)}"
        if dead:
            text += f" and {_zombies(dead)}"
        raise server.unmet(f"{text}; {count} is the most", "many")
    server.story.tell("server", f"has no more than {_children(count)}")


def expect_no_zombie(server: Server) -> None:
    """Every child that has ended is waited for, and soon.

    Let the children end before (expect_children): who lives on is no zombie yet. Who
    sleeps beside a zombie, and has asked the kernel for a longer sleep than SOON, will
    be late, or is early by chance.
    """
    if _oversleeps(server) and _remind(server) and _oversleeps(server):
        limit = server.process.limit() or 0.0
        text = f"sleeps for {limit:g} s at a time, with {_zombies(1)} to be waited for"
        raise server.unmet(text, "zombies")
    if not _no_zombie(server) and not (_remind(server) and _no_zombie(server)):
        dead = server.process.children()[1]
        text = f"has {_zombies(dead)}, ended and never waited for"
        raise server.unmet(text, "zombies")
    # It may be on its way to an end: waiting for one child too many raises.
    server.patience.until(lambda seconds: _at_rest(server))
    if server.ending():
        raise server.unmet("has ended", "gone")
    server.story.tell("server", "has no zombie")


def expect_all_waited_for(server: Server) -> None:
    """All who have ended at one moment are waited for in one go, and soon.

    Let all of them end before, and nobody come meanwhile: then whoever falls asleep
    beside some of them, and has waited for others, was awake beside all of them.
    """
    limit = _left_behind(server)
    if limit:
        # How many are left is chance, and in the end there are none.
        _no_zombie(server)
        text = f"waits for some, and sleeps for {limit:g} s beside other zombies"
        raise server.unmet(text, "zombies")
    expect_no_zombie(server)


def _left_behind(server: Server) -> float:
    """For how long it sleeps, again, beside so many zombies that they wait too long.

    It is stopped for each look, and goes on for a moment in between: so no look comes
    too late, however busy the machine is.
    """
    most = 0
    for _ in range(LOOKS):
        with server.frozen():
            dead, limit = server.process.children()[1], server.process.limit() or 0.0
            alone = server.process.vitals().threads == 1
        if not dead or server.ending():
            break
        most = max(most, dead)
        if alone and dead < most and dead * limit > SOON:
            return limit
        time.sleep(0.01)
    return 0.0


LOOKS = 80
"""Looks of 10 ms and more: on a quiet machine more than enough for five sleeps."""
SOON = 0.25
"""Seconds within which a child that has ended is to be waited for."""
STILL = 4
"""Looks in a row at which nothing stirred, after which a server sleeps."""


def _oversleeps(server: Server) -> bool:
    """Whether it lies asleep beside a zombie, and the clock will wake it too late."""
    before, still = None, 0
    end = time.monotonic() + 2 * SOON
    while still < STILL and time.monotonic() < end:
        time.sleep(0.01)
        if not server.process.children()[1] or server.ending():
            return False
        now = server.process.activity()
        still = still + 1 if now == before and not now[2] else 0
        before = now
    limit = server.process.limit()
    return still >= STILL and limit is not None and limit > SOON


def remind_of_children(server: Server) -> None:
    """From now on a server that sleeps too long gets its SIGCHLD once more.

    A handler may be run in the blink before the call that is to end by it, and then
    that call sleeps on. Who is right but for that blink must not fail by chance.
    """
    server.patience = replace(server.patience, remind=partial(_remind, server))


def _no_zombie(server: Server) -> bool:
    return _has_happened(server, lambda: server.process.children()[1] == 0)


def _remind(server: Server) -> bool:
    """Send SIGCHLD once more.

    Python runs a handler between two of its instructions. A signal that comes in the
    blink before accept() falls asleep is not acted on until accept() returns (seen once
    in 1,500 visits), and a handler that is right must not fail for that.
    """
    server.process.signal(signal.SIGCHLD)
    return True


def expect_kept_waiting(server: Server, client: Client) -> None:
    """This client is not answered, and the server sleeps: it waits for a place.

    Raises:
        Unmet: something came to the client, or the server does not sleep.
    """
    calm = replace(server.patience, asleep=0.3, busy=0.4, deadline=5.0, remind=None)
    why = calm.wait(client.sock)
    if why == "gone":
        raise server.unmet("has ended", "gone")
    if why == "busy" or (why == "late" and server.rest(0.3).spinning):
        text = f"never rests: it keeps a CPU busy while {client.name} waits for a place"
        raise server.unmet(text, "rest")
    if why in ("asleep", "late"):
        _expect_sleep(server)
    if why is None:
        text = f"expected to wait at the door, was {_treated(calm, client)}"
        client.story.breaks(client.name, text)
        raise Unmet(f"{client.name} {text}.", who=client.name, kind="many")
    client.tell("waits at the door, as it should be")


def _treated(calm: Patience, client: Client) -> str:
    """What became of a client who was to wait, in words; it has heard something."""
    heard = _heard(client)
    if not heard:
        return "sent away"
    if calm.until(partial(_has_ended, client)) is None:
        return f"answered {show(heard)} and sent away"
    return "let in"


def _has_ended(client: Client, seconds: float) -> bool:
    """Whether the server has ended this connection; what it sent lies there still."""
    poller = select.poll()
    # Only Linux tells of an end while something lies unread before it.
    poller.register(client.sock, getattr(select, "POLLRDHUP", 0))
    return bool(poller.poll(seconds * 1000))


MOST_LOOKS = 12
"""Times that it may wake up of its own accord in the watch below: 24 in a second. Ten
are what the contract allows."""


def _expect_sleep(server: Server) -> None:
    """It waits for a place asleep, and does not ask again and again."""
    if server.process.rest(0.5).naps > MOST_LOOKS:
        text = "asks again and again whether there is a place"
        raise server.unmet(text, "rest")


def until_answered(server: Server, client: Client) -> None:
    """Wait until this client has been answered, or until it is clear that it is not."""
    server.patience.wait(client.sock)


def expect_door_let_go(server: Server) -> None:
    """No child holds a copy of the listener: the door is the parent's alone."""
    server.vitals()
    if not _has_happened(server, lambda: not doorkeepers(server)):
        many = len(doorkeepers(server))
        text = f"has {_children(many)} with a copy of the listener"
        raise server.unmet(text, "door")
    server.story.tell("server", "has no child with a copy of the listener")


def expect_nobody_came_out(server: Server, bell: Client) -> None:
    """No child has come out of the learner's function, by whatever way.

    Args:
        bell: a client to whom the driver speaks when the function is left.
    """
    if _heard(bell):
        raise server.unmet("has had a child come out of your function", "stray")
    server.story.tell("server", "has had no child come out of your function")


def doorkeepers(server: Server) -> list[int]:
    """Pids of the children that hold a copy of the listener."""
    children = server.process.own()[1:]
    return [child.pid for child in children if _holds_door(child, server)]


def _holds_door(process: psutil.Process, server: Server) -> bool:
    open_files = Path(f"/proc/{process.pid}/fd")
    if open_files.parent.parent.joinpath("self/fd").exists():
        # By the socket's own number: in a sandbox no table tells of its port.
        return f"socket:[{server.door}]" in map(_target, _entries(open_files))
    with suppress(psutil.Error):
        return any(
            known.status == psutil.CONN_LISTEN and known.laddr.port == server.address[1]
            for known in process.net_connections("tcp")
        )
    return False


def _entries(folder: Path) -> list[Path]:
    with suppress(OSError):
        return list(folder.iterdir())
    return []  # it has ended


def _target(link: Path) -> str:
    with suppress(OSError):
        return os.readlink(link)
    return ""


def descriptors(server: Server) -> int:
    """How many descriptors the parent alone has open."""
    # It raises for one that hides them.
    server.vitals()
    with suppress(psutil.Error):
        return int(psutil.Process(server.process.pid).num_fds())
    return 0


def expect_descriptors(server: Server, before: int) -> None:
    """The parent comes to have no more descriptors open than `before`."""
    if not _has_happened(server, lambda: descriptors(server) <= before):
        kept = descriptors(server) - before
        text = f"keeps {kept} more descriptor{'s' * (kept > 1)} open than before"
        raise server.unmet(text, "leak")
    server.story.tell("server", "has as few descriptors open as before")


def _heard(client: Client) -> bytes:
    """What lies ready for this client; nothing of it is taken."""
    with suppress(OSError):
        return client.sock.recv(4096, socket.MSG_PEEK)
    return b""


def _children(count: int) -> str:
    if not count:
        return "no child that still runs"
    return "1 child" if count == 1 else f"{count} children"


def _zombies(count: int) -> str:
    return "1 zombie" if count == 1 else f"{count} zombies"


beside_a_bell = Driver("fork.beside_a_bell")
"""Driver: the first to connect hears if the task is ever left."""
