"""Figures of the results of a study over its axes. One function a file, found by being there."""
