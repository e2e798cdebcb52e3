"""A study that is killed at random moments ends as if it had not been, and computes nothing twice."""

import tomllib

import pytest

import ridgeless as rl
from benchmarks import chaos


@pytest.mark.parametrize("victim", ["command", pytest.param("worker", marks=pytest.mark.slow)])
def test_one_kill(tmp_path, victim):
    report = chaos.chaos(tmp_path, kills=1, seed=len(victim), victims=(victim,))
    assert report.is_clean, report


@pytest.mark.slow
def test_twenty_kills(tmp_path):
    report = chaos.chaos(tmp_path, kills=20, seed=14)
    assert report.is_clean, report
    assert report.kills == 20


def test_what_is_not_clean_is_told(tmp_path):
    """A chunk that is written once more, and a file too many, are found."""
    config = tmp_path / "chaos.toml"
    config.write_text(chaos.STUDY)
    for out in ("quiet", "loud"):
        folder = tmp_path / out / "chaos"
        rl.study({**_limits_only(config), "seeds": {"count": 1}}, store=folder / "results.zarr")
    complete = chaos._complete_chunks(tmp_path / "loud")
    assert complete
    assert not chaos._rewritten(complete)
    chunk = next(iter(complete))
    chunk.write_bytes(chunk.read_bytes())
    assert chaos._rewritten(complete) == {chunk.name}
    assert chaos._stray(tmp_path / "quiet", tmp_path / "loud") == ()
    (tmp_path / "loud" / "chaos" / "left.partial").touch()
    assert chaos._stray(tmp_path / "quiet", tmp_path / "loud") == ("chaos/left.partial",)


def _limits_only(config):
    table = tomllib.loads(config.read_text())
    table["runs"][0]["methods"] = ["limit"]
    return table
