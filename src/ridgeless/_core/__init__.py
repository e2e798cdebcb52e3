"""What every room stands on: arrays checked, classes found, results on disk, and more digits than float64 has."""
