"""The verbs `limit`, `limit_path`, `lazy_limit`, `train`, `train_batch` and `solve`."""
