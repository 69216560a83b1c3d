"""What is stale and what to run: standard library only until something is estimated."""
