"""Work that takes long is done once for all tests of a law that need it."""

import pytest
from warm_engine import WarmEngine

from buckets.grading import engine


@pytest.fixture(scope="session")
def once():
    """A function: do some work for one key, and give every test what came of it.

    Tests of one key run in one process (tests/sharing.py), so none does it again.
    """
    done = {}

    def work(do, key):
        if (do, key) not in done:
            done[do, key] = do(key)
        return done[do, key]

    return work


@pytest.fixture(scope="session")
def warm_engine():
    warm = WarmEngine()
    yield warm
    warm.close()


@pytest.fixture(scope="module", autouse=True)
def engines_start_at_once(warm_engine):
    """In this process; commands that a test runs start their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "start", warm_engine.start)
        yield
