"""Parcels: a learner's objects as bytes, on their way into a fresh process.

cloudpickle carries functions and classes by value, with the globals that they use.
Two things are added here. Code keeps the name of its *cell* as its file name, so that
tracebacks speak of "cell 7". And a few things that cannot travel, but that a learner
may well keep beside a server, are made anew on arrival: a lock, an empty selector.
Whatever else would arrive as something other than it was does not travel at all: then
the notebook's cells are run where the task is served.
"""

from __future__ import annotations

import enum
import functools
import io
import os
import pickle
import re
import selectors
import socket
import struct
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import cloudpickle

_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())


class Unpackable(Exception):
    """An object cannot travel as it is; the text says why, in one sentence."""


# Kinds of things that arrive as they left. All others stay: many would come as
# something else, such as a memoryview, which arrives read-only, or an open file.
_FAITHFUL: tuple[type, ...] = (
    *(type, types.ModuleType, types.CodeType, types.CellType, types.FunctionType),
    *(types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType),
    *(types.WrapperDescriptorType, types.MethodDescriptorType),
    *(types.ClassMethodDescriptorType, types.GetSetDescriptorType),
    *(types.MemberDescriptorType, types.MappingProxyType, types.GenericAlias),
    *(types.UnionType, types.SimpleNamespace, classmethod, staticmethod, property),
    *(functools.partial, functools.partialmethod, functools.cached_property),
    *(re.Pattern, range, slice, complex, type(...), type(NotImplemented), enum.Enum),
    *(io.BytesIO, io.StringIO, bytearray, BaseException, struct.Struct),
    *(int, float, str, bytes, tuple, list, dict, set, frozenset),
)
# Modules whose other objects are plain data, or made anew on arrival.
_FAITHFUL_MODULES = {
    *(
        "_collections",
        "abc",
        "collections",
        "contextlib",
        "dataclasses",
        "datetime",
        "decimal",
        "fractions",
    ),
    *(
        "enum",
        "logging",
        "operator",
        "pathlib",
        "queue",
        "random",
        "selectors",
        "string",
    ),
    *(
        "threading",
        "_thread",
        "time",
        "types",
        "typing",
        "uuid",
        "argparse",
        "zoneinfo",
    ),
    # A file beside the notebook travels with what the import system knows of it.
    *("_frozen_importlib", "_frozen_importlib_external"),
}


class _Packer(cloudpickle.Pickler):
    def __init__(self, file: io.BytesIO, labels: Mapping[str, str], by_value: set[str]):
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.labels = labels
        self.by_value = by_value

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, types.CodeType) and obj.co_filename in self.labels:
            label = self.labels[obj.co_filename]
            renamed = obj.replace(co_filename=f"<{label}>")
            return cloudpickle.cloudpickle._code_reduce(renamed)
        made = _anew(obj)
        if made is None and not self._faithful(obj):
            raise Unpackable(f"It uses {_named(obj)}, which cannot be copied.")
        return made or super().reducer_override(obj)

    def _faithful(self, obj: Any) -> bool:
        """Whether a copy of it is as good as the thing itself."""
        kind = type(obj)
        if isinstance(obj, threading.Thread):
            return False
        if kind.__module__ in self.by_value or isinstance(obj, _FAITHFUL):
            return True
        return kind.__module__ in _FAITHFUL_MODULES


def _anew(obj: Any) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
    """How to make afresh what cannot be copied; None for everything else."""
    if isinstance(obj, _LOCK):
        return threading.Lock, ()
    if isinstance(obj, _RLOCK):
        return threading.RLock, ()
    if type(obj) is threading.local:
        return threading.local, ()
    if type(obj) is struct.Struct:
        return struct.Struct, (obj.format,)
    if isinstance(obj, selectors.BaseSelector):
        return _fresh_selector(obj)
    if isinstance(obj, socket.socket):
        raise Unpackable("It uses a socket that a cell has made.")
    return None


def _fresh_selector(
    selector: selectors.BaseSelector,
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    if selector.get_map():
        raise Unpackable("It uses a selector in which sockets are registered.")
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
        local = _local_modules()
        names = {"__main__", *(module.__name__ for module in local)}
        with _by_value(local):
            _Packer(parcel, labels or {}, names).dump(obj)
    except Unpackable:
        raise
    except Exception as error:
        raise Unpackable(
            f"It uses something that cannot be copied ({error})."
        ) from error
    return parcel.getvalue()


def _named(obj: Any) -> str:
    kind = type(obj)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"an object of type {module}{kind.__qualname__}"


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
