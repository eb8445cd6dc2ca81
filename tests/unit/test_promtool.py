#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What promtool says of the metrics of `watch`: syntax, names, types."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("SRCDIR", "."), "tests/system"))
import tap  # noqa: E402

PROGRAM = os.path.join(tap.BUILDDIR, "tests/unit/test_watchprom")


def promtool(text):
    tap.need("promtool")
    return subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=120, check=False)


@tap.each(["full", "hostile", "nothing"])
def accepted(folder, value):
    """promtool takes them"""
    text = subprocess.run([PROGRAM, value], capture_output=True, timeout=60, check=True).stdout
    assert text.count(b"\n") > 20, text
    ran = promtool(text)
    tap.equal((ran.returncode, ran.stdout, ran.stderr), (0, b"", b""), text)


@tap.test
def would_notice(folder):
    """promtool does look at them"""
    text = subprocess.run([PROGRAM, "full"], capture_output=True, timeout=60, check=True).stdout
    for more in (b"sftunnel_watch_alarms_open nonsense\n", b"# TYPE a_total gauge\na_total 1\n"):
        assert promtool(text + more).returncode != 0, more


if __name__ == "__main__":
    tap.main()
