"""Where training ends, without training. NumPy and SciPy only."""

from ridgeless.limits.minimise import Minimum, minimise
from ridgeless.limits.rational import ExactPath, rational_saddles

__all__ = ["ExactPath", "Minimum", "minimise", "rational_saddles"]
