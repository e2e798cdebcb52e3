"""Training methods: gradient flow, gradient descent and others. JAX is loaded here. A new flow is one new file here."""

from typing import TYPE_CHECKING

from ridgeless._core.discovery import discover
from ridgeless.flows.base import Flow, Run

if TYPE_CHECKING:
    from ridgeless.flows.ada_grad import AdaGrad
    from ridgeless.flows.adam import Adam
    from ridgeless.flows.decay_then_off import DecayThenOff
    from ridgeless.flows.gradient_descent import GradientDescent
    from ridgeless.flows.gradient_flow import GradientFlow
    from ridgeless.flows.muon import Muon
    from ridgeless.flows.riemannian_descent import RiemannianDescent
    from ridgeless.flows.riemannian_flow import RiemannianFlow
    from ridgeless.flows.stochastic_gradient_descent import StochasticGradientDescent

FOUND = discover(__name__, Flow)
globals().update(FOUND)

__all__ = [
    "FOUND",
    "AdaGrad",
    "Adam",
    "DecayThenOff",
    "Flow",
    "GradientDescent",
    "GradientFlow",
    "Muon",
    "RiemannianDescent",
    "RiemannianFlow",
    "Run",
    "StochasticGradientDescent",
]
