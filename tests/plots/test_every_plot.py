"""What holds for every plot: it goes where it is told, changes nothing else, and calls on the same axes get along."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import ridgeless as rl

NAMES = sorted(rl.plots._HOMES)


def drawn(name, request, ax=None):
    """One call of the plot of this name."""
    get, plots = request.getfixturevalue, rl.plots
    path, at = np.outer([1.0, 2.0, 4.0], [1.0, -2.0, 0.1]), [1.0, 10.0, 100.0]
    grid = (1 + np.arange(6.0).reshape(2, 3), [1.0, 1e-3], at, (0, 0))
    calls = {
        "certificate_bounds": lambda: plots.certificate_bounds(rl.certify(get("answer")), ax=ax),
        "gap_by_cause": lambda: plots.gap_by_cause(explanation(), ax=ax),
        "left_out_predictions": lambda: plots.left_out_predictions(rl.leave_one_out(get("answer")), ax=ax),
        "limits_along_scale": lambda: plots.limits_along_scale(path_of(get("answer")), ax=ax),
        "solution_entries": lambda: plots.solution_entries(get("answer"), ax=ax),
        "coefficient_path": lambda: plots.coefficient_path(path, at, most=2, stop=10.0, ax=ax),
        "coefficient_spectrum": lambda: plots.coefficient_spectrum(path[0], ax=ax),
        "cross_validation_diagram": lambda: plots.cross_validation_diagram(*grid, ax=ax),
        "largest_coefficients": lambda: plots.largest_coefficients(path[0], ax=ax),
        "double_descent": lambda: plots.double_descent(get("recoveries").isel(nonzeros=1), ax=ax),
        "effective_scale_along_step_size": lambda: plots.effective_scale_along_step_size(scales(), ax=ax),
        "half_width_diagram": lambda: plots.half_width_diagram(get("recoveries"), "equations", "nonzeros", ax=ax),
        "loss_along_time": lambda: plots.loss_along_time(get("histories"), by="depth", ax=ax),
        "measure_along": lambda: plots.measure_along(get("errors"), "error", "scale", by="depth", ax=ax),
        "norms_along_time": lambda: plots.norms_along_time(get("histories"), by="depth", ax=ax),
        "phase_diagram": lambda: plots.phase_diagram(get("recoveries"), "equations", "nonzeros", ax=ax),
        "sharpness_along_time": lambda: plots.sharpness_along_time(get("histories").isel(depth=0), 0.3, ax=ax),
        "singular_values_along_time": lambda: plots.singular_values_along_time(np.eye(3)[None], [1.0], ax=ax),
        "training_against_prediction": lambda: plots.training_against_prediction(get("distances"), ax=ax),
    }
    return calls[name]()


@pytest.fixture(scope="module")
def answer():
    rng = np.random.default_rng(3)
    A, truth = rng.standard_normal((6, 15)), np.zeros(15)
    truth[[2, 7]] = 1.0, -2.0
    return rl.limit(rl.LinearSystem(A, A @ truth, truth=truth), rl.networks.Difference(), rl.inits.Constant(1e-3))


def path_of(answer):
    return rl.limit_path(answer.system, answer.network, [1e-3, 1e-1, 10.0])


def explanation():
    from ridgeless.analysis.explain import Explanation, Part

    shares = {"stopping": 1e-3, "drift": 0.0, "step size": -0.2, "imbalance": 0.1, "null component": 1.4}
    return Explanation({name: Part(np.zeros(2), share) for name, share in shares.items()}, sum(shares.values()), {})


def scales():
    import xarray as xr

    values = 0.1 * np.exp(-np.arange(12.0).reshape(3, 4))
    return xr.Dataset({"effective_scale": (("step_size", "coordinate"), values)}, {"step_size": [0.01, 0.1, 1.0]})


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_settings_and_open_figures_are_left_alone(name, request):
    settings, figures = dict(mpl.rcParams), pyplot.get_fignums()
    ax = drawn(name, request)
    assert isinstance(ax, Axes)
    assert dict(mpl.rcParams) == settings
    assert pyplot.get_fignums() == figures


def test_the_axes_that_are_given_are_used(name, request):
    figure = Figure()
    first, second = figure.subplots(1, 2)
    assert drawn(name, request, second) is second
    assert second.has_data()
    assert not first.has_data()
    assert first.get_legend() is None


@pytest.mark.usefixtures("as_a_user")
def test_what_is_no_axes_is_refused(name, request):
    with pytest.raises(rl.InvalidInputError, match=rf"plots\.{name}: ax is a Figure; pass one Axes"):
        drawn(name, request, Figure())


@pytest.mark.parametrize("projection", ["3d", "polar"])
def test_axes_that_are_not_plane_are_refused(name, request, projection):
    axes = Figure().add_subplot(projection=projection)
    with pytest.raises(rl.InvalidInputError, match=rf"plots\.{name}: ax has the projection '{projection}'"):
        drawn(name, request, axes)


def test_its_own_figure_is_saved_and_shown_in_notebooks(name, request, tmp_path):
    figure = drawn(name, request).figure
    figure.savefig(tmp_path / "plot.pdf")
    assert (tmp_path / "plot.pdf").stat().st_size > 1000
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_nothing_is_cut_at_the_edge(name, request):
    figure = drawn(name, request).figure
    figure.draw_without_rendering()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert box.x0 >= -0.01
    assert box.y0 >= -0.01
    assert box.x1 <= width + 0.01
    assert box.y1 <= height + 0.01


def test_axes_and_lines_have_labels(name, request):
    ax = drawn(name, request)
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert [text for text in ax.get_legend().get_texts() if text.get_text()]


def test_two_calls_on_the_same_axes_get_along(name, request):
    """The second says nothing twice, and takes no colour of the first; a diagram takes the place of the first."""
    once = drawn(name, request)
    ax = drawn(name, request, once)
    assert ax is once
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert len(words) == len(set(words))
    if name.endswith("diagram"):
        assert len(ax.figure.axes) == 2
        assert len(ax.collections) == 1
        return
    looks = [
        (line.get_color(), line.get_linestyle())
        for line in ax.lines
        if len(line.get_xdata()) > 1 and line.get_linestyle() not in ("None", ":") and line.get_label()[0] != "_"
    ]
    assert len(looks) == len(set(looks))


def test_names_in_editors_are_those_that_are_found():
    shown = set(rl.plots.__all__) - {"Interval", "jump_times", "wilson_interval"}
    assert shown == set(NAMES) <= set(dir(rl.plots))
    with pytest.raises(AttributeError, match="pie_chart"):
        _ = rl.plots.pie_chart


def test_the_room_loads_no_matplotlib():
    code = "import sys, ridgeless as rl; rl.plots.wilson_interval(1, 2); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"matplotlib", "xarray", "jax"} & set(done.stdout.split())


def test_a_plot_loads_no_pyplot():
    code = "import sys, ridgeless as rl; rl.plots.singular_values_along_time([[[1.0]]], [1.0]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "matplotlib.pyplot" not in done.stdout.split()


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.delitem(vars(rl.plots), "phase_diagram", raising=False)
    monkeypatch.delitem(sys.modules, "ridgeless.plots.grids.phase_diagram", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    with pytest.raises(rl.errors.MissingDependencyError, match=r"pip install \"ridgeless\[lab\]\""):
        _ = rl.plots.phase_diagram
