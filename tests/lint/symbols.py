#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The pure libraries stand alone: what they leave undefined is in symbols.allow or in a library below them."""

import fnmatch
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("SRCDIR", "."), "tests/system"))
import tap  # noqa: E402

BELOW = {"base": [], "rules": ["base"], "capture": ["base"], "diagnosis": ["base", "rules", "capture"]}
HERE = os.path.join(tap.SRCDIR, "tests/lint")
# What compilers and sanitizers add on their own.
TOOLS = re.compile(r"__(asan|ubsan|sanitizer|tsan|gcov|llvm|sancov|start___|stop___|lsan|msan|odr_asan)|_ZN|__start_|__stop_|___asan|__profc")


def allowed():
    room, names = None, {}
    with open(os.path.join(HERE, "symbols.allow"), encoding="ascii") as f:
        for line in f:
            line = line.split("#")[0].strip()
            if line.startswith("["):
                room = line[1:-1]
            elif line:
                names.setdefault(room, []).extend(line.split())
    return names


def symbols(library, *flags):
    path = os.path.join(tap.BUILDDIR, f"lib{library}.a")
    out = subprocess.run(["nm", "-P", *flags, path], capture_output=True, text=True, timeout=60, check=True).stdout
    return [line.split()[0] for line in out.splitlines() if len(line.split()) >= 2]


def plain(name):
    """__memcpy_chk and __isoc99_sscanf are memcpy and sscanf; __open_2 is open."""
    name = re.sub(r"@.*", "", name)
    name = re.sub(r"^__isoc\d+_", "", name)
    name = re.sub(r"^__(\w+)_chk$", r"\1", name)
    return re.sub(r"^__(open|openat)_2$", r"\1", name)


def stray(library, allow):
    inside = set()
    for lib in [library, *BELOW[library]]:
        inside.update(symbols(lib, "--defined-only"))
    patterns = allow["base"] + allow.get(library, [])
    return sorted(n for n in {plain(s) for s in symbols(library, "-u") if s not in inside and not TOOLS.match(s)}
                  if not any(fnmatch.fnmatchcase(n, p) for p in patterns))


@tap.each(sorted(BELOW))
def pure(folder, value):
    """nothing from the world in a pure library"""
    if not shutil.which("nm"):
        raise tap.Skip("nm is not installed")
    tap.equal(stray(value, allowed()), [], f"lib{value}.a takes from outside")


@tap.test
def would_notice(folder):
    """this very check would notice a clock and an upper room"""
    if not shutil.which("nm"):
        raise tap.Skip("nm is not installed")
    allow = allowed()
    without = {"base": [p for p in allow["base"] if p != "memcmp"]}
    assert "memcmp" in stray("diagnosis", without), "a name that is not allowed passed"
    for name in ("time", "clock_gettime", "getenv", "printf", "socket", "fopen", "open"):
        assert not any(fnmatch.fnmatchcase(name, p) for p in allow["base"] + allow.get("diagnosis", [])), name


if __name__ == "__main__":
    tap.main()
