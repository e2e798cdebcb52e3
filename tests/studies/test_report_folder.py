"""What people read of a study, beside its store."""

import json

import pytest

import ridgeless as rl
from ridgeless.errors import UnwritableFolderError
from ridgeless.studies.report_folder import replace_file, write_summary


@pytest.fixture(scope="module")
def dataset(small):
    return rl.study(small(methods=["limit", "lazy_limit"], name="small"))


def write_report(dataset, manifest, folder):
    folder.mkdir(exist_ok=True)
    page = folder / "report.html"
    page.write_text(f"{manifest['name']} {dataset.attrs['name']}")
    return [page]


def test_report_and_manifest(dataset, tmp_path):
    files = write_summary(
        dataset, tmp_path / "small", write_report, {"study": 1.25}, ["ridgeless", "study", "a b.toml"]
    )
    assert [path.name for path in files] == ["report.html", "manifest.json"]
    assert sorted((tmp_path / "small").iterdir()) == sorted(files)
    record = json.loads(files[1].read_text(encoding="utf-8"))
    assert record["name"] == "small"
    assert rl.studies.read_configuration(record["configuration"]).name == "small"
    assert record["command"] == "ridgeless study 'a b.toml'"
    assert record["wall_s"]["study"] == 1.25
    assert {"limit", "lazy_limit", "report"} < set(record["wall_s"])
    assert record["versions"]["ridgeless"] == rl.__version__
    assert {"python", "numpy", "scipy", "xarray", "zarr"} < set(record["versions"])
    assert record["machine"]["cores"] >= 1
    assert {"processor", "memory_gib", "platform"} < set(record["machine"])
    assert record["created"].endswith("+00:00")
    assert "git_revision" in record


def test_an_older_report_is_replaced(dataset, tmp_path):
    first = write_summary(dataset, tmp_path, write_report)
    assert write_summary(dataset, tmp_path, write_report) == first
    assert sorted(tmp_path.iterdir()) == sorted(first)


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "new" / "file"
    replace_file(path, b"older", "test")

    def half(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", half)
    with pytest.raises(UnwritableFolderError, match=r"test: .*new cannot be written \(No space left on device\)"):
        replace_file(path, b"newer", "test")
    assert [each.read_bytes() for each in path.parent.iterdir()] == [b"older"]


def test_there_is_no_revision_outside_of_git(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert rl.studies.manifest.git_revision() is None
    monkeypatch.setenv("PATH", str(tmp_path))  # nor where git is not installed
    assert rl.studies.manifest.git_revision() is None
