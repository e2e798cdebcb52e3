"""Where training ends, without training. NumPy and SciPy only."""

from ridgeless.limits.minimise import Minimum, minimise
from ridgeless.limits.rational import ExactPath, rational_saddles
from ridgeless.limits.watch import Progress, watch

__all__ = ["ExactPath", "Minimum", "Progress", "minimise", "rational_saddles", "watch"]
