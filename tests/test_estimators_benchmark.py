"""`make bench-estimators`: its statistics, data, incumbents and tables, each against a second route."""

import dataclasses
import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import Lasso, LinearRegression
from sklearn.model_selection import KFold

ROOT = Path(__file__).resolve().parents[1]
OTHER = "LassoLarsCV"


@pytest.fixture(scope="module")
def bench():
    """The benchmark, which is no part of the package."""
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks.estimators import (
            __main__,
            aims,
            averages,
            comparison,
            families,
            methods,
            ours,
            paths,
            plan,
            records,
            report,
            rows,
            speed,
            tables,
            trials,
        )

        yield SimpleNamespace(
            main=__main__,
            aims=aims,
            averages=averages,
            comparison=comparison,
            families=families,
            methods=methods,
            ours=ours,
            paths=paths,
            plan=plan,
            records=records,
            report=report,
            rows=rows,
            speed=speed,
            tables=tables,
            trials=trials,
        )
    finally:
        sys.path.remove(str(ROOT))


def row_named(bench, name):
    return next(row for row in bench.rows.rows() if row.name == name)


@pytest.mark.parametrize(("splits", "train", "test"), [(20, 80, 20), (10, 57, 14), (2, 1, 3)])
def test_the_corrected_error_is_right_where_differences_correlate_as_it_assumes(bench, splits, train, test):
    """Its square is V·s², with V the variance of the mean over the mean of s²: both are traces of the covariance."""
    correlation = test / (train + test)
    covariance = 1.7 * ((1 - correlation) * np.eye(splits) + correlation)
    mean = np.full(splits, 1 / splits)
    of_mean = mean @ covariance @ mean
    centring = np.eye(splits) - 1 / splits
    of_sample = np.trace(centring @ covariance) / (splits - 1)
    differences = np.random.default_rng(0).standard_normal(splits)
    expected = np.sqrt(of_mean / of_sample * differences.var(ddof=1))
    assert bench.comparison.corrected_error(differences, test / train) == pytest.approx(expected, rel=1e-12)


def test_independent_splits_have_the_plain_standard_error(bench):
    from scipy.stats import sem

    differences = np.random.default_rng(1).standard_normal(20)
    assert bench.comparison.corrected_error(differences, 0.0) == pytest.approx(sem(differences), rel=1e-12)


def test_wins_ties_and_losses(bench):
    losses = {
        "ours": np.array([1.0, 1.1, 0.9]),
        "worse": np.array([2.0, 2.2, 1.9]),
        "alike": np.array([1.1, 1.0, 0.9]),
        "failed": np.array([0.1, np.inf, 0.1]),
    }
    row = bench.comparison.Comparison("row", 0.25, losses)
    verdicts = {name: row.paired("ours", name).verdict.value for name in losses if name != "ours"}
    assert verdicts == {"worse": "win", "alike": "tie", "failed": "win"}
    assert row.paired("worse", "ours").verdict.value == "loss"
    assert row.paired("failed", "ours").verdict.value == "loss"
    assert row.best(list(losses)) in ("ours", "alike")


FAMILIES = ("sparse strong", "correlated", "power law", "weak", "dense", "latent factors", "blocks")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_variance_of_a_signal_is_what_its_truth_says(bench, family):
    truth = bench.families.FAMILIES[family](np.random.default_rng(3), 60)
    signal = truth.features(20_000) @ truth.coefficients
    assert signal.var() == pytest.approx(truth.variance, rel=0.05)
    assert abs(signal.mean()) < 0.05 * np.sqrt(truth.variance)


def test_latent_factors_are_what_the_target_depends_on(bench):
    """The coefficients are the population's regression of the target on the features."""
    rng = np.random.default_rng(4)
    truth = bench.families.latent_factors(rng, 40)
    again = np.random.default_rng(4)
    loadings, effects = again.standard_normal((40, 5)), again.standard_normal(5)
    covariance = loadings @ loadings.T + 5 * np.eye(40)
    np.testing.assert_allclose(truth.coefficients, np.linalg.solve(covariance, loadings @ effects), rtol=1e-10)


def test_splits_are_drawn_from_their_own_seeds(bench):
    row = row_named(bench, "weak, SNR 1")
    first, again, other = row.draw(0), row.draw(0), row.draw(1)
    assert np.array_equal(first.X, again.X)
    assert np.array_equal(first.y, again.y)
    assert not np.array_equal(first.y, other.y)
    assert first.X.shape == (bench.plan.SYNTHETIC.train, bench.plan.FEATURES)
    states = [bench.plan.seed_of(name, 0).generate_state(4) for name in ("weak, SNR 1", "weak, SNR 5")]
    assert not np.array_equal(*states)


def test_what_is_tested_on_was_not_trained_on(bench):
    row = row_named(bench, "breast cancer")
    split = row.draw(0)
    size = bench.plan.CLASSIFIED["breast cancer"]
    assert (len(split.y), len(split.y_test)) == (size.train, size.test)
    assert row.overlap == size.test / size.train
    trained = {sample.tobytes() for sample in split.X}
    assert not any(sample.tobytes() in trained for sample in split.X_test)


def data(samples=40, features=12):
    rng = np.random.default_rng(5)
    X = rng.standard_normal((samples, features))
    return X - X.mean(axis=0), X @ rng.standard_normal(features) + rng.standard_normal(samples)


def test_components_of_pls_are_those_of_a_fit_each(bench):
    X, y = data()
    y -= y.mean()
    found = bench.paths.partial_least_squares(X, y)(X)
    for k in (1, 2, 5, 12):
        single = PLSRegression(k, scale=False).fit(X, y).predict(X)
        np.testing.assert_allclose(found[:, k - 1], np.ravel(single), atol=1e-10)
    assert np.array_equal(found[:, -1], found[:, 11])


def test_the_relaxed_lasso_ends_at_the_lasso_and_at_least_squares(bench):
    X, y = data()
    y -= y.mean()
    models = bench.paths.relaxed_lasso(X, y, floor=1e-3)(np.eye(X.shape[1])).T
    points = bench.plan.RELAXED_POINTS
    assert bench.plan.RELAXATIONS[0] == 0
    assert bench.plan.RELAXATIONS[-1] == 1
    largest = np.max(np.abs(X.T @ y)) / len(y)
    for k, penalty in enumerate(largest * np.geomspace(1, 1e-3, points)):
        if k in (10, 30, 50):
            lasso = Lasso(alpha=penalty, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(X, y).coef_
            np.testing.assert_allclose(models[-points + k], lasso, atol=1e-6)
            support = np.flatnonzero(lasso)
            free = LinearRegression(fit_intercept=False).fit(X[:, support], y).coef_
            np.testing.assert_allclose(models[k][support], free, atol=1e-8)
            assert not np.any(np.delete(models[k], support))


@pytest.mark.slow
def test_mcp_is_the_lasso_where_its_gamma_is_large(bench, monkeypatch):
    pytest.importorskip("skglm")
    X, y = data()
    X, y = X / X.std(axis=0), y - y.mean()
    monkeypatch.setattr(bench.plan, "MCP_GAMMAS", (1e8,))
    monkeypatch.setattr(bench.plan, "MCP_OPTIONS", {"max_iter": 50, "max_epochs": 5000, "tol": 1e-10})
    models = bench.paths.minimax_concave(X, y)(np.eye(X.shape[1])).T
    penalty = np.max(np.abs(X.T @ y)) / len(y) * np.geomspace(1, bench.plan.MCP_FLOOR, bench.plan.MCP_POINTS)[20]
    lasso = Lasso(alpha=penalty, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(X, y).coef_
    np.testing.assert_allclose(models[20], lasso, atol=1e-6)


def test_a_path_is_chosen_from_by_cross_validation_and_scaled_inside_it(bench):
    """By the sum of squared errors, with means and deviations of the training part of each fold."""
    X, y = data()
    X = X * np.geomspace(1, 1e3, X.shape[1])
    folds = KFold(4, shuffle=True, random_state=0)
    chosen = bench.paths.PathCV(bench.paths.partial_least_squares, folds, standardize=True).fit(X, y)
    errors = np.zeros(12)
    for k in range(12):
        for some, others in folds.split(X):
            single = PLSRegression(k + 1).fit(X[some], y[some])
            errors[k] += np.sum((np.ravel(single.predict(X[others])) - y[others]) ** 2)
    assert chosen.best_ == int(np.argmin(errors))
    single = PLSRegression(chosen.best_ + 1).fit(X, y)
    np.testing.assert_allclose(chosen.predict(X), np.ravel(single.predict(X)), atol=1e-8)


@pytest.mark.filterwarnings("ignore:the least error lies")
def test_variants_that_share_a_cross_validation_are_what_they_are_alone(bench):
    from ridgeless.estimators import RidgelessRegressorCV

    X, y = data(20, 15)
    folds = KFold(3, shuffle=True, random_state=0)
    common = {"cv": folds, "standardize": True, "points": 5, "scales": [3.0, 1e-2]}
    shared = {}
    for name, options in bench.plan.OURS.items():
        variant = bench.ours.SharedCV(
            RidgelessRegressorCV, options, common, bench.plan.OURS[bench.plan.PRIMARY], shared, data="these"
        ).fit(X, y)
        alone = RidgelessRegressorCV(**common, **options).fit(X, y)
        np.testing.assert_allclose(variant.predict(X), alone.predict(X), rtol=1e-6, atol=1e-6, err_msg=name)
    assert list(shared) == ["these"]


def record(bench, split, method, loss, row="tecator", **options):
    losses = {} if loss is None else {"mse": loss}
    return bench.records.Record(row, split, method, losses, 0.5, **options)


def test_results_are_kept_and_read_again(bench, tmp_path):
    store = tmp_path / "runs" / "results.jsonl"
    assert bench.records.read(store) == {}
    first, second = record(bench, 2, "PLS", 1.0), record(bench, 2, "PLS", 2.0, warnings={"slow": 3})
    stale = dataclasses.replace(record(bench, 3, "PLS", 1.0), version=-1)
    for one in (first, second, stale):
        bench.records.append(store, one)
    with store.open("a", encoding="utf-8") as file:
        file.write(json.dumps(dataclasses.asdict(first))[:40])
    assert bench.records.read(store) == {second.key: second}


def test_a_run_goes_on_where_it_was_interrupted(bench, tmp_path, monkeypatch, capsys):
    store, out = tmp_path / "results.jsonl", tmp_path / "ESTIMATORS.md"
    words = ["x", "--rows", "weak, SNR 1", "--methods", "RidgeCV", "PLS", "--store", str(store), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", [*words, "--splits", "2"])
    assert bench.main.main() == 0
    assert "4 trials to run" in capsys.readouterr().out
    before = store.read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "argv", [*words, "--splits", "3"])
    assert bench.main.main() == 0
    assert "2 trials to run" in capsys.readouterr().out
    assert store.read_text(encoding="utf-8").startswith(before)
    assert "3 splits: weak, SNR 1" in out.read_text(encoding="utf-8")


def test_a_method_that_raises_fails_on_that_split(bench, monkeypatch):
    def broken(row, folds):
        raise ZeroDivisionError("no such thing")

    row = row_named(bench, "breast cancer")
    monkeypatch.setitem(bench.methods.CLASSIFIERS, "broken", broken)
    found = bench.trials.trial(row, 0, "broken")
    assert (found.losses, found.error) == ({}, "ZeroDivisionError: no such thing")


def test_deviance_and_errors_of_a_classifier(bench):
    from sklearn.metrics import accuracy_score, log_loss
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    row, name = row_named(bench, "breast cancer"), "LogisticRegressionCV ℓ2"
    found = bench.trials.trial(row, 0, name)
    split = row.draw(0)
    from sklearn.model_selection import StratifiedKFold

    model = bench.methods.CLASSIFIERS[name](row, StratifiedKFold(bench.plan.FOLDS, shuffle=True, random_state=0))
    assert isinstance(model, type(make_pipeline(StandardScaler())))
    model.fit(split.X, split.y)
    deviance = 2 * log_loss(split.y_test, model.predict_proba(split.X_test))
    assert found.losses["deviance"] == pytest.approx(deviance, rel=1e-9)
    wrong = 1 - accuracy_score(split.y_test, model.predict(split.X_test))
    assert found.losses["error rate"] == pytest.approx(wrong)


def made_up(bench, ours, theirs, row="tecator"):
    """Results of a row on which every incumbent has one mean loss and ours another."""
    rng = np.random.default_rng(6)
    return {
        (row, split, name): record(bench, split, name, mean + 1e-3 * rng.standard_normal(), row=row)
        for name, mean in [
            *((name, theirs) for name in bench.methods.INCUMBENTS),
            *((name, ours) for name in bench.plan.OURS),
        ]
        for split in range(2, 7)
    }


@pytest.mark.parametrize(("ours", "is_lost"), [(1.2, True), (0.8, False)])
def test_every_loss_is_printed_and_every_aim_judged(bench, ours, is_lost):
    rows = [bench.rows.Row(name, None, 0.5) for name in ("tecator", "sparse strong, SNR 5")]
    results = {key: one for row in rows for key, one in made_up(bench, ours, 1.0, row.name).items()}
    found = bench.tables.comparisons(results, rows, list(bench.methods.REGRESSORS), "mse")
    assert [row.splits for row in found] == [5, 5]
    lost = bench.tables.losses_of(found, bench.plan.PRIMARY, list(bench.methods.INCUMBENTS), "Losses").rows
    assert {(row, other) for row, other, *_ in lost} == (
        {(row.name, other) for row in rows for other in bench.methods.INCUMBENTS} if is_lost else set()
    )
    judged = bench.aims.aims(found, list(bench.plan.OURS)).rows
    assert len(judged) == 4
    assert all(("missed" in cell) == is_lost for line in judged for cell in line[1:])
    ((name, mean, *_),) = bench.tables.geometric_means(found, [OTHER], bench.plan.PRIMARY).rows
    assert name == OTHER
    assert float(mean) == pytest.approx(max(1 / ours, 1), abs=5e-3)


def test_the_page_says_how_many_splits_and_what_failed(bench):
    results = made_up(bench, 1.0, 1.0)
    results["tecator", 6, "PLS"] = record(bench, 6, "PLS", None, error="ValueError: no")
    page = bench.report.document(results, {})
    if "tecator" in [row.name for row in bench.rows.rows()]:
        assert "5 splits: tecator" in page
        assert "failed on 1 of 5" in page
    assert "| PLS | 5 | 0 | 1× failed: ValueError: no |" in page or "tecator" in bench.rows.absent()


def test_the_processor_counts_workers(bench):
    """Two workers that add numbers for a third of a second each, while this process waits."""
    from joblib import Parallel, delayed

    def busy():
        began = time.process_time()
        while time.process_time() - began < 0.3:
            pass

    before = bench.speed._processor()
    Parallel(n_jobs=2)(delayed(busy)() for _ in range(2))
    assert bench.speed._processor() - before >= 0.6


def test_aims_of_speed_are_judged(bench):
    names = list(bench.speed.MEASUREMENTS)
    slow = {name: bench.speed.Timing(name, 1e3, 1e3, 1e4) for name in names}
    fast = {name: bench.speed.Timing(name, 1.0, 1.0, 100.0) for name in names}
    assert [line[2] for line in bench.speed.aims(fast).rows] == ["met"] * 6
    assert [line[2] for line in bench.speed.aims(slow).rows] == ["**missed**", "met", *["**missed**"] * 4]


def small_row(bench):
    rng = np.random.default_rng(6)
    X = rng.standard_normal((60, 12))
    y = X[:, 0] - X[:, 1] + rng.standard_normal(60)
    data = bench.rows.Split(X[:30], y[:30], X[30:], y[30:])
    return bench.rows.Row("small", lambda draw: data, overlap=0.0), data


@pytest.mark.filterwarnings("ignore::ridgeless.estimators.GridEdgeWarning")
def test_the_rule_built_in_is_the_estimator_itself(bench, monkeypatch):
    """Of the rules that are compared, the one of temperature 4 predicts as `combine="average"` does."""
    from ridgeless.estimators import AtTime, Penalty, RidgelessRegressorCV

    few = {"scales": [1.0, 1e-2], "points": 12, "decades": 3.0}
    monkeypatch.setattr(bench.averages, "DEFAULT_SCALES", few["scales"])
    monkeypatch.setattr(bench.averages, "_POINTS", few["points"])
    monkeypatch.setattr(bench.averages, "_DECADES", few["decades"])
    row, data = small_row(bench)
    told = bench.averages.losses(row, 0)
    assert set(told) == {*bench.averages.RULES, "RidgeCV", "PLS", "LassoLarsCV"}
    folds = KFold(bench.plan.FOLDS, shuffle=True, random_state=10_000)
    model = RidgelessRegressorCV(
        [2, 3], stop=[AtTime, Penalty], standardize=True, cv=folds, combine="average", **few
    ).fit(data.X, data.y)
    assert np.mean((model.predict(data.X_test) - data.y_test) ** 2) == pytest.approx(told["T = 4"], rel=1e-6)
    found = bench.averages.members(row, data, folds)
    np.testing.assert_allclose(found.scores.errors[..., 0], model.cv_errors_, rtol=1e-10)
    np.testing.assert_allclose(bench.averages.RULES["T = 4"](found), model.weights_, atol=1e-12)
    best = np.unravel_index(np.argmin(model.cv_errors_), model.cv_errors_.shape)
    assert np.argwhere(bench.averages.RULES["best"](found)).tolist() == [list(best)]
    of_paths = bench.averages.RULES["best of each path"](found)
    assert of_paths.sum() == pytest.approx(1)
    assert np.count_nonzero(of_paths, axis=-1).max() == 1


def test_draws_of_averages_are_no_splits_of_the_benchmark(bench):
    ours, theirs = bench.rows.rows(bench.averages.seed_of), bench.rows.rows()
    assert [row.name for row in ours] == [row.name for row in theirs]
    for name in ("weak, SNR 1", "dense, SNR 5"):
        mine, other = (next(row for row in some if row.name == name).draw(2).y for some in (ours, theirs))
        assert not np.allclose(mine, other)


def test_the_table_of_averages(bench):
    names = (*bench.averages.RULES, "RidgeCV", "PLS", "LassoLarsCV")
    found = [
        {"row": row, "draw": draw, "losses": dict.fromkeys(names, 1.0) | {"best": 2.0 + draw, "T = 4": 0.5}}
        for row in ("weak, SNR 1", "yarn")
        for draw in (0, 1)
    ]
    *lines, means, near = bench.averages.table(found).rows
    column = bench.averages.table(found).header.index
    assert [line[column("best")] for line in lines] == ["2.500", "2.500"]
    assert [line[column("T = 4")] for line in lines] == ["0.500", "0.500"]
    assert (means[column("best")], means[column("T = 4")]) == ("**2.500**", "**1.000**")
    assert (near[column("best")], near[column("T = 4")]) == ("**0 of 2**", "**2 of 2**")
