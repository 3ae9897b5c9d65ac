"""The server may be at the door before the first client has come."""

from made_traces import Writer

from buckets.pictures.aisle.aisle import replay


def test_a_short_wait_at_the_door_comes_first():
    """Clients connect while nobody has stamped it yet: the wait is the first line."""
    w = Writer()
    w.server(0.1, "try", 8, op="accept", fd=3)
    w.accept(5, 40001, gap=0.1)
    w.client(0.1, "anna", "connect", 40001)
    w.server(0.1, "end", how="killed")
    assert replay(w.trace()).text
