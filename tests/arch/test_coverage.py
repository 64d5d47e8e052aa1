"""Every line and branch of model, risk, ledger and executor is proven by their own unit tests.

Those tests run once more under coverage in a process of their own: some seconds, instead of a
slower run of everything. A line that only a test of the whole desk reaches counts as unproven.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROVEN = ("tai2/model/*", "tai2/risk/*", "tai2/engine/ledger.py", "tai2/engine/executor.py")
PROOFS = (
    "tests/unit/model",
    "tests/unit/risk",
    "tests/unit/engine/test_ledger.py",
    "tests/unit/engine/test_executor.py",
)


def coverage(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    file = {"COVERAGE_FILE": str(place / "coverage")}
    return subprocess.run(
        (sys.executable, "-m", "coverage", *words),
        cwd=ROOT,
        env=os.environ | file,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_branch_that_moves_money_is_proven_by_its_own_tests(tmp_path: Path) -> None:
    quiet = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    ran = coverage(tmp_path, "run", "--branch", "--source=tai2", *quiet, *PROOFS)
    assert ran.returncode == 0, ran.stdout[-2_000:] + ran.stderr[-2_000:]
    found = coverage(
        tmp_path,
        "report",
        "-m",
        "--skip-covered",
        "--fail-under=100",
        f"--include={','.join(PROVEN)}",
    )
    assert found.returncode == 0, found.stdout + found.stderr
