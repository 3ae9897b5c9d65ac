"""Rules for event loops: who is called, who is told, who is closed.

They are asked first, and for the tasks of exercise 07 alone.

puppets.py    a loop, which is tested with puppets (buckets.child.topics.event_loop)
servers.py    what stands on a loop: whatever comes is sent back, or passed on
rooms.py      a room, in which everybody hears everybody else
"""

from buckets.diagnosis.topics.event_loop.puppets import rule
from buckets.diagnosis.topics.event_loop.rooms import rule_for_rooms
from buckets.diagnosis.topics.event_loop.servers import (
    left_lying,
    rule_for_all,
    rule_for_echoes,
    rule_for_servers,
    stands_beside_one,
)

__all__ = [
    "left_lying",
    "rule",
    "rule_for_all",
    "rule_for_echoes",
    "rule_for_rooms",
    "rule_for_servers",
    "stands_beside_one",
]
