"""It carries out all that has come, whoever reads or does not.

task: serve_database
diagnosis: M139
"""

HIGH = 1 << 60
