"""What clients asked and heard, and the two that fit no order, as a picture."""

import pytest

from buckets.driving.linear import Operation, cannot_be_ordered
from buckets.pictures.history import FEW, draw_history

FITS = [
    Operation("anna", ("set", 1), called=1, answered=2, heard="stored"),
    Operation("anna", ("set", 2), called=3, answered=6, heard="stored"),
    Operation("ben", ("get",), called=4, answered=5, heard=2),
]
LATE = Operation("cleo", ("get",), called=7, answered=8, heard=1)


def drawn(history):
    return draw_history(history, cannot_be_ordered(history))._repr_mimebundle_()


def test_the_two_that_fit_no_order_are_marked():
    bundle = drawn([*FITS, LATE])
    said = "No order explains anna's set 2: stored and cleo's get: 1."
    assert bundle["text/plain"].startswith(said)
    # Twice: inline, and in the image, which is encoded.
    assert bundle["text/html"].count('class="o"') == 2
    assert bundle["text/html"].count("✗") == 2


def test_what_fits_is_said_to_fit():
    bundle = drawn(FITS)
    assert bundle["text/plain"].startswith("One order explains all of it.")
    assert 'class="o"' not in bundle["text/html"]


def test_of_many_only_the_two_say_what_they_are():
    many = [
        Operation("dan", ("set", 3), called=10 * n, answered=10 * n + 1, heard="stored")
        for n in range(2, FEW + 4)
    ]
    drawing = draw_history([*FITS, LATE, *many], (FITS[1], LATE)).poster_svg
    assert drawing.count("✗") == 2 and "set 3: stored" not in drawing


def test_no_history_is_no_picture():
    with pytest.raises(ValueError, match="one operation"):
        draw_history([])
