"""Where training ends, without training. NumPy and SciPy only."""

from ridgeless._core.discovery import import_modules
from ridgeless._core.shown import shown
from ridgeless.limits.checkpoint import Progress, watch
from ridgeless.limits.minimum import minimise
from ridgeless.limits.vanishing.exact_rational import ExactPath, rational_saddles
from ridgeless.potentials.minimum import Minimum, Outcome

import_modules(__name__)  # with which every solver registers itself

__all__ = ["ExactPath", "Minimum", "Outcome", "Progress", "minimise", "rational_saddles", "watch"]

__getattr__, __dir__ = shown(__name__, __all__)
