"""The numbers that the solvers of this package go by, each once, with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerances:
    """Digits, steps, and what is worth its cost.

    Digits are counted from float64's eps = 2.2e-16: a sum of k terms loses up to k·eps of their size. Everything else
    has its value from a sweep, `python -m benchmarks.tolerances`, which moves each field both ways and tells what
    becomes of the answers, of the steps and of the time.

    Attributes:
        in_span: a column of length 1 that is closer to the span of others, orthogonalised twice, is in it: 5 eps.
        rounding: below this part of its terms a number is their rounding: 45 eps, a sum of some tens of terms.
        solved: a residual, a rank or a slack that no further step makes sharper: 450 eps.
        finest_aim: the smallest residual that Newton aims for on orthonormal rows.
        fine: an equation met to this part of its terms is left as it is.
        at_rest: x that moves by less is at rest, with a condition of 1e3 behind it.
        held: a residual that every caller is content with, and the part of x that matters to none.
        near: from this residual on what is left is digits, not distance.
        lost: a slack below this one, or a part of x, of which ν tells less than eight digits.
        certified: the relative distance that a certificate asks for, unless told otherwise.
        shown: HiGHS solves linear programs to 1e-7: what is larger than this is not its rounding.
        dependent: columns whose least singular value is below this part of the largest leave x uncertain to 1e-11.
        inexact: an error, or a slack, from which digits are wanted, not steps.
        close: three digits: a stage of a homotopy, a tangent, what one correction may change, columns of one size.
        coarse: one digit: a step of Newton's, a Hessian, a stage where reading A is dear.
        half: what leaves, or takes, more than half is treated as a step that went wrong.
        aim: the part of `tol` that Newton aims for, whose last steps double the digits.
        large_aim: the same where a digit costs as much as the one before, on systems read by products.
        ridge: added to the diagonal of a Hessian, in units of its mean: 45 eps, without which a step chases rounding.
        overshoot: a step may pass the minimum, to where the slope is this part of what it was.
        halvings: of a step, until it moves nothing in float64.
        lengthening: of a whole step, where a slope costs no product with A.
        dear_lengthening: where it costs one.
        dear_slope: the part of the slope that a step may then leave.
        long_step: a step lengthened to more shows a Hessian that was too cheap.
        slow: so does a whole step, near the solution, that leaves more of the error.
        columns_per_equation: of the largest weights, in the cheap Hessian.
        more_columns: by what factor there are more where those were too few.
        idle_steps: in a row that gain nothing, where products are inexact.
        most_products: of conjugate gradients for one step.
        probes: random signs, which tell the sizes of an operator's rows to a factor of two.
        graded: rows, or slacks, that differ by more are of different size.
        shorter: a stage that fails is tried again at this part of its length.
        longer: a stage that took few steps is followed by one so many times longer.
        few_steps: so many steps are few: each doubles the digits.
        closing_steps: what takes an error of one digit to those of float64.
        stage_steps: Newton's, in a stage before the last.
        last_stage_steps: and in the last one, or in the first.
        most_steps: of a whole homotopy.
        shortest_stage: a shorter one is not tried.
        least_price: of leaving 0, in units of 1/c: less bends the ℓ1 norm too much for its vertex to be near.
        nearby: a larger residual is not closed from a vertex.
        jumps_per_equation: a walk of more costs as much as the homotopy that it is to spare.
        cheap_products: with numbers, which take the time of one call: a walk may have so many jumps more.
        columns_shown: of A, at least, are tried to show its condition.
        path_steps: of the primal-dual path, after which it is given up.
        to_the_edge: how far a step goes towards the nearest X = 0 or s = 0 (Wright 1997, section 10).
        first_fall: of the log of the amplitude, in the first step.
        retreat: of the fall, after a step that was short: this part of it, and the step's length more.
        trusted_fall: the fall from which Newton at the target is tried; each trial that fails doubles it.
        most_rise: of log X in one step of the path; one factor e, as Newton's on an exponential.
        asked: a residual so many times what was aimed at is still one that was asked for.
        near_edge: a slack below this one gets an exact share in a table.
        little_work: multiplications, below which every coordinate gets one.
        slack_bits: of a slack, asked of a table: 13 digits.
        patience: steps without gain after which Newton on all unknowns is given up.
        most_rise_graded: of log X in one step, where X is raised to where an equation feels it.
        most_jumps_per_equation: after which a walk is a cycle.
        least_jumps: and so many more, for small systems.
        refinements: of the last saddle; the second one shows that there was nothing left to do.
        followed: columns nearest to their edges, which are multiplied at every jump.
        most_followed: of all columns; beyond, a full product is as cheap.
    """

    # Digits
    in_span: float = 1e-15
    rounding: float = 1e-14
    solved: float = 1e-13
    finest_aim: float = 3e-13
    fine: float = 1e-12
    at_rest: float = 1e-11
    held: float = 1e-10
    near: float = 1e-9
    lost: float = 1e-8
    certified: float = 1e-7
    shown: float = 1e-6
    dependent: float = 1e-5
    inexact: float = 1e-4
    close: float = 1e-3
    coarse: float = 0.1
    half: float = 0.5

    # Newton
    aim: float = 0.01
    large_aim: float = 0.3
    ridge: float = 1e-14
    overshoot: float = 0.9
    halvings: int = 60
    lengthening: float = 1.4
    dear_lengthening: float = 2.0
    dear_slope: float = 0.25
    long_step: float = 4.0
    slow: float = 0.2
    columns_per_equation: int = 2
    more_columns: int = 8
    idle_steps: int = 3
    most_products: int = 20_000
    probes: int = 16
    graded: float = 10.0

    # Homotopies
    shorter: float = 0.4
    longer: float = 3.0
    few_steps: int = 4
    closing_steps: int = 5
    stage_steps: int = 12
    last_stage_steps: int = 50
    most_steps: int = 300
    shortest_stage: float = 1e-4

    # Vertices
    least_price: float = 12.0
    nearby: float = 1e12
    jumps_per_equation: float = 0.25
    cheap_products: int = 100_000
    columns_shown: int = 500

    # Depth 3 and more
    path_steps: int = 150
    to_the_edge: float = 0.95
    first_fall: float = 2.0
    retreat: float = 0.3
    trusted_fall: float = 6.0
    most_rise: float = 1.0
    asked: float = 30.0
    near_edge: float = 1e-2
    little_work: int = 300_000
    slack_bits: int = 44

    # Graded columns
    patience: int = 8
    most_rise_graded: float = 60.0

    # Vanishing starts
    most_jumps_per_equation: int = 40
    least_jumps: int = 1000
    refinements: int = 2
    followed: int = 48
    most_followed: float = 0.15


TOLERANCES = Tolerances()
