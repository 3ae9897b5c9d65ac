"""What the contracts say, a sentence at a time, and which tests hold each of them.

A contract is the text of a task in solutions/, up to where it tells what the tests will
do. For each topic a file in tests/course/contracts/ has a table for each task: every
sentence of its contract, and the names of the tests that fail a server which breaks it.
What is no demand has a word in their place: `told` for what explains or gives leave,
`choice` for what is left to the learner.
"""

import re
import tomllib
from pathlib import Path

from buckets import course

FOLDER = Path(__file__).with_name("contracts")
NO_DEMAND = {"told", "choice"}

_CONTRACT = re.compile(r"task(-\d+)?(-contract)?")
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_TESTS = re.compile(r"(?:^|(?<=[.:]\s))The tests\b.*", re.DOTALL | re.MULTILINE)
# A list's item, a table's row, or a paragraph.
_BLOCK = re.compile(r"\n(?=- |\| )|\n\s*\n")
_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z`*\"(])")


def table(topic):
    """By task: each sentence, and what holds it."""
    path = FOLDER / f"{topic.name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def contracts(topic):
    """By task: the sentences of its contract, in their order."""
    found, said = {}, []
    for cell in course.read_notebook(topic.solution)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and _CONTRACT.fullmatch(cell["id"]):
            said += sentences(source)
        if course.is_check(cell):
            found[source.splitlines()[-1][len("check(") : -1]] = said
            said = []
    return found


def sentences(text):
    """The sentences of a contract, without marks for bold and for lists."""
    text = _TESTS.sub("", _FENCE.sub("", text)).replace("**", "")
    blocks = [block.strip() for block in _BLOCK.split(text)]
    kept = [block for block in blocks if block and not block.startswith("#")]
    return [said for block in kept for said in _sentences_of(block)]


def _sentences_of(block):
    if block.startswith("|"):
        cells = [cell.strip() for cell in block.strip("| \n").split(" | ")]
        # A ruler, and the heads above it, which have no code.
        return [" | ".join(cells)] if "`" in block or 'b"' in block else []
    return _END.split(" ".join(block.removeprefix("- ").split()))
