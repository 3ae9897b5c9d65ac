"""How several processes share the tests, and what is heard of them meanwhile.

Most tests wait for processes of their own, so two workers for each CPU keep all of
these busy. Tests of one file run in one worker, because they share what
takes long to make. A law is shared out in smaller parts: one for each thing that it
is about.
"""

import os
import threading
import time
from contextlib import suppress

import pytest

MOST_WORKERS = 8
LINE_SECONDS = 20.0


def part_of(nodeid):
    """What runs in one worker: a file, or of a law what is about one thing.

    >>> part_of("tests/package/test_cli.py::test_help")
    'tests/package/test_cli.py'
    >>> part_of("tests/course/test_law_mistakes.py::test_recorded[05_select/naps]")
    'tests/course/test_law_mistakes.py[05_select/naps]'
    """
    file, _, rest = nodeid.partition("::")
    law = os.path.basename(file).startswith("test_law_")
    _, bracket, parameter = rest.partition("[")
    return f"{file}{bracket}{parameter}" if law else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """What -n auto means."""
    cores = os.cpu_count() or 1
    with suppress(AttributeError):  # only Linux tells how many of them are ours
        cores = len(os.sched_getaffinity(0))
    return min(2 * cores, MOST_WORKERS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Late: a run without pytest-xdist needs no scheduler."""
    from xdist.scheduler import LoadScopeScheduling

    class Sharing(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return part_of(nodeid)

    # The order is ours, see below.
    config.option.loadscopereorder = False
    return Sharing(config, log)


def pytest_collection_modifyitems(items):
    """Small parts last, so all workers end at about one time.

    First whole files, then the parts of laws, and last those of the law that has most.
    """
    items.sort(key=lambda item: (part_of(item.nodeid).endswith("]"), is_small(item)))


def is_small(item):
    return item.path.name == "test_law_mistakes.py"


# What is heard meanwhile ------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    """Only where the results come together: a worker tells nobody anything."""
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        config.pluginmanager.register(Progress(reporter), "progress")


class Progress:
    """A line every LINE_SECONDS: how far it is, also where letters are not shown.

    Args:
        reporter: pytest's own, which writes a letter for each test.
    """

    def __init__(self, reporter):
        self.reporter = reporter
        self.start = time.monotonic()
        self.done = self.failed = self.tests = 0
        self.over = threading.Event()
        self.teller = threading.Thread(target=self.tell, daemon=True)

    def pytest_sessionstart(self):
        self.teller.start()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids):
        """Every worker collects all."""
        self.tests = len(ids)

    def pytest_collection_finish(self, session):
        self.tests = self.tests or len(session.items)

    def pytest_runtest_logreport(self, report):
        self.done += report.when == "teardown"
        self.failed += report.failed

    def tell(self):
        while not self.over.wait(LINE_SECONDS):
            minutes, seconds = divmod(int(time.monotonic() - self.start), 60)
            text = f"{self.done} of {self.tests} tests, {self.failed} failed"
            self.reporter.write_line(f"\n-- {minutes}:{seconds:02} -- {text}")
            self.reporter.flush()

    def pytest_sessionfinish(self):
        self.over.set()
        if self.teller.is_alive():
            self.teller.join()
