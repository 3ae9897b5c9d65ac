"""A class at a glance: who is stuck where, on one page and as a table: buckets report.

gathered: what came of everybody, out of the results that marking has kept. replays: one
run for each mistake in each task, without a name. page and style: one file of HTML that
needs no network. table: the same as CSV.
"""
