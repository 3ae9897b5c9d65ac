"""One submission to one verdict: engine, plugin, sandbox."""
