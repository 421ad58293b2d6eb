"""Profiles a server during a case with py-spy. py-spy is not a dependency: `pip install py-spy`."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from bench import measuring
from bench.cases import Case
from bench.data import ROOT
from bench.report import LATEST
from bench.servers import Server

MISSING = "bench: --profile needs py-spy, which was not found. Run `pip install py-spy`; py-spy may need root."
_SECONDS = 8
_RATE = 500
_SHOWN = 40


def is_there() -> bool:
    return _py_spy() is not None


def _py_spy() -> str | None:
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else shutil.which("py-spy")


def profile(case: Case, server: Server, name: str) -> None:
    """Writes a flame graph to bench/out/<name>.svg and a list of functions to bench/out/<name>.txt, both of CPU time
    only.
    """
    for kind, place in (("flamegraph", _out(f"{name}.svg")), ("raw", _out(f"{name}.stacks"))):
        print(f"bench: {name}, {kind} …", flush=True)
        _record(case, server, kind, place, number=0 if kind == "flamegraph" else 1)
    stacks = _out(f"{name}.stacks")
    told = "\n".join(_functions(stacks.read_text().splitlines()))
    stacks.unlink()
    _out(f"{name}.txt").write_text(told + "\n")
    print(told)
    print(f"bench: written to {_out(f'{name}.svg').relative_to(ROOT)} and .txt")


def _out(name: str) -> Path:
    LATEST.parent.mkdir(parents=True, exist_ok=True)
    return LATEST.parent / name


def _record(case: Case, server: Server, kind: str, place: Path, *, number: int) -> None:
    order = measuring.order(case, server, case.errands(number), _SECONDS + 2)
    client = subprocess.Popen(
        [sys.executable, "-m", "bench.client"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        assert client.stdin is not None
        client.stdin.write(json.dumps(asdict(order)).encode())
        client.stdin.close()
        spied = subprocess.run(
            [
                str(_py_spy()),
                "record",
                *("--pid", str(server.pid), "--format", kind, "--output", str(place)),
                *("--duration", str(_SECONDS), "--rate", str(_RATE)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
    finally:
        with suppress(subprocess.TimeoutExpired):
            client.wait(_SECONDS)
        client.kill()
    if spied.returncode:
        sys.exit(f"bench: py-spy failed:\n{spied.stdout}")


def _functions(stacks: Iterable[str]) -> list[str]:
    """Returns the functions with the most samples, own and with callees. A stack is "outer;inner;… count"."""
    own, below = Counter[str](), Counter[str]()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        frames = [frame.rpartition(":")[0] or frame for frame in stack.split(";")]
        own[frames[-1]] += int(count)
        for frame in set(frames):
            below[frame] += int(count)
    total = own.total() or 1
    lines = [f"{'own':>6} {'with callees':>13}  function, of {total} samples"]
    shown = dict.fromkeys(
        [name for name, _ in own.most_common(_SHOWN)] + [name for name, _ in below.most_common(_SHOWN)]
    )
    for name in sorted(shown, key=lambda name: -own[name]):
        lines.append(f"{own[name] / total:6.1%} {below[name] / total:13.1%}  {name}")
    return lines
