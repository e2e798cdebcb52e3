"""Every number in the text is measured: it is the dataset's, and moves with it."""

import re

import numpy as np
import pytest

from ridgeless.report.study.figures import (
    EXHIBITS,
    _story,
    called_for,
    certificates,
    distance,
    norms,
    others,
    quality,
    strip,
    times,
)
from ridgeless.report.study.headline import at_a_glance, certificate_table, headline

TIED = "\N{NO-BREAK SPACE}"
FLOW, DESCENT = "gradient flow", "gradient descent"
BEST = ("Difference, depth 2", "limit")


def decibels(dataset, network, method, scale):
    return f"{dataset['psnr'].loc[network, method, scale].item():.1f}{TIED}dB".replace("-", "−")


def test_the_headline_tells_a_stranger_what_changed(dataset):
    text = headline(dataset)
    assert "1024 unknowns" in text
    assert "410 equations" in text
    assert "no penalty" in text
    assert "10 (“lazy”) down to 10⁻⁸ (“rich”)" in text
    assert text.count(". ") == 2
    assert f"from {decibels(dataset, *BEST, 10.0)} to {decibels(dataset, *BEST, 1e-8)}" in text


def test_the_headline_follows_the_dataset(dataset):
    dataset.attrs |= {"equations": 77, "unknowns": 99}
    dataset["psnr"].loc["Difference, depth 3", "limit", 1e-3] = 33.3
    text = headline(dataset)
    assert "99 unknowns" in text
    assert "77 equations" in text
    assert f"33.3{TIED}dB (at scale 10⁻³)" in text


def test_the_headline_does_not_promise_choice_where_there_is_none(dataset):
    dataset.attrs |= {"equations": 1024}
    assert "infinitely many" not in headline(dataset)


def test_the_headline_is_honest_where_smaller_scales_gain_nothing(small):
    small["psnr"].loc[:, :, 0.1] = 1.0
    small["psnr"].loc[:, :, 10.0] = 5.0
    assert "gains nothing" in headline(small)


def test_the_headline_speaks_of_norms_where_no_truth_is_known(small):
    unknown = small.drop_vars(["truth", "truth_picture"]).assign(
        psnr=small["psnr"] * np.nan, error=small["error"] * np.nan
    )
    assert "‖x‖₁" in headline(unknown)
    assert "not known" in quality.paragraph(unknown)
    assert "The truth has" not in norms.paragraph(unknown)
    assert at_a_glance(unknown).head[1:3] == ("‖x‖₁, laziest", "‖x‖₁, richest")


def test_the_table_has_a_row_per_network(dataset):
    table = at_a_glance(dataset)
    assert [row[0] for row in table.rows] == [*dataset["network"].values[:3], "Dense, 1 hidden layer (gradient flow)"]
    assert table.rows[1][1] == decibels(dataset, *BEST, 10.0)
    assert table.rows[1][3] == decibels(dataset, *BEST, 1e-8)
    assert table.rows[3][-1] == "no limit"
    certified = (dataset["verdict"].sel(network="Direct") == "certified").sum().item()
    assert table.rows[0][-2].startswith(f"{certified} of ")


def test_the_strip_names_the_rows_closest_to_the_truth_and_farthest_from_it(dataset):
    text = strip.paragraph(dataset)
    assert f"closest to the truth is Difference, depth 2, from {decibels(dataset, *BEST, 10.0)} at scale 10" in text
    assert "stays farthest from it is Direct" in text
    assert "trained answers" not in text
    assert "trained answers: Dense, 1 hidden layer (gradient flow)" in others.paragraph(dataset)


def test_quality_is_told_at_both_ends(dataset):
    text = quality.paragraph(dataset)
    for network in ("Direct", "Difference, depth 2", "Difference, depth 3"):
        assert decibels(dataset, network, "limit", 10.0) in text
        assert decibels(dataset, network, "limit", 1e-8) in text
    assert "outside the frame" in text


def test_the_marker_farthest_from_its_line_is_told(dataset):
    limit = dataset["psnr"].loc["Difference, depth 2", "limit", 1e-5].item()
    dataset["psnr"].loc["Difference, depth 2", FLOW, 1e-5] = limit - 0.125
    assert "off by 0.12 dB (gradient flow, Difference, depth 2, scale 10⁻⁵)" in quality.paragraph(dataset).replace(
        TIED, " "
    )


@pytest.mark.parametrize(("factor", "word"), [(0.5, "falls"), (2.0, "rises"), (1.001, "stays")])
def test_norms_are_said_to_fall_or_rise_as_they_do(small, factor, word):
    first = small["l1_norm"].loc["Difference, depth 2", "limit", 10.0].item()
    small["l1_norm"].loc["Difference, depth 2", "limit", 0.1] = factor * first
    assert f"Difference, depth 2: ‖x‖₁ {word}" in norms.paragraph(small)


def test_the_largest_distance_of_a_converged_run_is_told(dataset):
    dataset["distance"].loc["Direct", FLOW, 0.01] = 4.2e-7
    dataset["distance"].loc["Difference, depth 3", FLOW, 1e-8] = 0.9  # at the end of its budget: not an agreement
    text = distance.paragraph(dataset)
    assert "4.2·10⁻⁷ away (Direct, scale 0.01)" in text
    assert "0.9" not in text


def test_every_run_that_failed_is_owned_up_to(dataset):
    text = distance.paragraph(dataset)
    assert "Gradient flow: 39 of 40 runs converged" in text
    assert "budget ended in Difference, depth 3 at scale 10⁻⁸" in text
    assert "Gradient descent: 10 of 12 runs converged" in text
    assert "budget ended in Difference, depth 2 at scale 0.1; diverged in Difference, depth 3 at scale 10" in text
    assert "28 cells were not run, at scale 0.01 and below" in text
    assert "For Dense, 1 hidden layer no theorem gives the limit at 10 scales" in text


def test_many_failures_are_counted(dataset):
    dataset["status"].loc[:, FLOW, :] = "MAX_STEPS"
    text = distance.paragraph(dataset)
    assert "0 of 40 runs converged" in text
    assert "budget ended in 40 cells, the first at Direct, scale 10" in text


def test_times_are_compared_cell_by_cell(dataset):
    dataset["run_s"].loc[:, "limit", :] = 0.02
    dataset["run_s"].loc[:, FLOW, :] = 0.5
    dataset["run_s"].loc["Direct", FLOW, 1.0] = 3.0
    text = times.paragraph(dataset).replace(TIED, " ")
    assert "Limit: 20 ms" in text
    assert "3 s at most (Direct, scale 1)" in text
    assert "gradient flow takes 25 times as long as the limit at the median, between 25 and 150 times" in text


def test_compilation_is_counted_apart(dataset):
    dataset["compile_s"] = dataset["compile_s"] * 0 + 0.25
    ran = int(np.isfinite(dataset["compile_s"]).sum())
    assert f"Compilation is counted apart: {ran * 0.25:.2g} s in all" in times.paragraph(dataset).replace(TIED, " ")
    dataset["compile_s"] = dataset["compile_s"] * 0
    assert "Compilation" not in times.paragraph(dataset)


def test_verdicts_are_counted_with_their_reasons(dataset):
    text = certificates.paragraph(dataset)
    assert "Limit: of 30 answers 30 certified." in text
    refuted = (dataset["verdict"].sel({"method": DESCENT}) == "refuted").sum().item()
    assert f"{refuted} refuted" in text
    assert "Refuted of gradient flow: 1 because A x = b is not solved closely enough" in text
    # The one out of budget and the one that diverged.
    assert "Refuted of gradient descent: 2 because A x = b is not solved closely enough" in text
    assert f"{refuted - 2} because x solves A x = b but is not the minimiser" in text
    assert "infinitely small steps, and these are finite" in text


@pytest.mark.parametrize(
    ("known", "told"), [(3.3e-4, "(off by up to 3.3·10⁻⁴ of its length, "), (np.inf, "the minimiser.")]
)
def test_the_farthest_of_the_refuted_is_told_where_a_distance_is_known(small, known, told):
    for network, bound in (("Difference, depth 3", np.inf), ("Difference, depth 2", known)):
        cell = {"network": network, "method": "limit", "scale": 10.0}
        small["verdict"].loc[cell], small["bound"].loc[cell], small["feasibility"].loc[cell] = "refuted", bound, 1e-15
    text = certificates.paragraph(small)
    assert "Refuted of limit: 2 because x solves A x = b but is not the minimiser" in text
    assert told in text
    assert "∞" not in text


def test_what_was_refused_is_told_with_its_reason(small):
    cell = {"network": "Difference, depth 2", "method": "limit", "scale": 10.0}
    small["status"].loc[cell], small["verdict"].loc[cell], small["message"].loc[cell] = (
        "REFUSED",
        "",
        "no x has such signs.",
    )
    text = certificates.paragraph(small)
    assert (
        "1 cell was refused before any work; the first is limit, Difference, depth 2, scale 10: no x has such signs."
        in text
    )
    assert "no x has such signs." in [row[-1] for row in certificate_table(small).rows]


def test_a_run_that_diverged_is_no_answer(dataset):
    dataset["psnr"].loc["Difference, depth 3", DESCENT, 10.0] = -4000.0
    assert "4000" not in quality.paragraph(dataset)
    only = dataset.sel({"method": [DESCENT], "network": ["Difference, depth 3"], "scale": [10.0]})
    assert "No run gave an answer." in headline(only)


def test_every_cell_that_was_tried_has_its_certificate_in_numbers(dataset):
    table = certificate_table(dataset)
    tried = dataset["status"] != "NOT RUN"
    assert len(table.rows) == int(tried.sum())
    assert all(len(row) == len(table.head) for row in table.rows)
    dataset["gap"].loc["Direct", "limit", 10.0] = 7.7e-5
    assert certificate_table(dataset).rows[0][7] == "7.7·10⁻⁵"


MEASURED = re.compile(r"[−\d][\d.·]*[.·][\d.·⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*\d[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*")


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.name)
def test_no_measured_number_survives_a_change_of_the_results(exhibit, dataset):
    """Everything that was measured is multiplied: a number that stays would be made up."""
    changed = dataset.copy(deep=True)
    for name in ("psnr", "l1_norm", "l2_norm", "distance", "run_s", "compile_s", "steps", "bound", "truth"):
        changed[name] = changed[name] * 1.37
    changed["verdict"].loc[:, "limit", 1e-8] = "inconclusive"
    before, after = exhibit.paragraph(dataset), exhibit.paragraph(changed)
    assert before != after
    lowest_shown = {"−12.0"}
    places = {"0.1", "0.01"}
    assert set(MEASURED.findall(before)) & set(MEASURED.findall(after)) <= places | lowest_shown


def test_vectors_are_told_by_their_errors(vectors):
    text = quality.paragraph(vectors)
    assert f"{vectors['error'].loc['Difference, depth 2', 'limit', 10.0].item():.3g}" in text
    assert "dB" not in text
    shown = len(_story.told_scales(vectors))
    assert f"Of 8 scales those {shown} are shown" in strip.paragraph(vectors)


def test_a_grid_in_which_nothing_ran_is_told_so(nothing):
    texts = [headline(nothing), *(exhibit.paragraph(nothing) for exhibit in called_for(nothing))]
    assert not [text for text in texts if "nan" in text.lower().split() or "not known" in text]
    assert "No run gave an answer." in headline(nothing)
    assert times.paragraph(nothing) == "Nothing was run."


def test_infinite_and_missing_numbers_are_no_trouble(small):
    small["psnr"].loc["Difference, depth 2", "limit", 0.1] = np.inf
    small["feasibility"].loc["Difference, depth 3", DESCENT, 10.0] = np.inf
    small["gap"].loc["Difference, depth 2", "limit", 10.0] = -np.inf
    assert all(exhibit.paragraph(small) for exhibit in EXHIBITS)
    assert certificate_table(small).rows[0][7] == "−∞"


def test_a_single_cell_is_enough(small):
    one = small.sel({"network": ["Difference, depth 2"], "scale": [0.1]}).sel({"method": [FLOW]})
    assert "The same network" in headline(one)
    assert "from initial weights of scale 0.1" in headline(one)
    assert all(exhibit.paragraph(one) for exhibit in called_for(one))


def test_a_study_without_training_says_so(small):
    alone = small.sel({"method": ["limit"]})
    assert distance.paragraph(alone) == "Nothing was trained in this study."
