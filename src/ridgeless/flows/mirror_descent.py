"""Mirror descent with any potential."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from ridgeless._core.arrays import Dual, Vector, positive_number, whole_number
from ridgeless._core.marks import log_steps
from ridgeless.errors import InvalidInputError
from ridgeless.flows import _steps
from ridgeless.flows._divergence import levels_of
from ridgeless.flows._driver import Method, Snapshot, Target, driven
from ridgeless.flows._dual import MirrorMap
from ridgeless.flows._stopwatch import Stopwatch
from ridgeless.flows.base import Flow, Run, refuse_orthogonal
from ridgeless.networks import Direct, Network, Theta, TrainingProblem
from ridgeless.potentials import Bias, Potential, Quadratic
from ridgeless.solution import Status


@dataclass(frozen=True)
class MirrorDescent(Flow):
    """∇Φ(x) ← ∇Φ(x) − η·Aᵀ(A x − b): mirror descent with the potential Φ (Nemirovski and Yudin 1983).

    Steps move ∇Φ(x) along row(A), so that for every step size that converges the end is exactly

        x∞ = argmin Φ(x) − ⟨∇Φ(x₀), x⟩ over A x = b,

    the solution nearest to the start in the Bregman divergence of Φ (Gunasekar et al. 2018, arXiv 1802.08246,
    Theorem 1): what `bias(x₀)` and `solution.bias` state, `rl.certify` proves, and the limit of a network with this Φ
    is. The step size does not enter, as it does for gradient descent on that network.

    It moves x itself, without weights in between: for `Direct`, whose start is x₀.

    Attributes:
        potential: Φ with a diagonal mirror map: any separable smooth one of `ridgeless.potentials`, or `Quadratic`,
            which makes this gradient descent. Its arrays have one entry for each unknown.
        step_size: η; None for 1/(σ²·c), with σ = ‖A‖₂ and c the largest dx/dz among entries of x up to the size of the
            start and of a sparse solution, ‖A⁺b‖·√(d/n).
        max_steps: the budget.

    Raises:
        InvalidInputError: a field of the wrong kind; at training, a network other than `Direct`, or a start outside
            the domain of Φ.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> sparse = rl.potentials.Hypentropy(knee=np.full(2, 1e-6), rate=4.0)
        >>> rl.train(system, rl.networks.Direct(), {"x": np.zeros(2)}, MirrorDescent(sparse)).x.round(2)
        array([0., 1.])
    """

    citation: ClassVar[str] = "Gunasekar et al. 2018, arXiv 1802.08246"

    asks_theorem: ClassVar[bool] = False

    potential: Potential = field(default_factory=Quadratic)
    step_size: float | None = None
    max_steps: int = 100_000

    @classmethod
    def examples(cls) -> tuple[MirrorDescent, ...]:  # noqa: D102
        return cls(max_steps=20_000), cls(Quadratic(rate=2.0), step_size=0.01, max_steps=20_000)

    def __post_init__(self) -> None:
        if not (isinstance(self.potential, Potential) and isinstance(self.potential, MirrorMap)):
            raise InvalidInputError(
                f"flows.MirrorDescent: potential = {self.potential!r} has no diagonal mirror map; pass a smooth "
                "separable one, such as rl.potentials.Hypentropy(knee, rate=4.0)."
            )
        if self.step_size is not None:
            size = positive_number(self.step_size, "flows.MirrorDescent", "step_size")
            object.__setattr__(self, "step_size", size)
        whole_number(self.max_steps, "flows.MirrorDescent", "max_steps", least=1)

    def settles_on(self, network: Network) -> bool:
        """`Direct`, whose weights are x."""
        return isinstance(network, Direct)

    def bias(self, start: Vector) -> Bias:
        """The theorem that tells the end of training from x₀ = `start`, in the form that `rl.certify` judges by.

        Raises:
            InvalidInputError: the start lies outside the domain of Φ.
        """
        citation = "Gunasekar et al. 2018, arXiv 1802.08246, Theorem 1"
        return Bias(self.potential, self._offset(start), citation, ("a step size that converges",))

    def own_bias(self, theta0: Theta) -> Bias | None:
        """`bias` of the x of a start; None for the weights of a network that it refuses."""
        return self.bias(theta0["x"]) if set(theta0) == {"x"} else None

    def run(self, problem: TrainingProblem, bias: Bias | None, tol: float) -> Run:  # noqa: ARG002
        """Train in z = ∇Φ(x), in NumPy; the theorem of the network is not used."""
        refuse_orthogonal(problem.network, "mirror descent")
        if not isinstance(problem.network, Direct):
            raise InvalidInputError(
                f"flows.MirrorDescent: {problem.network} has weights of its own, and mirror descent moves x itself; "
                "type rl.networks.Direct(), with the x of the start."
            )
        offset = self._offset(problem.theta0["x"])
        with Stopwatch() as watch:
            method = _MirrorSteps(Target(problem, tol, aim=tol), self.potential, offset, self)
            return driven(method, self.max_steps, watch)

    def _offset(self, start: Vector) -> Vector:
        """∇Φ(x₀)."""
        try:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                offset = np.asarray(self.potential.gradient(start))
        except ValueError:
            offset = np.empty(0)
        if offset.shape != start.shape:
            raise InvalidInputError(
                f"flows.MirrorDescent: {type(self.potential).__name__} does not fit {len(start)} unknowns; make its "
                "arrays as long as x."
            )
        outside = ~np.isfinite(offset)
        if outside.any():
            raise InvalidInputError(
                f"flows.MirrorDescent: {int(outside.sum())} of {len(start)} entries of the start lie outside the "
                f"domain of {type(self.potential).__name__}, or on its edge, the first at {int(outside.argmax())}; "
                "type a start inside, such as rl.inits.Constant(0.1)."
            )
        return offset


class _MirrorSteps(Method):
    """The loop's view of mirror descent: the state is ν, with x = ∇Φ*(∇Φ(x₀) + Aᵀν)."""

    clock: ClassVar[str] = "step"

    def __init__(self, goal: Target, potential: Any, offset: Vector, flow: MirrorDescent) -> None:
        self.goal, self.potential, self.offset, self.flow = goal, potential, offset, flow
        system = goal.problem.system
        self.rows, self.right = system.rows(), system.b
        self.bound = _steps.loss_to_stop_at(goal)
        self.ceiling = levels_of(goal.problem, goal.problem.theta0["x"], self.bound).ceiling
        self.step_size = flow.step_size or self._default()
        self.state0 = np.zeros(len(self.right))
        self.label = f"mirror descent with {type(potential).__name__}, step {self.step_size:.3g}"

    @property
    def stats(self) -> dict[str, float | int]:
        return {"step_size": self.step_size}

    def marks(self) -> Iterator[float]:
        return (float(step) for step in log_steps(self.flow.max_steps))

    def advance(self, snapshot: Snapshot, mark: float) -> Snapshot:
        nu, x, steps = snapshot.state, snapshot.point, snapshot.steps
        while steps < mark:
            misfit = self.rows @ x - self.right
            loss = float(misfit @ misfit) / 2
            if loss <= self.bound or not loss <= self.ceiling:
                break
            nu = nu - self.step_size * misfit
            x = self.potential.conjugate_gradient(self.offset + self.rows.T @ nu)
            steps += 1
        misfit = self.rows @ x - self.right
        is_fine = float(misfit @ misfit) / 2 <= self.ceiling
        return Snapshot(float(steps), x, steps, nu, "" if is_fine else self.lost(), Status.DIVERGED)

    def lost(self) -> str:
        return (
            f"The loss rose with steps of {self.step_size:.6g}: they are too long. Type "
            f"rl.flows.MirrorDescent(potential, step_size={self.step_size / 2:.6g})."
        )

    def theta(self, last: Snapshot) -> Theta:
        return {"x": np.array(last.point)}

    def dual(self, last: Snapshot) -> Dual:
        return np.array(last.state)

    def _default(self) -> float:
        """1/(σ²·c): half the stability bound where dx/dz is largest."""
        problem = self.goal.problem
        size = float(np.linalg.norm(problem.system.min_norm())) * problem.network.most_growth(problem.system)
        bound = max(size, float(np.abs(problem.theta0["x"]).max(initial=0.0)))
        with np.errstate(all="ignore"):
            ends = [self.potential.gradient(np.full(len(self.offset), entry)) for entry in (-bound, bound)]
            rates = np.array([self.potential.conjugate_curvature(z) for z in [*ends, self.offset]])
        # On the side of a sign that is locked there is no z.
        largest = float(np.max(rates, where=np.isfinite(rates), initial=0.0)) * problem.system.spectral_norm**2
        return 1 / largest if largest > 0 else 1.0
