"""Effective scales are those of a training that NumPy repeats, coordinate by coordinate."""

import numpy as np
import pytest
import xarray as xr

import ridgeless as rl

STEPS = (0.05, 0.1)
TRUTH = np.array([1.0, 0.0, -0.5, 0.0, 0.0, 0.0])


def system(seed):
    A = np.random.default_rng(seed).standard_normal((3, 6)) / 2
    return rl.LinearSystem(A, A @ TRUTH, truth=TRUTH)


def trained(network, init, steps=STEPS, seeds=(0, 1)):
    flows = [rl.flows.GradientDescent(step_size=step) for step in steps]
    return [rl.train(system(seed), network, init, flow, tol=1e-5) for flow in flows for seed in seeds]


def repeated(solution, is_difference):
    """√|uv| or √|u² − v²| by the product of the factors 1 − 4η²g², 1 − η²g², along the steps done in NumPy."""
    A, b, step = solution.system.A, solution.system.b, solution.flow.step_size
    u, v = (solution.theta0["u"], solution.theta0["v"]) if is_difference else solution.theta0["layers"]
    size = np.abs(u * v if is_difference else u**2 - v**2)
    for _ in range(int(solution.stats["steps"])):
        g = A.T @ (A @ (u**2 - v**2 if is_difference else u * v) - b)
        size = size * np.abs(1 - (4 if is_difference else 1) * (step * g) ** 2)
        u, v = (
            (u * (1 - 2 * step * g), v * (1 + 2 * step * g)) if is_difference else (u - step * g * v, v - step * g * u)
        )
    return np.sqrt(size)


@pytest.mark.parametrize("is_difference", [True, False])
def test_they_follow_from_the_gradients_of_every_step(is_difference):
    network = rl.networks.Difference(depth=2) if is_difference else rl.networks.Product(depth=2)
    solutions = trained(network, rl.inits.Constant(0.3))
    ax = rl.plots.effective_scale_along_step_size(solutions, quantiles=(0.0, 1.0))
    for line, chosen in zip(ax.lines, (TRUTH != 0, TRUTH == 0), strict=False):
        np.testing.assert_array_equal(line.get_xdata(), STEPS)
        wanted = [
            np.median([repeated(each, is_difference)[chosen] for each in solutions if each.flow.step_size == step])
            for step in STEPS
        ]
        np.testing.assert_allclose(line.get_ydata(), wanted, rtol=1e-9)
    assert [line.get_label() for line in ax.lines[:2]] == ["on the support of the truth", "off the support"]
    dotted = [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == ":"]
    assert dotted == [pytest.approx(0.3)]


def test_a_study_is_read_as_its_labels_say():
    rng = np.random.default_rng(0)
    values = rng.random((3, 2, 6))
    axes = {"step_size": [0.1, 0.01, 1.0], "seed": [0, 1], "coordinate": range(6)}
    study = xr.Dataset({"effective_scale": (tuple(axes), values), "truth": ("coordinate", TRUTH)}, axes)
    ax = rl.plots.effective_scale_along_step_size(study.assign_coords(scale=0.5))
    order = np.argsort(axes["step_size"])
    for line, chosen in zip(ax.lines, (TRUTH != 0, TRUTH == 0), strict=False):
        drawn = line.get_xydata()[np.argsort(line.get_xdata())]
        np.testing.assert_array_equal(drawn[:, 0], [0.01, 0.1, 1.0])
        np.testing.assert_allclose(drawn[:, 1], [np.median(values[i][:, chosen]) for i in order], rtol=1e-14)
    assert [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == ":"] == [0.5]


def test_a_study_without_coordinates_is_one_line():
    study = xr.Dataset(
        {"effective_scale": (("step_size", "seed"), [[0.3, 0.2], [0.1, 0.4]])}, {"step_size": [0.1, 0.2]}
    )
    ax = rl.plots.effective_scale_along_step_size(study)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [0.25, 0.25])


def test_calls_on_the_same_axes_are_told_apart_by_their_labels():
    network, init = rl.networks.Difference(depth=2), rl.inits.Constant(0.3)
    ax = rl.plots.effective_scale_along_step_size(trained(network, init, seeds=(0,)), label="one")
    rl.plots.effective_scale_along_step_size(trained(network, init, seeds=(1,)), label="other", ax=ax)
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [word for word in words if "support" in word] == [
        f"{name}, {part}" for name in ("one", "other") for part in ("on the support of the truth", "off the support")
    ]


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize(
    ("network", "flow", "words"),
    [
        (rl.networks.Difference(depth=3), rl.flows.GradientDescent(step_size=0.01), "Difference"),
        (rl.networks.Direct(), rl.flows.GradientDescent(step_size=0.01), "no effective scale is known for Direct"),
        (rl.networks.Difference(depth=2), rl.flows.GradientDescent(), "no step size of its own"),
        (rl.networks.Difference(depth=2), rl.flows.GradientFlow(), "no step size of its own"),
    ],
)
def test_other_trainings_are_refused(network, flow, words):
    found = rl.train(system(0), network, rl.inits.Constant(0.3), flow)
    with pytest.raises(rl.InvalidInputError, match=words):
        rl.plots.effective_scale_along_step_size([found])


def test_no_solution_is_refused():
    with pytest.raises(rl.InvalidInputError, match="got no solution"):
        rl.plots.effective_scale_along_step_size([])
