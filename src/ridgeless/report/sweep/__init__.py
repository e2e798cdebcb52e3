"""The report of a study over any axes: medians with bands over seeds, and training held against the limit."""
