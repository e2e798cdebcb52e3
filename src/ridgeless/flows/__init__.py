"""Training methods: gradient flow, gradient descent and others. JAX is loaded here. A new flow is one new file here."""

from typing import TYPE_CHECKING

from ridgeless._core.discovery import discover
from ridgeless._core.extras import needed_by
from ridgeless._core.shown import shown

with needed_by("flows"):
    from ridgeless.flows.base import Flow, Run

    FOUND = discover(__name__, Flow)

if TYPE_CHECKING:
    from ridgeless.flows.ada_grad import AdaGrad
    from ridgeless.flows.adam import Adam
    from ridgeless.flows.clipped_descent import ClippedDescent
    from ridgeless.flows.conjugate_gradient import ConjugateGradient
    from ridgeless.flows.decay_then_off import DecayThenOff
    from ridgeless.flows.edge_flow import EdgeFlow
    from ridgeless.flows.gradient_descent import GradientDescent
    from ridgeless.flows.gradient_flow import GradientFlow
    from ridgeless.flows.label_noise import LabelNoise
    from ridgeless.flows.mirror_descent import MirrorDescent
    from ridgeless.flows.muon import Muon
    from ridgeless.flows.nesterov import Nesterov
    from ridgeless.flows.normalized_descent import NormalizedDescent
    from ridgeless.flows.riemannian_descent import RiemannianDescent
    from ridgeless.flows.riemannian_flow import RiemannianFlow
    from ridgeless.flows.rms_prop import RMSprop
    from ridgeless.flows.sign_descent import SignDescent
    from ridgeless.flows.stochastic_gradient_descent import StochasticGradientDescent
    from ridgeless.flows.weight_decay import WeightDecay

globals().update(FOUND)

__all__ = [
    "FOUND",
    "AdaGrad",
    "Adam",
    "ClippedDescent",
    "ConjugateGradient",
    "DecayThenOff",
    "EdgeFlow",
    "Flow",
    "GradientDescent",
    "GradientFlow",
    "LabelNoise",
    "MirrorDescent",
    "Muon",
    "Nesterov",
    "NormalizedDescent",
    "RMSprop",
    "RiemannianDescent",
    "RiemannianFlow",
    "Run",
    "SignDescent",
    "StochasticGradientDescent",
    "WeightDecay",
]

__getattr__, __dir__ = shown(__name__, [*__all__, *FOUND])
