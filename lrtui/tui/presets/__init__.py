"""What there is to run, and what was run."""
