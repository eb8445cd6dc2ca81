# SPDX-License-Identifier: BSD-2-Clause
"""What the whole-program tests share: TAP out, the program run within time bounds, scratch folders, known logs."""

import fcntl
import functools
import json
import os
import random
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback

AGENT = os.environ.get("AGENT", "./sftunnel-agent")
SRCDIR = os.environ.get("SRCDIR", ".")
BUILDDIR = os.environ.get("BUILDDIR", ".")
LOGGEN = os.path.join(BUILDDIR, "tests/bench/loggen")
SEED = int(os.environ.get("SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31)
rng = random.Random(SEED)

_tests = []


class Skip(Exception):
    """Raised by a test that can't run here; its text is the reason."""


class Ran:
    """One finished run of the program."""

    def __init__(self, argv, status, out, err):
        self.argv, self.status, self.out, self.err = argv, status, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return (f"{' '.join(map(str, self.argv))[:300]}\nexit {self.status}\n"
                f"stdout: {self.out[:1500]!r}\nstderr: {self.err[:1500]!r}")


def test(f):
    """Registers f(folder): its docstring is the test's name, the folder is removed afterwards."""
    _tests.append(f)
    return f


def each(values):
    """One test per value: f(folder, value)."""
    def register(f):
        for v in values:
            g = functools.partial(f, value=v)
            g.__doc__ = f"{f.__doc__}: {v if isinstance(v, str) else v[0]}"
            _tests.append(g)
        return f
    return register


@functools.lru_cache(None)
def sanitized():
    out = subprocess.run([AGENT, "--version", "--verbose"], capture_output=True, text=True, timeout=60, check=False).stdout
    with open(AGENT, "rb") as f:
        return "sanitizers: yes" in out or b"__asan_init" in f.read()


def finish(child, argv, stdin=None, timeout=120):
    """Waits for a started child by its pid; kills it, and fails, when it takes too long."""
    timeout *= 4 if sanitized() else 1
    try:
        out, err = child.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        out, err = child.communicate()
        raise AssertionError(f"took more than {timeout} s: {argv}\nstdout: {out[:500]!r}\nstderr: {err[:500]!r}") from None
    return out, err


def start(*args, cwd=None, env=None, **kw):
    argv = [AGENT, *map(str, args)]
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS")}
    clean.update({"LC_ALL": "C.UTF-8", "TZ": "America/New_York"}, **(env or {}))  # no output may depend on the zone
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **kw}
    return subprocess.Popen(argv, cwd=cwd, env=clean, **pipes), argv


def agent(*args, stdin=b"", timeout=120, status=None, **kw):
    """Runs the program to its end; a crash or a sanitizer's word is a failure, and so is another status."""
    child, argv = start(*args, **kw)
    out, err = finish(child, argv, stdin, timeout)
    ran = Ran(argv, child.returncode, out or b"", err or b"")
    if child.returncode < 0:
        raise AssertionError(f"died of {signal.Signals(-child.returncode).name}: {ran}")
    if b"AddressSanitizer" in ran.err or b"runtime error:" in ran.err or b"LeakSanitizer" in ran.err:
        raise AssertionError(f"sanitizer: {ran.err.decode(errors='replace')[:4000]}")
    if status is not None and ran.status != status:
        raise AssertionError(f"exit {ran.status}, not {status}: {ran}")
    return ran


def wait_drained(fd, seconds=30):
    """Until the program has taken all that was written into its standard input."""
    end = time.monotonic() + seconds
    while struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"\0\0\0\0"))[0]:
        assert time.monotonic() < end, "standard input is not read"
        select.select([], [], [], 0.01)


def analyze(*paths, options=(), **kw):
    """A complete diagnosis as JSON; any exit status that is not a crash."""
    return agent("analyze", "-o", "json", *options, *paths, **kw)


# A child's peak counts what its parent held when it was forked, so a small program in between does the forking.
_PEAK = """import os, subprocess, sys
c = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(os.wait4(c.pid, 0)[2].ru_maxrss)"""


def peak_kib(*paths):
    """Peak memory of a diagnosis of these paths. Sanitizers need much more: ask sanitized() first."""
    argv = [sys.executable, "-S", "-c", _PEAK, AGENT, "analyze", "-o", "json", *paths]
    return int(subprocess.run(argv, capture_output=True, text=True, timeout=300, check=True).stdout)


def loggen(path, **options):
    """A log with known content; the truth as a dict."""
    argv = [LOGGEN, "-o", path, "--truth", path + ".truth"]
    for k, v in options.items():
        argv += ["--" + k, str(v)]
    subprocess.run(argv, check=True, timeout=300)
    with open(path + ".truth", encoding="ascii") as f:
        truth = json.load(f)
    os.unlink(path + ".truth")
    return truth


def write(path, data, mode="wb"):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, mode) as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path


def need(*tools):
    for t in tools:
        if not shutil.which(t):
            raise Skip(f"{t} is not installed")


def difference(got, want, place=""):
    """Where two JSON values first differ: "place: got, want"."""
    if isinstance(got, dict) and isinstance(want, dict) and got.keys() == want.keys():
        return next((d for k in got if (d := difference(got[k], want[k], f"{place}/{k}"))), None)
    if isinstance(got, list) and isinstance(want, list) and len(got) == len(want):
        return next((d for i, (a, b) in enumerate(zip(got, want)) if (d := difference(a, b, f"{place}/{i}"))), None)
    return None if got == want else f"{place}: got {str(got)[:600]}, want {str(want)[:600]}"


def equal(got, want, what=""):
    if got != want and isinstance(got, (dict, list)):
        raise AssertionError(f"{what}: {difference(got, want)}")
    if got != want:
        raise AssertionError(f"{what}\n got: {str(got)[:2000]}\nwant: {str(want)[:2000]}")


def _one(number, f):
    folder = tempfile.mkdtemp(prefix="sftunnel-test.")
    name = " ".join((f.__doc__ or getattr(f, "__name__", "?")).split()).replace("#", "No.")
    try:
        f(folder)
    except Skip as e:
        print(f"ok {number} - {name} # SKIP {e}", flush=True)
    except Exception as e:  # noqa: BLE001: whatever goes wrong is a failed test
        for line in (traceback.format_exc() if not isinstance(e, AssertionError) else str(e) or traceback.format_exc()).splitlines()[:80]:
            print("# " + line)
        print(f"not ok {number} - {name}", flush=True)
        return 1
    else:
        print(f"ok {number} - {name}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def main():
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [f for f in _tests if only in (f.__doc__ or "")]
    print(f"1..{len(chosen)}\n# SEED={SEED}", flush=True)
    sys.exit(1 if sum(_one(i + 1, f) for i, f in enumerate(chosen)) else 0)
