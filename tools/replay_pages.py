"""Write replays of servers that fail as pages to open in a browser, without network.

    .venv/bin/python tools/replay_pages.py FOLDER tests/mistakes/05_select/*.py

Each file defines one task anew, as those in tests/mistakes do. It is graded, and the
replay of the first test that fails becomes FOLDER/NAME.html: what a learner sees below
the report, and nothing else. It can be shown to somebody who has never seen the course:
a picture is good when such a person can say what is wrong with the server. So neither
the names of the pages nor the code tell what the mistake is called.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from buckets import course
from buckets.grading.collect import collect
from buckets.grading.engine import until_failure
from buckets.pictures.picture import Picture
from buckets.report.moment import replay_the_moment

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<style>:root {{ color-scheme: light dark; }} body {{ margin: 1em;
font: 14px system-ui, sans-serif; }}</style></head>
<body><h1>{title}</h1>
{picture}</body></html>
"""


def replay_of(path: Path) -> Picture | None:
    """The replay of the first test that a file fails; None where nothing fails."""
    topic = course.Topic(path.parent.name)
    cells = course.code_cells(course.read_notebook(topic.solution))
    task, source = _read(path)
    cells.append({"label": f"cell {len(cells) + 1}", "source": source})
    submission = collect(cells, list(topic.tasks))
    found = until_failure(topic, submission, task)
    failures = [one for one in found if one.status == "fail"]
    return replay_the_moment(failures[0], submission.sources) if failures else None


def _read(path: Path) -> tuple[str, str]:
    """The task that a file defines, and its code without the docstring."""
    text = path.read_text(encoding="utf-8")
    module = ast.parse(text)
    lines = (ast.get_docstring(module) or "").splitlines()
    (task,) = [line[6:] for line in lines if line.startswith("task: ")]
    code = text.splitlines(keepends=True)[module.body[0].end_lineno :]
    return task, "".join(code).lstrip("\n")


def main(folder: Path, files: list[Path]) -> None:
    """Write a page for each file."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(files, 1):
        picture = replay_of(path)
        if picture is None:
            print(f"{path}: nothing to show")
            continue
        page = PAGE.format(title=f"Server {number}", picture=picture.html)
        target = folder / f"server_{number:02}.html"
        target.write_text(page, encoding="utf-8")
        print(f"{target}  {path.stem}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
