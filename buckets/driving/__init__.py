"""A server seen and driven from outside: its process, its clients, what they expect."""
