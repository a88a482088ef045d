"""wrk: full load on one route, and what its clients saw."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.load.server import PATIENCE, Failure

POST = Path(__file__).with_name("post.lua")


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked: an address, the file with the body, and a key or nothing."""

    url: str
    body: Path
    key: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """Requests answered in a number of seconds, and percentiles of their latency, microseconds.

    `processor` is the seconds of processor time that the server's workers took.
    """

    requests: int
    seconds: float
    p50: float
    p90: float
    p99: float
    processor: float = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def check() -> None:
    """Raise Failure where wrk is not installed."""
    if not shutil.which("wrk"):
        raise Failure("wrk, the load generator, is not installed: apt install wrk")


def load(target: Target, connections: int, seconds: int) -> Load:
    """POST over some connections at once for some seconds; raises Failure when one is refused."""
    size = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{PATIENCE}s"]
    done = subprocess.run(
        [
            "wrk",
            *size,
            "-s",
            str(POST),
            target.url,
            "--",
            str(target.body),
            *([target.key] if target.key else []),
        ],
        capture_output=True,
        text=True,
        timeout=seconds + PATIENCE,
        check=False,
    )
    if done.returncode:
        raise Failure(f"wrk on {target.url} failed: {done.stderr.strip() or done.stdout.strip()}")
    return outcome(done.stdout)


def outcome(printed: str) -> Load:
    """Read what post.lua printed; raises Failure when any request was not answered with success."""
    found = json.loads(printed.splitlines()[-1])
    failed = found.pop("failed")
    if failed or not found["requests"]:
        raise Failure(f"{found['requests']} requests were answered, {failed} refused or broken.")
    return Load(**found)
