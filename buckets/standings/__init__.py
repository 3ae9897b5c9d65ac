"""The scoreboard: the servers of lessons 02 to 10, and the library's, under one load.

figures is what there is to say, words says it, picture draws it, and run finds it out:
entrants says where the servers come from, languages how a client speaks to each, load
is the one load, measure asks the operating system, rude sends the cast. Nothing of a
learner's runs in any of them: servers are children.
"""
