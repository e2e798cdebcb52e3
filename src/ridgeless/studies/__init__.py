"""Studies: grids of networks, scales and methods on one system, as labelled arrays and as files."""

from ridgeless.errors import MissingDependencyError

try:
    from ridgeless.studies.config import Configuration, as_table, parsed_settings, read_configuration
    from ridgeless.studies.run import StudyProgress, study
    from ridgeless.studies.store import ReportWriter, write_study
except ModuleNotFoundError as error:
    raise MissingDependencyError(
        f'studies need {error.name}, which is not installed; type: pip install "ridgeless[lab]"'
    ) from error

__all__ = [
    "Configuration",
    "ReportWriter",
    "StudyProgress",
    "as_table",
    "parsed_settings",
    "read_configuration",
    "study",
    "write_study",
]
