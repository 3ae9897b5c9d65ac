"""What exercise 00 promises, tested with a real client on a real socket."""

from buckets.behaviour import behaviour
from buckets.driving.clients import Squatter
from buckets.driving.expect import expect_ending


@behaviour("greet", points=1, suspects="M36")
def test_one_client_is_greeted_and_seen_off(server):
    """a client who says nothing hears the greeting, then the end"""
    visitor = server.connect("visitor", Squatter)
    visitor.expect(b"hello\n").expect_eof()
    expect_ending(server, "returned")
