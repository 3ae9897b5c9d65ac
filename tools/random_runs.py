"""Random wrong servers, random clients, and whether what is told of them is true.

    python tools/random_runs.py [RUNS] [--seed N]

A server of lines is put together from parts, some of them wrong. Clients say random
lines in random pieces, until one of them is disappointed. Then each sentence of the
report is held against the recording: who took part, what was read and sent, who was
closed, who has finished. This is written anew, and shares nothing with the diagnosis.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from buckets import diagnosis
from buckets.behaviour import Behaviour
from buckets.diagnosis.catalogue import catalogue
from buckets.driving.clients import Client
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet
from buckets.grading.collect import collect
from buckets.verdict import TestResult

NAMES = ("anna", "ben", "cleo", "silent")
CAST = frozenset((*NAMES, "dan", "eve", "loris", "sipper", "dribbler"))
LITERAL = re.compile(r"""b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\"""")
OWN = (b"\n", b"\r\n", b"", b"\r")
"""Bytes that a sentence may show though nobody has sent just these."""

Event = dict[str, Any]

# A server, and what may be in the place of each of its parts ------------------------

SERVER = """
def serve(listener):
    rest, conn, late = {{}}, None, {{}}
    while True:
        ready, _, _ = select.select({watched}, {room}, [], {timeout})
        for sock in ready:
            if sock is listener:
                conn, _ = listener.accept()
                rest[conn] = b""
                {greeting}
                continue
            try:
                data = sock.recv({scoop})
                {cut}
                for line in lines:
                    {to}.{send}({answer})
            except {caught}:
                data = b""
            if {over}:
                {forget}
                {close}
"""

PARTS: dict[str, tuple[str, ...]] = {
    "watched": ("[listener, *rest]", "[*rest] or [listener]", "[listener, *rest][:2]"),
    "room": ("[]", "[*rest]"),
    "timeout": ("None", "0.01"),
    "greeting": ("pass", "conn.sendall(b'hello\\n')"),
    "scoop": ("4096", "4", "1"),
    "cut": (
        r"*lines, rest[sock] = (rest[sock] + data).split(b'\n')",
        r"lines = [data.rstrip(b'\n')]",
        "lines = data.split()",
        r"*lines, rest[None] = (rest.pop(None, b'') + data).split(b'\n')",
        r"lines, rest[sock] = (rest[sock] + data).split(b'\n')[:1], b''",
    ),
    "to": ("sock", "conn"),
    "send": ("sendall", "send"),
    "answer": (
        r"line[::-1] + b'\n'",
        r"line + b'\n'",
        "line[::-1]",
        r"line.upper() + b'\n'",
        r"line.decode() + '\n'",
    ),
    "caught": ("OSError", "TimeoutError", "Exception"),
    "over": ("not data", "False", r"b'\n' in data", "len(data) < 4"),
    "forget": ("rest.pop(sock, None)", "pass"),
    "close": ("sock.close()", "late[sock] = 1", "return"),
}


def a_server(chance: random.Random) -> str:
    """The source of a server, most of whose parts are as they should be."""
    chosen = {name: choices[0] for name, choices in PARTS.items()}
    for name in chance.sample(sorted(PARTS), chance.randint(1, 3)):
        chosen[name] = chance.choice(PARTS[name][1:])
    return "import select\n" + textwrap.dedent(SERVER).format(**chosen)


def a_run(chance: random.Random) -> TestResult | None:
    """What a report says of a random server; None if nobody was disappointed."""
    cell = {"label": "cell 1", "source": a_server(chance)}
    suspects = tuple(chance.sample(sorted(catalogue()), 2))
    task = chance.choice(("serve_many", "open_door", "three_guests", "broadcast"))
    behaviour = Behaviour(task, 1, "title", "name", suspects=suspects, topic="07")
    result = TestResult("name", "title", topic="07")
    with Server(collect([cell], ["serve"]), "serve") as server:
        try:
            talk(server, chance)
        except Unmet as unmet:
            diagnosis.explain(result, behaviour, server, unmet)
            return result
    return None


def talk(server: Server, chance: random.Random) -> None:
    """Let clients come and speak; raise what one of them did not get."""
    names = chance.sample(NAMES, chance.randint(1, 4))
    clients: list[Client] = [server.connect(name) for name in names]
    for _ in range(chance.randint(1, 6)):
        client = chance.choice(clients)
        _say(client, chance)
        if client.closed:
            clients.remove(client)
        if not clients:
            return


def _say(client: Client, chance: random.Random) -> None:
    what = chance.random()
    if what < 0.1:
        client.reset()
    elif what < 0.3:
        client.half_close().expect_eof()
        client.close()
    else:
        words = [_word(chance) for _ in range(chance.randint(1, 3))]
        data = b"".join(word + b"\n" for word in words)
        at = chance.randint(0, len(data) - 1)
        for piece in filter(None, (data[:at], data[at:])):
            client.send(piece)
        client.expect(b"".join(word[::-1] + b"\n" for word in words))


def _word(chance: random.Random) -> bytes:
    size = chance.choice((0, 3, 8, 8, 30))
    return bytes(chance.choice(b"abcdefgh xyz\r\xc3") for _ in range(size))


# Whether what is told is true ---------------------------------------------------------


def untrue(result: TestResult) -> list[str]:
    """What the sentences of a report say that the recording does not show.

    Args:
        result: of a test that failed, with its trace.
    """
    told = re.sub(r"\s+", " ", result.evidence)
    plain = LITERAL.sub("", told)
    ended = result.doing.startswith("gone")
    checks = (
        _strangers(plain, result),
        _literals(told, result),
        _deeds(plain, result.trace, ended=ended),
    )
    return [fault for found in checks for fault in found]


def _strangers(plain: str, result: TestResult) -> Iterator[str]:
    there = {str(event.get("who")) for event in result.trace}
    there |= {step.split()[0] for step in result.transcript if step.split()}
    for word in re.findall(r"[a-z][\w-]*", plain):
        if word in CAST - there:
            yield f"{word} took no part"


def _literals(told: str, result: TestResult) -> Iterator[str]:
    """Bytes that are quoted were read, sent, heard or due."""
    known = [
        str(event["data"]).encode("latin-1", "replace")
        for event in result.trace
        if event.get("data")
    ]
    stream = b"".join(known)
    shown = " ".join((result.message, result.details, *result.transcript))
    for text in LITERAL.findall(told):
        data = _bytes(text)
        if data in OWN or data in stream or data[::-1] in stream:
            continue
        if text[2:-1] not in shown:
            yield f"nobody has sent {text}"


def _bytes(text: str) -> bytes:
    return (
        text[2:-1]
        .encode("latin-1", "replace")
        .decode("unicode_escape")
        .encode("latin-1", "replace")
    )


def _deeds(plain: str, trace: list[Event], *, ended: bool) -> Iterator[str]:
    kinds = {str(event["e"]) for event in trace}
    whose = _connections(trace)
    own = [event for event in trace if "p" in event]
    waits = any(event["e"] in ("try", "wait", "sum") for event in own)
    for who in re.findall(r"(\w+)(?:'s connection)? was closed", plain):
        if not ended and not _did(own, whose, who, "close", "shut"):
            yield f"{who} was not closed"
    for who in re.findall(r"(\w+) (?:has|had) (?:finished|said goodbye|left)", plain):
        if who in whose and not _is_over(trace, own, whose, who):
            yield f"{who} has not finished"
    for who in re.findall(r"(\w+) (?:is|waits) (?:still )?at the door", plain):
        if _did(own, whose, who, "recv", "send"):
            yield f"{who} is not at the door"
    for who in re.findall(r"was read from (\w+)", plain):
        if who in whose and not _did(own, whose, who, "recv"):
            yield f"nothing was read from {who}"
    if re.search(r"\b(?:waits|sleeps)\b", plain) and not waits:
        yield "nothing waits"
    if "vanished" in plain and "reset" not in kinds and "fail" not in kinds:
        yield "nobody vanished"
    if re.search("again and again|over and over", plain) and len(own) < 6:
        yield "nothing is done again"


def _connections(trace: list[Event]) -> dict[str, set[int]]:
    """The ports of each client; it may connect more than once."""
    ports: dict[str, set[int]] = {}
    for event in trace:
        if "who" in event and "port" in event:
            ports.setdefault(str(event["who"]), set()).add(int(event["port"]))
    return ports


def _did(own: list[Event], whose: dict[str, set[int]], who: str, *kinds: str) -> bool:
    """Whether the server did one of these on a client's connection.

    Of somebody whose name nobody bears, such as "connection", anybody will do. A
    descriptor belongs to whoever was accepted on it last, in any process.
    """
    if who not in whose:
        return any(event["e"] in kinds for event in own)
    holder: dict[int, bool] = {}
    for event in own:
        if event["e"] == "accept":
            holder[event["new"]] = event.get("peer") in whose[who]
        elif event["e"] in kinds and holder.get(event.get("fd", -1)):
            return True
    return False


def _is_over(
    trace: list[Event], own: list[Event], whose: dict[str, set[int]], who: str
) -> bool:
    ends = ("half_close", "close", "reset")
    if any(event["e"] in ends and event.get("who") == who for event in trace):
        return True
    return _did(
        [e for e in own if e["e"] == "accept" or e.get("n") == 0], whose, who, "recv"
    )


def main(words: list[str] | None = None) -> int:
    """0 if no sentence was untrue; else 1, and each of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="?", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(words)
    told = false = 0
    for seed in range(args.seed, args.seed + args.runs):
        result = a_run(random.Random(seed))
        if result is None or not result.evidence:
            continue
        told += 1
        for fault in untrue(result):
            false += 1
            print(f"seed {seed}: {fault}\n    {result.diagnosis} {result.evidence}")
    print(f"{args.runs} runs, {told} with a sentence of evidence, {false} untrue")
    return int(bool(false))


if __name__ == "__main__":
    sys.exit(main())
