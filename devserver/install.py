"""Makes `.venv`: `python3 -m devserver.install run|demo|dev`.

A stamp with a hash of the requirement files is written last, so an environment that was interrupted is made
anew, and one that is complete costs nothing. Any Python 3 can read it, so that it can name the one it needs.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
LAYERS = {
    "run": ["requirements.txt"],
    "demo": ["requirements.txt", "requirements-demo.txt"],
    "dev": [
        "requirements.txt",
        "requirements-demo.txt",
        "requirements-einvoice.txt",
        "requirements-dev.txt",
    ],
}


def main(layer: str) -> int:
    if sys.version_info < (3, 11):
        print(
            f"Monetize needs Python 3.11 or newer, and {sys.executable} is {sys.version.split()[0]}.",
            file=sys.stderr,
        )
        return 1
    if _is_installed(layer):
        return 0
    if not any(_stamp(each).exists() for each in LAYERS) or not _works():
        # Half-made, or made for a Python that is gone.
        shutil.rmtree(VENV, ignore_errors=True)
        print("Making .venv …", flush=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
        if made.returncode:
            print(
                "The venv module is incomplete: on Debian and Ubuntu, apt install python3-venv.",
                file=sys.stderr,
            )
            return 1
    for each in LAYERS:
        _stamp(each).unlink(missing_ok=True)
    print("Installing the pinned packages …", flush=True)
    pip = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
    ]
    installed = subprocess.run([*pip, "-r", str(ROOT / LAYERS[layer][-1])], check=False)
    if installed.returncode:
        print("pip could not install the packages; is the package registry reachable?", file=sys.stderr)
        return 1
    _stamp(layer).write_text(_hash(layer))
    return 0


def _stamp(layer: str) -> Path:
    return VENV / f".complete-{layer}"


def _hash(layer: str) -> str:
    digest = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in LAYERS[layer]))
    return digest.hexdigest()


def _is_installed(layer: str) -> bool:
    """Whether this layer, or one that includes it, was installed to its end from the present files."""
    larger = list(LAYERS)[list(LAYERS).index(layer) :]
    stamped = [each for each in larger if _stamp(each).exists() and _stamp(each).read_text() == _hash(each)]
    return bool(stamped) and _works()


def _works() -> bool:
    python = VENV / "bin" / "python"
    return (
        python.exists()
        and subprocess.run([str(python), "-c", ""], check=False, capture_output=True).returncode == 0
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if sys.argv[1:] else "demo"))
