"""A learner's own copy of the course: laid out, brought up to date, begun anew."""


class CannotCopy(Exception):
    """Nothing was written; the text says why, in a sentence or two."""
