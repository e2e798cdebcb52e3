"""benchmarks/ESTIMATORS.md, written from the results that there are."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import metadata

from benchmarks.estimators import plan, speed, tables
from benchmarks.estimators.aims import aims
from benchmarks.estimators.methods import CLASSIFIERS, INCUMBENTS, REGRESSORS
from benchmarks.estimators.records import Key, Record
from benchmarks.estimators.rows import absent, rows
from benchmarks.table import Table

_PACKAGES = ("numpy", "scipy", "scikit-learn", "skglm", "chemotools")
_HOW = """\
Written by `make bench-estimators`. Everything that could be chosen stands in `benchmarks/estimators/plan.py`, with
what was changed after a look at results, and why: rows, seeds, splits, variants of ours, grids of the others, aims. How
to read the tables:

- Each method is trained on the same training samples, chooses by {folds}-fold cross-validation inside them (RidgeCV by
  leaving one out), and is tested on samples that it has not seen. Synthetic rows draw new truth, features and noise for
  each split: {train} samples, {features} features, {test} to test on. Real rows are random splits, n to train on and m
  to test on: {real}.
- Spectra are centred and not scaled, for every method but MCP, which skglm needs scaled. All other features are
  standardised, for every method: by ours, PLS, the relaxed lasso, MCP inside each fold, and for scikit-learn's path
  estimators by the whole training set, since their folds cannot scale.
- LassoCV and ElasticNetCV go by coordinate descent, which does not converge on spectra in a time that people wait. They
  stop at {lasso} and {net} iterations there (see the warnings below), and their errors on those rows are those of
  unfinished fits. LassoLarsCV solves LassoCV's problem exactly.
- ElasticNetCV has {ratios} ratios of {points} penalties. MCP has two γ, the relaxed lasso five relaxations. Gradient
  boosting has few leaves and bins, and a cross-validated number of trees.
- `ridgeless, as it comes` is `RidgelessRegressorCV()`: depth 2, stopped early. `best of all` chooses among depths 2 and
  3, stopped and penalised. `averaged` averages all points of their paths (`benchmarks/AVERAGES.md` has the rule beside
  others), and was named beforehand as the variant that the aims are judged by. The variants share one cross-validation,
  whose errors they choose from."""


def document(records: Mapping[Key, Record], timings: Mapping[str, speed.Timing]) -> str:
    """The whole page."""
    parts = ["# Estimators", _HOW.format(**_words()), _machine(), _progress(records)]
    if absent():
        parts.append(f"Data that are not on this machine: {', '.join(absent())}. Their rows are missing.")
    unfinished = _unfinished(records)
    if unfinished:
        parts.append(
            f"Left out, since fewer than two splits are done by all methods tried there: {', '.join(unfinished)}."
        )
    parts += [table.markdown() for table in _tables(records, timings) if table.rows]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _tables(records: Mapping[Key, Record], timings: Mapping[str, speed.Timing]) -> list[Table]:
    regressions = [row for row in rows() if not row.is_classified]
    classes = [row for row in rows() if row.is_classified]
    found = tables.comparisons(records, regressions, list(REGRESSORS), "mse")
    deviances = tables.comparisons(records, classes, list(CLASSIFIERS), "deviance")
    mistakes = tables.comparisons(records, classes, list(CLASSIFIERS), "error rate")
    others = [name for name in CLASSIFIERS if name not in plan.OURS_CLASSIFIED]
    names, ours = [row.row for row in found], list(plan.OURS)
    return [
        *([aims(found, ours)] if any(plan.PRIMARY in row.losses for row in found) else []),
        speed.aims(timings),
        tables.relative(found, list(REGRESSORS), "Test MSE", "MSE"),
        tables.geometric_means(found, list(REGRESSORS), plan.PRIMARY),
        tables.records_of(found, ours, list(INCUMBENTS), "Wins, ties and losses"),
        *(tables.losses_of(found, name, list(INCUMBENTS), f"Losses of `{name}`") for name in [plan.PRIMARY]),
        tables.absolute(
            deviances, list(CLASSIFIERS), "Classifiers: deviance", "deviance, −2·log-likelihood per sample"
        ),
        tables.absolute(mistakes, list(CLASSIFIERS), "Classifiers: share of errors", "share of wrong classes"),
        tables.records_of(
            deviances, list(plan.OURS_CLASSIFIED), others, "Classifiers: wins, ties and losses in deviance"
        ),
        *(
            tables.losses_of(deviances, name, others, f"Classifiers: losses of `{name}` in deviance")
            for name in plan.OURS_CLASSIFIED
        ),
        speed.table(timings),
        tables.seconds(records, names, list(INCUMBENTS)),
        tables.troubles(records, [*names, *(row.row for row in deviances)]),
    ]


def _unfinished(records: Mapping[Key, Record]) -> list[str]:
    """Rows that no table can show."""
    shown = set()
    for is_classified, methods, loss in ((False, REGRESSORS, "mse"), (True, CLASSIFIERS, "deviance")):
        some = [row for row in rows() if row.is_classified == is_classified]
        shown |= {row.row for row in tables.comparisons(records, some, list(methods), loss)}
    return [row.name for row in rows() if row.name not in shown]


def _progress(records: Mapping[Key, Record]) -> str:
    """How much of the plan these tables stand on."""
    names = {row.name: CLASSIFIERS if row.is_classified else REGRESSORS for row in rows()}
    planned = plan.SPLITS * sum(len(methods) for methods in names.values())
    done = sum(key[0] in names for key in records)
    if done >= planned:
        return f"All {planned} fits that were planned are done."
    return (
        f"**Unfinished: {done} of the {planned} fits that were planned are done.** The number of splits of each row "
        "stands below; a second call goes on. Of few splits, standard errors are themselves uncertain."
    )


def _words() -> dict[str, object]:
    return {
        "folds": plan.FOLDS,
        "train": plan.SYNTHETIC.train,
        "test": plan.SYNTHETIC.test,
        "features": plan.FEATURES,
        "real": ", ".join(f"{name} {size.train} and {size.test}" for name, size in plan.REAL.items()),
        "lasso": plan.LASSO_OF_SPECTRA[1],
        "net": plan.NET_OF_SPECTRA[1],
        "ratios": len(plan.NET_RATIOS),
        "points": plan.NET[0],
    }


def _machine() -> str:
    versions = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{machine}, {versions}. Entropy of the seeds {plan.ENTROPY}, version {plan.VERSION} of the plan."


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
