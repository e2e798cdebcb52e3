"""Which solution of an underdetermined system does training pick? Visible, exact, proved, useful.

    import ridgeless as rl

    system = rl.LinearSystem(A, b)                                 # more unknowns than equations
    network, init = rl.networks.Difference(depth=2), rl.inits.Constant(1e-4)
    found = rl.train(system, network, init, rl.flows.GradientFlow())  # training it …
    exact = rl.limit(system, network, init)                        # … and where it ends, without training
    rl.certify(exact).verdict                                      # 'certified'
    x = rl.solve(A, b).x                                           # the practitioner's one line

Importing the package loads none of its modules: each comes when its first name is asked for, and JAX, matplotlib and
scikit-learn with the first call that needs them. The names stand in `__init__.pyi`, where type checkers read them too.
"""

from __future__ import annotations

import lazy_loader

__version__ = "0.1.0"

_load, _, _lazy = lazy_loader.attach_stub(__name__, __file__)
__all__ = sorted([*_lazy, "__version__"])  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    if name in _lazy:
        return _load(name)
    from ridgeless._core.shown import unknown

    raise unknown(__name__, name, __all__)


def __dir__() -> list[str]:
    return __all__.copy()
