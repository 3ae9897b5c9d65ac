"""Echo servers of one kind each, which bench/loop_cost.py holds against each other."""
