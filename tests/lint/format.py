#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Changed lines are as .clang-format has them. What counts as changed: since FORMAT_BASE, else what is not committed."""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("SRCDIR", "."), "tests/system"))
import tap  # noqa: E402


def git(*args):
    return subprocess.run(["git", "-C", tap.SRCDIR, *args], capture_output=True, text=True, timeout=60, check=False)


def changed():
    """{path: [(first, last)]} of C lines."""
    out = git("diff", "-U0", "--no-color", os.environ.get("FORMAT_BASE") or "HEAD", "--", "*.c", "*.h").stdout
    ranges, path = {}, None
    for line in out.splitlines():
        if line.startswith("+++ "):
            path = line[6:] if line.startswith("+++ b/") else None
        m = re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)
        if m and path and m.group(2) != "0":
            ranges.setdefault(path, []).append((int(m.group(1)), int(m.group(1)) + int(m.group(2) or 1) - 1))
    return ranges


def faults(path, ranges):
    argv = ["clang-format", "--style=file", *[f"--lines={a}:{b}" for a, b in ranges], path]
    want = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True, cwd=tap.SRCDIR).stdout
    with open(os.path.join(tap.SRCDIR, path), encoding="utf-8") as f:
        have = f.read()
    return [] if want == have else [f"{path}: {i + 1}" for i, (a, b) in enumerate(zip(have.split("\n"), want.split("\n"))) if a != b][:3] or [path]


@tap.test
def format_of_changes(folder):
    """changed lines are formatted"""
    if not shutil.which("clang-format"):
        raise tap.Skip("clang-format is not installed")
    if git("rev-parse", "HEAD").returncode:
        raise tap.Skip("this is no git checkout")
    ranges = changed()
    if not ranges:
        raise tap.Skip("no C line has changed since " + (os.environ.get("FORMAT_BASE") or "the last commit"))
    tap.equal([f for p, r in ranges.items() for f in faults(p, r)], [], "not as clang-format has them")


@tap.test
def would_notice(folder):
    """a badly formatted line would be noticed"""
    if not shutil.which("clang-format"):
        raise tap.Skip("clang-format is not installed")
    path = tap.write(os.path.join(folder, "x.c"), b"int  main( void ){return 0 ;}\n")
    style = "--style=file:" + os.path.abspath(os.path.join(tap.SRCDIR, ".clang-format"))
    out = subprocess.run(["clang-format", style, path], capture_output=True, text=True, timeout=60, check=True).stdout
    assert out.startswith("int main(void)\n{"), out


if __name__ == "__main__":
    tap.main()
