"""`buckets start FOLDER`: the course laid out in a folder, and open in JupyterLab."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from buckets import course
from buckets.own_copy import CannotCopy
from buckets.own_copy.layout import lay_out

FIRST = "lessons/00_start_here.ipynb"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="where to lay the course out; one that was laid out before is opened",
    )
    parser.add_argument(
        "--no-lab", action="store_true", help="do not open it in JupyterLab"
    )
    parser.add_argument(
        "lab",
        nargs="*",
        metavar="WORD",
        help="words for jupyter lab, after --, such as -- --no-browser",
    )


def run(args: argparse.Namespace) -> int:
    """0 when the course lies there; with JupyterLab, what that returns."""
    folder = args.folder.expanduser().resolve()
    if not (folder / course.LAID_OUT).is_file():
        try:
            laid = lay_out(folder)
        except (CannotCopy, OSError) as error:
            print(f"buckets start: {error}", file=sys.stderr)
            return 2
        print(f"The course lies in {folder}: {len(laid)} files.")
    print(f"To open it again:       buckets start {args.folder}")
    print(f"To check an exercise:   cd {args.folder} && buckets check 05_select")
    if args.no_lab:
        return 0
    sys.stdout.flush()
    os.chdir(folder)
    command = [sys.executable, "-m", "jupyterlab"]
    command += [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    # In this process's place: an interrupt from the keyboard reaches JupyterLab alone.
    os.execv(command[0], command + args.lab)
