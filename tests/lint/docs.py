#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The program's own table of commands and options against the man page and the completions."""

import glob
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("SRCDIR", "."), "tests/system"))
import tap  # noqa: E402


def pages():
    found = glob.glob(os.path.join(tap.SRCDIR, "contrib/man/*.1"))
    assert found, "there is no man page"
    return found


def completions():
    found = [p for p in glob.glob(os.path.join(tap.SRCDIR, "contrib/completion/*")) if os.path.isfile(p) and not p.endswith(".mk")]
    assert found, "there are no completions"
    return found


def table():
    """{command: [options]} of the hidden command; those of the program itself under ""."""
    rows = {"": []}
    for line in tap.agent("__commands", status=0).out.decode().splitlines():
        row = line.split("\t")
        if row[0] == "command":
            rows.setdefault(row[1], [])
        elif row[0] == "option":
            rows.setdefault("" if row[1] == "-" else row[1], []).append(row[3])
    assert "--fail-on" in rows["analyze"] and "--version" in rows[""], rows
    return rows


def page():
    """The man page as a person reads it."""
    if not shutil.which("mandoc"):
        raise tap.Skip("mandoc is not installed")
    return "\n".join(subprocess.run(["mandoc", "-T", "ascii", p], capture_output=True, timeout=60, check=True).stdout.decode() for p in pages())


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
    """every command and option is in the man page, and it has no others"""
    text = re.sub(r".\x08", "", page()).replace("\u2010", "-")
    options = set()
    for name, own in table().items():
        assert re.search(rf"\b{re.escape(name)}\b", text), f"{name} is not in the man page"
        options.update(own)
    missing = [o for o in sorted(options) if not re.search(rf"(?<![\w-]){re.escape(o)}(?![\w-])", text)]
    tap.equal(missing, [], "not in the man page")
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - options - {"--help"}
    tap.equal(sorted(named), [], "in the man page, and unknown to the program")


@tap.test
def completion_complete(folder):
    """every command is completed, in every shell"""
    for path in completions():
        with open(path, encoding="utf-8") as f:
            text = f.read()
        dynamic = "__commands" in text  # asks the program itself
        for name in [] if dynamic else table():
            assert name in text, f"{path}: {name}"


def shown(terminal, want):
    """What a terminal shows until that appears, or 30 s have passed."""
    seen, end = b"", time.monotonic() + 30
    while want not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536)
    return seen


@tap.test
def bash_completion(folder):
    """bash completes commands and options"""
    path = next((p for p in completions() if "bash" in os.path.basename(p) or p.endswith("sftunnel-agent")), None)
    if not path or not shutil.which("bash"):
        raise tap.Skip("no bash or no completion for it")
    subprocess.run(["bash", "-n", path], check=True, timeout=30)


@tap.test
def zsh_completion(folder):
    """zsh completes commands, options and their values"""
    if not shutil.which("zsh"):
        raise tap.Skip("zsh is not installed")
    where = os.path.dirname(next(p for p in completions() if os.path.basename(p).startswith("_")))
    path = os.path.dirname(tap.AGENT) + ":" + os.environ["PATH"]
    for typed, want in (("anal", "analyze "), ("analyze --fail-on crit", "critical"), ("analyze -o nd", "ndjson"), ("rules te", "test")):
        ours, theirs = pty.openpty()
        child = subprocess.Popen(["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, cwd=folder,
                                 env={**os.environ, "PATH": path, "HOME": folder, "TERM": "dumb"})
        os.close(theirs)
        begin = f"fpath=({where} $fpath); autoload -Uz compinit; compinit -u -D; bindkey '^I' complete-word; PS1='re''ady> '\n"
        os.write(ours, begin.encode())
        seen = shown(ours, b"ready> ")
        os.write(ours, f"sftunnel-agent {typed}\t".encode())
        seen = shown(ours, want.encode())
        child.kill()
        child.wait()
        os.close(ours)
        assert want.encode() in seen, (typed, seen)


@tap.test
def changes(folder):
    """the version of the build is the top entry of CHANGES"""
    version = tap.agent("--version", status=0).out.decode().split()[1]
    with open(os.path.join(tap.SRCDIR, "CHANGES"), encoding="utf-8") as f:
        assert re.search(rf"^{re.escape(version)}\b", f.read(), re.M), version


if __name__ == "__main__":
    tap.main()
