"""Presets, sweeps and studies: what is to be trained."""
