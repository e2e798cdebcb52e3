"""The file of results: one line of JSON for each method on each split, so that an interrupted run goes on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.estimators import plan

# What has been done is known by these.
Key = tuple[str, int, str]


@dataclass(frozen=True)
class Record:
    """One method, trained and tested on one split.

    Attributes:
        row: the data set.
        split: its number.
        method: as the tables show it.
        losses: test losses by name, none where the method failed.
        seconds: of the processor, for the fit.
        warnings: texts of warnings with how often each came.
        error: what was raised, or empty.
        version: of the plan.
    """

    row: str
    split: int
    method: str
    losses: dict[str, float]
    seconds: float
    warnings: dict[str, int] = field(default_factory=dict)
    error: str = ""
    version: int = plan.VERSION

    @property
    def key(self) -> Key:
        """Row, split and method."""
        return self.row, self.split, self.method


def append(path: Path, record: Record) -> None:
    """Add a line, in one write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")


def read(path: Path) -> dict[Key, Record]:
    """Results of this version of the plan, without splits that were looked at before.

    Of several of one key the last counts. A torn line does not.
    """
    found: dict[Key, Record] = {}
    if not path.exists():
        return found
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            record = Record(**json.loads(line))
        except (ValueError, TypeError):
            continue
        if record.version == plan.VERSION and record.split >= plan.FIRST_SPLIT:
            found[record.key] = record
    return found
