"""An analytics process: ``python -m nvr.app.analytics_worker --config F --data D --worker analytics-0``."""

from __future__ import annotations

from analytics.verifier import Verifier
from analytics.worker import run_worker
from nvr.app.folders import Folders
from nvr.app.following import Follower
from nvr.app.in_force import InForce
from nvr.app.object_model import model_path
from nvr.app.shares import analytics_budget_cores, find_share
from nvr.app.worker_process import worker_main
from nvr.config import Camera, Config
from nvr.steady_clock import SteadyClock
from nvr.supervision import stop_on_signals


def run(settings: InForce, folders: Folders, worker: str) -> None:
    """Analyse this worker's cameras until told to stop."""
    share = find_share(settings.shares("analytics"), worker)
    follower = Follower(folders.data, settings.record)

    def news() -> tuple[Config, tuple[Camera, ...]] | None:
        found = follower.news()
        return None if found is None else (found.config, find_share(found.shares("analytics"), worker).cameras)

    clock = SteadyClock(folders.data)
    workers = len(settings.shares("analytics"))
    verifier = None
    if (model := model_path(settings.config, folders)) is not None:
        objects = settings.config.node.objects
        verifier = Verifier(model, objects, clock, objects.budget_ms_per_s / workers)
    run_worker(
        worker,
        settings.config,
        share.cameras,
        [name for name in settings.worker_names if not name.startswith("analytics")],
        run_folder=folders.run,
        journal_folder=folders.journal(worker),
        snapshots_folder=folders.snapshots,
        index_folder=folders.motion_index,
        views_folder=folders.views,
        stop=stop_on_signals(),
        news=news,
        clock=clock,
        budget_cores=analytics_budget_cores(settings.config, workers),
        verifier=verifier,
    )


if __name__ == "__main__":
    worker_main(run)
