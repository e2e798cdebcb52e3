"""Depth 2: Newton on the dual, along a homotopy in the logarithms of the start."""
