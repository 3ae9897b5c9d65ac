"""A command of tools/ as a module, for tests that need its functions."""

import importlib.util
import sys
from types import ModuleType

from buckets import course


def tool(name: str) -> ModuleType:
    """The module tools/NAME.py, once for each process."""
    if name not in sys.modules:
        path = course.root() / "tools" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
