"""What a cell calls: check, running, watch, progress."""
