"""A study on disk: complete, readable, and never half there."""

import json
import stat

import pytest
import xarray as xr

import ridgeless as rl
from ridgeless._core.run_folder import refuse_unwritable, write_run
from ridgeless.errors import UnreadableFileError, UnwritableFolderError
from ridgeless.studies import write_study

SMALL = {
    "name": "small",
    "system": {"problem": "GaussianSparse", "parameters": {"equations": 5, "unknowns": 12, "nonzeros": 1}},
    "scales": {"values": [1.0, 1e-4]},
    "networks": [{"name": "Direct"}, {"name": "Difference", "depth": 2}],
    "flow": {"run": False},
    "descent": {"run": False},
}


@pytest.fixture(scope="module")
def dataset():
    return rl.study(SMALL)


def write_report(dataset, manifest, folder):
    (folder / "figures").mkdir()
    files = [folder / "report.html", folder / "figures" / "strip.svg"]
    for file in files:
        file.write_text(f"{manifest['name']} {dataset.attrs['name']}")
    return files


def test_the_folder_holds_results_report_and_manifest(dataset, tmp_path):
    folder = write_study(dataset, tmp_path / "runs", write_report, {"study": 1.25}, ["ridgeless", "study", "a b.toml"])
    assert folder == tmp_path / "runs" / "small"
    assert {path.name for path in folder.iterdir()} == {"results.zarr", "manifest.json", "report.html", "figures"}
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["small"]
    with xr.open_zarr(folder / "results.zarr", consolidated=True) as stored:
        assert stored.load().identical(dataset)


def test_the_manifest_tells_how_to_repeat_it(dataset, tmp_path):
    folder = write_study(dataset, tmp_path, write_report, {"study": 1.25}, ["ridgeless", "study", "a b.toml"])
    record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert rl.studies.read_configuration(record["configuration"]) == rl.studies.read_configuration(SMALL)
    assert record["command"] == "ridgeless study 'a b.toml'"
    assert (record["seed"], record["start_seed"]) == (0, dataset.attrs["start_seed"])
    assert record["wall_s"]["study"] == 1.25
    assert {"limit", "gradient flow", "gradient descent", "results", "report"} < set(record["wall_s"])
    assert record["versions"]["ridgeless"] == rl.__version__
    assert {"python", "numpy", "scipy", "xarray", "zarr"} < set(record["versions"])
    assert record["machine"]["cores"] >= 1
    assert {"processor", "memory_gib", "platform"} < set(record["machine"])
    assert "git_revision" in record
    assert record["created"].endswith("+00:00")


def test_there_is_no_revision_outside_of_git(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert rl.studies.manifest.git_revision() is None
    monkeypatch.setenv("PATH", str(tmp_path))  # nor where git is not installed
    assert rl.studies.manifest.git_revision() is None


def test_runs_of_one_name_are_numbered(dataset, tmp_path):
    folders = [write_study(dataset, tmp_path, write_report) for _ in range(3)]
    assert [folder.name for folder in folders] == ["small", "small-2", "small-3"]
    assert all((folder / "manifest.json").is_file() for folder in folders)


@pytest.mark.parametrize("failure", [RuntimeError("no font"), KeyboardInterrupt(), UnreadableFileError("gone")])
def test_a_failing_report_leaves_nothing(dataset, tmp_path, failure):
    def failing(dataset, manifest, folder):
        write_report(dataset, manifest, folder)
        raise failure

    with pytest.raises(type(failure)):
        write_study(dataset, tmp_path / "new" / "runs", failing)
    assert list(tmp_path.iterdir()) == []


def test_a_failing_report_leaves_older_runs_alone(dataset, tmp_path):
    def failing(dataset, manifest, folder):
        raise RuntimeError

    folder = write_study(dataset, tmp_path, write_report)
    with pytest.raises(RuntimeError):
        write_study(dataset, tmp_path, failing)
    assert list(tmp_path.iterdir()) == [folder]
    assert (folder / "report.html").read_text() == "small small"


def test_a_full_disk_is_told(tmp_path):
    def full(folder):
        raise OSError(28, "No space left on device")

    with pytest.raises(UnwritableFolderError, match="No space left on device"):
        write_run(tmp_path, "run", full)
    assert list(tmp_path.iterdir()) == []


def test_unwritable_folders_are_refused_beforehand(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for out in (file, file / "below"):
        with pytest.raises(UnwritableFolderError, match="--out FOLDER"):
            refuse_unwritable(out, "run")
    refuse_unwritable(tmp_path / "a" / "b", "run")
    assert list(tmp_path.iterdir()) == [file]


def test_the_folder_is_as_readable_as_any_other(tmp_path):
    folder = write_run(tmp_path, "run", lambda staging: (staging / "x").write_text("") and None)
    (tmp_path / "plain").mkdir()
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_file_in_the_way_is_left_alone(tmp_path):
    (tmp_path / "run").write_text("mine")
    assert write_run(tmp_path, "run", lambda staging: None).name == "run-2"
    assert (tmp_path / "run").read_text() == "mine"
