"""`recorded("amber")`: a run of a server that the learner has not written.

Its replay, its story line by line, and beliefs to choose from. What the story says is
all that is needed: whoever cannot see the replay misses nothing that is asked for.
"""

from __future__ import annotations

from html import escape

from buckets import cases
from buckets.cases import Case
from buckets.driving.unmet import close_name
from buckets.pictures.aisle.aisle import replay
from buckets.pictures.picture import Picture
from buckets.texts import instead
from buckets.trace.trace import Trace

MARKS = (
    "What follows > is sent. What follows < is all that this client has heard since "
    "its last <: it listens until the server has no more to do."
)
# Jupyter gives a pre in an output the letters of the text around it.
_PLAIN = (
    "font-family:var(--jp-code-font-family,monospace);line-height:1.3;overflow-x:auto;"
    "word-break:normal"
)


def recorded(name: str) -> Picture:
    """Show a recorded run.

    Args:
        name: of the run, as the exercise gives it.

    Raises:
        ValueError: there is no such run.
    """
    try:
        case = cases.find(name)
    except LookupError:
        raise ValueError(_unknown(str(name))) from None
    played = replay(Trace(case.events), title=f"{case.name}, a {case.serves}")
    return Picture(
        html=played.html + _page(case), text=_text(case), poster_svg=played.poster_svg
    )


def _unknown(name: str) -> str:
    meant = close_name(name, cases.names())
    known = ", ".join(cases.names())
    return f"Did you mean {meant}?" if meant else f"There are {known}."


def _beliefs(case: Case) -> dict[str, str]:
    """Each in the learner's language."""
    return {
        name: instead(f"beliefs.{case.topic}.{name}", means)
        for name, means in case.choices.items()
    }


def _numbered(case: Case) -> list[str]:
    return [f"{number:>3}  {line}" for number, line in enumerate(case.lines, 1)]


def _text(case: Case) -> str:
    width = max(map(len, case.choices))
    choices = [f"  {key:<{width}}  {means}" for key, means in _beliefs(case).items()]
    return "\n".join(
        [
            f"The story of {case.name}, line by line. {MARKS}",
            "",
            *_numbered(case),
            "",
            "Its writer believes one of these:",
            "",
            *choices,
        ]
    )


def _page(case: Case) -> str:
    """The same, for a page. It has no colours of its own, so it fits every theme."""
    story = escape("\n".join(_numbered(case)))
    choices = "".join(
        f"<li><code>{escape(key)}</code>: {escape(means)}</li>"
        for key, means in _beliefs(case).items()
    )
    return (
        f"<p><b>The story of {escape(case.name)}, line by line.</b> {escape(MARKS)}</p>"
        f'<pre style="{_PLAIN}">{story}</pre>'
        f"<p><b>Its writer believes one of these:</b></p><ul>{choices}</ul>"
    )
