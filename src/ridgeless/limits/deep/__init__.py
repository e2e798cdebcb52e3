"""Depth 3 and more: a primal-dual path, then Newton at its end."""
