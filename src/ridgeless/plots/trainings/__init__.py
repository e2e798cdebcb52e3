"""Figures of trainings along time. One function a file, found by being there."""
