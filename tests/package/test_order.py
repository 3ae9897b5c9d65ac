"""The order in which rules are asked."""

import importlib
import pkgutil

from buckets.diagnosis import rules, topics
from buckets.diagnosis.order import ORDER


def groups():
    for found in pkgutil.iter_modules(topics.__path__, f"{topics.__name__}."):
        module = importlib.import_module(found.name)
        yield from (x for x in vars(module).values() if isinstance(x, rules.Rules))


def test_every_group_of_rules_has_one_place_in_the_order():
    assert len(ORDER) == len(set(map(id, ORDER)))
    assert {*map(id, groups()), id(rules.rule)} == set(map(id, ORDER))


def test_what_holds_for_all_tasks_is_asked_last():
    assert [group for group in ORDER if not group.tasks] == [ORDER[-1]]


def test_no_group_is_empty():
    assert all(group.own for group in ORDER)
