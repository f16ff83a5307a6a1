"""Which computation a run was trained with."""

NUMERICS = 1
"""Raised whenever the same `RunSpec` comes to give other numbers; runs of different NUMERICS are not the same run.

1: as of the first version.
"""
