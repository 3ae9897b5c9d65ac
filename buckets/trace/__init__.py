"""Reading a recording: its calls, its turns, and what is wrong in them."""
