"""How many of the engine's branches the tests took: `python .ci/branches.py coverage.json FLOOR`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SHOWN = 15


def main() -> int:
    """Print the rate and the files with the most branches left; 1 when the rate is below the floor (percent)."""
    report: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    floor = float(sys.argv[2])
    left = {name: file["summary"]["missing_branches"] for name, file in report["files"].items()}
    for name in sorted(left, key=lambda name: (-left[name], name))[:SHOWN]:
        if left[name]:
            print(f"{left[name]:5} of {report['files'][name]['summary']['num_branches']:4} not taken  {name}")
    totals = report["totals"]
    rate = 100 * totals["covered_branches"] / totals["num_branches"]
    lines = 100 * totals["covered_lines"] / totals["num_statements"]
    print(
        f"branches {rate:.1f} % of {totals['num_branches']:,}, lines {lines:.1f} % (at least {floor:g} % of branches)"
    )
    return 1 if rate < floor else 0


if __name__ == "__main__":
    sys.exit(main())
