"""What is handed in in run_class.py that is no notebook, and what lies beside one."""

import contextlib
import json
import os
import shutil
import socket
import stat


# Files that are handed in in the place of a notebook, or that stand in one.
def cells_of(*sources, kind="markdown"):
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": kind, "source": source, "metadata": {}} for source in sources
        ],
    }


def cells_that_grade_themselves():
    """Cells that claim to be the release's, with more points than there are."""
    made = cells_of("hire = 1", "check(hire)", "### points", kind="code")
    for name, cell in zip(
        ("hire", "check_hire", "check_hire"), made["cells"], strict=True
    ):
        cell["id"] = name
        cell["metadata"]["nbgrader"] = {
            "grade": True,
            "grade_id": name,
            "points": 1e9,
            "solution": True,
            "locked": False,
            "task": False,
            "schema_version": 99,
            "cell_type": "markdown",
            "checksum": "0" * 32,
        }
        score = {"application/json": {"score": 1e9}, "text/plain": "1e9"}
        cell["outputs"] = [
            {
                "output_type": "execute_result",
                "data": score,
                "metadata": {"nbgrader": {"score": 1e9}},
                "execution_count": 1,
            }
        ]
    return made


def outputs_that_climb():
    """Files that an exporter would write, under names that lead up."""
    made = cells_of("print(1)", "![a](attachment:../../../REACHED)", kind="code")
    picture, up = {"image/png": "aGVsbG8h"}, "../../../../REACHED"
    made["cells"][0]["outputs"] = [
        {
            "output_type": "display_data",
            "data": picture,
            "metadata": {"filenames": {"image/png": up}, "image/png": {"name": up}},
        }
    ]
    made["cells"][1]["cell_type"] = "markdown"
    made["cells"][1]["attachments"] = {up: picture}
    return made


HALF = "\ud800"


def half_signs():
    """A whole notebook that has half a sign wherever there can be one."""
    made = cells_of(f"x = '{HALF}'", HALF, kind="code")
    cell = made["cells"][0]
    cell |= {"id": "a", "execution_count": 1, "metadata": {"tags": [HALF], HALF: HALF}}
    cell["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": HALF},
        {"output_type": "error", "ename": HALF, "evalue": HALF, "traceback": [HALF]},
    ]
    made["cells"][1] |= {"cell_type": "markdown", "id": HALF, "attachments": {HALF: {}}}
    return made | {"metadata": {"title": HALF, "kernelspec": {"name": HALF}}}


def numbers_that_are_none():
    """Where a number belongs there is none, or one without end."""
    made = cells_of(*(["x = 1"] * 5), kind="code")
    for cell, value in zip(
        made["cells"], (float("nan"), float("inf"), -1e308, 10**400, "7"), strict=True
    ):
        cell |= {"execution_count": value, "outputs": []}
        cell["metadata"]["nbgrader"] = {
            "grade": True,
            "grade_id": "check_hire",
            "points": value,
            "solution": False,
            "locked": True,
            "task": False,
            "schema_version": 3,
            "cell_type": "code",
        }
    return made | {"nbformat_minor": 10**300}


def cells_with_pages():
    """Whatever a page is made of without a look: raw cells, outputs, their sizes."""
    script = "</textarea></pre><script>alert(1)</script><svg onload=alert(1)>"
    made = cells_of(script, kind="raw")
    made["cells"] += [
        cells_of(text)["cells"][0]
        for text in (
            "[a][b]\n\n[b]: javascript:alert(1)",
            "$\\href{javascript:alert(1)}{x}$ $$\\unicode{<script>}$$",
            f"# {script}",
            "<!--><script>alert(1)</script>-->",
            "![x](data:text/html,<script>alert(1)</script>)",
        )
    ]
    made["cells"][0]["metadata"] = {"raw_mimetype": "text/html", "format": "text/html"}
    code = cells_of("x = 1", kind="code")["cells"][0] | {"execution_count": None}
    sizes = {"image/png": {"width": '1"><script>alert(1)</script>', "height": script}}
    code["outputs"] = [
        {
            "output_type": "display_data",
            "data": {
                "application/javascript": "alert(1)",
                "text/html": script,
                "image/svg+xml": script,
                "image/png": "aGVsbG8h",
                "text/latex": script,
                "application/vnd.jupyter.widget-view+json": {"model_id": script},
            },
            "metadata": sizes,
        },
        {"output_type": "stream", "name": "stderr", "text": "\x1b[31m" + script},
        {"output_type": "error", "ename": script, "evalue": "", "traceback": [script]},
    ]
    return made | {"cells": [*made["cells"], code]}


def nested(depth, inner):
    """A list in a list in a list."""
    return f"{'[' * depth}{inner}{']' * depth}"


def deep_metadata(depth):
    """Deep where nobody looks, and not too deep to be read."""
    whole = json.dumps(cells_of("x = 1", kind="code"))
    return whole.replace('"metadata": {}', f'"metadata": {{"a": {nested(depth, 1)}}}')


def of_long_ago(content="x = 1"):
    """A notebook of the third format, in sheets."""
    cell = {
        "cell_type": "code",
        "input": content,
        "language": "python",
        "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": [content]}],
        "metadata": {},
        "collapsed": False,
    }
    sheet = {"cells": [cell] * 9, "metadata": {}}
    return {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {},
        "worksheets": [sheet] * 9,
    }


def files():
    """Name and content of each; bytes, or a notebook's document."""
    deep = b'{"a":' * 500_000
    picture = {"image/png": "aGVsbG8h" * 4_000_000}
    attached = cells_of("![a](attachment:a)")
    attached["cells"][0]["attachments"] = {"a": picture}
    twice = json.dumps(cells_of("x = 1", kind="code"))[:-1] + ', "cells": []}'
    return {
        "nothing at all": b"",
        "a million cells": b'{"cells": [' + b"{}," * 1_000_000 + b"{}]}",
        "a million lists": b'{"cells": [[' + b"[]," * 4_000_000 + b"[]]]}",
        "no end": deep,
        "keys twice": twice.encode(),
        "no number": b'{"cells": [], "metadata": {"a": NaN, "b": -Infinity}}',
        "a long number": b'{"cells": [], "nbformat": ' + b"9" * 99_999 + b"}",
        "a zip": b"PK\x03\x04" + bytes(1 << 20),
        "zeros": bytes(1 << 24),
        "half a surrogate": b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}',
        "a huge picture": attached,
        "deep brackets": cells_of("[" * 150_000, ">" * 50_000),
        "deep code": cells_of("x = " + "(" * 9999, "-" * 99_999 + "1", kind="code"),
        "one long line": cells_of("x = '" + "a" * 5_000_000 + "'", kind="code"),
        "names that are no names": cells_of("def \u202efork(): pass", kind="code"),
        "many statements": cells_of("check\n" + "a;" * 2_000_000, kind="code"),
        "a long list": cells_of("check = [" + "a," * 2_000_000 + "]", kind="code"),
        "many rows": cells_of("a|b\n-|-\n" + "a|b\n" * 1_000_000),
        "many brackets of all kinds": cells_of(
            *(
                "*_" * 99_999,
                "`" * 99 + "a``" * 50_000,
                "$$a\n" * 50_000,
                "<a " * 70_000,
            )
        ),
        "checks that are none": {
            **cells_of("x = 1", kind="code"),
            "metadata": {"buckets": {"checks": {"<script>": [], "hire": {"a": "=1"}}}},
        },
        "cells that grade themselves": cells_that_grade_themselves(),
        "look-alikes": cells_of(
            "def h\u0456re(listener): pass",
            "def \uff48\uff49\uff52\uff45(x): pass",
            "class hire(object): points = max_points = 99",
            kind="code",
        ),
        "metadata for a page": {
            **cells_of("# x", "<b>x</b>"),
            "metadata": {
                "title": "</title><script>alert(1)</script>{{ 7 * 7 }}",
                "authors": [{"name": "<script>"}],
                "kernelspec": {"name": "../../sh", "display_name": "<script>"},
                "language_info": {"name": "bash", "pygments_lexer": "../x"},
                "widgets": {
                    "application/vnd.jupyter.widget-state+json": {
                        "state": {"</script><script>alert(1)": {}}
                    }
                },
            },
        },
        "outputs that climb": outputs_that_climb(),
        "half signs everywhere": half_signs(),
        "numbers that are none": numbers_that_are_none(),
        "cells with pages": cells_with_pages(),
        "deep where nobody looks": deep_metadata(400).encode(),
        "deeper where nobody looks": deep_metadata(40_000).encode(),
        "of long ago": of_long_ago(),
        "of long ago and none": of_long_ago({"a": HALF}),
        "a format to come": {**cells_of("x"), "nbformat": 9, "nbformat_minor": -1},
        "a format that is a text": {**cells_of("x"), "nbformat": "4", "cells": {}},
        "wide signs": json.dumps(cells_of("x = 1", kind="code")).encode("utf-16"),
        "more behind its end": json.dumps(cells_of("x = 1")).encode() + b"\0{}",
        "a line of 100 MB": cells_of("x = '" + "a" * 100_000_000 + "'", kind="code"),
        "one name for all": {
            **cells_of(),
            "cells": [{**cells_of("x")["cells"][0], "id": "check_hire"}] * 2000,
        },
        "cells that are none": {**cells_of(), "cells": [1, None, [], "x", {"id": {}}]},
    }


# Of a student's folder.
NAMES = [
    "\u202egnp",
    "a\nb",
    "..b",
    "c%00d",
    "a:b;c|d",
    "e$(id)",
    "x\\y",
    "%s%n",
    "~root",
    "`id`",
    "\uff1d1+1",
    "i ",
    "e\u0301",
    "\u00e9",
    "a=b",
    "a,b",
    "n" * 200,
    "None",
]
# Python's own names, and those of programs: whoever imports one runs it.
BESIDE = """
sitecustomize.py usercustomize.py conftest.py json.py select.py socket.py buckets.py
pytest.py nbformat.py traitlets.py IPython.py nbgrader_config.py jupyter_config.py
jupyter_nbconvert_config.py
""".split()


def hand_in_files(root, topic, share=list):
    """Folders and files of which hardly one is a notebook; who they are from."""
    submitted = root / "grading" / "submitted"
    for number, (name, content) in share(enumerate(files().items())):
        place = submitted / f"f{number:02}-{name.replace(' ', '-')}" / topic
        place.mkdir(parents=True)
        whole = content if isinstance(content, bytes) else json.dumps(content).encode()
        (place / f"{topic}.ipynb").write_bytes(whole)
    for name in share(("a folder", "a socket", "a pipe", "a link", "a device")):
        place = submitted / f"g-{name.replace(' ', '-')}" / topic
        place.mkdir(parents=True)
        put(name, place / f"{topic}.ipynb")
    for name in share(NAMES):
        place = submitted / name / topic
        place.mkdir(parents=True)
        (place / f"{topic}.ipynb").write_bytes(b"{}")
        (place / "[a](javascript:alert(1)).ipynb").write_text(json.dumps(cells_of("a")))


def hand_in_beside(root, topic):
    """A right answer, with files beside it that reach out, and a time that is none."""
    place = root / "grading" / "submitted" / "honest-with-files" / topic
    place.mkdir(parents=True)
    shutil.copy(root / "solutions" / topic / f"{topic}.ipynb", place)
    for name in BESIDE:
        (place / name).write_text(f"open({str(root / 'REACHED')!r}, 'w')\n")
    (place / "buckets").mkdir()
    (place / "timestamp.txt").write_text("99999-99-99 \x1b[2J <script>\n" * 9)


def hand_in_crowds(root, topic, share=list):
    """Folders in which a notebook is looked for behind very much else."""
    submitted = root / "grading" / "submitted"
    for name in share(("links", "large", "folders", "names")):
        place = submitted / f"h-crowd-of-{name}" / topic
        place.mkdir(parents=True)
        for number in range(3000 if name in ("links", "names") else 60):
            one = place / f"a{number}"
            if name == "links":
                one.symlink_to("/")
            elif name == "large":
                with one.with_suffix(".ipynb").open("wb") as file:
                    file.truncate(250 << 20)
            elif name == "folders":
                for below in range(60):
                    (one / f"b{below}" / "c").mkdir(parents=True)
            else:
                one.with_suffix(".ipynb").write_text("{}")
    place = submitted / "h-pictures" / topic
    place.mkdir(parents=True)
    made = cells_of(*(["![a](attachment:a.png)"] * 20))
    for cell in made["cells"]:
        cell["attachments"] = {"a.png": {"image/png": "A" * (7 << 20)}}
    (place / f"{topic}.ipynb").write_text(json.dumps(made))


def put(name, path):
    """Something at this path that is no file."""
    if name == "a folder":
        path.mkdir()
    elif name == "a socket":
        with socket.socket(socket.AF_UNIX) as sock, contextlib.chdir(path.parent):
            sock.bind(path.name)
    elif name == "a pipe":
        os.mkfifo(path)
    elif name == "a link":
        path.symlink_to("/dev/zero")
    elif os.geteuid() == 0:
        with contextlib.suppress(OSError):
            os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))
