"""A terminal laboratory for learning rates."""

__version__ = "0.6.0"
