"""An analytics process: ``python -m nvr.app.analytics_worker --config F --data D --worker analytics-0``."""

from __future__ import annotations

from analytics.worker import run_worker
from nvr.app.folders import Folders
from nvr.app.shares import analytics_shares, find_share, ingest_shares, onvif_share
from nvr.app.worker_process import worker_main
from nvr.config import Config
from nvr.steady_clock import SteadyClock
from nvr.supervision import stop_on_signals


def run(config: Config, folders: Folders, worker: str) -> None:
    """Analyse this worker's cameras until told to stop."""
    share = find_share(analytics_shares(config), worker)
    onvif = onvif_share(config)
    run_worker(
        worker,
        config,
        share.cameras,
        [other.worker for other in ingest_shares(config)] + ([] if onvif is None else [onvif.worker]),
        run_folder=folders.run,
        journal_folder=folders.journal(worker),
        snapshots_folder=folders.snapshots,
        index_folder=folders.motion_index,
        stop=stop_on_signals(),
        clock=SteadyClock(folders.data),
    )


if __name__ == "__main__":
    worker_main(run)
