"""What a cell shows: one output that works in every front end, and without scripts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Picture:
    """A picture in three forms; a notebook takes the first that it can show.

    Args:
        html: the poster, tables, and for the aisle the player; no network needed.
        text: the same in words.
        poster_svg: the static drawing, an SVG document.
    """

    html: str
    text: str
    poster_svg: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

    def __str__(self) -> str:
        return self.text


def as_data(svg: str) -> str:
    """An SVG as the address of an image. Safe between double quotes in HTML.

    An image is the one drawing that a front end keeps when it does not trust an
    output: it throws away svg, style and script.
    """
    return "data:image/svg+xml," + quote(svg, safe="!$()*+,-./:;=?@_~")


def as_json(value: Any) -> str:
    """JSON that may stand in a script element: nothing in it can end the element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028")
