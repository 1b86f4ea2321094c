#!/usr/bin/env python3
"""Runs every test that ctest knows in a build directory and ends with one line,
`N passed, N failed, N skipped`; exit code 1 if any failed or none ran.

Cases are counted where a test says how many it has: Boost.Test's short report, or a line of that
same form from any other program. Any other test counts as one. Exit code 77 is a skipped test.
"""
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

OWN_COUNT = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)
BOOST_COUNT = re.compile(
    r"^\s*(\d+) test cases? out of \d+ (passed|passed with warnings|failed|skipped)$",
    re.MULTILINE)


def was_skipped(test):
    """ctest says "notrun" of a program that is not there as well: that has failed."""
    skipped = test.find("skipped")
    return skipped is not None and "SKIP_RETURN_CODE" in skipped.get("message", "")


def counts(test):
    """(passed, failed, skipped) of one ctest test."""
    if was_skipped(test):
        return 0, 0, 1
    output = test.findtext("system-out") or ""
    passed = failed = skipped = 0
    own = OWN_COUNT.findall(output)
    if own:
        passed, failed, skipped = map(int, own[-1])
    for number, word in [] if own else BOOST_COUNT.findall(output):
        if word.startswith("passed"):
            passed += int(number)
        elif word == "skipped":
            skipped += int(number)
        else:
            failed += int(number)
    if test.get("status") != "run":
        # A program that crashed, hung or failed outside its cases has failed all the same.
        return passed, max(failed, 1), skipped
    return (passed, failed, skipped) if passed + failed + skipped else (1, 0, 0)


def last_line(output):
    lines = [line for line in output.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "it says no reason"


def jobs():
    """Most tests wait for blocks, so that many run at once; those that compute say so (PROCESSORS in
    tests/CMakeLists.txt)."""
    return 2 * (os.cpu_count() or 1) + 2


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: run_checks.py BUILD_DIR [ctest options]")
    total = [0, 0, 0]
    skipped_reasons = []
    with tempfile.TemporaryDirectory() as home:
        report = Path(home) / "report.xml"
        ended = subprocess.run(
            ["ctest", "--test-dir", sys.argv[1], f"-j{jobs()}", "--output-on-failure",
             "--output-junit", str(report), "--test-output-size-passed", "1000000",
             "--test-output-size-failed", "1000000", *sys.argv[2:]],
            env={**os.environ, "BOOST_TEST_REPORT_LEVEL": "short"})
        tests = xml.parse(report).getroot().iter("testcase") if report.exists() else []
        for test in tests:
            total = [a + b for a, b in zip(total, counts(test))]
            if was_skipped(test):
                reason = last_line(test.findtext("system-out") or "")
                skipped_reasons.append(f"skipped {test.get('name')}: {reason}")
    if ended.returncode != 0 and total[1] == 0:
        total[1] = 1  # ctest itself failed
    print(*skipped_reasons, sep="\n", flush=True)
    passed, failed, skipped = total
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
