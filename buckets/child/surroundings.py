"""What cells may have changed about their whole process.

A function that travels into another process leaves these behind, and may rely on them:
then the cells are run in the process that serves.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading

# IPython and its helpers raise the limit to 3,000.
_DEEP = 3000
_SWITCH = 0.005


def changed() -> str:
    """What the cells have changed, as a sentence; "" for nothing."""
    for number in signal.Signals:
        if _theirs(number):
            return f"The cells handle {number.name}, for their whole process."
    if socket.getdefaulttimeout() is not None:
        return "The cells set a default timeout, for their whole process."
    if sys.getrecursionlimit() > _DEEP:
        return "The cells set the recursion limit, for their whole process."
    if threading.stack_size() or abs(sys.getswitchinterval() - _SWITCH) > 1e-6:
        return "The cells set how threads run, for their whole process."
    return ""


def _theirs(number: signal.Signals) -> bool:
    """Whether it is handled by a function of the notebook's, or children are let go.

    Other signals may be ignored because whoever started this process ignored them.
    """
    handler = signal.getsignal(number)
    if handler is signal.SIG_IGN:
        return number == signal.SIGCHLD
    return getattr(handler, "__module__", "") == "__main__"
