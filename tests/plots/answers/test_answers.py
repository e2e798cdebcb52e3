"""The picture of each answer shows the numbers of the answer, and says what is wrong with it."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

import ridgeless as rl
from ridgeless._core.numbers import number

NETWORK = rl.networks.Difference(depth=2)


def sparse_system(**further):
    rng = np.random.default_rng(0)
    A, truth = rng.standard_normal((12, 30)), np.zeros(30)
    truth[[3, 20]] = 2.0, -1.0
    return rl.LinearSystem(A, A @ truth, truth=truth, **further)


@pytest.fixture(scope="module")
def limit():
    return rl.limit(sparse_system(), NETWORK, rl.inits.Constant(1e-4))


@pytest.fixture(scope="module")
def path():
    return rl.limit_path(sparse_system(), NETWORK, [1e-4, 10.0, 1e-1])


def words(ax):
    return " ".join(text.get_text() for text in ax.get_legend().get_texts()).replace("\n", " ")


def line(ax, label):
    return next(each for each in ax.lines if each.get_label() == label)


METHODS = ["limit", "path", "certificate", "leave_one_out", "explanation"]


@pytest.mark.parametrize("name", METHODS)
def test_an_answer_draws_itself_where_it_is_told(name, limit, path):
    answer = {
        "limit": lambda: limit,
        "path": lambda: path,
        "certificate": lambda: rl.certify(limit),
        "leave_one_out": lambda: rl.leave_one_out(limit),
        "explanation": explained,
    }[name]()
    ax = Figure().add_subplot()
    assert answer.plot(ax) is ax
    assert answer.plot(ax=ax) is ax
    # Alone it is shown by a notebook, which asks the value of a cell for its picture.
    assert answer.plot()._repr_png_().startswith(b"\x89PNG")


def explained():
    system = rl.LinearSystem(np.array([[1.0, 0.0]]), np.array([1.0]))
    flow = rl.flows.GradientDescent(step_size=0.1)
    return rl.explain(rl.train(system, rl.networks.Direct(), {"x": np.array([0.0, 3.0])}, flow, tol=1e-3))


class TestSolution:
    def test_the_stems_are_x_and_the_rings_the_truth(self, limit):
        ax = limit.plot()
        stems = ax.collections[0].get_segments()
        np.testing.assert_array_equal([stem[1] for stem in stems], np.column_stack([np.arange(30), limit.x]))
        rings = ax.lines[-1]
        np.testing.assert_array_equal(rings.get_xdata(), [3, 20])
        np.testing.assert_array_equal(rings.get_ydata(), [2.0, -1.0])
        apart = np.linalg.norm(limit.x - limit.system.truth) / np.sqrt(5.0)
        assert f"at a distance of {number(apart)} of its size" in words(ax)

    def test_neighbours_of_a_long_x_share_a_stem_that_reaches_both_their_ends(self, limit):
        x = np.random.default_rng(1).standard_normal(25_001)
        x[[0, 7_001, 25_000]] = 9.0, -8.0, 7.0
        ax = replace(limit, x=x, system=None).plot(ax=Figure().add_subplot())
        stems = np.array(ax.collections[0].get_segments())
        assert len(stems) == 8_334
        for place in (0, 7_001, 25_000):
            (first, low), (_, high) = stems[place // 3]
            shared = [*x[place - place % 3 :][:3], 0.0]
            assert (first, low, high) == (place - place % 3, min(shared), max(shared))

    def test_named_unknowns_are_drawn_by_name(self):
        system = sparse_system(names=[f"gene {index}" for index in range(29)] + ["gene 3"])
        found = rl.limit(system, NETWORK, rl.inits.Constant(1e-4))
        ax = found.plot()
        labels = [label.get_text() for label in ax.get_yticklabels()]
        assert labels[:2] == ["gene 3 (3)", "gene 20"]
        assert len(labels) == 20
        assert "the 20 largest of 30 unknowns" in words(ax)

    def test_a_picture_is_drawn_as_a_picture(self):
        basis, scene = rl.systems.bases.DCT((4, 6)), np.add.outer(np.arange(4.0), np.arange(6.0))
        A = np.random.default_rng(1).standard_normal((20, 24))
        system = rl.LinearSystem(A, A @ scene.ravel(), basis=basis, truth=scene)
        found = rl.limit(system, NETWORK, rl.inits.Constant(1e-6))
        ax = found.plot()
        np.testing.assert_array_equal(ax.images[0].get_array(), found.signal)
        assert found.plot(ax) is ax
        assert len(ax.images) == 1

    def test_a_complex_signal_is_drawn_by_absolute_values_and_judged_by_its_own_error(self):
        A = np.array([[1.0, 1j, 0.0]])
        truth = np.array([0.0, 2.0j, 0.0])
        found = rl.limit(rl.LinearSystem(A, A @ truth, truth=truth), rl.networks.Direct(), {"x": np.zeros(6)})
        ax = found.plot()
        assert ax.get_ylabel() == "absolute value of the signal"
        np.testing.assert_allclose([stem[1][1] for stem in ax.collections[0].get_segments()], [1.0, 1.0, 0.0])
        # |x| is at a distance of √2 from |truth|, and so is x; the error of a moved phase counts all the same.
        turned = replace(found, x=-found.x)
        assert "distance of 0.707" in words(ax)
        assert "distance of 1.58" in words(turned.plot())

    def test_what_did_not_converge_says_so(self, limit):
        unfinished = replace(limit, status=rl.Status.MAX_STEPS)
        assert "MAX_STEPS: the budget of steps ended" in words(unfinished.plot())
        lost = replace(limit, status=rl.Status.DIVERGED, x=np.full(30, np.nan))
        ax = lost.plot()
        assert "DIVERGED" in words(ax)
        assert not ax.collections

    def test_it_needs_no_system(self, limit):
        ax = replace(limit, system=None).plot()
        assert "truth" not in words(ax)


class TestPath:
    def test_the_lines_are_the_limits_in_the_order_of_scale(self, path):
        ax = path.plot()
        first = line(ax, "x[3]")
        np.testing.assert_array_equal(first.get_xdata(), [1e-4, 1e-1, 10.0])
        np.testing.assert_array_equal(first.get_ydata(), path.x[[0, 2, 1], 3])
        assert "the other" in words(ax)

    def test_a_limit_that_did_not_converge_has_a_cross(self, path):
        broken = replace(path.solutions[2], status=rl.Status.STALLED)
        ax = replace(path, solutions=(*path.solutions[:2], broken)).plot()
        crosses = [each for each in ax.lines if each.get_marker() == "x" and len(each.get_xdata())]
        assert [list(each.get_xdata()) for each in crosses] == [[0.1]]
        assert "not converged: 1 of 3 limits" in words(ax)

    def test_names_of_unknowns_are_those_of_lines(self):
        system = sparse_system(names=[f"gene {index}" for index in range(30)])
        assert line(rl.limit_path(system, NETWORK, [1e-4]).plot(), "gene 3")


class TestCertificate:
    def test_the_marks_are_the_bounds_and_the_line_is_what_was_asked_for(self, limit):
        found = replace(rl.certify(limit, within=1e-6), feasibility=1e-15)
        ax = found.plot()
        marks = [each for each in ax.lines if each.get_marker() == "o" and len(each.get_xdata())]
        assert [each.get_xdata()[0] for each in marks] == [found.distance, found.feasibility]
        dashed = [list(each.get_xdata()) for each in ax.lines if each.get_linestyle() == "--"]
        assert dashed == [[1e-6, 1e-6], []]
        assert words(ax).startswith("certified: x solves the system")

    def test_a_refuted_answer_stands_right_of_the_line(self, limit):
        moved = limit.x + 1e-3 * limit.system.project_null(np.ones(30))
        found = rl.certify(limit.system, moved, limit.bias)
        ax = found.plot()
        mark = next(each for each in ax.lines if each.get_marker() == "o" and len(each.get_xdata()))
        assert mark.get_xdata()[0] > found.within
        bar = ax.collections[0].get_segments()[0]
        assert bar[0][0] == found.witness.value
        assert words(ax).startswith("refuted")

    @pytest.mark.parametrize("distance", [np.inf, np.nan])
    def test_no_bound_is_told_at_the_end_of_the_axis(self, limit, distance):
        ax = replace(rl.certify(limit), distance=distance).plot()
        assert "no bound known" in [text.get_text() for text in ax.texts]

    def test_an_exact_answer_has_a_bound_of_0_that_is_drawn(self, limit):
        ax = replace(rl.certify(limit), distance=0.0).plot()
        assert "0" in [text.get_text() for text in ax.texts]


class TestExplanation:
    def test_each_bar_begins_where_the_one_above_it_ends(self):
        found = explained()
        bars = found.plot().patches
        ends = np.cumsum([part.share for part in found.parts.values()])
        np.testing.assert_allclose([bar.get_x() + bar.get_width() for bar in bars[:-1]], ends, atol=1e-15)
        np.testing.assert_allclose([bar.get_x() for bar in bars[1:-1]], ends[:-1], atol=1e-15)
        assert (bars[-1].get_x(), bars[-1].get_width()) == (0.0, found.total)
        assert ends[-1] == pytest.approx(found.total)


class TestLeaveOneOut:
    def test_the_marks_are_b_and_its_predictions(self, limit):
        found = rl.leave_one_out(limit).refit([0])
        ax = found.plot()
        drawn = [each for each in ax.lines if each.get_linestyle() == "None"]
        at = np.concatenate([each.get_xdata() for each in drawn])
        predicted = np.concatenate([each.get_ydata() for each in drawn])
        b = limit.system.b
        np.testing.assert_array_equal(np.sort(at), np.sort(b))
        np.testing.assert_array_equal(predicted, (b - found.residuals)[[list(b).index(each) for each in at]])
        row, others = limit.system.A[0], rl.LinearSystem(limit.system.A[1:], b[1:])
        anew = rl.limit(others, NETWORK, rl.inits.Constant(1e-4)).x
        assert predicted[list(at).index(b[0])] == pytest.approx(row @ anew, rel=1e-9)

    def test_what_is_not_to_be_trusted_is_hollow(self, limit):
        found = rl.leave_one_out(limit)
        ax = replace(found, departure=np.array([1.0] * 3 + [0.0] * 9)).plot()
        assert "hollow: 3 not to be trusted" in words(ax)
        hollow = line(ax, "hollow: 3 not to be trusted")
        np.testing.assert_array_equal(hollow.get_xdata(), limit.system.b[:3])

    def test_what_the_others_imply_is_apart_and_what_is_not_known_is_counted(self, limit):
        found = rl.leave_one_out(limit)
        implied, residuals = np.arange(12) == 5, found.residuals.copy()
        residuals[0] = np.nan
        ax = replace(found, is_implied=implied, residuals=residuals).plot()
        np.testing.assert_array_equal(line(ax, "implied by the other equations").get_xdata(), [limit.system.b[5]])
        assert "not shown: 1 whose refit did not converge" in words(ax)


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize(
    "name", ["solution_entries", "limits_along_scale", "certificate_bounds", "gap_by_cause", "left_out_predictions"]
)
def test_another_kind_of_answer_is_refused(name):
    with pytest.raises(rl.InvalidInputError, match=rf"plots\.{name}: got a dict; pass what rl\."):
        getattr(rl.plots, name)({})


def test_a_path_over_all_of_float64_is_drawn():
    path = rl.limit_path(sparse_system(), NETWORK, [1e150, 1.0, 1e-150])
    ax = path.plot()
    assert ax.get_xlim()[0] < 1e-149
    assert ax.get_xlim()[1] > 1e149
