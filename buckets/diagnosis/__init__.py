"""Misconceptions by name, and the rules that recognise them."""
