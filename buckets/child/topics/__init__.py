"""What a topic needs on the learner's side of the line, under the topic's name."""
