"""`ridgeless study` and what goes with it, from outside: what they print, how they end, what they leave behind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import zarr

import ridgeless as rl
from ridgeless.cli import main
from ridgeless.studies import read_store

SMALL = Path(__file__).with_name("small.toml").read_text()
IN_A_STUDY = {"results.zarr", "manifest.json", "report.html", "figures"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies")
    (folder / "small.toml").write_text(SMALL)
    return folder


@pytest.fixture(scope="module")
def first(folder):
    """A study in a process of its own, as a user types it."""
    words = ["study", "small.toml", "--out", "a folder/runs", "--name", "tiny", "--set", "seed=3"]
    command = [sys.executable, "-m", "ridgeless", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def written(first, folder):
    """The folder that this study has written."""
    assert first.returncode == 0, first.stderr
    return folder / "a folder" / "runs" / "tiny"


def files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_study_writes_its_results_report_and_manifest(first, written):
    assert {path.name for path in written.iterdir()} == IN_A_STUDY
    for name in IN_A_STUDY:
        assert f"wrote a folder/runs/tiny/{name}" in first.stdout.splitlines()
    with xr.open_zarr(written / "results.zarr") as dataset:
        assert dataset.attrs["name"] == "tiny"
        assert json.loads(dataset.attrs["configuration"])["seed"] == 3
    record = json.loads((written / "manifest.json").read_text(encoding="utf-8"))
    assert record["command"].startswith("ridgeless study small.toml --out 'a folder/runs'")
    assert record["wall_s"]["study"] > 0


def test_a_study_prints_a_table_and_plain_progress(first):
    lines = first.stdout.splitlines()
    assert lines[1].split() == ["scale", "Direct", "Difference"]
    assert [line.split()[0] for line in lines[2:4]] == ["1", "0.0001"]
    assert [line.split()[2::2] for line in lines[2:4]] == [["certified", "certified"]] * 2
    assert lines[4].startswith("limit: 4 CONVERGED; 4 certified; ")
    assert re.fullmatch(r"\d+\.\d s in all", lines[-1])
    assert "\x1b" not in first.stdout + first.stderr
    assert first.stderr.splitlines() == [
        "[2/4] Direct from Constant scale=0.0001, seed 3: limit",
        "[4/4] Difference from Constant scale=0.0001, seed 3: limit",
    ]


def test_the_table_holds_the_errors_of_the_limits(first, written):
    errors = read_store(written / "results.zarr").error
    for line, scale in zip(first.stdout.splitlines()[2:4], (1.0, 1e-4), strict=True):
        told = [float(word) for word in line.split()[1::2]]
        assert told == pytest.approx(errors.sel(scale=scale).values.ravel(), rel=5e-3)


def test_the_same_command_computes_nothing_and_changes_nothing(first, written, folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    before = files(written)
    assert main(["study", "small.toml", "--out", "a folder/runs", "--name", "tiny", "--set", "seed=3"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    lines = told.out.splitlines()
    assert lines[0] == "4 of 4 cells are there already; 0 are missing."
    assert lines[1:-2] == [line for line in first.stdout.splitlines()[:-1] if not line.startswith("wrote")]
    assert lines[-2].endswith("report.html is that of these results already")
    assert files(written) == before


def test_a_grown_study_computes_what_is_missing_and_is_reported_anew(tmp_path, capsys):
    (tmp_path / "small.toml").write_text(SMALL)
    words = ["study", str(tmp_path / "small.toml"), "--out", str(tmp_path / "runs"), "--name", "grown"]
    only = [*words, "--set", 'runs.0.network=["Direct", "Difference"]', "--set"]
    assert main([*only, "runs.0.init.scale=[1.0]"]) == 0
    page = tmp_path / "runs" / "grown" / "report.html"
    before, old = page.read_text(), read_store(tmp_path / "runs" / "grown" / "results.zarr")
    capsys.readouterr()
    assert main(words) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == "2 of 4 cells are there already; 2 are missing."
    assert [line.split("]")[0] for line in told.err.splitlines()] == ["[3/4", "[4/4"]
    assert page.read_text() != before
    new = read_store(tmp_path / "runs" / "grown" / "results.zarr")
    np.testing.assert_array_equal(new.x.sel(scale=1.0).values.ravel(), old.x.values.ravel())
    assert main([*only, "runs.0.init.scale=[1e-4]"]) == 2
    assert "holds 2 results that this configuration does not ask for" in capsys.readouterr().err
    assert (new.status.values == read_store(page.parent / "results.zarr").status.values).all()


def test_a_dry_run_tells_the_cost_and_leaves_nothing(folder, tmp_path, capsys):
    out = tmp_path / "runs"
    words = ["study", str(folder / "small.toml"), "--dry-run", "--set", "seeds.count=3", "--out", str(out)]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "12 cells of a grid of 3 seed × 2 network × 2 scale × 1 method"
    assert lines[2].startswith("  Direct: limit: 6 cells in ")
    assert lines[3].startswith("  Difference: limit: 6 cells in ")
    assert re.fullmatch(
        r"in all about [\d.]+ s of one core, if every training by steps uses its whole budget", lines[4]
    )
    assert "on disk before compression" in lines[5]
    assert not out.exists()


def test_a_worker_computes_the_same_bits(written, folder, tmp_path):
    words = ["study", str(folder / "small.toml"), "--workers", "1", "--name", "tiny", "--set", "seed=3"]
    command = [sys.executable, "-m", "ridgeless", *words, "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # On a busy machine the processes of dask may add a line of their own.
    told = [line for line in done.stderr.splitlines() if line.startswith("[")]
    assert sorted(line.split("]")[0] for line in told) == ["[2/4", "[4/4"]
    assert main(["compare", str(tmp_path / "tiny"), str(written)]) == 0


def test_status_tells_how_far_a_study_is(written, capsys):
    for place in (written, written / "results.zarr"):
        assert main(["status", str(place)]) == 0
        assert capsys.readouterr().out.splitlines() == ["tiny: 4 of 4 cells (100 %)", "  limit: 4 CONVERGED"]


def test_comparison_tells_what_differs(written, folder, tmp_path, capsys):
    words = ["study", str(folder / "small.toml"), "--name", "other", "--out", str(tmp_path)]
    assert main([*words, "--set", "seed=3"]) == 0
    capsys.readouterr()
    assert main(["compare", str(written), str(tmp_path / "other")]) == 0
    assert capsys.readouterr().out.splitlines() == ["4 cells have the same bits"]
    assert main([*words[:3], "changed", *words[4:], "--set", "seed=4"]) == 0
    capsys.readouterr()
    assert main(["compare", str(written), str(tmp_path / "changed")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "0 cells have the same bits"
    here, there = (read_store(place / "results.zarr").l1_norm.values for place in (written, tmp_path / "changed"))
    size = (np.abs(here - there) / np.maximum(here, there)).max()
    assert any(line.startswith(f"l1_norm differs by at most {size:.2g} of its size, at network=") for line in lines)


def test_a_rerun_gives_the_same_bits_and_notices_others(written, tmp_path, capsys):
    assert main(["rerun", str(written), "network=Difference, scale=1"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("the same bits")
    dataset = read_store(written / "results.zarr")
    name = str(dataset.address.sel(network="Direct", scale=1.0).item())
    assert main(["rerun", str(written), name[:12]]) == 0
    assert capsys.readouterr().out.startswith("Direct from Constant scale=1, seed 3: limit")
    shutil.copytree(written / "results.zarr", tmp_path / "results.zarr")
    norms = zarr.open_group(tmp_path / "results.zarr", mode="r+", zarr_format=2, use_consolidated=False)["l1_norm"]
    norms[...] = dataset.l1_norm.values * (1 + 1e-15)
    assert main(["rerun", str(tmp_path), name[:12]]) == 1
    assert "other bits in l1_norm" in capsys.readouterr().out


@pytest.mark.parametrize(("cell", "told"), [("scale=7", "no cell with a result"), ("network=Direct", "2 cells")])
def test_a_rerun_of_no_or_several_cells_is_refused(written, capsys, cell, told):
    assert main(["rerun", str(written), cell]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "network=Direct, scale=1, method=limit" in error


@pytest.mark.parametrize("kind", ["csv", "parquet", "nc"])
def test_an_export_holds_every_cell(written, tmp_path, capsys, kind):
    target = tmp_path / f"table.{kind}"
    pytest.importorskip({"csv": "pandas", "parquet": "pyarrow", "nc": "h5netcdf"}[kind])
    assert main(["export", str(written), str(target)]) == 0
    assert capsys.readouterr().out == f"wrote {target}\n"
    assert list(tmp_path.iterdir()) == [target]
    stored = read_store(written / "results.zarr")
    if kind == "nc":
        with xr.open_dataset(target, engine="h5netcdf") as found:
            np.testing.assert_array_equal(found.x.values, stored.x.values)
        return
    table = pd.read_csv(target) if kind == "csv" else pd.read_parquet(target)
    assert len(table) == 4
    row = table[(table.network == "Difference") & (table.scale == 1.0)].iloc[0]
    cell = stored.sel(network="Difference", scale=1.0).squeeze()
    assert (row.error, row.status) == (pytest.approx(cell.error.item(), rel=1e-15), "CONVERGED")


@pytest.mark.parametrize(("target", "told"), [("table.docx", "'.docx' is unknown"), ("no/table.csv", "cannot write")])
def test_an_export_that_cannot_be_written_leaves_nothing(written, tmp_path, capsys, target, told):
    assert main(["export", str(written), str(tmp_path / target)]) == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def interruptible():
    """A shell that runs the tests in its background has SIGINT ignored, and processes inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_keeps_what_was_computed_and_says_so(folder, tmp_path):
    words = ["study", str(folder / "small.toml"), "--out", str(tmp_path / "runs"), "--name", "long"]
    slow = ["--set", "seeds.count=40", "--set", "batch=1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ridgeless", *words, *slow], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("[1/160]")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    told = "ridgeless: interrupted; what was computed is kept, and the same command goes on from there."
    assert errors.splitlines()[-1] == told
    status = read_store(tmp_path / "runs" / "long" / "results.zarr").status.values
    done = int((status != "").sum())
    assert 1 <= done < 160
    assert not list(tmp_path.rglob("*.partial"))
    resumed = subprocess.run(
        [sys.executable, "-m", "ridgeless", *words, *slow], capture_output=True, text=True, check=False
    )
    assert resumed.stdout.splitlines()[0] == f"{done} of 160 cells are there already; {160 - done} are missing."
    assert len(resumed.stderr.splitlines()) == 160 - done


def test_the_first_picture_comes_while_the_study_runs(folder, tmp_path, monkeypatch):
    """It is drawn when the first cells have ended, long before the report."""
    seen = []

    def noted(*arguments, **options):
        seen.append((tmp_path / "tiny" / "figures" / "strip.png").exists())
        return rl.report.write_report(*arguments, **options)

    monkeypatch.setattr(
        "ridgeless.cli.study.write_summary", lambda dataset, folder, write, *_: noted(dataset, {}, folder)
    )
    assert main(["study", str(folder / "small.toml"), "--name", "tiny", "--out", str(tmp_path)]) == 0
    assert seen == [True]
