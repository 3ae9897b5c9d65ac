"""Parcels: a learner's objects as bytes, on their way into a fresh process.

cloudpickle carries functions and classes by value, with the globals that they use.
Two things are added here. Code keeps the name of its *cell* as its file name, so that
tracebacks speak of "cell 7". And a few things that cannot travel, but that a learner
may well keep beside a server, are made anew on arrival: a lock, an empty selector.
"""

from __future__ import annotations

import io
import os
import pickle
import selectors
import socket
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import cloudpickle

_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())


class Unpackable(Exception):
    """An object cannot travel; the text says which and what to do about it."""


class _Packer(cloudpickle.Pickler):
    def __init__(self, file: io.BytesIO, labels: Mapping[str, str]):
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.labels = labels

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, types.CodeType) and obj.co_filename in self.labels:
            label = self.labels[obj.co_filename]
            renamed = obj.replace(co_filename=f"<{label}>")
            return cloudpickle.cloudpickle._code_reduce(renamed)
        return _anew(obj) or super().reducer_override(obj)


def _anew(obj: Any) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
    """How to make afresh what cannot be copied; None for everything else."""
    if isinstance(obj, _LOCK):
        return threading.Lock, ()
    if isinstance(obj, _RLOCK):
        return threading.RLock, ()
    if isinstance(obj, threading.local):
        return threading.local, ()
    if isinstance(obj, selectors.BaseSelector):
        return _fresh_selector(obj)
    if isinstance(obj, socket.socket):
        raise Unpackable(
            "It uses a socket that was made in another cell. A server runs in a "
            "process of its own: let it make or accept its sockets itself."
        )
    return None


def _fresh_selector(
    selector: selectors.BaseSelector,
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    if selector.get_map():
        raise Unpackable(
            "It uses a selector from another cell that already has sockets "
            "registered. Make the selector inside the function."
        )
    return type(selector), ()


def pack(obj: Any, labels: Mapping[str, str] | None = None) -> bytes:
    """Turn a learner's function or class into bytes.

    Args:
        obj: the function or class.
        labels: file names of cells as the kernel knows them, and what to call each.

    Raises:
        Unpackable: something that it uses cannot travel.
    """
    parcel = io.BytesIO()
    try:
        with _by_value(_local_modules()):
            _Packer(parcel, labels or {}).dump(obj)
    except Unpackable:
        raise
    except Exception as error:
        raise Unpackable(
            "It uses something that cannot be carried into a process of its own "
            f"({error}). Make that thing inside the function."
        ) from error
    return parcel.getvalue()


def _local_modules() -> list[types.ModuleType]:
    """Modules of the learner's own, such as a file beside the notebook.

    Where the parcel is opened they cannot be imported, so they travel by value.
    """
    installed = (
        sys.prefix,
        sys.base_prefix,
        os.path.dirname(os.path.dirname(__file__)),
    )
    return [
        module
        for name, module in list(sys.modules.items())
        if name != "__main__"
        and isinstance(module, types.ModuleType)
        and getattr(module, "__file__", None)
        and not str(module.__file__).startswith(installed)
    ]


@contextmanager
def _by_value(modules: list[types.ModuleType]) -> Iterator[None]:
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def unpack(parcel: bytes) -> Any:
    """The object again. Only ever called on the learner's side of the line."""
    return pickle.loads(parcel)
