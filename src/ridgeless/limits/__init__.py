"""Where training ends, without training. NumPy and SciPy only."""

from ridgeless.limits.minimise import Minimum, minimise
from ridgeless.limits.watch import Progress, watch

__all__ = ["Minimum", "Progress", "minimise", "watch"]
