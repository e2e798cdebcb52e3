"""The scale of the start from which gradient flow would have ended where training ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless.measures.base import Measure, Measured
from ridgeless.networks import Difference, Product


@dataclass(frozen=True)
class EffectiveScale(Measure):
    """The effective scale of a diagonal network of depth 2 at the end of training, its median over coordinates.

    α_i = √|u_i v_i| for `Difference`, x = u² − v², and √|u_i² − v_i²| for `Product`, x = u∘v. Gradient flow keeps it;
    finite steps, mini-batches and noise change it, and training ends as gradient flow would from there.

    NaN for other networks and depths, and where no weights were trained.

    Source: Even, Pesme, Gunasekar and Flammarion 2023, arXiv 2302.08982, Theorem 1.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> network, init = rl.networks.Difference(depth=2), rl.inits.Constant(0.1)
        >>> flows = [rl.flows.GradientDescent(step_size=step) for step in (0.001, 0.1)]
        >>> found = [rl.train(system, network, init, flow) for flow in flows]
        >>> [round(EffectiveScale().value(Measured(each, system)), 3) for each in found]
        [0.1, 0.056]
    """

    long_name: ClassVar[str] = "effective scale √|u·v| or √|u² − v²| at the end, median over coordinates"

    def value(self, measured: Measured) -> float:  # noqa: D102
        network, theta = measured.network, measured.theta
        if not isinstance(network, (Difference, Product)) or network.depth != 2 or theta is None:
            return np.nan
        (conserved,) = network.invariants(theta, measured.system).values()
        return float(np.sqrt(np.median(np.abs(conserved))))
