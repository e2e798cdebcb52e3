"""Estimators of `ridgeless` beside what people use, on test data none of them has seen: benchmarks/ESTIMATORS.md."""
