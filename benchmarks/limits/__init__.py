"""Limits beside linear programming, interior points, spectral projected gradients, working sets and LARS."""
