"""Studies: trainings and limits over any axes of problem, network, init, flow and seed, as labelled arrays."""

from ridgeless._core.extras import needed_by
from ridgeless._core.shown import shown

with needed_by("studies"):
    from ridgeless.studies.config import as_table, parsed_settings, read_configuration
    from ridgeless.studies.plan import Plan, make_plan
    from ridgeless.studies.run import StudyProgress, study
    from ridgeless.studies.schema import Configuration
    from ridgeless.studies.store import read_store

__all__ = [
    "Configuration",
    "Plan",
    "StudyProgress",
    "as_table",
    "make_plan",
    "parsed_settings",
    "read_configuration",
    "read_store",
    "study",
]

__getattr__, __dir__ = shown(__name__, __all__)
