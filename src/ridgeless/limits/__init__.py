"""Where training ends, without training. NumPy and SciPy only."""

from ridgeless.limits.checkpoint import Progress, watch
from ridgeless.limits.minimum import minimise
from ridgeless.limits.vanishing.exact_rational import ExactPath, rational_saddles
from ridgeless.potentials.minimum import Minimum

__all__ = ["ExactPath", "Minimum", "Progress", "minimise", "rational_saddles", "watch"]
