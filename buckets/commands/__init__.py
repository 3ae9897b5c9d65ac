"""The subcommands of `buckets`: thin, one file each."""

from __future__ import annotations


def where_one_is() -> int:
    """`buckets` alone: where one is in the course, and what is next."""
    # Late: --help need not wait for it.
    from buckets import course
    from buckets.notebook.ahead import place
    from buckets.report.content import number, of

    here = place()
    print(f"The Aisle of Buckets: {number(here.points)} of {number(here.most)} points.")
    if here.topic is None:
        print("All of it is done. `buckets --help` names what else there is.")
        return 0
    lesson = course.Topic(here.topic.name).opened
    print(f"{here.topic.name}: {of(here.earned, here.worth)}. {here.next}")
    digits = here.topic.name.partition("_")[0]
    print(f"  read     {lesson}")
    print(f"  write    {here.topic.exercise}")
    print(f"  check    buckets check {digits}, or buckets watch {digits}")
    print("  more     buckets --help")
    return 0
