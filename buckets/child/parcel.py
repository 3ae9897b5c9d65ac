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
import logging
import os
import pickle
import re
import selectors
import socket
import struct
import sys
import threading
import types
import typing
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import cloudpickle

from buckets.child.partners import shared
from buckets.child.surroundings import LOOKS_UP

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


class _Names:
    """Stands for the names of the notebook, as the globals of its functions."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return names_there, ()


def names_there() -> dict[str, Any]:
    """The names of __main__ where a parcel is opened."""
    return vars(sys.modules["__main__"])


class _Packer(cloudpickle.Pickler):
    def __init__(self, file: io.BytesIO, labels: Mapping[str, str], by_value: set[str]):
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.labels = labels
        self.by_value = by_value
        self.words: set[str] = set()

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, types.CodeType):
            self._listen(obj)
            if obj.co_filename in self.labels:
                label = self.labels[obj.co_filename]
                renamed = obj.replace(co_filename=f"<{label}>")
                return cloudpickle.cloudpickle._code_reduce(renamed)
        elif isinstance(obj, types.FunctionType):
            around = obj.__globals__
            if around.get("__name__") == "__main__":
                # So that what asks for the notebook's names, such as pickle, gets them.
                self.globals_ref.setdefault(id(around), _Names())
        elif isinstance(obj, _Names):
            return NotImplemented
        made = _anew(obj)
        if made is None and not self._faithful(obj):
            raise Unpackable(f"It uses {_named(obj)}, which cannot be copied.")
        made = made or super().reducer_override(obj)
        return _whole_class(obj, made) if isinstance(obj, type) else made

    def _listen(self, code: types.CodeType) -> None:
        """What the code speaks of.

        Raises:
            Unpackable: it finds names by way of a text, so it may need any there are.
        """
        texts = {one for one in code.co_consts if isinstance(one, str)}
        words = {*code.co_names, *texts}
        for word in words & LOOKS_UP:
            raise Unpackable(f"It finds names by way of {word}.")
        self.words |= words

    def _faithful(self, obj: Any) -> bool:
        """Whether a copy of it is as good as the thing itself."""
        kind = type(obj)
        if isinstance(obj, threading.Thread):
            return False
        if any(_own(kind, name) for name in _COPIES):
            raise Unpackable(f"It uses {_named(obj)}, which says how it is copied.")
        if _told_of_copies(obj):
            raise Unpackable(f"It uses {obj.__name__}, whose making the cells notice.")
        if _is_more_than_values(obj):
            raise Unpackable(f"It uses {obj.__name__}, of which a copy lacks a part.")
        if isinstance(obj, BaseException) and (obj.__traceback__ or obj.__cause__):
            raise Unpackable("It uses an error that was raised, with what led to it.")
        if isinstance(obj, logging.Logger) and (
            kind.__module__ == "__main__" or _heard_by_cells(obj)
        ):
            return False
        if kind.__module__ in self.by_value or isinstance(obj, _FAITHFUL):
            return True
        return kind.__module__ in _FAITHFUL_MODULES


def _whole_class(kind: type, made: Any) -> Any:
    """How to make a class anew, with the slots and the name that would be left out."""
    maker = cloudpickle.cloudpickle._make_skeleton_class
    # A NamedTuple makes its own.
    has_own = typing.NamedTuple in vars(kind).get("__orig_bases__", ())
    if made is NotImplemented or made[0] is not maker or has_own:
        return made
    make, (meta, name, bases, within, *others), *rest = made
    within = {**within, "__qualname__": kind.__qualname__}
    if "__slots__" in vars(kind):
        within["__slots__"] = vars(kind)["__slots__"]
    return (make, (meta, name, bases, within, *others), *rest)


# By these an object is asked for a copy, and told of it. Anything may happen there.
_COPIES = ("__reduce__", "__reduce_ex__", "__setstate__")


def _own(kind: type, name: str) -> bool:
    """Whether a class of the notebook's defines a method."""
    found = [vars(maker)[name] for maker in kind.__mro__ if name in vars(maker)]
    return any(getattr(one, "__module__", "") == "__main__" for one in found)


def _told_of_copies(obj: Any) -> bool:
    """A class whose making is noticed by the notebook's code, which a copy would be."""
    if not isinstance(obj, type):
        return False
    kind: type = type(obj)
    makers = [*kind.__mro__, *obj.__mro__[1:]]
    return any(
        maker.__module__ == "__main__"
        and (issubclass(maker, type) or "__init_subclass__" in vars(maker))
        for maker in makers
    )


def _is_more_than_values(obj: Any) -> bool:
    """An enum with more than names, and a value for each that is no method."""
    if not isinstance(obj, enum.EnumType):
        return False
    plain = {"_value_", "_name_", "__objclass__", "_sort_order_", "_inverted_"}
    members: list[enum.Enum] = list(obj)
    # Second names are lost, and what could be a method becomes one.
    return len(members) < len(obj.__members__) or any(
        vars(member).keys() - plain or hasattr(member.value, "__get__")
        for member in members
    )


def _heard_by_cells(logger: logging.Logger) -> bool:
    """Whether a handler of the notebook's own hears what is logged."""
    now: logging.Logger | None = logger
    while now is not None:
        if any(type(one).__module__ == "__main__" for one in now.handlers):
            return True
        now = now.parent
    return False


def _anew(obj: Any) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
    """How to make afresh what cannot be copied; None for everything else."""
    if isinstance(obj, _LOCK | _RLOCK):
        if "unlocked" not in repr(obj):
            raise Unpackable("It uses a lock that is held.")
        return (threading.Lock if isinstance(obj, _LOCK) else threading.RLock), ()
    if type(obj) is threading.local:
        if vars(obj):
            raise Unpackable("It uses what a cell has kept for its own thread.")
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


def pack(
    obj: Any,
    labels: Mapping[str, str] | None = None,
    around: Callable[[set[str]], str] | None = None,
) -> bytes:
    """Turn a learner's function or class into bytes.

    Args:
        obj: the function or class.
        labels: file names of cells as the kernel knows them, and what to call each.
        around: given all names and texts in its code, says what it would miss
            elsewhere, or "".

    Raises:
        Unpackable: something that it uses cannot travel.
    """
    file = io.BytesIO()
    try:
        local = _local_modules()
        names = {"__main__", *(module.__name__ for module in local)}
        missed = shared(obj, names)
        if missed:
            raise Unpackable(missed)
        with _by_value(local):
            packer = _Packer(file, labels or {}, names)
            packer.dump(obj)
        missed = around(packer.words) if around else ""
        if missed:
            raise Unpackable(missed)
        _try(file.getvalue())
    except Unpackable:
        raise
    except Exception as error:
        raise Unpackable(
            f"It uses something that cannot be copied ({error})."
        ) from error
    return file.getvalue()


class _Trial(pickle.Unpickler):
    """Opens a parcel without a touch on the notebook's names."""

    def __init__(self, parcel: bytes):
        super().__init__(io.BytesIO(parcel))
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def find_class(self, module: str, name: str) -> Any:
        if name == names_there.__name__ and module == __name__:
            return lambda: self.names
        if module == "__main__":
            raise Unpackable(f"It uses {name}, which is copied as a name alone.")
        return super().find_class(module, name)


def _try(parcel: bytes) -> None:
    """Open it once, as if the classes in it were unknown here."""
    tracker = cloudpickle.cloudpickle
    known = tracker._DYNAMIC_CLASS_TRACKER_BY_ID
    tracker._DYNAMIC_CLASS_TRACKER_BY_ID = weakref.WeakValueDictionary()
    try:
        _Trial(parcel).load()
    finally:
        tracker._DYNAMIC_CLASS_TRACKER_BY_ID = known


def _named(obj: Any) -> str:
    kind = type(obj)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"an object of type {module}{kind.__qualname__}"


def _local_modules() -> list[types.ModuleType]:
    """Modules of the learner's own: a file beside the notebook, or one that cells made.

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
        # Some of the library's go by two names.
        and module.__name__ == name
        and _is_local(module, installed)
    ]


def _is_local(module: types.ModuleType, installed: tuple[str, ...]) -> bool:
    loader = getattr(getattr(module, "__spec__", None), "loader", None)
    if type(loader).__module__ == "__main__":
        return True
    file = getattr(module, "__file__", None)
    if file is not None:
        return not str(file).startswith(installed)
    # Nobody has imported it. C code makes such modules for itself, too; of those, no
    # cell knows a name.
    return getattr(module, "__spec__", None) is None and _is_known(module)


def _is_known(module: types.ModuleType) -> bool:
    """Whether a name of the cells leads to this module, or to a function out of it."""
    own = vars(module)
    return any(
        value is module or getattr(value, "__globals__", None) is own
        for value in list(vars(sys.modules["__main__"]).values())
    )


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
