"""What a notebook imports works whichever names were used before it."""

import subprocess
import sys

import pytest

import buckets

NAMES = buckets.__all__


@pytest.mark.parametrize("first", NAMES)
def test_a_name_is_itself_after_any_other(first):
    """Importing a module of the same name would put the module in its place."""
    code = f"""
import buckets, importlib, pkgutil, types
package = buckets
getattr(buckets, {first!r})
for module in pkgutil.walk_packages(vars(package)["__path__"], "buckets."):
    if module.name.count(".") == 1 and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
for name in {NAMES!r}:
    assert not isinstance(getattr(buckets, name), types.ModuleType), name
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
