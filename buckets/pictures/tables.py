"""Rows of text as a table, the first row its head: in HTML, and as aligned lines."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Row = Sequence[str]


def table(rows: Sequence[Row], caption: str = "") -> str:
    """A table in HTML; the first cell of each row is its heading."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in rows[0])
    body = "".join(map(_line, rows[1:]))
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{told}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _line(row: Row) -> str:
    cells = "".join(f"<td>{escape(text)}</td>" for text in row[1:])
    return f'<tr><th scope="row">{escape(row[0])}</th>{cells}</tr>'


def columns(rows: Sequence[Row]) -> list[str]:
    """Lines with aligned columns, the first to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text.rjust(width) if place else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
