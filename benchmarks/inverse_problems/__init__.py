"""Pictures from too few measurements, by this package and by what people use: benchmarks/INVERSE.md."""
