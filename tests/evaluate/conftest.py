from __future__ import annotations

import sys
from pathlib import Path

# For policies.py and generate.py, which the tests of the compiler have.
sys.path.insert(0, str(Path(__file__).parent.parent / "compile"))
