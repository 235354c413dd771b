"""What happens beside a step: the wall learns why its numbers stand still.

Holds Dagster hooks, which run in the step's own process whoever started the run. What the wall does
with a failure is in `dashboards.run_state`.
"""

from datetime import UTC, datetime

import dagster as dg

from config.errors import BusyError, OpsPulseError
from config.settings import Settings
from dashboards.run_state import clear_failure, record_failure

_UNFORESEEN = "最近一次刷新失败,原因见日志。"


def note_failure(settings: Settings, error: BaseException | None) -> None:
    """Leave the sentence of a failed main job for the wall; to have met another run is none."""
    while error is not None and not isinstance(error, OpsPulseError):
        error = error.__cause__ or error.__context__
    if isinstance(error, BusyError):
        return
    problem = error.problem if isinstance(error, OpsPulseError) else _UNFORESEEN
    record_failure(settings, problem, datetime.now(UTC).replace(tzinfo=None, microsecond=0))


@dg.failure_hook(required_resource_keys={"settings"})
def tell_failure(context: dg.HookContext) -> None:
    """Leave the failed step's sentence; a run that raises at once is told by `run.execute`."""
    note_failure(context.resources.settings, context.op_exception)


@dg.success_hook(required_resource_keys={"settings"})
def tell_success(context: dg.HookContext) -> None:
    """Forget the last failure once a snapshot is out."""
    if context.op.name.endswith("snapshot"):
        clear_failure(context.resources.settings)
