"""`python -m benchmarks [name…]`: run the named measurements, or all; exit status 1 when a bar is missed."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

SUPPORT = {"__main__", "servers", "settings"}


def main() -> int:
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    known = [module.name for module in found if module.name not in SUPPORT]
    names = sys.argv[1:] or known
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are: {', '.join(known)}.")
        return 2
    if len(names) == 1:
        return int(not importlib.import_module(f"benchmarks.{names[0]}").main())
    # A process each: a measurement has servers and connections of its own, and leaves nothing to the next.
    return max(subprocess.run([sys.executable, "-m", "benchmarks", name]).returncode for name in names)


if __name__ == "__main__":
    raise SystemExit(main())
