"""``python -m tutela`` is the command ``tutela``."""

from __future__ import annotations

import sys

from tutela.cli.main import main

sys.exit(main())
