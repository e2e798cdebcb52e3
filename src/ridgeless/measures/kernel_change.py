"""How much the tangent kernel changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless.measures.base import Measure, Measured


@dataclass(frozen=True)
class KernelChange(Measure):
    """The relative change of the tangent kernel, ‖M(theta) − M(theta0)‖_F/‖M(theta0)‖_F, M = J Jᵀ, J = ∂x/∂theta.

    M (d, d) drives gradient flow, x' = M Aᵀ(b − A x), and A M Aᵀ is the neural tangent kernel on the equations. It does
    not change in lazy training, and changes by a multiple of its size in rich training. Exact, by 2d products with M,
    of which no more than two columns are kept. NaN where no weights were trained, and where M(theta0) = 0.

    Source: Jacot, Gabriel and Hongler 2018, "Neural tangent kernel"; Geiger et al. 2020, "Disentangling feature and
    lazy training in deep neural networks", for the norm.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> network, flow = rl.networks.Difference(depth=2), rl.flows.GradientDescent(step_size=1e-3)
        >>> lazy, rich = (rl.train(system, network, rl.inits.Constant(scale), flow) for scale in (5.0, 0.1))
        >>> [KernelChange().value(Measured(found, system)) < 0.1 for found in (lazy, rich)]
        [True, False]
    """

    long_name: ClassVar[str] = "change of the tangent kernel, ‖M − M₀‖_F/‖M₀‖_F"

    def value(self, measured: Measured) -> float:  # noqa: D102
        network, theta0, theta = measured.network, measured.theta0, measured.theta
        if network is None or theta0 is None or theta is None:
            return np.nan
        unit, changes, sizes = np.zeros(len(measured.x)), [], []
        with np.errstate(all="ignore"):
            for index in range(len(unit)):
                unit[index] = 1.0
                before, after = network.tangent_metric(theta0, unit), network.tangent_metric(theta, unit)
                sizes.append(norm(before))
                changes.append(norm(after - before))
                unit[index] = 0.0
        change, size = norm(np.array(changes)), norm(np.array(sizes))
        return change / size if 0 < size < np.inf and np.isfinite(change) else np.nan
