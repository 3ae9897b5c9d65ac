"""The command `buckets`: each subcommand is a module of its own, loaded when called.

A module for a subcommand has add_arguments(parser) and run(args), which returns the
exit status.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import sys

# Name, module, and what stands beside it in --help. The summaries stand here so that
# --help need not import every module.
LEARNERS = {
    "start": ("buckets.commands.start", "lay the course out in a folder, and open it"),
    "check": ("buckets.commands.check", "grade one notebook, and print the reports"),
    "watch": ("buckets.commands.watch", "check an exercise whenever it is saved"),
    "progress": ("buckets.commands.progress", "how far you are, across the course"),
    "scoreboard": ("buckets.commands.scoreboard", "your servers under one load"),
    "submit": ("buckets.commands.submit", "make the file that you hand in; check it"),
    "reset": ("buckets.commands.reset", "begin an exercise anew; the old file is kept"),
    "update": ("buckets.commands.update", "bring the newest texts; your work is kept"),
    "book": ("buckets.commands.book", "write the course as pages to read in a browser"),
}
INSTRUCTORS = {
    "demo": ("buckets.commands.demo", "an instructor's first minute: grade a class"),
    "collect": ("buckets.commands.collect", "take in a folder or zip of submissions"),
    "grade": ("buckets.commands.grade", "grade all submissions of an exercise"),
    "feedback": ("buckets.commands.feedback", "pages for learners, and a zip of them"),
    "report": ("buckets.commands.report", "a class at a glance: who is stuck where"),
    "export": ("buckets.commands.export", "points as Canvas or Moodle take them in"),
    "doctor": ("buckets.commands.doctor", "what works here, and what would not"),
    "kit": ("buckets.commands.kit", "pack what learners get, without any answer"),
}

# No room, no leave to write, no port, no descriptor: another command or file would not
# help, and `buckets doctor` looks at each of them.
OF_THE_MACHINE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.EADDRNOTAVAIL, errno.ENETDOWN, errno.EAFNOSUPPORT, errno.ENETUNREACH),
    *(errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM),
}


def main(argv: list[str] | None = None) -> int:
    """Run the command. Returns its exit status."""
    # A terminal that cannot show a mark gets another one instead of a traceback.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    words = sys.argv[1:] if argv is None else argv
    known = {**LEARNERS, **INSTRUCTORS}
    if words and words[0] not in known:
        return _no_command(words)
    try:
        if not words:
            return int(importlib.import_module("buckets.commands").where_one_is())
        return _run(words[0], *known[words[0]], words[1:])
    except KeyboardInterrupt:
        print("\nStopped. Nothing is left running.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Before OSError, of which it is one. Who reads along has had enough (| head).
        # Nothing more can be said, at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        if error.errno not in OF_THE_MACHINE:
            raise
        told = f"{error}. `buckets doctor` says what works here."
        print(f"buckets {words[0] if words else ''}: {told}", file=sys.stderr)
        return 2


def _run(name: str, module_name: str, summary: str, words: list[str]) -> int:
    module = importlib.import_module(module_name)
    sentence = f"{summary[0].upper()}{summary[1:]}."
    parser = argparse.ArgumentParser(f"buckets {name}", description=sentence)
    module.add_arguments(parser)
    status = int(module.run(parser.parse_args(words)))
    sys.stdout.flush()
    return status


def _no_command(words: list[str]) -> int:
    asked = words[0] in ("-h", "--help", "help")
    if not asked:
        print(f"buckets: there is no command {words[0]!r}.\n", file=sys.stderr)
    print(_help(), file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


def _help() -> str:
    lines = [
        "usage: buckets COMMAND ...; buckets COMMAND --help tells more of each.",
        "The Aisle of Buckets: exercises that real clients test on real sockets.",
    ]
    for title, commands in (("learners", LEARNERS), ("instructors", INSTRUCTORS)):
        lines += ["", f"For {title}:"]
        lines += [f"  {name:<10} {text}" for name, (_, text) in commands.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
