"""The data sets: what there is, where it lies, reading it, downloading it. Only `load`, `builtin` and `fetch` need torch."""
