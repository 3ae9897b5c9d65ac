"""Work that takes long is started for all tests of a law at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

WAITS_ITS_TURN = 900


def pytest_collection_modifyitems(items):
    """A test of a law may wait for the work of others that came before it."""
    for item in items:
        if "in_advance" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(WAITS_ITS_TURN))


@pytest.fixture(scope="session")
def in_advance(request):
    """A function: do some work for one key, and begin with all other keys, too.

    The keys are those by which the selected tests are parametrised. Most of the work
    is waiting for processes, so two of them are busy at a time.
    """
    hands = ThreadPoolExecutor(max_workers=2)
    begun = {}

    def keys(name):
        items = request.session.items
        specs = [getattr(item, "callspec", None) for item in items]
        found = [spec.params[name] for spec in specs if spec and name in spec.params]
        return dict.fromkeys(found)

    def work(name, key, do):
        for each in keys(name):
            if (do, each) not in begun:
                begun[do, each] = hands.submit(do, each)
        return begun[do, key].result()

    yield work
    hands.shutdown(cancel_futures=True)
