"""Say what is wrong with a built wheel: `python .ci/check_wheel.py dist/rulewright-….whl`."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ("schemas", "rules", "examples")
PACKAGES = {
    "rulewright": ROOT / "engine" / "rulewright",
    "rulewright_pytest": ROOT / "engine" / "rulewright_pytest",
    "rulewright_tui": ROOT / "tui" / "rulewright_tui",
}


def expected() -> set[str]:
    """Every file that the wheel must hold, without its metadata."""
    names: set[str] = set()
    for package, folder in PACKAGES.items():
        files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        names |= {f"{package}/{path.relative_to(folder).as_posix()}" for path in files}
    for name in DATA:
        found = (path for path in (ROOT / name).rglob("*") if path.is_file())
        files = (path for path in found if "__pycache__" not in path.parts)
        names |= {f"rulewright/_data/{path.relative_to(ROOT).as_posix()}" for path in files}
    return names


def problems(wheel: Path) -> list[str]:
    """What is missing and what should not be there, one line each."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        notes = [name for name in archive.namelist() if ".dist-info/" in name]
        metadata = archive.read(next(name for name in notes if name.endswith("/METADATA"))).decode()
        scripts = archive.read(next(name for name in notes if name.endswith("/entry_points.txt"))).decode()
    wanted = expected()
    found = [f"missing: {name}" for name in sorted(wanted - held)]
    found += [f"not wanted: {name}" for name in sorted(held - wanted)]
    if "rulewright = rulewright.cli.main:main" not in scripts:
        found.append("missing: the console script rulewright")
    if "[pytest11]\nrulewright = rulewright_pytest" not in scripts:
        found.append("missing: the plugin of pytest")
    if not any(name.endswith("/LICENSE") for name in notes):
        found.append("missing: LICENSE")
    if any("pytest" in line for line in metadata.splitlines() if line.startswith("Requires-Dist:")):
        found.append("not wanted: the tools for development among the requirements")
    return found


def main() -> int:
    """Print the problems of the wheel named on the command line; 1 when there are any."""
    wheel = Path(sys.argv[1])
    found = problems(wheel)
    print("\n".join(found) if found else f"{wheel.name}: {len(expected())} files, as they should be")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
