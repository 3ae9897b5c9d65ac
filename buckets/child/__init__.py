"""Everything that runs on the learner's side of the line of trust."""
