"""What a learner reads: verdicts as text and as HTML."""
