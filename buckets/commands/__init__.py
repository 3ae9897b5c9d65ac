"""The subcommands of `buckets`: thin, one file each."""
