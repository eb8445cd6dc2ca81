#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""watch under load: rotated in every way, stopped, killed, reloaded. Nothing that was written is lost or told twice."""

import os
import signal
import time

import tap
import watching
import watchload

ROTATIONS = int(os.environ.get("ROTATIONS", 6))
KILLS = int(os.environ.get("KILLS", 16))


def lines_for(seconds):
    return f"{int(seconds * watchload.RATE * 100 / 1024)}K"


def begin(folder, seconds, options=(), **kw):
    data, truth = watchload.known(folder, size=lines_for(seconds))
    path = os.path.join(folder, "messages")
    load = watchload.Load(path, data)
    return load, truth, watching.Watch(folder, options=["--from", "all", *options], **kw)


@tap.test
def renamed(folder):
    """renamed under load, the writer lingers up to 2 s on the old file, 5 are kept: nothing lost, nothing doubled"""
    load, truth, w = begin(folder, ROTATIONS * 0.6)
    for _ in range(ROTATIONS):
        load.run(tap.rng.random() * 0.2)
        load.rename(tap.rng.choice((0, 0.05, 0.3, 2.0)) * tap.rng.random())
    assert not [e for e in w.of("source") if e["what"] in ("gap", "truncated")], w.of("source")
    load.finish(w, truth)
    watching.compare(w.events, truth)


@tap.test
def copied(folder):
    """copied and truncated under load: nothing lost, nothing doubled"""
    load, truth, w = begin(folder, ROTATIONS * 0.4)
    for _ in range(ROTATIONS):
        load.run(tap.rng.random() * 0.5)
        load.copytruncate()
    load.finish(w, truth)
    watching.compare(w.events, truth)


@tap.test
def lost_between(folder):
    """what is written between copy and truncation is all that may be lost, and that is told"""
    load, truth, w = begin(folder, ROTATIONS * 0.4)
    first = time.time()
    for _ in range(ROTATIONS):
        load.run(tap.rng.random() * 0.3)
        w.until(lambda: w.of("attempt"), "the first attempt")
        load.copytruncate(between=2000)
    while load.left:
        load.run(1)
    w.until(lambda: w.of("source"), "that something is missing")
    w.end()
    w.read()
    watching.no_id_twice(w.events)
    cut = [e for e in w.of("source") if e["what"] in ("truncated", "gap")]
    assert cut and all(e["at"] >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(first - 1)) for e in cut), w.of("source")
    have, want = watching.counted(w.events), watching.wanted(truth)
    assert sum(sum(v.values()) for v in have.values()) < truth["attempts"], "nothing was lost: the case tests nothing"
    assert have.keys() <= want.keys(), have.keys() - want.keys()


@tap.test
def stopped(folder):
    """stopped during up to 5 rotations, some of them packed: read later, the oldest first"""
    load, truth, w = begin(folder, ROTATIONS * 0.3)
    while load.left:
        load.write(1500)
        load.until_read(w, truth)
        load.write(tap.rng.randrange(600))
        w.end()
        for _ in range(tap.rng.randrange(1, watchload.KEEP + 1)):
            load.write(tap.rng.randrange(600))
            load.rename()
            if tap.rng.random() < 0.7:
                load.compress(2)
            if tap.rng.random() < 0.3:
                load.compress(1)
        load.write(tap.rng.randrange(300))
        w.start()
    load.finish(w, truth)
    watching.compare(w.events, truth)


def until_read_again(w, old):
    w.until(lambda: watchload.reader_of(w, old), "another reading process", 10)


def hurt(w):
    """One of the things that happen to processes."""
    what = tap.rng.choice(("parent", "reader", "both", "stop", "stop reader"))
    reader = watchload.reader_of(w)
    if what == "stop" or (what == "stop reader" and reader):
        pid = reader if reader and what == "stop reader" else w.child.pid
        os.kill(pid, signal.SIGSTOP)
        return lambda: os.kill(pid, signal.SIGCONT)
    if what in ("reader", "both") and reader:
        os.kill(reader, signal.SIGKILL)
    if what in ("parent", "both") or not reader:
        w.kill()
        w.start(wait=tap.rng.random() < 0.3)
    return lambda: None


@tap.test
def killed(folder):
    """kill -9 of the parent, the reading process, both, and stopped for a while, under load and rotation"""
    load, truth, w = begin(folder, KILLS * 0.25)
    for _ in range(KILLS):
        load.run(tap.rng.random() * 0.2)
        after = hurt(w)
        load.run(tap.rng.random() * 0.1)
        if tap.rng.random() < 0.3:
            load.rename(tap.rng.random() * 0.1)
        after()
        w.alive()
    load.finish(w, truth)
    watching.compare(w.events, truth)


@tap.test
def reader_killed(folder):
    """kill -9 of the reading process alone, more often than a bad one is forgiven: it is started again each time"""
    load, truth, w = begin(folder, KILLS * 0.15)
    for _ in range(KILLS):
        load.run(tap.rng.random() * 0.1)
        w.until(lambda: watchload.reader_of(w), "a reading process", 10)
        old = watchload.reader_of(w)
        n = len(w.of("attempt"))
        os.kill(old, signal.SIGKILL)
        load.run(0.05)
        until_read_again(w, old)
        if load.left:
            w.until(lambda: (load.run(0.02), len(w.of("attempt")) > n or not load.left)[1], "that it reads", 20)
    w.child.send_signal(signal.SIGHUP)
    w.until(lambda: b"read again" in w.errors(), "the reload", 10)
    load.finish(w, truth)
    watching.compare(w.events, truth)


GOOD = """logs: [{log}]
state: {state}
outputs: ["ndjson={out}"]
from: all
check_interval: 0
group_from: {group}
"""


class Configured(watching.Watch):
    """With a configuration file instead of flags."""

    def argv(self):
        return [tap.AGENT, "watch", "--foreground", "-c", os.path.join(self.folder, "watch.yaml")]

    def configure(self, group, text=GOOD):
        tap.write(os.path.join(self.folder, "watch.yaml"), text.format(log=self.logs[0], state=self.state, out=self.out, group=group))


@tap.test
def reloaded(folder):
    """SIGHUP under load, with good and with bad configurations: nothing lost, the bad ones refused and said"""
    data, truth = watchload.known(folder, size=lines_for(4))
    w = Configured(folder, start=False)
    w.configure(3)
    load = watchload.Load(w.logs[0], data)
    w.start()
    for i in range(12):
        load.run(tap.rng.random() * 0.3)
        before = len(w.errors())
        bad = i % 3 == 2
        w.configure(3 + i, GOOD + "no_such_key: 1\n" if bad else GOOD)
        w.child.send_signal(signal.SIGHUP)
        word = b"stays as it was" if bad else b"was read again"
        w.until(lambda: (load.run(0.01), word in w.errors(before))[1], f"{word}", 20)
    w.configure(3)
    load.finish(w, truth)
    watching.compare(w.events, truth)


@tap.test
def signals_at_any_moment(folder):
    """SIGHUP at any moment, many at once, never ends it; SIGTERM does, whatever came before or comes after"""
    data, truth = watchload.known(folder, size=lines_for(2))
    load = watchload.Load(os.path.join(folder, "messages"), data)
    w = watching.Watch(folder, options=["--from", "all"])
    for _ in range(60):
        w.child.send_signal(signal.SIGHUP)
        load.run(tap.rng.random() * 0.03)
        w.alive()
    for first, second in ((signal.SIGHUP, signal.SIGTERM), (signal.SIGTERM, signal.SIGHUP)):
        w.child.send_signal(first)
        begun = time.monotonic()
        w.child.send_signal(second)
        assert w.child.wait(20 * watching.SLOW) == 0, w.errors()[-2000:]
        assert time.monotonic() - begun < 2 * watching.SLOW, f"took {time.monotonic() - begun:.1f} s"
        w.start()
    load.finish(w, truth)
    watching.compare(w.events, truth)


if __name__ == "__main__":
    tap.main()
