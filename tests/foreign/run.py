"""``make foreign``: Starlette's own tests, bare and with LabelingMiddleware round every app, must end the same.

Downloads Starlette's sdist (its wheel has no tests) and what its tests need into an environment of its own under
``.cache/foreign``. ``--wrap module:callable`` puts something else round the apps, to see that the suite notices.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

VERSION = "1.10.0"
ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "foreign"
SUITE = CACHE / f"starlette-{VERSION}"
PYTHON = CACHE / "venv" / "bin" / "python"
NEEDED = (
    f"starlette[full]=={VERSION}",
    "httpx2[zstd]",
    "blockbuster",
    "importlib-metadata",
    "opentelemetry-sdk",
    "pytest",
    "trio",
)
_LONGEST = 900  # seconds; a suite that hangs has found something
# Root may read every directory, so the 401 that this test waits for never comes, with or without us.
_NOT_AS_ROOT = "tests/test_staticfiles.py::test_staticfiles_with_invalid_dir_permissions_returns_401"

Results = dict[str, str]


def prepare() -> None:
    """Fetch the suite and make its environment, where that has not been done."""
    CACHE.mkdir(parents=True, exist_ok=True)
    stamp = CACHE / "ready"
    wanted = "\n".join((*NEEDED, (ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print(f"Preparing {CACHE.relative_to(ROOT)}; this takes a minute, once.", flush=True)
    shutil.rmtree(CACHE / "venv", ignore_errors=True)
    venv.create(CACHE / "venv", with_pip=True)
    _pip("install", *NEEDED, "--editable", str(ROOT))
    _pip("download", "--no-deps", "--no-binary", ":all:", f"starlette=={VERSION}", "--dest", str(CACHE))
    shutil.rmtree(SUITE, ignore_errors=True)
    with tarfile.open(CACHE / f"starlette-{VERSION}.tar.gz") as archive:
        archive.extractall(CACHE, filter="data")
    (SUITE / "starlette").rename(SUITE / "starlette.aside")  # so that the installed package is what is tested
    stamp.write_text(wanted, encoding="utf-8")


def _pip(*arguments: str) -> None:
    subprocess.run([PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


def run(name: str, *arguments: str, wrap: str = "") -> Results:
    """Run the suite; what became of each test."""
    report = CACHE / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [str(PYTHON), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *arguments]
    if os.geteuid() == 0:
        command += [f"--deselect={_NOT_AS_ROOT}"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), str(ROOT)))}
    if wrap:
        environment["ASGI_WRAP"] = wrap
    done = subprocess.run(
        command, cwd=SUITE, env=environment, timeout=_LONGEST, capture_output=True, text=True, check=False
    )
    print(f"{name}: {done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-2000:]}", flush=True)
    for line in done.stdout.splitlines():
        if line.startswith("wrapped by"):
            print(f"  {line}")
    if not report.is_file():
        sys.exit(f"The suite did not run:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return _results(report)


def _results(report: Path) -> Results:
    results: Results = {}
    for case in ET.parse(report).iter("testcase"):
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        results[f"{case.get('classname')}::{case.get('name')}"] = kinds[0] if kinds else "passed"
    return results


def main() -> int:
    """Compare both runs; 0 where they are the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--wrap", default="", help="module:callable that takes an app and gives back an app")
    wrap = parser.parse_args().wrap
    prepare()
    if os.geteuid() == 0:
        print(f"Left out, for root may read every directory: {_NOT_AS_ROOT.partition('::')[2]}")
    bare = run("bare")
    with_us = run("wrapped", "-p", "wrapped", wrap=wrap)
    different = sorted(test for test in bare.keys() | with_us.keys() if bare.get(test) != with_us.get(test))
    for test in different:
        print(f"  {test}: {bare.get(test, 'missing')} bare, {with_us.get(test, 'missing')} wrapped")
    print(f"{len(bare)} tests ({dict(Counter(bare.values()))}), {len(different)} of them different when wrapped")
    return 1 if different or not bare else 0


if __name__ == "__main__":
    sys.exit(main())
