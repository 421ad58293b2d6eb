"""Runs real clients against a server: `python -m tests.clients [NAME …]`, which `make clients` calls.

It installs the npm packages by name into DIRECTORY, outside the project.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.clients import CLIENTS, DIRECTORY, PACKAGES, demo, run


def main(names: list[str]) -> int:
    if shutil.which("npm") is None:
        sys.exit("Real clients need Node.js 20 or later, with npm.")
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--silent", "--prefix", str(DIRECTORY)]
    subprocess.run([*command, *PACKAGES], check=True)
    failed = 0
    with tempfile.TemporaryDirectory() as path, demo(Path(path)) as server:
        for name in names or CLIENTS:
            if not name.endswith(".java") or shutil.which("javac"):
                done = run(name, *server)
                print(done.stdout.strip() if done.returncode == 0 else f"{name} failed:\n{done.stdout}{done.stderr}")
                failed += done.returncode != 0
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
