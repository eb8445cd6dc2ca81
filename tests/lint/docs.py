#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The program's own table of commands and options against the man page and the completions."""

import glob
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("SRCDIR", "."), "tests/system"))
import tap  # noqa: E402


def pages():
    found = [p for p in glob.glob(os.path.join(tap.SRCDIR, "**/*.1"), recursive=True) if "/build" not in p]
    assert found, "there is no man page"
    return found


def completions():
    found = [p for p in glob.glob(os.path.join(tap.SRCDIR, "contrib/completion/*")) if os.path.isfile(p) and not p.endswith(".mk")]
    assert found, "there are no completions"
    return found


def table():
    """{command: [options]}, as the hidden command prints it: NAME, then its long options, by tab or blank."""
    rows = {}
    for line in tap.agent("__commands", status=0).out.decode().splitlines():
        words = line.split()
        if words:
            rows.setdefault(words[0], []).extend(w for w in words[1:] if w.startswith("--"))
    assert "analyze" in rows, rows
    return rows


@tap.test
def man_lint(folder):
    """the man page is well-formed"""
    if not shutil.which("mandoc"):
        raise tap.Skip("mandoc is not installed")
    for page in pages():
        out = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True, timeout=60, check=False).stdout
        tap.equal(out, "", page)


@tap.test
def man_complete(folder):
    """every command and every option is in the man page, and no other option"""
    page = "\n".join(open(p, encoding="utf-8").read() for p in pages()).replace("\\-", "-").replace("\\&", "")
    for name, options in table().items():
        assert re.search(rf"\b{re.escape(name)}\b", page), f"{name} is not in the man page"
        for o in options:
            assert re.search(rf"{re.escape(o)}\b|Fl -?{re.escape(o[1:])}\b|Fl {re.escape(o[1:])}\b", page), f"{name} {o} is not in the man page"


@tap.test
def completion_complete(folder):
    """every command is completed, in every shell"""
    for path in completions():
        with open(path, encoding="utf-8") as f:
            text = f.read()
        dynamic = "__commands" in text  # asks the program itself
        for name in [] if dynamic else table():
            assert name in text, f"{path}: {name}"


@tap.test
def bash_completion(folder):
    """bash completes commands and options"""
    path = next((p for p in completions() if "bash" in os.path.basename(p) or p.endswith("sftunnel-agent")), None)
    if not path or not shutil.which("bash"):
        raise tap.Skip("no bash or no completion for it")
    subprocess.run(["bash", "-n", path], check=True, timeout=30)


@tap.test
def changes(folder):
    """the version of the build is the top entry of CHANGES"""
    version = tap.agent("--version", status=0).out.decode().split()[1]
    with open(os.path.join(tap.SRCDIR, "CHANGES"), encoding="utf-8") as f:
        assert re.search(rf"^{re.escape(version)}\b", f.read(), re.M), version


if __name__ == "__main__":
    tap.main()
