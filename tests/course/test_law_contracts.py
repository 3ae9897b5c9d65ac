"""A contract and its tests say the same, sentence by sentence."""

import contracts
import pytest

from buckets import course

each_topic = pytest.mark.parametrize(
    "topic", course.topics(), ids=lambda topic: topic.name
)


def graded(topic):
    """What all tests of a topic grade, the hidden ones, too."""
    return [*topic.behaviours, *topic.hidden_behaviours]


def held(topic, task):
    """The names of the tests that hold a sentence of a task's contract."""
    words = " ".join(contracts.table(topic).get(task, {}).values()).split()
    return set(words) - contracts.NO_DEMAND


@each_topic
def test_every_sentence_of_a_contract_stands_in_the_table(topic):
    """Verbatim and in order. Whoever changes one looks at its tests again."""
    written = contracts.contracts(topic)
    told = {task: list(said) for task, said in contracts.table(topic).items()}
    assert told == written


@each_topic
def test_a_demand_has_tests_and_other_sentences_have_a_word(topic):
    for said in contracts.table(topic).values():
        for sentence, words in said.items():
            assert words, sentence
            alone = words in contracts.NO_DEMAND
            assert alone or not contracts.NO_DEMAND & set(words.split()), sentence


@each_topic
def test_a_test_that_is_named_exists_in_that_task(topic):
    for task in topic.tasks:
        known = {b.name for b in graded(topic) if b.task == task}
        assert held(topic, task) <= known


@each_topic
def test_every_test_holds_a_sentence(topic):
    """Else it asks for what the contract does not say."""
    for behaviour in graded(topic):
        assert behaviour.name in held(topic, behaviour.task), behaviour.name


def test_sentences_are_told_apart():
    """Bold, lists, tables and what tests will do are no part of them."""
    text = """## Task 1: a title (3 points)

`f(x)` returns `b"a. b"`, at once. It *waits*
for nothing. *Never.*

- **A list** has items. It
  may go on:

```python
f(1)  # No. Never.
```

| call | what |
|---|---|
| `f()` | does. Nothing |

The tests will

- look. Twice.
"""
    assert contracts.sentences(text) == [
        '`f(x)` returns `b"a. b"`, at once.',
        "It *waits* for nothing.",
        "*Never.*",
        "A list has items.",
        "It may go on:",
        "`f()` | does. Nothing",
    ]
