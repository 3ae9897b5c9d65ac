"""`code_of("amber", faults_of_walkers)`: the code of a recorded server, to be mended.

It is shown to whoever has found the fault of that run, and to nobody else: see
docs/decisions/025.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher
from html import escape
from typing import Any

from buckets import cases, course
from buckets.cases import Case
from buckets.driving.topics.find_the_fault import pair_in
from buckets.driving.unmet import close_name
from buckets.pictures.picture import Picture

# One click selects all of it.
_TO_COPY = (
    "font-family:var(--jp-code-font-family,monospace);line-height:1.3;overflow-x:auto;"
    "white-space:pre;margin:0.5em 0;user-select:all;padding:0.6em 1em;"
    "border:1px solid currentColor"
)
# What this notebook has shown, by the task that mends it.
_shown: dict[str, tuple[str, str]] = {}


def code_of(name: str, answers: Callable[[], Any]) -> Picture:
    """Show the code of a recorded run's server, once its fault is found.

    Args:
        name: of the run, as the exercise gives it.
        answers: your function that says what is wrong in which run.

    Raises:
        ValueError: there is no such run, or none that is to be mended.
    """
    known = [run for run in cases.names() if cases.find(run).mends]
    if name not in known:
        meant = close_name(str(name), known)
        raise ValueError(f"Did you mean {meant}?" if meant else f"{' '.join(known)}")
    case = cases.find(name)
    code = _opened(case, answers)
    if not code:
        told = (
            f"Not yet: {_named(answers)} does not say what is wrong in {name}, the "
            "line and the belief. The code of its server stands here once it does. "
            "Then run this cell again."
        )
        return Picture(html=f"<p>{escape(told)}</p>", text=told, poster_svg="")
    _shown[case.mends] = name, code
    told = (
        f"The server of {name}, as its writer left it, under the name {case.mends}. "
        "Copy all of it into the cell below, in place of what stands there."
    )
    page = f'<p>{escape(told)}</p><pre style="{_TO_COPY}">{escape(code)}</pre>'
    return Picture(html=page, text=f"{told}\n\n{code}", poster_svg="")


def _opened(case: Case, answers: Callable[[], Any]) -> str:
    """The code; "" for whoever has not found the fault."""
    # It is the learner's code that is called: anything may come of it.
    try:
        return case.server(*pair_in(case, answers()[case.name]))
    except Exception:
        return ""


def _named(answers: Any) -> str:
    return f"{getattr(answers, '__name__', 'your answer')}()"


def lines_changed(task: str, sources: dict[str, str]) -> list[str]:
    """How much of the code that this notebook has shown still stands in a mend of it.

    Args:
        task: that mends it.
        sources: of the notebook's cells; the last one that defines the task counts.
    """
    if task not in _shown:
        return []
    name, code = _shown[task]
    mended = [text for text in sources.values() if task in course.defined_in(text)]
    if not mended:
        return []
    old, new = _lines(code), _lines(mended[-1])
    same = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    kept = sum(block.size for block in same)
    more = len(new) - kept
    return [
        f"The server of {name}: {kept} of its {len(old)} lines stand as they were; "
        f"{more} {'is' if more == 1 else 'are'} new."
    ]


def _lines(code: str) -> list[str]:
    return [line for line in map(str.rstrip, code.splitlines()) if line]
