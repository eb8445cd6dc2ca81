#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
watch under load: rotated in every way, stopped, killed, reloaded. Nothing that was written is lost or told twice.
ROTATIONS and KILLS say how long it goes on; `make check-long` has many.
"""

import collections
import os
import signal
import time

import tap
import watching
import watchload

ROTATIONS = int(os.environ.get("ROTATIONS", 6))
KILLS = int(os.environ.get("KILLS", 16))
READY_MS = 100
MANY = 100  # from so many on the times count, too


def lines_for(seconds):
    return f"{int(seconds * watchload.RATE * 150 / 1024)}K"


def begin(folder, seconds, options=(), **kw):
    data, truth = watchload.known(folder, size=lines_for(seconds))
    path = os.path.join(folder, "messages")
    load = watchload.Load(path, data)
    w = watching.Watch(folder, options=["--from", "all", *options], **kw)
    w.keep_only("observer", "address", "outcome", "change", "what", "bytes", "at")
    w.begun = time.monotonic()
    return load, truth, w


def settle(load, truth, w, what):
    """The end of it; everything is held against the truth, and said in one line."""
    lines, seconds = load.data.count(b"\n") - load.left, time.monotonic() - w.begun
    load.finish(w, truth)
    watching.compare(w.events, truth)
    print(f"# {what} in {seconds:.0f} s, {lines / seconds:.0f} lines/s: {truth['attempts']} attempts, 0 lost, 0 doubled")


@tap.test
def renamed(folder):
    """renamed under load, the writer lingers up to 2 s on the old file, 5 are kept: nothing lost, nothing doubled"""
    load, truth, w = begin(folder, ROTATIONS * 0.4)
    done = most = 0
    while done < ROTATIONS:
        load.run(tap.rng.random() * 0.2)
        times = min(tap.rng.choice((1, 1, 1, 2, watchload.KEEP)), ROTATIONS - done)
        linger = tap.rng.choice((0, 0.05, 0.3, 2.0)) * tap.rng.random()
        load.rename(linger, times)
        done, most = done + times, max(most, linger)
    assert not [e for e in w.of("source") if e["what"] in ("gap", "truncated")], w.of("source")
    settle(load, truth, w, f"{done} times renamed, lingered up to {most * 1000:.0f} ms")


@tap.test
def copied(folder):
    """copied and truncated under load: nothing lost, nothing doubled"""
    load, truth, w = begin(folder, ROTATIONS * 0.35)
    for _ in range(ROTATIONS):
        load.run(tap.rng.random() * 0.5)
        load.copytruncate(during=tap.rng.choice((0, tap.rng.randrange(300))))
    assert not [e for e in w.of("source") if e["what"] == "gap"], w.of("source")
    settle(load, truth, w, f"{ROTATIONS} times copied and truncated")


def window(first):
    """Whole attempts of peers that nobody else knows; who of them is told says what was read of them."""
    peers = [watchload.probe(first + i)["address"] for i in range(tap.rng.randrange(1, 60))]
    return peers, b"".join(watchload.attempt(a, "Sep 20 03:00:00") for a in peers)


@tap.test
def lost_between(folder):
    """what is written between copy and truncation is all that may be lost, and that is told"""
    load, truth, w = begin(folder, (ROTATIONS + 4) * 0.3)
    between, size = [], 0
    for _ in range(ROTATIONS):
        load.run(0.01 + tap.rng.random() * 0.4)
        peers, text = window(sum(map(len, between)))
        load.copytruncate(during=tap.rng.choice((0, tap.rng.randrange(300))), between=text)
        between.append(peers)
        size += len(text)
        w.until(lambda n=len(between): (load.run(0.005), len([e for e in w.of("source") if e["what"] == "truncated"]) >= n)[1], "that it is said", 10)
    cut = [e for e in w.of("source") if e["what"] in ("truncated", "gap")]
    truth["attempts"] += len({e["address"] for e in w.of("attempt") if e["observer"] == "probe"})
    load.finish(w, truth)
    told = [e for e in w.of("attempt") if e["observer"] == "probe"]
    lost = sum(len(set(peers) - {e["address"] for e in told}) for peers in between)
    assert lost, "nothing was lost: the case tests nothing"
    tap.equal(len(cut), ROTATIONS, "told losses")
    tap.equal(len({e["address"] for e in told}), len(told), "told once")
    watching.no_id_twice(w.events)
    have = watching.counted(w.events)
    tap.equal({k: v for k, v in have.items() if k[0] != "probe"}, watching.wanted(truth))
    print(f"# {ROTATIONS} times copied and truncated, {size} bytes came between, of {len(told) + lost} attempts in there {lost} lost, "
          f"said {len(cut)} times; of {truth['attempts'] - len(told)} other attempts 0 lost, 0 doubled")


@tap.test
def stopped(folder):
    """stopped during up to 5 rotations, some of them packed: read later, the oldest first"""
    load, truth, w = begin(folder, ROTATIONS * 0.2)
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
    settle(load, truth, w, "stopped again and again")


def until_read_again(w, old):
    w.until(lambda: watchload.reader_of(w, old), "another reading process", 10)


def ready(load, w):
    """Killed, and lines come: how long it takes from its start until it reads with all its state, and to the first event, in ms."""
    w.kill()
    load.write(500)
    size, before, begun = os.path.getsize(w.out), len(w.errors()), time.monotonic()
    w.start(wait=False)
    w.until(lambda: b"is confined" in w.errors(before), "the reading process to begin")
    opened = time.monotonic()
    w.until(lambda: os.path.getsize(w.out) != size, "the first event after the start")
    return (opened - begun) * 1000, (time.monotonic() - begun) * 1000


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # a reading process that was killed is there until its parent has noticed
        pass


def hurt(w):
    """One of the things that happen to processes: the name of it, and what ends it."""
    what = tap.rng.choice(("parent", "parent", "reader", "both", "stop", "stop reader"))
    reader = watchload.reader_of(w)
    if what == "stop" or (what == "stop reader" and reader):
        pid = reader if reader and what == "stop reader" else w.child.pid
        send(pid, signal.SIGSTOP)
        return None, lambda: send(pid, signal.SIGCONT)
    if what in ("reader", "both") and reader:
        send(reader, signal.SIGKILL)
    if what in ("parent", "both") or not reader:
        w.kill()
        w.start(wait=tap.rng.random() < 0.3)
    return what, lambda: None


@tap.test
def killed(folder):
    """kill -9 of the parent, the reading process, both, and stopped for a while, under load and rotation"""
    load, truth, w = begin(folder, KILLS * 0.3)
    kills, times, rotated = collections.Counter(), [], 0
    while sum(kills.values()) < KILLS:
        load.run(tap.rng.random() * 0.2)
        if sum(kills.values()) % 8 == 7 and load.left > 500:
            what, after = "parent", lambda: None
            times.append(ready(load, w))
        else:
            what, after = hurt(w)
        kills[what] += what is not None
        load.run(tap.rng.random() * 0.1)
        if tap.rng.random() < 0.3:
            load.rename(tap.rng.random() * 0.1)
            rotated += 1
        after()
        w.alive()
        if rotated == watchload.KEEP - 1:  # killed faster than it can begin it reads nothing, and what nobody has read would go
            load.until_read(w, truth)
            rotated = 0
    opened, first = (sorted(t)[len(t) // 2] for t in zip(*times))
    settle(load, truth, w, f"{sum(kills.values())} times killed ({', '.join(f'{n} {k}' for k, n in kills.items() if n)}), "
                           f"ready again after {opened:.0f} ms, first event after {first:.0f} ms (medians)")
    assert KILLS < MANY or tap.sanitized() or opened < READY_MS, times


@tap.test
def reader_killed(folder):
    """kill -9 of the reading process alone, more often than a bad one is forgiven: it is started again each time"""
    load, truth, w = begin(folder, KILLS * 0.1)
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
    data, truth = watchload.known(folder, size=lines_for(2.5))
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
    data, truth = watchload.known(folder, size=lines_for(1.3))
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
