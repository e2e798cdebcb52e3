"""Figures of fitted regressions: coefficients, and how they were chosen. One function a file, found by being there."""
