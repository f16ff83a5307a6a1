"""What the runs of an experiment say of its question: figures, findings, and whether they agree with the guide."""
