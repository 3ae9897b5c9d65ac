"""Draw the picture that opens the README: docs/aisle.svg, from a run of this moment.

    .venv/bin/python tools/readme_picture.py

Run it again when the look of the aisle has changed: a test compares the two.
"""

from pathlib import Path

from buckets import course
from buckets.driving.levels import Gauge
from buckets.driving.server import Server
from buckets.grading.collect import collect_notebook
from buckets.pictures.aisle.aisle import replay


def main() -> None:
    """Run the solution of exercise 05, and draw the moment in which three speak."""
    _, submission = collect_notebook(course.Topic("05_select").solution)
    with Server(submission, "serve_many") as server:
        gauge = Gauge(server.address[1], server.story.add)
        anna, ben, cleo = (server.connect(name) for name in ("anna", "ben", "cleo"))
        anna.send(b"hello\n").expect(b"olleh\n")
        with server.frozen():
            ben.send(b"one\ntwo\nthree\n")
            cleo.send(b"soup\n")
            dan = server.connect("dan").send(b"is anybody there?\n")
        dan.expect(b"?ereht ydobyna si\n")
        gauge.stop()
        trace = server.trace()
    pours = [event["t"] for event in trace.events if event["e"] == "pour"]
    woken = next(
        event["t"]
        for event in trace.events
        if event["t"] > pours[-1] and event["e"] == "recv"
    )
    picture = replay(trace, at=woken, sources=submission.sources)
    target = Path(course.root(), "docs", "aisle.svg")
    target.write_text(picture.poster_svg + "\n", encoding="utf-8")
    print(f"The picture lies at {target}.")


if __name__ == "__main__":
    main()
