"""From a learner's notebook to a grade: engine, sandbox, nbgrader, kit."""
