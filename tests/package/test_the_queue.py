"""Predictions of waits: what counts as the same, and what a child may say."""

from math import inf

import pytest

from buckets.driving.topics.the_queue import _read, _same_order, _same_ratio, in_words


@pytest.mark.parametrize(
    ("predicted", "same"),
    [
        ([3, 4, 6], True),
        ([0.03, 0.04, 0.06], True),
        ([0, 3, 4], False),
        ([3, 1, 2], False),
        ([0, 0, 0], False),
        ([3, 4, inf], False),
        ([inf, inf, inf], False),
    ],
)
def test_a_ratio_knows_no_unit(predicted, same):
    assert _same_ratio(predicted, [3, 4, 6]) is same


def test_for_ever_is_for_ever():
    assert _same_ratio([2, inf, inf], [2, inf, inf])
    assert not _same_ratio([2, 100, 101], [2, inf, inf])


def test_who_is_done_at_the_same_time_has_no_order():
    assert _same_order([1, 1], [inf, inf], 0, 1)
    assert not _same_order([1, 1], [1, 2], 0, 1)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff",
        b'"a text"',
        b"null",
        b"[1]",
        b"[true]",
        b"[[1.0]]",
        b"1" * 5000,
        b"[" * 99_999,
    ],
)
def test_a_child_may_say_anything(said):
    """Whole numbers are none of the driver's: it sends floats."""
    assert isinstance(_read(said), str)


def test_what_is_no_number_is_no_wait():
    told = _read(b"[NaN, 2.0, Infinity]")
    assert isinstance(told, list)
    assert in_words(told) == "-1, 2, inf"
