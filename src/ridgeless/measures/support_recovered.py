"""Whether the support of the truth is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless._core.arrays import positive_number
from ridgeless.errors import InvalidInputError
from ridgeless.measures.base import Measure, Measured


@dataclass(frozen=True)
class SupportRecovered(Measure):
    """Whether x has the support of the truth, exactly: 1 if {i : |x_i| > tolerance·max|x|} = {i : truth_i ≠ 0}, else 0.

    Its mean over seeds is the probability of exact support recovery. NaN where the truth is not known, or has no zeros:
    every x of full support would have found it.

    Attributes:
        tolerance: what counts as zero, relative to the largest entry; above 0 and below 1.

    Raises:
        InvalidInputError: a tolerance that is not between 0 and 1.

    Source: Wainwright 2009, "Sharp thresholds for high-dimensional and noisy sparsity recovery", who also asks for
    the signs.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]), truth=np.array([0.0, 1.0]))
        >>> network = rl.networks.Difference(depth=2)
        >>> rich, lazy = (rl.limit(system, network, rl.inits.Constant(scale)) for scale in (1e-6, 10.0))
        >>> [SupportRecovered().value(Measured(found, system)) for found in (rich, lazy)]
        [1.0, 0.0]
    """

    long_name: ClassVar[str] = "support recovered exactly (1) or not (0)"

    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        tolerance = positive_number(self.tolerance, "measures.SupportRecovered", "tolerance")
        if tolerance >= 1:
            raise InvalidInputError(
                f"measures.SupportRecovered: tolerance = {tolerance:g} would leave no support; type a number below 1."
            )
        object.__setattr__(self, "tolerance", tolerance)

    def value(self, measured: Measured) -> float:  # noqa: D102
        truth = measured.system.truth
        if truth is None or truth.all() or not measured.is_finite:
            return np.nan
        size = np.abs(measured.x)
        return float(np.array_equal(size > self.tolerance * size.max(initial=0.0), truth != 0))
