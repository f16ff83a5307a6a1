"""A terminal laboratory for learning rates."""

__version__ = "0.7.0"
