"""An exercise that is checked whenever it is saved: buckets watch."""
