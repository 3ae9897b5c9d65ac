"""A checker of histories that cannot fail would check nothing."""

import random
from itertools import count

import pytest

from buckets.driving.linear import (
    Operation,
    cannot_be_ordered,
    is_linearizable,
    register,
)


def history(*told):
    """Operations from (who, does, called, answered, heard)."""
    return [Operation(*one) for one in told]


def test_overlapping_requests_may_have_either_order():
    write = ("anna", ("set", 1), 1, 4, "stored")
    for heard in (None, 1):
        assert is_linearizable(history(write, ("ben", ("get",), 2, 3, heard)))


def test_what_was_acknowledged_must_be_seen():
    stale = history(
        ("anna", ("set", 1), 1, 2, "stored"),
        ("anna", ("set", 2), 3, 4, "stored"),
        ("ben", ("get",), 5, 6, 1),
    )
    write, read = cannot_be_ordered(stale)
    assert (write.does, read.does) == (("set", 2), ("get",))


def test_a_value_must_not_come_back():
    """Two who read one after the other, while a third writes."""
    backwards = history(
        ("anna", ("set", 1), 1, 2, "stored"),
        ("anna", ("set", 2), 3, 9, "stored"),
        ("ben", ("get",), 4, 5, 2),
        ("cleo", ("get",), 6, 7, 1),
    )
    assert not is_linearizable(backwards)


def test_a_lost_update_is_found():
    lost = history(
        ("anna", ("set", 0), 1, 2, "stored"),
        ("anna", ("incr", 1), 3, 5, 1),
        ("ben", ("incr", 1), 4, 6, 1),
    )
    assert {op.does for op in cannot_be_ordered(lost)} == {("incr", 1)}


def test_what_was_never_answered_may_have_happened():
    asked = ("anna", ("set", 7), 1)
    for heard in (None, 7):
        assert is_linearizable(history(asked, ("ben", ("get",), 2, 3, heard)))


@pytest.mark.parametrize("seed", range(5))
def test_a_register_is_always_linearizable_until_one_answer_is_changed(seed):
    """Requests that happen at a random moment between call and answer."""
    chance, clock, state, found = random.Random(seed), count(), None, []
    for _ in range(30):
        at_once = []
        for who in chance.sample("abcd", 3):
            does = chance.choice([("get",), ("set", chance.randint(1, 99))])
            at_once.append((who, does, next(clock)))
        for who, does, called in chance.sample(at_once, 3):
            state, heard = register(state, Operation(who, does, called))
            found.append(Operation(who, does, called, next(clock), heard))
    assert cannot_be_ordered(found) is None
    read = next(op for op in reversed(found) if op.does == ("get",))
    wrong = Operation(read.who, read.does, read.called, read.answered, 1000)
    changed = [wrong if op is read else op for op in found]
    assert wrong in cannot_be_ordered(changed)
