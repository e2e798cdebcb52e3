"""Training in discrete steps by any update rule, compiled."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ridgeless._core.arrays import Vector, positive_number, whole_number
from ridgeless._core.marks import log_steps
from ridgeless.flows import _driver, _jax
from ridgeless.flows._divergence import has_left, in_windows, judged, levels_of, noted, swings, unwatched
from ridgeless.flows._driver import LONGER, Method, Snapshot, Target, driven, run_at_rest
from ridgeless.flows._grown import grown
from ridgeless.flows._stopwatch import Stopwatch
from ridgeless.flows.base import Run, refuse_orthogonal
from ridgeless.networks import Network, Theta, TrainingProblem
from ridgeless.solution import Status
from ridgeless.systems import LinearSystem

# No residual is below it: not even 0 ends the training.
_NO_AIM = -1.0


@dataclass(frozen=True)
class Rule:
    """The update rule of a method: how gradients become steps.

    Attributes:
        key: equal keys must mean equal functions.
        flow: the class that it belongs to, for advice.
        label: what messages and results call it.
        begin: theta ↦ memory.
        move: (gradient, memory, theta, step_size) ↦ (change of theta, memory).
        may_rise: whether the loss may stay above its start for as long as it likes, and is on its way all the same.
        gradient: (loss, theta, A, b, memory) ↦ gradient; None for that of the whole loss.
        tells: memory ↦ numbers by name, for the history; None where there are none.
    """

    key: Hashable
    flow: str
    label: str
    begin: Callable[[Any], Any]
    move: Callable[[Any, Any, Any, Any], tuple[Any, Any]]
    may_rise: bool = False
    gradient: Callable[..., Any] | None = None
    tells: Callable[[Any], Mapping[str, Any]] | None = None

    def told(self, memory: Any) -> dict[str, np.ndarray]:
        """What it tells of a memory, as NumPy arrays."""
        return {} if self.tells is None else _jax.to_numpy(dict(self.tells(memory)))


@dataclass(frozen=True)
class SteppingPlan:
    """How one problem is trained in steps.

    Attributes:
        rule: how gradients become steps.
        step_size: η; None for the default of gradient descent.
        max_steps: the budget.
        is_aimed: whether training ends when the residual is within its tolerance. Methods that lead solutions away
            go on to the end of their budget.
    """

    rule: Rule
    step_size: float | None
    max_steps: int
    is_aimed: bool = True


def optax_rule(flow: str, make: Callable[[Any], Any]) -> Rule:
    """The rule of an optax transformation; `make` takes the step size."""

    def move(gradient: Any, memory: Any, theta: Any, step_size: Any) -> tuple[Any, Any]:
        return make(step_size).update(gradient, memory, theta)

    return Rule(flow, flow, flow, lambda theta: make(1.0).init(theta), move)


def check_budget(flow: Any) -> None:
    """Make the step size of a flow a number, that of its class where it is None; refuse it or max_steps if unusable."""
    call = f"flows.{type(flow).__name__}"
    whole_number(flow.max_steps, call, "max_steps", least=1)
    size = type(flow).step_size if flow.step_size is None else positive_number(flow.step_size, call, "step_size")
    object.__setattr__(flow, "step_size", size)


def run_steps(problem: TrainingProblem, plan: SteppingPlan, tol: float) -> Run:
    """Train by a plan until the residual is within tol, if that is its aim, the loss rises, or the budget ends."""
    refuse_orthogonal(problem.network, plan.rule.label)
    with _jax.double_precision(), Stopwatch() as watch:
        if plan.is_aimed and _jax.is_stationary(problem):
            return run_at_rest(Target(problem, tol, aim=tol), "step", plan.rule.label)
        method = Steps(problem, plan, tol)
        method.compile()
        return driven(method, plan.max_steps, watch)


def numbers_along(
    problem: TrainingProblem, plan: SteppingPlan, tol: float, look: Callable[[Theta], float]
) -> tuple[Vector, Vector]:
    """`run_steps` with a number taken of the weights at each mark: (steps, numbers)."""
    refuse_orthogonal(problem.network, plan.rule.label)
    with _jax.double_precision():
        if plan.is_aimed and _jax.is_stationary(problem):
            return np.zeros(1), np.array([look(problem.theta0)])
        method = Steps(problem, plan, tol)
        method.compile()
        return _driver.numbers_along(method, plan.max_steps, look)


def default_step(network: Network, system: LinearSystem, sharpness_at_start: float) -> float:
    """1/max(λ₀, λ_end): half the stability bound 2/λ, with λ_end as the end of a sparse solution would have it.

    Without a degree λ_end is not known, and the step is that of the start.
    """
    degree, at_end = network.homogeneity, 0.0
    if degree is not None:
        size = float(np.linalg.norm(system.min_norm())) * network.most_growth(system)
        at_end = system.spectral_norm**2 * degree**2 * size ** (2 - 2 / degree)
    largest = max(sharpness_at_start, at_end)
    return float(1 / largest) if largest > 0 else 1.0


def default_size(problem: TrainingProblem) -> float:
    """The default step of gradient descent on a problem."""
    with _jax.double_precision():
        theta0, *arrays = _jax.to_jax((problem.theta0, problem.system.rows(), problem.system.b))
        sharpest = _jax.sharpness(problem.network, theta0, *arrays)
        later = grown(problem) if problem.network.homogeneity is None else None
        if later is not None:
            at_later = _jax.sharpness(problem.network, _jax.to_jax(later), *arrays)
            sharpest = max(sharpest, at_later) if np.isfinite(at_later) else sharpest
        return default_step(problem.network, problem.system, sharpest)


def loss_to_stop_at(goal: Target) -> float:
    """The loss to stop at: a hundredth below what is asked of the residual, which is computed by other sums."""
    if goal.aim < 0:
        return -np.inf
    residual = 0.99 * goal.aim * goal.problem.reference
    return residual * residual / 2


class DiscreteMethod(Method):
    """A method in steps of one size, which ends when the loss has left for good; the state begins with theta.

    Attributes:
        flow: the class of the method, for advice.
        arrays: A and b.
        theta0: the start.
        bound: the loss to stop at.
        levels: the losses by which it is judged.
        step_size: η.
        max_steps: the budget.
    """

    clock: ClassVar[str] = "step"

    def __init__(self, flow: str, name: str, goal: Target, step_size: float, max_steps: int) -> None:
        self.flow, self.goal, self.step_size, self.max_steps = flow, goal, step_size, max_steps
        self.label = f"{name}, step {step_size:.3g}"
        self.arrays = _jax.to_jax((self.problem.system.rows(), self.problem.system.b))
        self.theta0 = _jax.to_jax(self.problem.theta0)
        self.bound = loss_to_stop_at(goal)
        self.levels = levels_of(self.problem, self.problem.point(self.problem.theta0), self.bound)

    @property
    def stats(self) -> dict[str, float | int]:
        return {"step_size": self.step_size}

    def marks(self) -> Iterator[float]:
        return (float(step) for step in log_steps(self.max_steps))

    def theta(self, last: Snapshot) -> Theta:
        return _jax.to_numpy(last.state[0])

    def lost(self) -> str:
        return (
            f"The loss rose with steps of {self.step_size:.6g}: they are too long. "
            f"Type rl.flows.{self.flow}(step_size={self.step_size / 2:.6g})."
        )

    def advice(self, losses: list[float]) -> str:
        if not swings(losses, max(self.bound, self.levels.rounding) * self.problem.unit**2):
            return LONGER
        return (
            f"The loss rises and falls with steps of {self.step_size:.6g} and has not settled: type "
            f"rl.flows.{self.flow}(step_size={self.step_size / 2:.6g}), or a larger max_steps."
        )


class Steps(DiscreteMethod):
    """Training by a rule; the state is (theta, memory, the watch on the loss)."""

    def __init__(self, problem: TrainingProblem, plan: SteppingPlan, tol: float) -> None:
        size = default_size(problem) if plan.step_size is None else plan.step_size
        aim = tol if plan.is_aimed else _NO_AIM
        super().__init__(plan.rule.flow, plan.rule.label, Target(problem, aim, aim=aim), size, plan.max_steps)
        self.rule = plan.rule
        self.program: Any = None
        self.state0 = (self.theta0, self.rule.begin(self.theta0), unwatched())

    def begin(self) -> Snapshot:
        return replace(super().begin(), told=_as_numbers(self.rule.told(self.state0[1])))

    def compile(self) -> None:
        """Compile the program."""
        key = ("steps", self.rule.key, self.problem.network)
        stepping = stepping_of(self.problem.network, self.rule)
        self.program = _jax.compiled(key, stepping, self.state0, *self.arrays, self.scalars(), counts_of(0, 0))

    def scalars(self) -> tuple[np.float64, ...]:
        """The step size, the losses below and above which steps stop, and the level of the watch."""
        level = np.inf if self.rule.may_rise else self.levels.level
        return np.float64(self.step_size), np.float64(self.bound), np.float64(self.levels.ceiling), np.float64(level)

    def advance(self, snapshot: Snapshot, mark: float) -> Snapshot:
        counts = counts_of(snapshot.steps, int(mark))
        state, steps, loss = self.program(snapshot.state, *self.arrays, self.scalars(), counts)
        return self.snapshot(state, steps, loss, self.rule.told(state[1]))

    def snapshot(self, state: Any, steps: Any, loss: Any, told: Mapping[str, Any]) -> Snapshot:
        """The snapshot of a state that the program returned, with what the rule tells of it."""
        point = self.problem.point(_jax.seen(state[0]))
        is_fine = float(loss) <= self.levels.ceiling and np.isfinite(point).all() and not has_left(state[2])
        trouble = "" if is_fine else self.lost()
        return Snapshot(float(steps), point, int(steps), state, trouble, Status.DIVERGED, _as_numbers(told))

    def advice(self, losses: list[float]) -> str:
        return LONGER if self.rule.may_rise else super().advice(losses)


def _as_numbers(told: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in told.items()}


def counts_of(begin: int, end: int) -> tuple[np.int64, np.int64]:
    """The step that training is at, and the one to come to, for the program."""
    return np.int64(begin), np.int64(end)


def stepping_of(network: Network, rule: Rule) -> Any:
    """The compiled part: steps up to a mark, stopped early by arrival or explosion."""
    goes_on, move = _one_step(network, rule)

    def steps(state: Any, A: Any, b: Any, scalars: Any, counts: Any) -> Any:
        begin, end = counts
        *moved, watch = state
        moved, watch, step, loss = in_windows(
            lambda carry, edge: goes_on(carry, scalars, edge),
            lambda carry: move(carry, A, b, scalars),
            (tuple(moved), watch, begin, scalars[2]),
            end,
            scalars[3],
        )
        return (*moved, watch), step, loss

    return steps


def batch_stepping_of(network: Network, rule: Rule) -> Any:
    """The same for many lanes at once, to a mark of each one's own: k matrices, and lanes/k neighbours for each."""
    jax, jnp = _jax.jax, _jax.jnp
    goes_on, move = _one_step(network, rule)
    side_by_side = jax.vmap(jax.vmap(move, in_axes=(0, None, 0, 0, 0)))
    all_go_on, judge_all = jax.vmap(goes_on), jax.vmap(judged)

    def steps(state: Any, designs: Any, b: Any, scalars: Any, counts: Any) -> Any:
        begin, end = counts

        def folded(tree: Any) -> Any:
            return jax.tree.map(lambda leaf: leaf.reshape(len(designs), -1, *leaf.shape[1:]), tree)

        def unfolded(tree: Any) -> Any:
            return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), tree)

        def all_are_on(carry: Any) -> Any:
            return all_go_on(carry, scalars, end) & ~has_left(carry[1])

        def body(carry: Any) -> Any:
            # Decided once for each lane, and not anew for every entry of its weights.
            are_on = jax.lax.optimization_barrier(all_are_on(carry))
            moved, watch, steps, losses = unfolded(
                side_by_side(folded(carry), designs, folded(b), folded(scalars), folded(are_on))
            )
            return moved, judge_all(watch, carry[2], steps, scalars[3]), steps, losses

        *moved, watch = state
        carry = tuple(moved), watch, begin, scalars[2]
        moved, watch, steps, losses = jax.lax.while_loop(lambda carry: jnp.any(all_are_on(carry)), body, carry)
        return (*moved, watch), steps, losses

    return steps


def _one_step(network: Network, rule: Rule) -> tuple[Any, Any]:
    """Two functions of the loop's carry: whether to take a step, and the step."""
    jax, jnp = _jax.jax, _jax.jnp
    loss_of_theta = _jax.loss_of(network)
    value_and_gradient = jax.value_and_grad(loss_of_theta)

    def goes_on(carry: Any, scalars: Any, end: Any) -> Any:
        _, _, step, loss = carry
        _, bound, ceiling, _ = scalars
        return (step < end) & (loss > bound) & (loss <= ceiling)

    def move(carry: Any, A: Any, b: Any, scalars: Any, is_on: Any = True) -> Any:
        (theta, memory), watch, step, before = carry
        step_size, bound, *_ = scalars
        if rule.gradient is None:
            loss, gradient = value_and_gradient(theta, A, b)
        else:
            loss = loss_of_theta(theta, A, b)
            gradient = rule.gradient(loss_of_theta, theta, A, b, memory)
        loss = jnp.where(is_on, loss, before)
        # The loss belongs to theta: where it is small enough, theta is the answer and stays.
        moves = is_on & (loss > bound)
        change, remembered = rule.move(gradient, memory, theta, step_size)
        theta = jax.tree.map(lambda t, c: jnp.where(moves, t + c, t), theta, change)
        memory = jax.tree.map(lambda new, old: jnp.where(is_on, new, old), remembered, memory)
        return (theta, memory), noted(watch, loss), step + moves, loss

    return goes_on, move
