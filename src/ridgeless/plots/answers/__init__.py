"""Pictures of answers, one for each kind: what `solution.plot()` and the like draw. One function a file."""
