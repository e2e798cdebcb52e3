"""Curves along time are the histories that were recorded, and their medians over seeds."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

import ridgeless as rl

NETWORK = rl.networks.Difference(depth=2)


def system():
    A = np.random.default_rng(1).standard_normal((3, 7))
    return rl.LinearSystem(A, A @ np.array([1.0, 0, 0, -0.5, 0, 0, 0]))


def trained(scale=1e-3, flow=None):
    return rl.train(system(), NETWORK, rl.inits.Constant(scale), flow or rl.flows.GradientFlow())


def by_label(ax):
    return {line.get_label(): line for line in ax.lines if len(line.get_xdata()) > 1}


def words(ax):
    return [text.get_text().replace("\n", " ") for text in ax.get_legend().get_texts()]


def test_the_loss_of_a_training_is_its_history():
    found = trained()
    ax = rl.plots.loss_along_time(found)
    np.testing.assert_array_equal(by_label(ax)["loss"].get_xdata(), found.history.at[1:])
    np.testing.assert_array_equal(by_label(ax)["loss"].get_ydata(), found.history.loss[1:])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.get_xlabel() == "time (dimensionless)"


def test_several_trainings_have_their_names():
    both = {"small": trained(1e-3), "large": trained(1.0)}
    lines = by_label(rl.plots.norms_along_time(both))
    assert list(lines) == ["‖x‖₁, small", "‖x‖₁, large", "‖x‖₂, small", "‖x‖₂, large"]
    np.testing.assert_array_equal(lines["‖x‖₂, large"].get_ydata(), both["large"].history.l2_norm[1:])
    np.testing.assert_array_equal(lines["‖x‖₁, small"].get_ydata(), both["small"].history.l1_norm[1:])


def test_steps_are_called_steps():
    ax = rl.plots.loss_along_time(trained(1.0, rl.flows.GradientDescent(step_size=0.01)))
    assert ax.get_xlabel() == "step (number)"


def test_a_study_is_its_median_and_who_ended_keeps_the_last_value(histories):
    """Seed 0 goes on to step 1000, the others end at 100; of depth 3 one diverged and does not count."""
    lines = by_label(rl.plots.loss_along_time(histories, by="depth"))
    for depth, seeds in ((2, 5), (3, 4)):
        at = np.array([1, 10, 100, 1000])
        each = [
            (1 + 0.1 * seed) * np.exp(-np.minimum(at, 1000 if seed == 0 else 100) * depth / 300)
            for seed in range(seeds)
        ]
        line = lines[f"depth {depth}"]
        np.testing.assert_array_equal(line.get_xdata(), at)
        np.testing.assert_allclose(line.get_ydata(), np.median(each, axis=0), rtol=1e-12)
    told = words(rl.plots.loss_along_time(histories, by="depth"))
    assert "left out: 1 diverged, of 10 trainings" in told
    assert "median over seeds, band 25–75 %" in told


def test_jumps_are_dotted_lines():
    limit = rl.limit(system(), NETWORK, rl.inits.Vanishing())
    jumps = rl.plots.jump_times(limit, 1e-3)
    for plot in (rl.plots.loss_along_time, rl.plots.norms_along_time):
        ax = plot(trained(), jumps=jumps)
        dotted = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == ":" and len(line.get_xdata())]
        np.testing.assert_array_equal(dotted, jumps)
        assert words(ax).count("predicted jump") == 1


def test_singular_values_are_those_of_numpy():
    rng = np.random.default_rng(2)
    matrices, at = rng.standard_normal((4, 5, 3)), [0.0, 1.0, 10.0, 100.0]
    ax = rl.plots.singular_values_along_time(matrices, at, most=2)
    wanted = np.array([np.sqrt(np.linalg.eigvalsh(each.T @ each))[::-1] for each in matrices])
    for index, label in enumerate(("σ₁", "σ₂")):
        np.testing.assert_array_equal(by_label(ax)[label].get_xdata(), at[1:])
        np.testing.assert_allclose(by_label(ax)[label].get_ydata(), wanted[1:, index], rtol=1e-10)
    assert "not shown: the 1 smallest" in words(ax)


def test_singular_values_may_be_given_themselves():
    ax = rl.plots.singular_values_along_time([[1.0, 3.0], [2.0, 4.0]], [1.0, 2.0])
    np.testing.assert_array_equal(by_label(ax)["σ₁"].get_ydata(), [3.0, 4.0])


def test_sharpness_stands_beside_the_loss_with_its_edge(histories):
    one = histories.sel(depth=2)
    ax = rl.plots.sharpness_along_time(one.assign_coords(step_size=0.4))
    right = ax.figure.axes[-1]
    assert right is not ax
    at = np.array([1, 10, 100, 1000])
    each = np.array([(1 + 0.1 * s) * np.exp(-np.minimum(at, 1000 if s == 0 else 100) * 2 / 300) for s in range(5)])
    np.testing.assert_allclose(by_label(ax)["loss (left)"].get_ydata(), np.median(each, axis=0), rtol=1e-12)
    np.testing.assert_allclose(right.lines[0].get_ydata(), np.median(5 + each, axis=0), rtol=1e-12)
    dotted = [line.get_ydata()[0] for line in right.lines if line.get_linestyle() == ":"]
    assert dotted == [5.0]
    assert right.get_ylim()[0] < 5.0 < right.get_ylim()[1]


def test_two_step_sizes_share_their_axes(histories):
    one, ax = histories.sel(depth=2), Figure().add_subplot()
    for step in (0.4, 0.25):
        rl.plots.sharpness_along_time(one, step, label=f"η = {step:g}", ax=ax)
    assert len(ax.figure.axes) == 2
    right = ax.figure.axes[-1]
    assert [line.get_ydata()[0] for line in right.lines if line.get_linestyle() == ":"] == [5.0, 8.0]
    assert len({line.get_color() for line in (*by_label(ax).values(), *by_label(right).values())}) == 4


def test_neighbours_of_one_figure_have_their_own_sharpness(histories):
    figure = Figure()
    for ax in figure.subplots(1, 2, sharex=True):
        rl.plots.sharpness_along_time(histories.sel(depth=2), 0.4, ax=ax)
    assert len(figure.axes) == 4


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rl.plots.loss_along_time(rl.limit(system(), NETWORK, rl.inits.Constant(0.1))), "was not trained"),
        (lambda: rl.plots.norms_along_time(rl.limit(system(), NETWORK, rl.inits.Vanishing())), "was not trained"),
        (lambda: rl.plots.loss_along_time({}), "got no solution"),
        (
            lambda: rl.plots.loss_along_time({"a": trained(), "b": trained(1.0, rl.flows.GradientDescent())}),
            "'a' and 'b' count time and steps",
        ),
        (lambda: rl.plots.loss_along_time({"a": trained()}, by="depth"), "has its own names"),
        (lambda: rl.plots.loss_along_time(trained(), jumps=[-1.0]), "jump_times"),
        (lambda: rl.plots.loss_along_time(xr.Dataset()), "no measure 'loss_history'"),
        (lambda: rl.plots.singular_values_along_time(np.eye(2)[None], [1.0, 2.0]), "and k times"),
        (lambda: rl.plots.singular_values_along_time(np.ones((2, 2, 2)), [2.0, 1.0]), "do not increase"),
        (lambda: rl.plots.singular_values_along_time(np.full((1, 2, 2), np.nan), [1.0]), "not finite"),
        (lambda: rl.plots.singular_values_along_time("W", [1.0]), "pass an array"),
        (lambda: rl.plots.singular_values_along_time(np.eye(2)[None], [1.0], most=0), "from 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, words):
    with pytest.raises(rl.InvalidInputError, match=words):
        call()


def test_bad_jumps_leave_the_axes_as_they_were():
    ax = Figure().add_subplot()
    with pytest.raises(rl.InvalidInputError, match="jump_times"):
        rl.plots.loss_along_time(trained(), jumps=[0.0], ax=ax)
    assert not ax.has_data()


@pytest.mark.parametrize("step", [None, 0.0, np.inf])
def test_sharpness_without_a_step_size_is_refused(histories, step):
    with pytest.raises(rl.InvalidInputError, match="step_size"):
        rl.plots.sharpness_along_time(histories.sel(depth=2), step)


def test_several_values_along_another_axis_are_refused(histories):
    with pytest.raises(rl.InvalidInputError, match=r"dataset.sel\(\{'depth': 2\}\)"):
        rl.plots.loss_along_time(histories)


def test_sharpness_of_one_training_is_that_along_it():
    system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
    flow = rl.flows.GradientDescent(step_size=0.05)
    found = rl.train(system, rl.networks.Difference(2), rl.inits.Constant(0.1), flow)
    ax = rl.plots.sharpness_along_time(found)
    right = ax.figure.axes[-1]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), found.history.loss[1:])
    np.testing.assert_allclose(right.lines[0].get_ydata(), rl.measures.sharpness_along(found)[1][1:], rtol=1e-12)
    assert 2 / 0.05 in [line.get_ydata()[0] for line in right.lines]
    assert ax.get_xlabel() == "step (number)"
    with pytest.raises(rl.errors.InvalidInputError, match=r"sharpness along .* is not known"):
        rl.plots.sharpness_along_time(rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(0.1)))
