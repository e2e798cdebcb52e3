"""The numbers that the solvers of this package go by, each once, with its reason."""

from __future__ import annotations

from dataclasses import dataclass

_MANTISSA_BITS = 52


@dataclass(frozen=True)
class Tolerances:
    """What counts as small, as few and as cheap.

    Numbers of digits are counted from float64's eps = 2.2e-16: a sum of k terms is off by up to k·eps of their size.
    The other values are supported by a sweep: `python -m benchmarks.tolerances` moves every field in both directions,
    by 10 where it is a number of digits and by 1.5 where it is not, and writes to `benchmarks/TOLERANCES.md` how many
    answers, steps and seconds that changes.

    Attributes:
        rounding: A number below this part of the terms that it was summed from is rounding (45 eps). The diagonal of
            a Hessian is raised by as much before it is factorised.
        solved: A residual, a pivot or a slack that is no larger cannot be improved (450 eps).
        finest_aim: Newton's method aims for no smaller residual on orthonormal rows.
        fine: An equation that is met to this part of its terms is left as it is.
        near: From this residual on, steps gain digits and no longer distance.
        lost: ν tells fewer than eight digits of a smaller slack, so that the slack follows from x instead.
        certified: The relative distance to the limit that `rl.certify` asks for unless it is told otherwise.
        shown: HiGHS solves linear programs to 1e-7. A larger number is not its rounding.
        dependent: Columns with a smaller ratio of extreme singular values leave 1e-11 of x undecided.
        close: Three digits. So well are stages of a homotopy solved before the last one, and tangents; so much of x
            may a single correction change; and columns whose lengths differ by less are of one size.
        coarse: One digit. So well are stages solved where every product with A is dear, so far may a cheap Hessian be
            from the true one, and equations or slacks that differ by less are of one size.
        half: Newton's method has gone wrong where a step leaves more than half of the error, and would go wrong where
            it took more than half of an unknown that has to stay positive.
        aim: The part of `tol` that Newton's method aims for; its last steps double the digits.
        overshoot: A step may pass the minimum along its direction, to where the slope is this part of what it was.
        lengthening: A whole step that leaves most of the slope is made longer by this factor, and by it again.
        slow: A whole step close to the solution that leaves more of the error shows that the Hessian was too cheap.
        columns_per_equation: The cheap Hessian is made of so many columns for each row, those of the largest weights.
        more_columns: Where those were too few, there are so many times more.
        most_products: Conjugate gradients give up after so many products.
        probes: So many random vectors of signs tell the lengths of an operator's rows to a factor of two.
        shorter: A stage of a homotopy that fails is tried again at this part of its length.
        longer: A stage that took few steps is followed by one that is so many times longer.
        few_steps: A stage that takes no more steps was easy. So many steps take one digit to sixteen, and where so many
            in a row gain nothing, rounding is all that is left.
        stage_steps: Newton's method may take so many steps in a stage before the last.
        last_stage_steps: It may take so many in the first stage, and in the last one.
        most_steps: A homotopy is given up after so many steps in all, a walk after so many jumps.
        shortest_stage: A homotopy is given up where not even a stage of this length succeeds.
        least_price: Where leaving 0 costs a branch less, in units of 1/c, the ℓ1 norm is too bent for its vertex to be
            near the limit.
        jumps_per_equation: A walk to the vertex that takes more jumps costs as much as the homotopy that it spares.
        cheap_products: So many multiplications take as long as one call of a function.
        columns_shown: At least so many columns are looked at for a bound on the condition of A.
        path_steps: The primal-dual path is given up after so many steps.
        to_the_edge: A step goes this part of the way to where the first unknown would be 0, the usual fraction to the
            boundary of interior-point methods (Wright 1997, Primal-Dual Interior-Point Methods).
        most_rise: log X rises by no more in one step of the path, as an exponential does in one step of Newton's.
        most_rise_graded: log X rises by no more in one step on graded columns, where X may have to be found again.
        most_jumps_per_equation: A walk from saddle to saddle that takes more jumps goes in a circle.
        refinements: The last saddle is refined so often; the second time shows that nothing was left to do.
        followed: So many columns, the nearest to their edges, are multiplied at every jump.
        most_followed: Where that is a larger part of all columns, a full product is as cheap.
    """

    # Digits
    rounding: float = 1e-14
    solved: float = 1e-13
    finest_aim: float = 3e-13
    fine: float = 1e-12
    near: float = 1e-9
    lost: float = 1e-8
    certified: float = 1e-7
    shown: float = 1e-6
    dependent: float = 1e-5
    close: float = 1e-3
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
    probes: int = 16

    # Homotopies
    shorter: float = 0.4
    longer: float = 3.0
    few_steps: int = 4
    stage_steps: int = 12
    last_stage_steps: int = 50
    most_steps: int = 300
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
        """How often a step is halved: until it moves no bit of a number, and eight times more."""
        return _MANTISSA_BITS + 8

    @property
    def slack_bits(self) -> int:
        """How many bits of a slack are asked of an exact table: those of a number of float64 but eight."""
        return _MANTISSA_BITS - 8


TOLERANCES = Tolerances()
