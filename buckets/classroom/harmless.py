"""What a learner wrote beside the code, made fit for an instructor's browser.

Markdown may hold HTML, and HTML may hold a script. A feedback page and nbgrader's
formgrader, which runs with the instructor's own rights, would run it. So tags become
text: an invisible blank behind the sign takes away their meaning in every parser, and
leaves them readable, in code as well. A few tags that can do nothing stay.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from base64 import b64decode
from typing import Any

_BLANK = "\u200b"
_HARMLESS = (
    "b|i|u|s|em|strong|code|pre|sub|sup|kbd|mark|br|hr|p|ul|ol|li|dl|dt|dd|"
    "blockquote|details|summary|table|thead|tbody|tr|th|td|h[1-6]"
)
# A tag without attributes, whole; and any other sign that could begin one.
_TAG = re.compile(rf"</?(?:{_HARMLESS})\s*/?>|<(?=[A-Za-z/!?])", re.IGNORECASE)
# Protocols that run something, however they are broken up.
_SCRIPT = re.compile(
    r"((?:j\s*a\s*v\s*a|v\s*b)\s*s\s*c\s*r\s*i\s*p\s*t|d\s*a\s*t\s*a)(\s*:)",
    re.IGNORECASE,
)
# Characters written by name or number could spell any of it.
_NAMED = re.compile(r"&(?=#|colon|tab|newline|lt|sol|lpar)", re.IGNORECASE)

# Formulas have commands that make links and styles, and others that could spell them.
_COMMAND = re.compile(
    r"\\(?=(?:href|url|html\w*|style|class|cssid|data|require|[egx]?def|let|glet|"
    r"(?:re)?new(?:command|environment)|providecommand|mmltoken|unicode|action|toggle|"
    r"texttip|bbox)(?![a-z]))",
    re.IGNORECASE,
)
# A picture from elsewhere would tell somebody that the page is read, or order
# something of a server that knows the reader.
_PICTURE = re.compile(r"!(?=\[)(?!\[[^\]\n]*\]\(attachment:)")
_DIAGRAM = re.compile(r"(`{3}\s*|~{3}\s*)(?=mermaid)", re.IGNORECASE)
# Of one cell. The course's own have 3,000 at most.
MOST_TEXT = 20_000
MOST_BRACKETS = 2000
# So deep may lists and quotations lie in one another.
MOST_DEPTH = 20
_DEEP = re.compile(rf"^(?:[ \t]*(?:>|[-*+]|\d+[.)])){{{MOST_DEPTH},}}", re.MULTILINE)
_RUNS = re.compile(r"([\[\]()!*_`~<\\])\1{30,}")
_BLANKS = re.compile(r"([ \t])\1{200,}")

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_ATTACHED = re.compile(r"attachment:([^)\s\"'>]*)")


def text(source: str, most: int = MOST_TEXT) -> str:
    """Markdown or raw text in which nothing runs. Code in it looks as it did.

    Args:
        source: what a learner wrote.
        most: characters of it that are kept.
    """
    source = _TAG.sub(_kept, _readable(source, min(most, MOST_TEXT)))
    source = _SCRIPT.sub(rf"\1{_BLANK}\2", source)
    for sign in (_COMMAND, _PICTURE, _DIAGRAM):
        source = sign.sub(rf"\g<0>{_BLANK}", source)
    return _NAMED.sub(f"&{_BLANK}", source)


def _readable(source: str, most: int) -> str:
    """What a reader of Markdown takes in one go: neither endless nor bottomless."""
    if len(source) > most:
        source = f"{source[:most]} [...]"
    if source.count("[") > MOST_BRACKETS:
        # Each could begin a link, whose end is looked for to the end of the text.
        source = source.replace("[", r"\[")
    source = _DEEP.sub(" " * 4, source)
    source = _BLANKS.sub(" " * 200, source)
    return _RUNS.sub(lambda run: run.group()[:30], source)


def _kept(tag: re.Match[str]) -> str:
    return f"<{_BLANK}" if tag.group() == "<" else tag.group()


def pictures(attachments: object, most: int) -> dict[str, dict[str, str]]:
    """The pictures that were pasted into a cell, and nothing else.

    Args:
        attachments: as they stand in the notebook; anything may.
        most: bytes of text for all of them together.
    """
    kept: dict[str, dict[str, str]] = {}
    if not isinstance(attachments, dict):
        return kept
    for name, kinds in attachments.items():
        for kind in _PICTURES:
            data = _base64(kinds.get(kind) if isinstance(kinds, dict) else None)
            most -= len(data)
            if data and most >= 0:
                kept[str(name)] = {kind: data}
                break
    return kept


def _base64(data: Any) -> str:
    """The same without line breaks; "" for what is no picture's text."""
    lines = data if isinstance(data, list) else [data]
    joined = "".join(line for line in lines if isinstance(line, str))
    try:
        packed = "".join(joined.split())
        b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return packed


def known_pictures(source: str, known: dict[str, Any]) -> str:
    """Markdown that names no picture that is not there: nbconvert would give up."""

    def kept(found: re.Match[str]) -> str:
        return found.group() if found[1] in known else f"missing-picture:{found[1]}"

    return _ATTACHED.sub(kept, source)


def printable(text: str) -> str:
    """The same without signs that move a cursor, turn a line round or ring."""
    return "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)


def cell(value: object) -> str:
    """A cell of a table that no spreadsheet takes for a formula.

    Nor does it do anything to a terminal that shows the table.
    """
    shown = printable(str(value))
    # A spreadsheet that speaks Japanese takes the wide signs for the plain ones.
    plain = unicodedata.normalize("NFKC", shown).lstrip()
    is_formula = plain.startswith(("=", "+", "-", "@")) and not _number(shown)
    return f"'{shown}" if is_formula or shown.startswith("\t") else shown


def _number(shown: str) -> bool:
    try:
        float(shown)
    except ValueError:
        return False
    return True


_BAD = re.compile(r"[*?\[\]<>\"'&{}]")


def bad_name(name: str) -> str:
    """Why a student's folder cannot be graded under this name; "" if it can."""
    if not name.isprintable():
        return "its name holds a sign that cannot be printed, such as a line break"
    if unicodedata.normalize("NFKC", name[:1]) in (".", "=", "+", "-", "@"):
        return f"its name begins with {name[0]}"
    if found := _BAD.search(name):
        return f"its name holds {found.group()}"
    return ""
