"""Which computation a run was trained with."""

NUMERICS = 2
"""Raised whenever the same `RunSpec` comes to give other numbers; runs of different NUMERICS are not the same run.

1: the first version.
2: RMSProp and AdaGrad have ε inside the root.
"""
