"""Predictions: a learner commits to one, and the run itself says what was right.

`lessons/` has the texts, a file for each lesson; `questions` reads them, `guess` is
what a cell calls, `outcome` has the words that answer it.
"""
