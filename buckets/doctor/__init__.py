"""What works on this machine, and what would make the rest work."""
