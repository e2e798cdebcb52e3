"""The tolerances, limits and factors that the solvers share, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

_MANTISSA_BITS = 52


@dataclass(frozen=True)
class Tolerances:
    """Thresholds for accuracy, numbers of steps and cost.

    Numbers of digits are counted from float64's eps = 2.2e-16: a sum of k terms is off by up to k·eps of their size.
    `python -m benchmarks.tolerances` moves every field in both directions, by 10 where it is a number of digits and by
    1.5 where it is not, and writes to `benchmarks/TOLERANCES.md` how many answers, steps and seconds that changes. The
    instances are small: what a number does for large matrices, or as a guard of rare cases, does not show there.

    Attributes:
        in_span: A column of length 1 whose distance from the span of others is smaller, after two orthogonalisations,
            lies in that span (5 eps).
        rounding: A sum smaller than this fraction of its terms is rounding error (45 eps). It is also the relative
            ridge that is added to the diagonal of a Hessian before factorisation.
        solved: A relative residual, pivot or slack below this cannot be reduced further (450 eps).
        finest_aim: Newton's method aims for no smaller residual on orthonormal rows.
        fine: An equation whose residual is below this fraction of its terms is not refined further.
        held: A relative residual of equations that are solved, whatever larger tolerance is asked, and the size, beside
            the largest x, of a branch that does not matter.
        near: A relative residual from which on Newton's method gains digits and no longer distance.
        lost: ν determines a slack below this to fewer than eight digits. It is also the relative change of x from which
            on rounding counts as having moved it.
        certified: The relative distance to the limit that `rl.certify` asks for unless it is told otherwise.
        shown: HiGHS solves linear programs to about 1e-7, so that a number above this is not due to its tolerance. What
            lies beyond it, or its inverse, for other reasons is as surely out of reach: the largest ridge, a solution
            a million times as long as another, the smallest slack to which the path in ν is led back.
        dependent: Columns whose extreme singular values have a smaller ratio leave x accurate to 1e-11 at best, and so
            does a slack below this that ν alone determines.
        inexact: Where an error or a slack below this does not improve any more, digits are lacking and not steps.
        close: Three digits. The relative accuracy of tangents and of intermediate stages, the largest relative change
            of x by one correction, and the smallest ratio of column norms that count as similar.
        near_edge: A branch with a smaller slack is computed exactly in a tableau, and may depend on the rounding of the
            initialization.
        coarse: One digit. The accuracy of intermediate stages where products with A are expensive, the largest relative
            residual of an approximate Hessian, and the smallest ratio of equations or slacks that count as similar.
        half: A Newton step has failed to make progress if it leaves more than half of the error. A positive unknown is
            decreased by at most half in one linear step.
        aim: Newton's method aims for this fraction of min(tol, held), which costs at most a step more.
        overshoot: A step may pass the minimum along its direction, to where the slope is this fraction of what it was.
            A step of the primal-dual path that is shorter than this part of Newton's is no full step.
        lengthening: The factor by which a unit step is extended, repeatedly, while too much of the slope remains.
        slow: A unit step close to the solution that leaves more of the error shows a poor approximate Hessian.
        columns_per_equation: The columns per row, those of largest weight, in the approximate Hessian.
        more_columns: The factor by which their number grows where they were too few.
        most_products: The largest number of iterations of conjugate gradients.
        points_per_pass: The number of trial steps that a pass over blocks of columns tells of at about the cost of one.
        probes: The number of random sign vectors that estimate the row norms of an operator to a factor of two.
        shorter: A stage of a homotopy that fails is tried again at this fraction of its length.
        longer: A stage that took few steps is followed by one this many times as long. T begins to decrease by as much
            in the first step of the primal-dual path.
        few_steps: A stage that takes at most this many steps was easy: quadratic convergence takes one digit to sixteen
            in four steps. If as many in a row make no progress, only rounding is left. A step extended to more than
            this shows a poor approximate Hessian.
        stage_steps: The most Newton steps in an intermediate stage, and of a method that makes no progress meanwhile.
        last_stage_steps: The most Newton steps in the first stage, and in the last one.
        most_steps: The most steps of a homotopy in all, and what a path from saddle to saddle may take beyond those for
            each equation.
        shortest_stage: A homotopy is given up where a stage of this length fails.
        least_price: The ℓ1 minimiser is tried as a starting point only if c times every ℓ1 weight is at least this;
            otherwise the potential is too far from an ℓ1 norm.
        jumps_per_equation: The most jumps per equation on the way to the ℓ1 minimiser; more cost as much as the
            homotopy itself.
        cheap_products: The number of multiplications that take about as long as one function call.
        columns_shown: The least number of columns from which the condition number of A is bounded.
        path_steps: The most steps of the primal-dual path.
        to_the_edge: The fraction to the boundary of interior-point methods: a step goes this part of the way to where
            the first unknown would be 0 (Wright 1997, Primal-Dual Interior-Point Methods).
        most_rise: The largest increase of log X at fixed slack that one step of the path asks for.
        most_rise_graded: The largest increase of log X in one step on graded columns, where X may start far too small.
        most_jumps_per_equation: A path from saddle to saddle that takes more jumps per equation goes in a circle.
        refinements: The number of refinements of the last saddle; the second confirms that the first sufficed.
        followed: The number of columns, those nearest to their dual bounds, updated at every jump (screening).
        most_followed: If these exceed this fraction of all columns, a full product is as cheap.
    """

    # Digits
    in_span: float = 1e-15
    rounding: float = 1e-14
    solved: float = 1e-13
    finest_aim: float = 3e-13
    fine: float = 1e-12
    held: float = 1e-10
    near: float = 1e-9
    lost: float = 1e-8
    certified: float = 1e-7
    shown: float = 1e-6
    dependent: float = 1e-5
    inexact: float = 1e-4
    close: float = 1e-3
    near_edge: float = 1e-2
    coarse: float = 0.1
    half: float = 0.5

    # Newton's method
    aim: float = 0.01
    overshoot: float = 0.9
    lengthening: float = 1.4
    slow: float = 0.2
    columns_per_equation: int = 2
    more_columns: int = 8
    most_products: int = 20_000
    points_per_pass: int = 4
    probes: int = 16

    # Homotopies
    shorter: float = 0.4
    longer: float = 3.0
    few_steps: int = 4
    stage_steps: int = 12
    last_stage_steps: int = 50
    most_steps: int = 1000
    shortest_stage: float = 1e-4

    # Depth 2 from a vertex of the ℓ1 norm
    least_price: float = 12.0
    jumps_per_equation: float = 0.25
    cheap_products: int = 100_000
    columns_shown: int = 500

    # Depth 3 and more, and graded columns
    path_steps: int = 150
    to_the_edge: float = 0.95
    most_rise: float = 1.0
    most_rise_graded: float = 60.0

    # Starts whose scale vanishes
    most_jumps_per_equation: int = 40
    refinements: int = 2
    followed: int = 48
    most_followed: float = 0.15

    @property
    def halvings(self) -> int:
        """The most halvings of a step: 52, after which it is below eps, and eight more."""
        return _MANTISSA_BITS + 8

    @property
    def slack_bits(self) -> int:
        """The bits of accuracy required of slacks in an exact tableau: eight fewer than float64 has."""
        return _MANTISSA_BITS - 8


TOLERANCES = Tolerances()
