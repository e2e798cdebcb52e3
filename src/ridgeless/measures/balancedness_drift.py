"""How far training drifted from what gradient flow conserves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless.certificates import conservation
from ridgeless.errors import RidgelessError
from ridgeless.measures.base import Measure, Measured


@dataclass(frozen=True)
class BalancednessDrift(Measure):
    """The largest relative change of what exact gradient flow conserves: max_I ‖I(theta) − I(theta0)‖/‖I(theta0)‖.

    I goes over `network.invariants`: for `Dense`, P_N W_1 and the balance W_jᵀW_j − W_(j+1)W_(j+1)ᵀ of neighbouring
    layers. An I that is 0 at the start is replaced in the denominator by 1e-6 of the size of the weights, as in
    `rl.certificates.conservation`. 0 for exact flow; it grows with the step size of a method in steps. NaN where no
    weights were trained: for a limit, and in dual coordinates.

    Source: Du, Hu and Lee 2018, "Algorithmic regularization in learning deep homogeneous models", Theorem 2.1.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> network, theta0 = rl.networks.Difference(depth=2), {"u": np.ones(2), "v": np.ones(2)}
        >>> flows = [rl.flows.GradientDescent(step_size=step) for step in (2e-3, 1e-3)]
        >>> found = [rl.train(system, network, theta0, flow) for flow in flows]
        >>> drifts = [BalancednessDrift().value(Measured(each, system)) for each in found]
        >>> 1.9 < drifts[0] / drifts[1] < 2.2
        True
    """

    long_name: ClassVar[str] = "drift of what gradient flow conserves, relative"

    def value(self, measured: Measured) -> float:  # noqa: D102
        network, theta0, theta = measured.network, measured.theta0, measured.theta
        if network is None or theta0 is None or theta is None:
            return np.nan
        try:
            with np.errstate(all="ignore"):
                drifts = conservation(measured.system, network, theta0, theta)
        except RidgelessError:  # weights that left the network's form, or float64
            return np.nan
        return max(drifts.values(), default=np.nan)
