"""`rl.limit`, `limit_path`, `lazy_limit`, `train` with `train_batch`, and `solve`: a module each, of its name."""
