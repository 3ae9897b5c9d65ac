"""Traces of real runs, and the pictures drawn from them."""
