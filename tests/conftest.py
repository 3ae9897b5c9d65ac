"""Rules for the whole suite."""

import os
import shutil
import tempfile

import pytest

from buckets.driving import orphans
from buckets.grading.pytest_plugin import NURSERY

# How workers share the tests, and the lines that tell how far they are.
pytest_plugins = ["sharing"]

# What tests check is no progress of whoever runs them. Set here, and not in a fixture:
# kernels and commands inherit it.
PROGRESS = os.environ["BUCKETS_PROGRESS"] = tempfile.mkdtemp(prefix="buckets-progress-")


def pytest_unconfigure():
    shutil.rmtree(PROGRESS, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """On CI nothing is skipped: what is missing there must be installed."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped on CI: {report.longrepr}"
    return report


GRADERS = "exercises", "hidden"


@pytest.fixture(scope="module", autouse=True)
def graders_fork_their_servers(request):
    """As where they grade an answer: a process that does nothing else adopts orphans.

    For these tests alone: others start processes of their own, which a grader would
    take for a learner's.
    """
    grades = request.path.parent.name in GRADERS
    if grades:
        orphans.adopt()
    yield
    if grades:
        request.config.stash[NURSERY].close()
        orphans.adopt_no_more()


CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def find_chromium():
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


# One for a module and not for the session: while Playwright runs, its event loop is
# the running loop of this thread, and other tests need one of their own.
@pytest.fixture(scope="module")
def browser():
    """Headless Chromium: Debian's, driven by the playwright package."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = find_chromium()
    if not path:
        pytest.skip("no chromium here; `buckets doctor` says how to have it")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=CHROMIUM)
        yield browser
        browser.close()
