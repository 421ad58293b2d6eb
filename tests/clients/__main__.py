"""Runs real clients against a server: `python -m tests.clients [NAME …]`, which `make clients` calls.

It installs the npm packages of package-lock.json. Without names, it tries the app in a browser as well.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.clients import CLIENTS, HERE, demo, run


def main(names: list[str]) -> int:
    if shutil.which("npm") is None:
        sys.exit("Real clients need Node.js 20.19 or later, with npm.")
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=HERE, check=True)
    failed = 0
    with tempfile.TemporaryDirectory() as path, demo(Path(path)) as server:
        for name in names or CLIENTS:
            if not name.endswith(".java") or shutil.which("javac"):
                done = run(name, *server)
                print(done.stdout.strip() if done.returncode == 0 else f"{name} failed:\n{done.stdout}{done.stderr}")
                failed += done.returncode != 0
    if not names:
        failed += (
            subprocess.run([sys.executable, "-m", "pytest", str(HERE / "test_app.py")], check=False).returncode != 0
        )
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
