"""Why a statement of a notebook's may be passed over where it is graded.

Not that it is wrong: it wants a shell, a kernel, a screen, somebody at the keyboard, a
package or a setting that its learner has and that is missing here. What it would have
bound is missing from then on, and costs the lines that use it no more than themselves.
"""

from __future__ import annotations

import ast
import locale
import os
import re
import subprocess
import types

# What a statement may meet here, and not where it was written: another network, other
# files and programs, other packages or versions of them.
_ELSEWHERE = (OSError, ImportError, EOFError, subprocess.SubprocessError, locale.Error)
# What a folder or setrlimit() says, since a grader gives a process less than a kernel
# has; and what is said where there is no screen.
_NOT_HERE = re.compile(
    r"already exists|maximum limit|no display name|connect to display|open display"
)
# Names that are bound by a program around the notebook, and by no cell.
_FOREIGN = {
    "__vsc_ipynb_file__": "VS Code",
    "__session__": "JupyterLab",
    "dbutils": "Databricks",
    "spark": "Databricks",
}
# Packages that speak to a kernel or to its front end, and what stands for one here.
_KERNELS = re.compile(
    r"[/\\](ipykernel|jupyter_client|jupyter_core|comm|child[/\\]stand_in\.py$)"
    r"([/\\]|$)"
)
# Magics that bind what stands behind them, where they are carried out.
_BINDING = {"macro", "store", "bash", "sh", "script", "python3", "perl", "ruby"}
# A file, or frozen into the interpreter.
_OS = {os.__file__, "<frozen os>"}
_NAME = re.compile(r"(?<![-\w])[A-Za-z_]\w*")


def excuse(node: ast.stmt, error: Exception, unbound: set[str]) -> str | None:
    """Why a statement may be passed over.

    Args:
        node: the statement.
        error: what it raised.
        unbound: names that would be there, had no line been passed over.

    Returns:
        A clause for a note; None where the error is the statement's own.
    """
    if isinstance(error, ModuleNotFoundError):
        return f"the package {error.name} is not installed here"
    if isinstance(error, NameError) and error.name in _FOREIGN:
        return f"{error.name} is a name of {_FOREIGN[error.name]}'s alone"
    if _is_elsewhere(error, unbound):
        # Nobody can know here whether it is there, or misspelt.
        return (
            f"what it asks for is not to be had here ({_said(error)}); where a kernel "
            "lacks it, too, Jupyter stops there, and runs no line below it in the cell"
        )
    missed = sorted(unbound & used(node))
    if missed:
        return f"it needs {missed[0]}, which an earlier line did not get"
    if isinstance(error, NameError) and unbound & {"*", error.name}:
        return f"it needs {error.name}, which an earlier line did not get"
    if "get_ipython" in ast.unparse(node) or _KERNELS.search(_origin(error)):
        return f"it needs a notebook's kernel ({kind(error)})"
    return None


def _is_elsewhere(error: Exception, unbound: set[str]) -> bool:
    if isinstance(error, _ELSEWHERE) or _NOT_HERE.search(str(error)):
        return True
    if isinstance(error, KeyError):
        return _origin(error) in _OS  # os.environ has other words in it
    if isinstance(error, AttributeError):
        return isinstance(error.obj, types.ModuleType)  # another version has it
    return "running event loop" in str(error) and "nest_asyncio" in unbound


def _origin(error: Exception) -> str:
    """The file in which it was raised."""
    where, file = error.__traceback__, ""
    while where:
        file, where = where.tb_frame.f_code.co_filename, where.tb_next
    return file


def _said(error: Exception) -> str:
    return f"{kind(error)}: {error}"[:200]


def kind(error: BaseException) -> str:
    """The name under which a learner knows the error.

    From 3.13 on Python raises SyntaxErrors of kinds for its own use, such as
    _IncompleteInputError.
    """
    names = (kind.__name__ for kind in type(error).__mro__)
    return next(name for name in names if not name.startswith("_"))


def used(node: ast.stmt) -> set[str]:
    """The names that a statement reads; a function reads its own only when called."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        parts: list[ast.AST] = [*node.decorator_list, *node.args.defaults]
    else:
        parts = [node]
    return {
        one.id
        for part in parts
        for one in ast.walk(part)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)
    }


def bound(node: ast.stmt) -> set[str]:
    """The names that a statement would have bound."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            found.add(part.id)
        elif isinstance(part, ast.FunctionDef | ast.ClassDef):
            found.add(part.name)
        elif isinstance(part, ast.alias):
            found.add(part.asname or part.name.partition(".")[0])
        elif isinstance(part, ast.Call):
            found |= _bound_by_magic(part)
    return found


def _bound_by_magic(call: ast.Call) -> set[str]:
    """Of %macro NAME, %store -r NAME, %%bash --out NAME."""
    words = [one.value for one in call.args if isinstance(one, ast.Constant)][:2]
    magic = ast.unparse(call.func).endswith(("run_line_magic", "run_cell_magic"))
    if not magic or len(words) < 2 or words[0] not in _BINDING:
        return set()
    return set(_NAME.findall(str(words[1])))
