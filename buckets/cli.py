"""The command `buckets`: each subcommand is a module of its own, loaded when called.

A module for a subcommand has SUMMARY, add_arguments(parser) and run(args), which
returns the exit status.
"""

from __future__ import annotations

import argparse
import importlib
import sys

# Name, module, and what stands beside it in --help. The summaries stand here so that
# --help need not import every module.
LEARNERS = {
    "check": ("buckets.checking", "grade one notebook and print the report"),
    "progress": ("buckets.progressing", "how far you are, across the course"),
    "book": ("buckets.book", "write the course as pages to read in a browser"),
}
INSTRUCTORS = {
    "demo": ("buckets.grading.demo", "an instructor's first minute: grade a class"),
    "grade": ("buckets.grading.classroom", "grade all submissions of an exercise"),
    "kit": ("buckets.grading.kit", "pack what learners get, without any answer"),
}


def main(argv: list[str] | None = None) -> int:
    """Run the command. Returns its exit status."""
    words = sys.argv[1:] if argv is None else argv
    known = {**LEARNERS, **INSTRUCTORS}
    if not words or words[0] not in known:
        return _no_command(words)
    name, (module_name, summary) = words[0], known[words[0]]
    module = importlib.import_module(module_name)
    parser = argparse.ArgumentParser(f"buckets {name}", description=summary)
    module.add_arguments(parser)
    try:
        return int(module.run(parser.parse_args(words[1:])))
    except KeyboardInterrupt:
        print("\nStopped. Nothing is left running.", file=sys.stderr)
        return 130


def _no_command(words: list[str]) -> int:
    asked = not words or words[0] in ("-h", "--help", "help")
    if not asked:
        print(f"buckets: there is no command {words[0]!r}.\n", file=sys.stderr)
    print(_help(), file=sys.stdout if asked else sys.stderr)
    return 0 if asked and words else 2


def _help() -> str:
    lines = ["usage: buckets COMMAND ...", "", "The Aisle of Buckets."]
    for title, commands in (("learners", LEARNERS), ("instructors", INSTRUCTORS)):
        lines += ["", f"for {title}:"]
        lines += [f"  {name:<9} {text}" for name, (_, text) in commands.items()]
    return "\n".join([*lines, "", "buckets COMMAND --help tells more."])


if __name__ == "__main__":
    sys.exit(main())
