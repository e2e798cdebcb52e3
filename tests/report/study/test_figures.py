"""What is drawn is what was measured, and a reader can tell what it is."""

import itertools

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from ridgeless.certificates import WITHIN
from ridgeless.plots import _style
from ridgeless.report.study.cells import shown_method
from ridgeless.report.study.figures import EXHIBITS, _looks, _story, called_for
from ridgeless.report.study.figures.certificates import certificates
from ridgeless.report.study.figures.distance import distance
from ridgeless.report.study.figures.norms import norms
from ridgeless.report.study.figures.others import others
from ridgeless.report.study.figures.quality import quality
from ridgeless.report.study.figures.strip import paragraph as strip_paragraph
from ridgeless.report.study.figures.strip import strip
from ridgeless.report.study.figures.times import times

CURVES = (quality, distance, norms, times)


def axes_of(found):
    return found if isinstance(found, list) else [found]


def lines(ax, network, dataset):
    colour = _looks.network_styles(dataset)[network].colour
    return [line for line in ax.lines if to_hex(line.get_color()) == colour and line.get_linestyle() != "None"]


def marks(ax, shape, colour=None):
    """Positions of all marks of this shape, and whether they are filled."""
    found = []
    for line in ax.lines:
        fits = line.get_marker() == shape and colour in (None, to_hex(line.get_markeredgecolor()))
        if fits:
            is_filled = to_hex(line.get_markerfacecolor()) != _style.PAPER
            found += [(x, y, is_filled) for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)]
    return found


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.name)
@pytest.mark.parametrize("results", ["small", "nothing"])
def test_settings_are_left_alone(exhibit, results, request):
    before, found = dict(mpl.rcParams), request.getfixturevalue(results)
    drawn = [each.figure(found) for each in called_for(found) if each is exhibit]
    assert all(isinstance(figure, Figure) for figure in drawn)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("draw", [quality, distance, certificates])
def test_one_panel_goes_where_it_is_told(draw, small):
    ax = Figure().add_subplot()
    assert draw(small, ax) is ax
    assert ax.has_data()


@pytest.mark.parametrize("draw", [strip, others, norms, times])
def test_many_panels_go_where_they_are_told(draw, small):
    part = Figure().subfigures(1, 2)[0]
    assert all(ax.figure is part for ax in draw(small, part))


@pytest.mark.parametrize("draw", CURVES)
def test_scales_run_from_lazy_to_rich_and_every_axis_has_a_unit(draw, dataset):
    panels = axes_of(draw(dataset))
    for ax in panels:
        left, right = ax.get_xlim()
        assert left > 10.0 > 1e-8 > right
        assert ax.get_xscale() == "log"
        assert any(unit in ax.get_ylabel() for unit in ("dimensionless", "(s)", "(dB)", "number"))
    assert "dimensionless" in panels[-1].get_xlabel()


@pytest.mark.parametrize("draw", CURVES)
def test_no_legend_covers_data(draw, dataset):
    ax = axes_of(draw(dataset))[0]
    figure = ax.figure
    figure.draw_without_rendering()
    legend = ax.get_legend().get_window_extent()
    assert legend.y0 >= ax.get_window_extent().y1
    assert figure.bbox.x0 <= legend.x0
    assert legend.x1 <= figure.bbox.x1


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.name)
def test_nothing_is_cut_at_the_edge(exhibit, dataset):
    figure = exhibit.figure(dataset)
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    box = figure.get_tightbbox()
    assert box.x0 >= -0.01
    assert box.y0 >= -0.01
    assert box.x1 <= width + 0.01
    assert box.y1 <= height + 0.01


def test_the_limit_is_a_line_through_its_numbers(dataset):
    (line,) = lines(quality(dataset), "Difference, depth 2", dataset)
    wanted = dataset["psnr"].sel({"network": "Difference, depth 2", "method": "limit"})
    np.testing.assert_allclose(line.get_xdata(), wanted["scale"])
    np.testing.assert_allclose(line.get_ydata(), wanted)


def test_a_network_keeps_its_colour_in_every_figure(dataset):
    for draw in (quality, norms, times):
        for ax in axes_of(draw(dataset))[:1]:
            assert all(
                lines(ax, network, dataset) for network in ("Direct", "Difference, depth 2", "Difference, depth 3")
            )


def test_networks_beyond_the_palette_differ_by_their_dashes(dataset):
    many = dataset.isel(network=[0] * 13).assign_coords(network=[f"network {i}" for i in range(13)])
    looks = [(look.colour, look.dashes) for look in _looks.network_styles(many).values()]
    assert len(set(looks)) == 13


def test_distances_are_drawn_where_they_were_measured(dataset):
    ax = distance(dataset)
    for shape, method in (("o", "gradient flow"), ("s", "gradient descent")):
        wanted = dataset["distance"].sel({"method": method}).values
        drawn = [y for _, y, _ in marks(ax, shape)]
        np.testing.assert_allclose(np.sort(drawn), np.sort(wanted[np.isfinite(wanted)]))


def test_runs_that_did_not_converge_are_hollow_or_crossed(dataset):
    ax = distance(dataset)
    short = dataset["distance"].loc["Difference, depth 3", "gradient flow", 1e-8].item()
    assert [y for _, y, is_filled in marks(ax, "o") if not is_filled] == [short]
    assert len([1 for _, _, is_filled in marks(ax, "s") if not is_filled]) == 1
    assert len(marks(ax, "x", _looks.network_styles(dataset)["Difference, depth 3"].colour)) == 1
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert {"gradient flow", "gradient descent", "hollow: not converged", "diverged"} <= set(words)


@pytest.mark.parametrize("draw", CURVES)
def test_marks_stand_at_their_own_scale(draw, dataset):
    found = set(dataset["scale"].values)
    for ax in axes_of(draw(dataset)):
        assert {x for shape in "osx" for x, _, _ in marks(ax, shape)} <= found


def test_a_shade_reaches_over_the_networks_of_a_method_that_converged(dataset):
    ends = [path.vertices for shade in distance(dataset).collections for path in shade.get_paths()]
    trained = dataset.sel({"method": "gradient flow"})
    flow = trained["distance"].where(trained["status"] == "CONVERGED")
    heights = np.concatenate([vertices[:, 1] for vertices in ends])
    assert {flow.max().item(), flow.min().item()} <= set(heights)
    short = dataset["distance"].loc["Difference, depth 3", "gradient flow", 1e-8].item()
    assert short not in heights


def test_what_a_certificate_takes_for_the_limit_is_a_line_within_the_frame(dataset):
    ax = distance(dataset)
    dashed = [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    assert dashed == [WITHIN]
    assert ax.get_ylim()[0] < WITHIN < ax.get_ylim()[1]


@pytest.mark.parametrize("draw", [quality, norms])
def test_training_on_its_line_has_no_mark_and_training_off_it_has(draw, dataset):
    name = {quality: "psnr", norms: "l1_norm"}[draw]
    place = ("Difference, depth 2", "gradient flow", 0.1)
    before = marks(axes_of(draw(dataset))[0], "o")
    assert (0.1, dataset[name].loc[place].item(), True) not in before
    dataset[name].loc[place] *= 1.5
    assert (0.1, dataset[name].loc[place].item(), True) in marks(axes_of(draw(dataset))[0], "o")


@pytest.mark.parametrize("draw", [quality, norms])
def test_every_network_is_named_beside_its_line_and_no_name_covers_another(draw, dataset):
    ax = axes_of(draw(dataset))[0]
    ax.figure.draw_without_rendering()
    names = {text.get_text().replace("\n", " "): text for text in ax.texts}
    assert set(names) == set(dataset["network"].values)
    assert {name: to_hex(text.get_color()) for name, text in names.items()} == {
        name: look.colour for name, look in _looks.network_styles(dataset).items()
    }
    boxes = sorted((text.get_window_extent() for text in names.values()), key=lambda box: box.y0)
    assert all(lower.y1 <= upper.y0 + 1 for lower, upper in itertools.pairwise(boxes))
    assert all(box.x0 >= ax.get_window_extent().x1 for box in boxes)


def test_times_of_training_are_medians_over_networks(dataset):
    ax = times(dataset)[0]
    wanted = dataset["run_s"].sel({"method": "gradient flow"}).median("network")
    np.testing.assert_allclose(sorted(y for _, y, _ in marks(ax, "o")), np.sort(wanted))


def test_numbers_of_a_run_that_diverged_bend_no_axis(dataset):
    frames = [ax.get_ylim() for draw in (quality, norms, distance) for ax in axes_of(draw(dataset))]
    for name in ("l1_norm", "l2_norm", "error", "distance"):
        dataset[name].loc["Difference, depth 3", "gradient descent", 10.0] = 1e200
    dataset["psnr"].loc["Difference, depth 3", "gradient descent", 10.0] = -4000.0
    assert [ax.get_ylim() for draw in (quality, norms, distance) for ax in axes_of(draw(dataset))] == frames


def test_a_method_that_nobody_ran_has_no_row(small):
    small["status"].loc[:, "gradient descent"] = "NOT RUN"
    small["verdict"].loc[:, "gradient descent"] = ""
    rows = [label.get_text() for label in certificates(small).get_yticklabels()]
    assert len(rows) == 3 * 2
    assert not [row for row in rows if "descent" in row]


def test_the_legend_names_only_what_is_there(small):
    converged = small.sel(network=["Difference, depth 2"], scale=[10.0])
    words = [text.get_text().strip() for text in distance(converged).get_legend().get_texts()]
    assert sorted(filter(None, words)) == [
        "Difference, depth 2",
        "gradient descent",
        "gradient flow",
        "tolerance, 10⁻⁷",
    ]


def test_the_truth_is_a_reference_line_within_the_frame(dataset):
    for ax, wanted in zip(norms(dataset), (1, 2), strict=True):
        norm = np.linalg.norm(dataset["truth"], wanted)
        dotted = [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == ":"]
        assert dotted == [pytest.approx(norm)]
        assert ax.get_ylim()[0] < norm < ax.get_ylim()[1]


def test_the_strip_has_two_rows_five_scales_and_one_truth(dataset):
    panels = strip(dataset)
    assert len(panels) == 2 * 5 + 1
    titles = [ax.get_title() for ax in panels[:5]]
    assert (titles[0], titles[-1]) == ("10", "10⁻⁸")
    assert [ax.get_title() for ax in panels].count("truth") == 1
    np.testing.assert_array_equal(panels[-1].images[0].get_array(), dataset["truth_picture"])
    shown = [ax for ax in panels if ax.images]
    assert all("no visible\nchange" in [text.get_text() for text in ax.texts] for ax in panels if ax not in shown)
    ranges = {ax.images[0].get_clim() for ax in shown}
    assert ranges == {(dataset["truth_picture"].min().item(), dataset["truth_picture"].max().item())}


def test_pictures_stand_in_order_with_their_numbers(dataset):
    panels = strip(dataset)
    for column, scale in ((0, 10.0), (4, 1e-8)):
        ax = panels[column]
        cell = {"network": "Difference, depth 2", "method": "limit", "scale": scale}
        np.testing.assert_array_equal(ax.images[0].get_array(), dataset["picture"].sel(cell))
        assert ax.get_xlabel() == f"{dataset['psnr'].sel(cell).item():.1f}\N{NO-BREAK SPACE}dB"


def test_a_panel_without_news_is_left_empty(dataset):
    last = _story.protagonists(dataset)[-1]
    method = shown_method(dataset, last)
    for name in ("picture", "psnr"):
        for scale in dataset["scale"].values[1:]:
            dataset[name].loc[last, method, scale] = dataset[name].loc[last, method, 10.0].values
    assert [bool(ax.images) for ax in strip(dataset)[5:10]] == [True, False, False, False, False]
    assert "An empty panel would look like the one to its left." in strip_paragraph(dataset)


def test_the_other_networks_stand_at_the_same_scales(dataset):
    panels = others(dataset)
    assert len(panels) == 2 * 5
    assert [ax.get_title() for ax in panels[:5]] == [ax.get_title() for ax in strip(dataset)[:5]]
    named = [ax.get_ylabel().replace("\n", " ") for ax in (*panels[::5], *strip(dataset)[:10:5])]
    assert sorted(name.partition(" (")[0] for name in named) == sorted(dataset["network"].values)


def test_no_figure_of_others_where_the_strip_shows_all(vectors, nothing, dataset):
    for results, is_there in ((vectors, False), (nothing, False), (dataset, True)):
        assert ("others" in [exhibit.name for exhibit in called_for(results)]) == is_there


def test_a_picture_that_is_missing_says_why(small):
    small["picture"].loc["Dense, 1 hidden layer", "gradient flow", 0.1] = np.nan
    small["status"].loc["Dense, 1 hidden layer", "gradient flow", 0.1] = "NO EXACT LIMIT"
    texts = [text.get_text() for ax in strip(small) for text in ax.texts]
    assert texts == ["no\nexact\nlimit"]


def test_a_picture_that_did_not_converge_says_so(small):
    small["status"].loc["Dense, 1 hidden layer", "gradient flow", 0.1] = "MAX_STEPS"
    assert [ax for ax in strip(small) if "budget ended" in ax.get_xlabel()]


def test_vectors_are_stems_beside_the_truth(vectors):
    panels = strip(vectors)
    assert len(panels) == 2 * len(_story.told_scales(vectors)) + 1
    stems = panels[-1].lines[0]
    heights = np.asarray(stems.get_ydata()).reshape(-1, 3)[:, 1]
    truth = vectors["truth"].values
    visible = truth[np.abs(truth) > 5e-3 * np.abs(truth).max()]
    np.testing.assert_array_equal(heights, visible)
    assert len({ax.get_ylim() for ax in panels if ax.lines}) == 1
    labels = {panels[0].figure.get_supxlabel(), panels[0].figure.get_supylabel()}
    assert labels == {"coordinate (number)", "entry of x (dimensionless)"}


def test_verdicts_are_told_by_symbols_and_not_by_colour_alone(dataset):
    ax = certificates(dataset)
    columns, methods = dataset.sizes["scale"], list(dataset["method"].values)
    grid = np.array([text.get_text() for text in ax.texts]).reshape(-1, columns)
    rows = [label.get_text() for label in ax.get_yticklabels()]
    symbols = {"certified": "✓", "refuted": "✗", "inconclusive": "?"}
    for row, line in zip(rows, grid, strict=True):
        network, method = row.split(" · ")
        for symbol, verdict, status in zip(
            line,
            dataset["verdict"].sel({"network": network, "method": method}).values,
            dataset["status"].sel({"network": network, "method": method}).values,
            strict=True,
        ):
            assert symbol == symbols.get(verdict, {"NOT RUN": "·", "NO EXACT LIMIT": "∅"}.get(status))
    assert len(rows) == 4 * len(methods)
    words = " ".join(text.get_text() for text in ax.get_legend().get_texts())
    assert words == "✓ certified ✗ refuted ? inconclusive ∅ no exact limit known · not run"


@pytest.mark.parametrize(("status", "symbol"), [("CONVERGED", "!"), ("REFUSED", "⊘")])
def test_a_cell_without_a_certificate_is_marked(small, status, symbol):
    small["verdict"].loc["Difference, depth 2", "limit", 10.0] = ""
    small["status"].loc["Difference, depth 2", "limit", 10.0] = status
    assert symbol in [text.get_text() for text in certificates(small).texts]


def test_what_nobody_ran_is_said_and_not_drawn(nothing):
    said = [
        text.get_text() for exhibit in called_for(nothing) for ax in exhibit.figure(nothing).axes for text in ax.texts
    ]
    assert {"no run gave an answer", "no trained result has a limit to be held against", "nothing was run"} <= set(said)


def test_an_answer_far_below_the_others_does_not_flatten_them(dataset):
    dataset["psnr"].loc["Direct", :, 10.0] = -75.0
    low, high = quality(dataset).get_ylim()
    assert -20 < low < high
