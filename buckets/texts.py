"""What a learner is told, under keys: one file for each language.

languages/en.toml has every sentence of reports, evidence and questions. Another
language is another file of the same keys, and needs no code: BUCKETS_LANGUAGE names
it, or is the path of one. What it leaves out is said in English.

    say("rules.blocked_in_accept")             a sentence, in the learner's language
    said("rules.flag_ignored", who="anna")     the same, not yet in any language

The facts of a sentence stand in braces: its order is the language's own.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("languages")
ENGLISH = "en"
LANGUAGE = "BUCKETS_LANGUAGE"


@dataclass(frozen=True)
class Said:
    """A sentence, or a part of one: a key, and the facts that it is made of."""

    key: str
    facts: Mapping[str, Any]

    def told(self, language: str) -> str:
        """In a language; in English where that has no words, or unusable ones."""
        if not self.key:
            return ""
        for each in (language, ENGLISH):
            facts = {
                name: fact.told(each) if isinstance(fact, Said) else fact
                for name, fact in self.facts.items()
            }
            template = found(self.key, each)
            try:
                if isinstance(template, str):
                    return template.format(**facts)
            except (LookupError, ValueError, AttributeError, TypeError):
                # A slip of a translator must not cost a learner the sentence.
                if each == ENGLISH:
                    raise
        raise KeyError(self.key)

    @property
    def english(self) -> str:
        """What is compared with the trace, whatever the learner reads."""
        return self.told(ENGLISH)

    def __str__(self) -> str:
        return self.told(language())

    def __bool__(self) -> bool:
        return bool(self.key)


NOTHING = Said("", {})


def said(key: str, /, **facts: Any) -> Said:
    """A sentence that is not yet in any language."""
    return Said(key, facts)


def say(key: str, /, **facts: Any) -> str:
    """A sentence in the learner's language."""
    return str(Said(key, facts))


def instead(key: str, english: str) -> str:
    """Words that stand elsewhere in English, such as a test's title."""
    there = found(key, language())
    return there if isinstance(there, str) else english


def language() -> str:
    """The learner's language: the name of a file of it, or its path."""
    return os.environ.get(LANGUAGE) or ENGLISH


def found(key: str, language: str) -> Any:
    """What a language has under a key; None if it has nothing there."""
    return _read(language).get(key)


@cache
def _read(language: str) -> dict[str, Any]:
    path = Path(language)
    if path.suffix != ".toml":
        path = FOLDER / f"{path.name}.toml"
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        if language == ENGLISH:
            raise
        return {}
    return dict(_flat(tables, ""))


def _flat(tables: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for name, value in tables.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
