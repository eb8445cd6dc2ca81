#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A log is followed while it is written and rotated for real, and the one who follows is killed again and again."""

import os
import select
import shutil
import signal
import subprocess
import time

import tap

FOLLOWER = os.path.join(tap.BUILDDIR, "tests/system/follower")
KEEP = 5
ROTATIONS = int(os.environ.get("ROTATIONS", 40))
NO_BEGIN_OR_END = 3


class Follower:
    """The program, its output in a file that survives it, and what of that was read."""

    def __init__(self, folder):
        self.log, self.state, self.out = (os.path.join(folder, n) for n in ("log", "state", "out"))
        self.err = os.path.join(folder, "err")
        self.child, self.pos, self.rest = None, 0, b""
        self.told = {}  # number of a line: its offsets
        self.cut = []  # lines without their beginning or end
        self.times = {}
        self.start()

    def start(self):
        with open(self.out, "ab") as out, open(self.err, "ab") as err:
            self.child = subprocess.Popen([FOLLOWER, self.log, self.state], stdout=out, stderr=err)

    def read(self):
        with open(self.out, "rb") as f:
            f.seek(self.pos)
            data = f.read()
        self.pos += len(data)
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            words = line.split(b" ")
            if int(words[2]) & NO_BEGIN_OR_END:
                self.cut.append(line)
                continue
            assert len(words) >= 5 and words[3] == b"line", (line, words)
            self.told.setdefault(int(words[4]), set()).add(int(words[1]))
            self.times[int(words[4])] = self.times.get(int(words[4]), 0) + 1

    def until(self, numbers, what):
        end = time.monotonic() + 60 * (4 if tap.sanitized() else 1)
        missing = set(numbers)
        while True:
            self.read()
            missing -= self.told.keys()
            if not missing:
                return
            assert self.child.poll() is None, self.errors()
            assert time.monotonic() < end, f"waited too long for {what}: {len(missing)} lines, {sorted(missing)[:5]}\n{self.errors()}"
            select.select([], [], [], 0.005)

    def ready(self):
        """It has looked for the first time, and kept that: what is rotated before would be history to it."""
        end = time.monotonic() + 60
        while not os.path.exists(self.state):
            assert time.monotonic() < end, "never looked"
            select.select([], [], [], 0.005)

    def kill(self):
        self.child.kill()
        self.child.wait()
        self.read()
        self.rest = b""  # half a line that it was about to tell: told again

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        assert self.child.wait(30) == 0, self.errors()
        self.read()

    def errors(self):
        with open(self.err, encoding="utf-8") as f:
            return f.read()[-3000:]


class Writer:
    """Writes numbered lines; knows which of them are in which rotated file."""

    def __init__(self, path):
        self.path, self.n = path, 0
        self.files = []  # lines of each rotated file, the newest first
        self.now = []
        self.f = open(path, "ab", buffering=0)

    def write(self, count):
        text = b"".join(b"line %d %s\n" % (self.n + i, b"x" * tap.rng.randrange(120)) for i in range(count))
        while text:  # in pieces that do not end where lines end
            k = tap.rng.randrange(1, 3000)
            self.f.write(text[:k])
            text = text[k:]
        self.now += range(self.n, self.n + count)
        self.n += count

    def shift(self, follower):
        """Room for another one; what goes was told."""
        if len(self.files) == KEEP:
            follower.until(self.files.pop(), "a generation that is about to go")
            os.unlink(f"{self.path}.{KEEP}")
        for i in range(len(self.files), 0, -1):
            os.rename(f"{self.path}.{i}", f"{self.path}.{i + 1}")

    def rename(self, follower, linger):
        self.shift(follower)
        os.rename(self.path, self.path + ".1")
        new = open(self.path, "ab", buffering=0)
        for _ in range(linger):
            self.write(tap.rng.randrange(20))
        self.files.insert(0, self.now)
        self.now = []
        self.f.close()
        self.f = new

    def copytruncate(self, follower, between=0):
        """The numbers of the lines that went between."""
        self.shift(follower)
        shutil.copyfile(self.path, self.path + ".1")
        self.files.insert(0, self.now)
        first = self.n
        self.now = []
        self.write(between)
        os.truncate(self.path, 0)
        self.now = []
        return set(range(first, self.n))


def follow(folder, rotate, kills):
    follower = Follower(folder)
    follower.ready()
    writer = Writer(follower.log)
    doubtful = set()
    for i in range(ROTATIONS):
        writer.write(tap.rng.randrange(400))
        doubtful |= rotate(writer, follower) or set()
        if kills and tap.rng.random() < 0.6:
            follower.kill()
            writer.write(tap.rng.randrange(200))
            follower.start()
        elif tap.rng.random() < 0.2:
            follower.child.send_signal(signal.SIGSTOP)
            writer.write(tap.rng.randrange(200))
            follower.child.send_signal(signal.SIGCONT)
    writer.write(1)
    follower.until(set(range(writer.n)) - doubtful, "the end")
    follower.end()
    twice = {n: o for n, o in follower.told.items() if len(o) > 1}
    tap.equal(twice, {}, "told at different offsets")
    if not kills:
        tap.equal([n for n, k in follower.times.items() if k > 1], [], "told twice")
    tap.equal(follower.rest, b"")
    # where a line was half written when the file was truncated, the half is told as one; nowhere else
    assert len(follower.cut) <= (ROTATIONS if doubtful else 0), follower.cut
    return follower, doubtful


@tap.test
def renamed(folder):
    """renamed under load, the writer lingers: nothing lost, nothing doubled"""
    follower, _ = follow(folder, lambda w, f: w.rename(f, tap.rng.randrange(6)), False)
    assert "copied" not in follower.errors() and "gone" not in follower.errors(), follower.errors()


@tap.test
def renamed_and_killed(folder):
    """renamed under load, the follower is killed: nothing lost, what is told again stands where it stood"""
    follow(folder, lambda w, f: w.rename(f, tap.rng.randrange(6)), True)


@tap.test
def copied(folder):
    """copied and truncated under load: nothing lost, nothing doubled"""
    follow(folder, lambda w, f: w.copytruncate(f), False)


@tap.test
def copied_and_killed(folder):
    """copied and truncated, the follower is killed: nothing lost"""
    follow(folder, lambda w, f: w.copytruncate(f), True)


@tap.test
def lost_between(folder):
    """what is written between copy and truncation may be lost, and that is said"""
    follower, doubtful = follow(folder, lambda w, f: w.copytruncate(f, tap.rng.randrange(30)), False)
    lost = doubtful - follower.told.keys()
    assert not lost or "copied and truncated" in follower.errors(), (len(lost), follower.errors())


if __name__ == "__main__":
    tap.main()
