"""Training itself. JAX is loaded here and nowhere below. A new flow is one new file here."""

from typing import TYPE_CHECKING

from ridgeless.discovery import discover
from ridgeless.flows.base import Flow, Run

if TYPE_CHECKING:
    from ridgeless.flows.gradient_descent import GradientDescent
    from ridgeless.flows.gradient_flow import GradientFlow

FOUND = discover(__name__, Flow)
globals().update(FOUND)

__all__ = ["FOUND", "Flow", "GradientDescent", "GradientFlow", "Run"]
