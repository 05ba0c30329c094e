"""``python -m tutela`` is the command ``tutela``."""

from __future__ import annotations

import gc
import sys

from tutela.cli.main import main

# A command is brief and makes few cycles but many objects that stay: looking for cycles costs a tenth of its time.
gc.set_threshold(100_000, 50, 100)

sys.exit(main())
