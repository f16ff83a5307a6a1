"""A terminal laboratory for learning rates."""

__version__ = "0.2.0"
