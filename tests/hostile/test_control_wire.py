"""What a child says may be forged, endless or malformed: it raises nothing."""

import json

import pytest

from buckets.driving import control
from buckets.driving.control import Lines, parse

BAD = [
    b"",
    b"\xff\xfe",
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b"null",
    b"[1]",
    b'"text"',
    b"1" * 5000,
    b'{"end": ' + b"9" * 5000 + b"}",
    b"{",
]


@pytest.mark.parametrize("line", BAD, ids=range(len(BAD)))
def test_a_line_that_is_no_document_says_nothing(line):
    assert parse(line) is None


def test_a_document_is_flat_and_fit_to_be_written_down():
    said = parse(
        b'{"cell": "\\ud800", "at": ["c", 1, {"x": 1}], "deep": {"a": [1]}, '
        b'"big": 1e999, "huge": ' + str(1 << 60).encode() + b', "ok": true}'
    )
    assert said == {
        "cell": "?",
        "at": ["c", 1, ""],
        "deep": "",
        "big": "",
        "huge": "",
        "ok": True,
    }
    json.dumps(said).encode()


def test_lines_come_whole_however_they_are_cut():
    lines, said = Lines(), []
    for byte in b'{"a": 1}\nnonsense\n{"b": 2}\n{"c"':
        lines.add(bytes([byte]))
        while one := lines.next():
            said.append(one)
    assert said == [{"a": 1}, {"b": 2}]
    assert not lines.too_much


@pytest.mark.parametrize(
    ("bound", "piece"),
    [("MOST_LINE", b"x" * 100), ("MOST_BYTES", b'{"a": 1}\n'), ("MOST_LINES", b"{}\n")],
)
def test_too_much_is_dropped_and_said_to_be(monkeypatch, bound, piece):
    monkeypatch.setattr(control, bound, 1000)
    lines = Lines()
    for _ in range(2000):
        lines.add(piece)
        while lines.next():
            pass
    assert lines.too_much
    assert lines.next() is None
    assert len(lines._rest) == 0
