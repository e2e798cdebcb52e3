"""Studies: trainings and limits over any axes of problem, network, init, flow and seed, as labelled arrays."""

from ridgeless.errors import MissingDependencyError

try:
    from ridgeless.studies.config import as_table, parsed_settings, read_configuration
    from ridgeless.studies.plan import Plan, make_plan
    from ridgeless.studies.run import StudyProgress, study
    from ridgeless.studies.schema import Configuration
    from ridgeless.studies.store import read_store
except ModuleNotFoundError as error:
    raise MissingDependencyError(
        f'studies need {error.name}, which is not installed; type: pip install "ridgeless[lab]"'
    ) from error

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
