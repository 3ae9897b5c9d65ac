"""A still drawing in a cell: the same SVG twice, and what it says as tables.

Inline it follows the theme of the page. The image beside it stands on its own: it is
what remains of an output that is not trusted, where style and svg are taken out.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from buckets.pictures.picture import as_data


def svg(name: str, parts: Iterable[str], size: tuple[int, int], style: str = "") -> str:
    """An SVG document on paper.

    Args:
        name: its class; the rules of `style` begin with it.
        parts: what is drawn, in SVG.
        size: width and height, in pixels.
        style: rules that travel inside it; none for one that is shown inline.
    """
    width, height = size
    sheet = f"<style>{escape(style, quote=False)}</style>" if style else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'{sheet}<rect class="p" width="{width}" height="{height}"/>'
        f"{''.join(parts)}</svg>"
    )


def alone(name: str) -> str:
    """Rules for an image: it has no page around it that lends it ink and paper."""
    return (
        f"svg{{color:#24292f}}.{name} .p{{fill:#fff}}@media (prefers-color-scheme:dark)"
        f"{{svg{{color:#e4e8ec}}.{name} .p{{fill:#16191d}}}}"
    )


def html(
    box: str, style: str, alt: str, image: str, inline: str, width: int, more: str = ""
) -> str:
    """Both drawings in HTML, of which one is seen.

    Args:
        box: class of the element around them.
        style: rules for what is inline and for `more`.
        alt: the drawing in words.
        image, inline: what svg() gave with a style of its own, and without one.
        width: pixels of the image.
        more: what stands below, in HTML.
    """
    words = escape(alt)
    hide = f".{box}>img{{display:none}}.{box}>svg{{max-width:100%;height:auto}}"
    return (
        f'<div class="{box}"><style>{hide}{style}</style>'
        f'<img alt="{words}" width="{width}" src="{as_data(image)}">'
        + inline.replace("<svg ", f'<svg role="img" aria-label="{words}" ', 1)
        + f"{more}</div>"
    )


def tables_below(box: str) -> str:
    """Rules for tables below a drawing."""
    return (
        f".{box}{{font-family:var(--jp-ui-font-family,system-ui,sans-serif);"
        f"font-size:12px}}.{box} th,.{box} td"
        "{text-align:left;padding:1px 14px 1px 0}"
    )
