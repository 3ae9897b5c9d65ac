"""Rules for the whole suite."""

import os
import tempfile

import pytest

# What tests check is no progress of whoever runs them. Set here, and not in a fixture:
# kernels and commands inherit it.
os.environ["BUCKETS_PROGRESS"] = tempfile.mkdtemp(prefix="buckets-progress-")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """On CI nothing is skipped: what is missing there must be installed."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped on CI: {report.longrepr}"
    return report
