# SPDX-License-Identifier: BSD-2-Clause
"""The program as it watches: started, killed, asked; and what it has told, held against what was written."""

import atexit
import collections
import json
import os
import select
import signal
import subprocess
import time

import tap

SLOW = 4 if tap.sanitized() else 1


class Watch:
    """watch --foreground on one log (or several), its events in a file that outlives it."""

    def __init__(self, folder, *logs, options=(), out="events.ndjson", start=True):
        self.folder, self.logs, self.options = folder, logs or (os.path.join(folder, "messages"),), list(options)
        self.state = os.path.join(folder, "state")
        self.out = os.path.join(folder, out)
        self.err = os.path.join(folder, "watch.err")
        self.child, self.only = None, None
        self.forget()
        if start:
            self.start()

    def forget(self):
        self.pos, self.events, self.by_type = 0, [], collections.defaultdict(list)

    def argv(self):
        argv = [tap.AGENT, "watch", "--foreground", "--state", self.state, "--check-interval", "0"]
        for log in self.logs:
            argv += ["--log", log]
        return argv + ["-o", "ndjson=" + self.out, *self.options]

    def start(self, wait=True):
        with open(self.err, "ab") as err:
            before = err.tell()
            self.child = subprocess.Popen(self.argv(), stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                                          env={**os.environ, "TZ": "America/New_York", "LC_ALL": "C.UTF-8"})
        atexit.register(self.child.kill)  # a test that fails leaves nothing behind
        if wait:
            self.until(lambda: b"is confined" in self.errors(before), "the reading process to begin")

    def errors(self, begin=0):
        with open(self.err, "rb") as f:
            f.seek(begin)
            return f.read()

    def alive(self):
        assert self.child.poll() is None, f"ended by itself: {self.child.returncode}\n{self.errors()[-3000:].decode(errors='replace')}"

    def read(self):
        """What was told since the last time; whole lines only."""
        try:
            with open(self.out, "rb") as f:
                f.seek(self.pos)
                data = f.read()
        except FileNotFoundError:
            return []
        whole = data.rfind(b"\n") + 1
        self.pos += whole
        fresh = [json.loads(line) for line in data[:whole].splitlines()]
        if self.only:
            fresh = [{k: e[k] for k in self.only if k in e} for e in fresh]
        self.events += fresh
        for e in fresh:
            self.by_type[e["type"]].append(e)
        return fresh

    def until(self, done, what, seconds=60):
        end = time.monotonic() + seconds * SLOW
        while not done():
            self.alive()
            assert time.monotonic() < end, f"waited too long for {what}\n{self.errors()[-3000:].decode(errors='replace')}"
            select.select([], [], [], 0.01)

    def keep_only(self, *names):
        """What is left of each event: there may be a million of them."""
        self.only = ("seq", "type", "id", *names)

    def of(self, kind):
        self.read()
        return self.by_type[kind]

    def until_attempts(self, n, seconds=60):
        self.until(lambda: len(self.of("attempt")) >= n, f"{n} attempts, {len(self.of('attempt'))} so far", seconds)

    def kill(self):
        self.child.kill()
        self.child.wait()

    def end(self, number=signal.SIGTERM):
        self.child.send_signal(number)
        begun = time.monotonic()
        assert self.child.wait(30 * SLOW) == 0, self.errors()[-3000:]
        return time.monotonic() - begun


def no_id_twice(events):
    """One id per attempt, one attempt per id; incidents open once and close once; numbers without a gap."""
    for kind in ("attempt", "verdict", "source"):
        ids = collections.Counter(e["id"] for e in events if e["type"] == kind)
        twice = [i for i, n in ids.items() if n > 1]
        assert not twice, f"{len(twice)} {kind} ids came twice: {[e for e in events if e['id'] == twice[0]]}"
    for kind in ("incident", "alarm"):
        changes = collections.defaultdict(list)
        for e in events:
            if e["type"] == kind:
                changes[e["id"]].append(e["change"])
        for i, c in changes.items():
            assert c[0] == "opened" and c.count("opened") == 1 and c.count("closed") <= 1, (kind, i, c)
            assert "closed" not in c or c[-1] == "closed", (kind, i, c)
    tap.equal([e["seq"] for e in events], list(range(1, len(events) + 1)), "numbers")


def counted(events):
    peers = collections.defaultdict(collections.Counter)
    for e in events:
        if e["type"] == "attempt" and e["address"]:
            peers[e["observer"], e["address"]][e["outcome"]] += 1
    return {k: dict(v) for k, v in peers.items()}


def wanted(truth):
    return {(p["host"], p["address"]): p["outcomes"] for p in truth["peers"]}


def compare(events, truth):
    have, want = counted(events), wanted(truth)
    wrong = [k for k in sorted(set(have) | set(want)) if have.get(k) != want.get(k)]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(want)} peers are wrong"] + [
        f"{k}: told {have.get(k)}, truth {want.get(k)}" for k in wrong[:8]])
    no_id_twice(events)


def flush_lines(truth):
    """A line per host, much later, so that what is open is over by the log's own clock."""
    hosts = sorted({p["host"] for p in truth["peers"]})
    return "".join(f"Dec 31 23:59:59 {h} SF-IMS[1]: [1] sftunneld:sf_heartbeat [INFO] nothing to do\n" for h in hosts).encode()
