"""The aisle of buckets: a run, replayed turn by turn, and its player."""
