"""A class: what was handed in, marks, nbgrader's gradebook, the learner's kit."""

SEE_DISK = "`buckets doctor` tells of the disk."


class CannotGrade(Exception):
    """Nothing can be graded; the text says why, in one line."""
