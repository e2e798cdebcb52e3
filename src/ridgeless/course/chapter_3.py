"""Chapter 3, proofs: a dual point that proves a least norm, and a solution that a certificate refutes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from ridgeless.certificates import Certificate, certify
from ridgeless.course.base import CLOSE, Exercise, NotYet, numbers, small_system, solving
from ridgeless.inits import Constant, Vanishing
from ridgeless.networks import Difference
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit


class DualProof(Exercise):
    """A dual point that proves that no solution has a smaller ℓ1 norm."""

    key: ClassVar[str] = "3.1"
    question: ClassVar[str] = (
        "Give a nu, one number for each equation of exercise.system, that proves that no solution has a smaller l1 "
        "norm than exercise.x."
    )

    @property
    def system(self) -> LinearSystem:
        """Three equations for six unknowns."""
        return small_system()

    @property
    def x(self) -> Float[np.ndarray, " d"]:
        """The solution of least ℓ1 norm."""
        return limit(self.system, Difference(2), Vanishing()).x

    def judge(self, answer: Any) -> str:
        """|Aᵀν| ≤ 1, and ⟨b, ν⟩ is the norm."""
        dual = numbers(answer, (3,), "nu")
        largest = float(np.abs(self.system.rmatvec(dual)).max())
        proved, norm = float(self.system.b @ dual), float(np.abs(self.x).sum())
        if largest > 1 + CLOSE:
            raise NotYet(
                f"the largest |A^T nu| is {largest:.4g}, and has to be at most 1. nu/{largest:.4g} is allowed, and "
                f"proves that every l1 norm is at least {proved / largest:.6g}; that of x is {norm:.6g}."
            )
        if proved < norm * (1 - CLOSE):
            raise NotYet(f"nu proves that every l1 norm is at least {proved:.6g}, and that of x is {norm:.6g}.")
        return f"every solution has an l1 norm of at least <b, nu> = {proved:.6g}, and x has no more."


class Refuted(Exercise):
    """A solution of the system that training does not pick."""

    key: ClassVar[str] = "3.2"
    question: ClassVar[str] = (
        "Give an x that solves exercise.system, and that rl.certify refutes as the limit exercise.limit."
    )

    @property
    def system(self) -> LinearSystem:
        """Three equations for six unknowns."""
        return small_system()

    @property
    def limit(self) -> Solution:
        """The limit of equal weights of 0.1."""
        return limit(self.system, Difference(2), Constant(0.1))

    def judge(self, answer: Any) -> str:
        """The certificate names another solution that is better."""
        x = solving(self.system, answer)
        bias = self.limit.bias
        certificate: Certificate = certify(self.system, x, bias)
        if certificate.verdict.value == "certified":
            raise NotYet("that is the limit itself, within 1e-7. Add something that A does not see.")
        if certificate.witness is None or certificate.witness.kind != "point":
            raise NotYet(f"the verdict is {certificate.verdict.value}, but because {certificate.reason}")
        return f"x solves every equation, and still {certificate.reason}"
