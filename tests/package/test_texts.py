"""What a learner is told stands under keys, and another language needs no code."""

import ast
import json
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_diagnosis import AISLE
from test_report import failing, passing, verdict

from buckets import texts
from buckets.diagnosis import catalogue
from buckets.report.html import render_html
from buckets.report.text import render_text

PACKAGE = Path(texts.__file__).parent
SENTENCES = {
    key: value
    for key, value in texts._read(texts.ENGLISH).items()
    if isinstance(value, str)
}
# The key of each of these is put together from a word of the run.
MADE = re.compile(
    r"doing\.(process|thread|zombie|helper)(_many)?|answer\.(is|asked)_\w+|raised\.\w+"
)


def calls() -> Iterator[tuple[str, set[str]]]:
    """Each key that the code says, with the names of the facts that it gives."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in ("Finding", "said", "say"):
                continue
            facts = {word.arg for word in node.keywords if word.arg}
            for words in node.args:
                for each in ast.walk(words):
                    if isinstance(each, ast.Constant) and each.value in SENTENCES:
                        yield each.value, facts


def braces(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_sentence_is_said_by_the_code_and_made_of_its_facts():
    source = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    for key in SENTENCES:
        assert f'"{key}"' in source or MADE.fullmatch(key), key
    for key, facts in calls():
        assert not facts or braces(SENTENCES[key]) <= facts, (key, facts)


def test_no_sentence_speaks_of_the_aisle_and_most_are_short():
    word = re.compile(rf"\b({'|'.join(AISLE)})s?\b", re.IGNORECASE)
    assert [key for key, text in SENTENCES.items() if word.search(text)] == []
    counts = sorted(len(text.split()) for text in SENTENCES.values())
    assert counts[len(counts) // 2] <= 18 and counts[-1] <= 30


def test_every_key_that_the_code_says_has_a_sentence():
    tables = "|".join({key.partition(".")[0] for key in SENTENCES})
    for room in ("diagnosis", "report", "driving"):
        for path in (PACKAGE / room).rglob("*.py"):
            said = rf'(?:say|said|Finding)\([^()]*?"((?:{tables})\.[a-z_0-9]+)"'
            found = re.findall(said, path.read_text("utf-8"))
            assert not set(found) - set(SENTENCES), path


def made_up(value):
    """The same in a language of which nobody knows a word; facts stay in braces."""
    if isinstance(value, list):
        return [made_up(each) for each in value]
    if isinstance(value, dict):
        return {name: made_up(each) for name, each in value.items()}
    parts = re.split(r"(\{[^{}]*\})", value)
    return "".join(
        p if p.startswith("{") else re.sub("[A-Za-z]", "ж", p) for p in parts
    )


def toml(tables: dict, head: str = "") -> str:
    own = {key: value for key, value in tables.items() if not isinstance(value, dict)}
    told = f"[{head}]\n" if head else ""
    told += "".join(f"{key} = {json.dumps(value)}\n" for key, value in own.items())
    for key, value in tables.items():
        if isinstance(value, dict):
            told += toml(value, f"{head}.{key}" if head else key)
    return told


@pytest.fixture
def language(tmp_path, monkeypatch):
    """Chooses a language that a test makes up."""

    def choose(tables: dict) -> None:
        path = tmp_path / "language.toml"
        path.write_text(toml(tables), encoding="utf-8")
        monkeypatch.setenv(texts.LANGUAGE, str(path))

    return choose


def whole_language() -> dict:
    english = tomllib.loads((texts.FOLDER / "en.toml").read_text("utf-8"))
    beliefs = Path(catalogue.__file__).with_name("misconceptions.toml")
    spoken = tomllib.loads(beliefs.read_text("utf-8"))
    for fields in spoken.values():
        for code in ("lesson", "from", "refuted_by"):
            fields.pop(code, None)
    titles = {"05": {"silent": "a silent client", "echo": "a line comes back"}}
    return made_up({**english, "misconceptions": spoken, "tests": titles})


def test_a_report_in_a_language_of_nobody_has_no_english_word(language):
    language(whole_language())
    told = failing(
        topic="05",
        doing=texts.say("doing.awake"),
        evidence=texts.say("rules.flag_ignored", who="1"),
        tried=texts.say("tried.alone", who="1"),
        source="",
        transcript=[],
        broken=None,
    )
    report = verdict(passing(topic="05"), told)
    for shown in (
        render_text(report, hints=3),
        re.sub("<.*?>", "", render_html(report)),
    ):
        shown = shown.replace("serve_many", "").replace("M11", "")
        assert not re.findall("[A-Za-z]{2,}", shown)
        assert "жж" in shown


def test_what_a_language_leaves_out_is_said_in_english(language):
    language({"report": {"hint": "Wink {number}"}})
    assert texts.say("report.hint", number=1, most=3) == "Wink 1"
    assert texts.say("tried.alone", who="anna") == "Alone, anna hears all of it."
    assert catalogue.get("M01").name == "one recv() is not one message"


def test_a_slip_of_a_translator_costs_no_sentence(language):
    language(
        {"report": {"hint": "Wink {numbre}"}, "misconceptions": {"M01": {"hints": ""}}}
    )
    assert texts.say("report.hint", number=1, most=3) == "Hint 1 of 3"
    assert len(catalogue.get("M01").hints) == 3


def test_a_language_that_is_not_there_is_english(monkeypatch):
    monkeypatch.setenv(texts.LANGUAGE, "xx")
    assert texts.say("doing.awake") == "awake"


def test_a_part_of_a_sentence_is_translated_with_it(language):
    language(
        {
            "rules": {"blocked_on_somebody_else": "{theirs}: {who}"},
            "words": {"waits": "!"},
        }
    )
    told = texts.said(
        "rules.blocked_on_somebody_else",
        who="x",
        theirs=texts.said("words.waits", who="y"),
    )
    assert (str(told), told.english) == ("!: x", "recv() waits for x, while y waits.")
