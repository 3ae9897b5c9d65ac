"""From a learner's notebook to a grade: engine, sandbox, nbgrader, kit."""


class CannotGrade(Exception):
    """Nothing can be graded; the text says why, in one line."""
