"""Which solution of an underdetermined system does training pick? Visible, exact, proved, useful.

    import ridgeless as rl

    system = rl.LinearSystem(A, b)                                 # more unknowns than equations
    network, init = rl.networks.Difference(depth=2), rl.inits.Constant(1e-4)
    found = rl.train(system, network, init, rl.flows.GradientFlow())  # training it …
    exact = rl.limit(system, network, init)                        # … and where it ends, without training
    rl.certify(exact).verdict                                      # 'certified'
    x = rl.solve(A, b).x                                           # the practitioner's one line

Importing the package loads no JAX, no matplotlib and no scikit-learn: each comes with the first call that needs it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ridgeless import (
        accelerated,
        certificates,
        errors,
        flows,
        inits,
        limits,
        networks,
        papers,
        penalties,
        potentials,
        report,
        studies,
        systems,
    )
    from ridgeless.analysis.calibrate import calibrate
    from ridgeless.analysis.design import design
    from ridgeless.analysis.explain import explain
    from ridgeless.analysis.learn import learn
    from ridgeless.analysis.leave_one_out import leave_one_out
    from ridgeless.analysis.sensitivity import sensitivity
    from ridgeless.certificates import Certificate, certify, convergence_rate
    from ridgeless.errors import (
        InconsistentSystemError,
        InvalidInputError,
        NoExactDesign,
        NoExactLimit,
        NoScaleError,
        RidgelessError,
    )
    from ridgeless.potentials import Bias
    from ridgeless.solution import History, Solution, Status, load
    from ridgeless.studies import study
    from ridgeless.systems import LinearSystem
    from ridgeless.verbs.lazy_limit import lazy_limit
    from ridgeless.verbs.limit import limit
    from ridgeless.verbs.limit_path import limit_path
    from ridgeless.verbs.solve import solve
    from ridgeless.verbs.train import train, train_batch

__version__ = "0.1.0"

_SUBMODULES = {
    "accelerated",
    "certificates",
    "errors",
    "flows",
    "inits",
    "limits",
    "networks",
    "papers",
    "penalties",
    "potentials",
    "report",
    "studies",
    "systems",
}
_HOMES = {
    "Bias": "potentials",
    "Certificate": "certificates",
    "History": "solution",
    "InconsistentSystemError": "errors",
    "InvalidInputError": "errors",
    "LinearSystem": "systems",
    "NoExactDesign": "errors",
    "NoExactLimit": "errors",
    "NoScaleError": "errors",
    "RidgelessError": "errors",
    "Solution": "solution",
    "Status": "solution",
    "calibrate": "analysis.calibrate",
    "certify": "certificates",
    "convergence_rate": "certificates",
    "design": "analysis.design",
    "explain": "analysis.explain",
    "lazy_limit": "verbs.lazy_limit",
    "learn": "analysis.learn",
    "leave_one_out": "analysis.leave_one_out",
    "limit": "verbs.limit",
    "limit_path": "verbs.limit_path",
    "load": "solution",
    "sensitivity": "analysis.sensitivity",
    "solve": "verbs.solve",
    "study": "studies",
    "train": "verbs.train",
    "train_batch": "verbs.train",
}
__all__ = [
    "Bias",
    "Certificate",
    "History",
    "InconsistentSystemError",
    "InvalidInputError",
    "LinearSystem",
    "NoExactDesign",
    "NoExactLimit",
    "NoScaleError",
    "RidgelessError",
    "Solution",
    "Status",
    "__version__",
    "accelerated",
    "calibrate",
    "certificates",
    "certify",
    "convergence_rate",
    "design",
    "errors",
    "explain",
    "flows",
    "inits",
    "lazy_limit",
    "learn",
    "leave_one_out",
    "limit",
    "limit_path",
    "limits",
    "load",
    "networks",
    "papers",
    "penalties",
    "potentials",
    "report",
    "sensitivity",
    "solve",
    "studies",
    "study",
    "systems",
    "train",
    "train_batch",
]


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"ridgeless.{name}")
    if name in _HOMES:
        member = getattr(importlib.import_module(f"ridgeless.{_HOMES[name]}"), name)
        globals()[name] = member
        return member
    raise AttributeError(f"module 'ridgeless' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
