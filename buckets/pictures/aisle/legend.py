"""How to read the aisle: each sign with its meaning, unfolded on request."""

from __future__ import annotations

from html import escape

from buckets.pictures.aisle.draw import BROKEN_SIGN, FIGURE, bucket, flag, tap

Sign = tuple[str, str, str]
"""A drawing, what it is called, and what it means."""


def _pose(name: str) -> str:
    return f'<g transform="translate(24 58) scale(.95)">{FIGURE[name]}</g>'


def _up(letter: str) -> str:
    return (
        '<g transform="translate(15 30)" class="ab-flag-r" data-flag="r">'
        f"{flag(letter, 16)}</g>"
    )


CLIENTS: list[Sign] = [
    (
        f'<g transform="translate(24 0)">{tap(10)}</g>',
        "tap, pipe",
        "A client. Water in the pipe: it is sending, and the bytes stand beside it. "
        "“dry”: it has said all it has to say.",
    ),
    (
        f'<g transform="translate(24 -30)">{BROKEN_SIGN}</g>',
        "reset",
        "The client has vanished without a goodbye.",
    ),
    (
        f'<g transform="translate(24 0)">{tap(10)}</g>',
        "grader",
        "In a check only: the check itself comes in once more, to see whether the "
        "loop still turns.",
    ),
    (
        '<path class="ab-line" d="M4 20l18 18"/>'
        '<path class="ab-faint" d="M22 38q18 -4 22 -14"/>',
        "door",
        "The listener. Who stands outside has connected, and nobody has called "
        "accept() yet; their bucket fills all the same.",
    ),
    (
        f'<g transform="translate(24 0)">{bucket(3, 12, 36, 36)}</g>',
        "front bucket, unread",
        "The bytes that the kernel holds and the server has not read. The number is "
        "exact; the water rises a step each time there is four times as much.",
    ),
    (
        f'<g transform="translate(24 0)">{bucket(2, 12, 36, 36)}</g>',
        "back bucket, on the way, sent in all",
        "“on the way”: what the server has sent and the client has not yet taken "
        "out. “sent in all”: since it came. “full”: a send() could not get rid of "
        "everything.",
    ),
]

FLAGS: list[Sign] = [
    (
        _up("r"),
        "flag r, small flag at the door",
        "select() has said: readable. At the door it means that somebody "
        "stands outside. Without select() there are no flags.",
    ),
    (_up("w"), "flag w", "Writable: there is room in the back bucket."),
]

WALKER: list[Sign] = [
    (_pose("work"), "walker", "The server, at the bucket or door of its last call."),
    (
        _pose("sit"),
        "asleep, on the chair",
        "It waits in select(), for everybody at once. The empty chair is where it "
        "would sit. With “sleep()” it only naps, and nothing can wake it.",
    ),
    (
        _pose("wait"),
        "waits, standing",
        "It waits in a call on this one socket, and sees nobody else. Beside the "
        "chair it waits for a child process to end.",
    ),
    (
        _pose("spin"),
        "no rest",
        "It runs round and round and gets nothing done: the CPU is busy.",
    ),
    (_pose("fail"), "!", "The call has failed; the sentence says how."),
    (_pose("dead"), "died", "The server has ended by an exception or a signal."),
]

BESIDE: list[Sign] = [
    (
        '<text x="4" y="34">name</text>'
        '<rect class="ab-key-line" x="1" y="20" width="44" height="20" rx="10"/>',
        "outlined name",
        "In select()'s lists: asked about.",
    ),
    (
        '<rect class="ab-cloth" x="1" y="20" width="44" height="20" rx="2"/>'
        '<path class="ab-stripe" d="M34 39l8 -18M40 39l5 -12"/>'
        '<text class="ab-key-on" x="4" y="34">name</text>',
        "orange, striped",
        "Ready: select() has returned it.",
    ),
    (
        '<path class="ab-key-here" d="M1 20H45V40H1z"/>'
        '<path class="ab-key-edge" d="M3 20V40"/>',
        "blue line of code",
        "It runs at this moment. Hatched: the server ended there.",
    ),
    (
        '<path class="ab-key-fault" d="M17 18H33L25 32z"/>',
        "▽",
        "Above the slider: a fault was found at this step. ✗: there the test failed.",
    ),
    (
        '<path class="ab-key-work" d="M2 24h14v16h-14zM36 24h4v16h-4z"/>'
        '<path class="ab-faint" d="M2 24H46M2 40H46"/>',
        "strip of time",
        "The slider goes in steps, all equally long. The strip below it goes by the "
        "clock: solid is work, a line is waiting or sleep, and each tick is a step.",
    ),
    (
        '<rect class="ab-key-line" x="1" y="20" width="46" height="20" rx="4"/>'
        '<text class="ab-key-small" x="5" y="34">Predict</text>',
        "Predict button",
        "The replay stops before the flags change and asks which bucket comes next.",
    ),
]


def legend() -> str:
    """The legend in HTML, folded up."""
    parts = [
        ("The clients", CLIENTS),
        ("The flags", FLAGS),
        ("The walker", WALKER),
        ("Beside and below", BESIDE),
    ]
    body = "".join(
        f"<h4>{title}</h4><ul>{''.join(map(_line, signs))}</ul>"
        for title, signs in parts
    )
    return (
        '<details class="ab-legend"><summary>How to read this picture</summary>'
        f"<div>{body}</div></details>"
    )


def _line(sign: Sign) -> str:
    drawn, name, meaning = sign
    return (
        f'<li><svg viewBox="0 0 48 62" aria-hidden="true">{drawn}</svg>'
        f"<span><b>{escape(name)}</b> {escape(meaning)}</span></li>"
    )
