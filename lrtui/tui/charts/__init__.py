"""Curves, rates, published figures and the log."""
