"""The exercises of the course: right answers are right, wrong ones are told what is off."""

import re
from pathlib import Path

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.course import FOUND, Mark, check, exercise

A = np.array([[1.0, 2.0]])


def in_between():
    """By the mirror map: 4 z_1 = asinh(x_1/2u_1²) with z_2 = 2 z_1, here with 4 z_1 = 1."""
    u = np.sqrt(np.array([1.0, 0.5]) / (2 * np.sinh([1.0, 2.0])))
    return [u, u]


def dual_proof():
    """A linear program, which shares nothing with the limits: max ⟨b, ν⟩ with |Aᵀν| ≤ 1."""
    from scipy.optimize import linprog

    system = exercise("3.1").system
    found = linprog(
        -system.b,
        A_ub=np.vstack([system.A.T, -system.A.T]),
        b_ub=np.ones(12),
        bounds=[(None, None)] * 3,
        method="highs",
    )
    return found.x


def other_solution():
    system = exercise("3.2").system
    return system.min_norm()


def gap():
    task = exercise("5.1")
    return task.system.project_null(task.theta0["W"][0] @ task.trained().theta["w"])


def landing():
    task = exercise("5.2")
    shortest = task.system.min_norm()
    c = np.sqrt((1 + np.sqrt(1 + 4 * shortest @ shortest)) / 2)
    return {"W": [((task.target - shortest) / c)[:, None]], "w": np.ones(1)}


def longest_step():
    return 2 / np.linalg.norm(exercise("6.1").system.A, 2) ** 2


RIGHT = {
    "1.1": lambda: [[2, 0], [0, 1]],
    "1.2": lambda: np.linalg.lstsq(exercise("1.2").system.A, exercise("1.2").system.b, rcond=None)[0],
    "1.3": lambda: exercise("1.3").system.project_null(exercise("1.3").target),
    "2.1": lambda: [0, 1],
    "2.2": lambda: float(rl.calibrate(exercise("2.2").system, rl.networks.Difference(2), excess=0.009)),
    "2.3": in_between,
    "3.1": dual_proof,
    "3.2": other_solution,
    "4.1": lambda: [-1, 0],
    "4.2": lambda: [1, 2, 1],
    "4.3": lambda: int(np.abs(exercise("4.3").system.A.T @ exercise("4.3").system.b).argmax()),
    "5.1": gap,
    "5.2": landing,
    "6.1": longest_step,
    "6.2": lambda: rl.solve(exercise("6.2").system, noise=exercise("6.2").noise).x,
}

WRONG = [
    ("1.1", [[2, 0], [1, 1]], "solution 2 gives x_1 \\+ 2 x_2 = 3"),
    ("1.1", [[2, 0], [2, 0]], "the same"),
    ("1.1", [2, 0], "shape"),
    ("1.1", "two", "made of numbers; a str"),
    ("1.1", [[2, 0], [np.nan, 1]], "no finite"),
    ("1.2", np.ones(6), "does not solve equation"),
    ("1.2", lambda: exercise("1.3").target, "null space"),
    ("1.3", np.zeros(6), "away from the target"),
    ("1.3", lambda: exercise("1.3").target, "target itself"),
    ("2.1", [0.4, 0.8], "shortest solution"),
    ("2.1", [2, 0], "another solution has less"),
    ("2.2", 1.0, "smaller start"),
    ("2.2", 1e-8, "a larger start"),
    ("2.2", -1.0, "above 0"),
    ("2.3", [[0.1, 0.1], [0.1, 0.1]], "x_1 is too small"),
    ("2.3", [[9.0, 0.1], [9.0, 0.1]], "x_1 is too large"),
    ("2.3", [[1.0, 1.0], [1.0, 2.0]], "u equal to v"),
    ("3.1", [0.01, 0.0, 0.0], "proves that every l1 norm is at least"),
    ("3.1", [5.0, 0.0, 0.0], "at most 1"),
    ("3.2", lambda: exercise("3.2").limit.x, "limit itself"),
    ("3.2", np.zeros(6), "does not solve equation"),
    ("4.1", [1, 1], "no negative entry"),
    ("4.2", [1, 1, 1], "tie"),
    ("4.2", [2, 1, 1], "training ends at \\(1, 0, 0\\)"),
    ("4.2", [0, 1, 1], "above 0"),
    ("4.3", 0, "pulls coordinate 0"),
    ("4.3", 9, "coordinates 0 to 5"),
    ("5.1", np.ones(6), "A times yours is not"),
    ("5.1", lambda: exercise("5.1").system.project_null(np.ones(6)), "of the end, not of the start"),
    ("5.2", {"w": 1}, "a start is a dict"),
    ("5.2", {"W": [np.ones((6, 1))], "w": np.ones(1)}, "away from the target"),
    ("5.2", {"W": [np.zeros((6, 1))], "w": np.zeros(1)}, "nothing is reached|saddle"),
    ("6.1", 0.001, "longer steps"),
    ("6.1", 1.0, "shorter steps"),
    ("6.2", np.zeros(60), "the noise alone"),
    ("6.2", lambda: exercise("6.2").system.min_norm(), "the noise alone"),
]


def test_every_exercise_is_tried():
    assert set(RIGHT) == set(FOUND)
    assert {key for key, *_ in WRONG} == set(FOUND)


@pytest.mark.parametrize("key", sorted(RIGHT))
def test_right_answers_are_right(key):
    mark = check(key, RIGHT[key]())
    assert mark, mark
    assert str(mark).startswith("right: ")


@pytest.mark.parametrize(("key", "answer", "message"), WRONG)
def test_wrong_answers_are_told_what_is_off(key, answer, message):
    mark = check(key, answer() if callable(answer) else answer)
    assert not mark
    assert str(mark).startswith("not yet: ")
    assert re.search(message, mark.message), mark


def test_an_exercise_that_is_not_there_is_told_the_nearest():
    with pytest.raises(rl.InvalidInputError, match="unknown exercise"):
        check("1.11", 0)


def test_a_mark_is_true_or_false():
    assert Mark(True, "so.")
    assert not Mark(False, "not so.")


def test_every_exercise_stands_in_its_chapter():
    folder = Path(__file__).parents[2] / "docs" / "course"
    for key, kind in FOUND.items():
        (page,) = folder.glob(f"{key[0]}-*.md")
        text = " ".join(page.read_text(encoding="utf-8").split())
        assert f"## Exercise {key}" in text
        assert f'"{key}"' in text, f"{page.name} does not check {kind.__name__}"
