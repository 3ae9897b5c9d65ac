"""Work that takes long is done once for all tests of a law that need it."""

import pytest


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
