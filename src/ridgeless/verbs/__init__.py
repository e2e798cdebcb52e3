"""The verbs `limit`, `limit_path`, `lazy_limit`, `train`, `train_batch` and `solve`."""

from ridgeless._core.shown import shown_modules

__getattr__, __dir__ = shown_modules(__name__)
