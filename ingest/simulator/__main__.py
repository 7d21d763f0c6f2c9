"""``python -m ingest.simulator``."""

import sys

from ingest.simulator.command import main

if __name__ == "__main__":
    sys.exit(main())
