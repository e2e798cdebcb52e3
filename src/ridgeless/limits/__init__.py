"""Where training ends, without training. NumPy and SciPy only."""

from ridgeless.limits.minimise import Minimum, minimise

__all__ = ["Minimum", "minimise"]
