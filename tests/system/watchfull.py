#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""watch where the machine fails it: no room, a damaged state, no inotify. It says so, loses nothing, and goes on."""

import errno
import os
import signal
import sqlite3
import subprocess
import threading
import time

import tap
import watching
import watchload


class Room:
    """A file system of its own, in a mount namespace of its own, with little room."""

    def __init__(self, folder, size):
        if os.geteuid() != 0:
            raise tap.Skip("a small file system needs root")
        tap.need("unshare", "nsenter", "mount")
        self.place = os.path.join(folder, "small")
        os.mkdir(self.place)
        self.holder = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size={size},mode=700 tmpfs "$0" && echo made && exec cat', self.place],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.holder.stdout.readline() != b"made\n":
            self.close()
            raise tap.Skip("no file system can be mounted here")
        self.enter = ["nsenter", "-m", "-t", str(self.holder.pid)]

    def outside(self, name=""):
        """The same place as it is reached from here."""
        return f"/proc/{self.holder.pid}/root{self.place}/{name}"

    def fill(self):
        with open(self.outside("filler"), "ab", buffering=0) as f:
            for size in (4096, 1):
                try:
                    while True:
                        f.write(b"x" * size)
                except OSError as e:
                    assert e.errno == errno.ENOSPC, e

    def empty(self):
        os.unlink(self.outside("filler"))

    def close(self):
        self.holder.kill()
        self.holder.communicate()


class Small(watching.Watch):
    """With its state, or its events, where there is little room."""

    def __init__(self, folder, room, what):
        super().__init__(folder, options=["--from", "all"], start=False)
        self.room = room
        if what == "state":
            self.state = os.path.join(room.place, "state")
            self.inside = self.out
        else:
            self.inside, self.out = os.path.join(room.place, "events.ndjson"), room.outside("events.ndjson")

    def argv(self):
        argv = super().argv()
        return [*self.room.enter, os.path.abspath(argv[0]), *[a.replace(self.out, self.inside) for a in argv[1:]]]


def full(folder, what, said):
    room = Room(folder, "8m")
    try:
        data, truth = watchload.known(folder, size="800K")
        w = Small(folder, room, what)
        load = watchload.Load(w.logs[0], data)
        w.start()
        for _ in range(2):
            load.write(1000)
            load.until_read(w, truth)
            before = len(w.errors())
            room.fill()
            w.until(lambda: (load.write(50), said in w.errors(before))[1], "that it is said", 20)
            load.write(500)
            load.rename()
            room.empty()
            load.until_read(w, truth)
        room.fill()
        load.write(500)
        w.end()
        room.empty()
        w.start()
        load.finish(w, truth)
        watching.compare(w.events, truth)
    finally:
        if w.child and w.child.poll() is None:
            w.kill()
        room.close()


@tap.test
def no_room_for_state(folder):
    """no room for the state: said, nothing more is read, and all of it once there is room again"""
    full(folder, "state", b"level=err")


@tap.test
def no_room_for_events(folder):
    """no room for the events: said, and all of them once there is room again"""
    full(folder, "events", b"No space left on device")


# ---- a damaged state ----

def flip(path):
    with open(path, "r+b") as f:
        size = os.path.getsize(path)
        for _ in range(max(40, size // 50)):
            f.seek(tap.rng.randrange(size))
            f.write(bytes([tap.rng.randrange(256)]))


def cut(path):
    os.truncate(path, tap.rng.randrange(1, os.path.getsize(path)))


def cut_to_nothing(path):
    os.truncate(path, 0)


def zeros(path):
    size = os.path.getsize(path)
    tap.write(path, b"\0" * size)


def text(path):
    tap.write(path, "this is a shopping list\n" * 100)


def another(path):
    os.unlink(path)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA application_id = 12345")
        db.execute("CREATE TABLE bread (milk)")
    db.close()


@tap.each([("bytes flipped", flip), ("cut", cut), ("cut to nothing", cut_to_nothing), ("zeros", zeros), ("a text", text),
           ("another program's database", another)])
def damaged(folder, value):
    """a damaged state is said, set aside, and made anew from the logs"""
    _, damage = value
    data, truth = watchload.known(folder, size="200K")
    w = watching.Watch(folder, options=["--from", "all"], start=False)
    tap.write(w.logs[0], data + watching.flush_lines(truth))
    w.start()
    w.until_attempts(truth["attempts"])
    w.end()
    for name in os.listdir(w.state):
        if name.endswith(("-wal", "-shm")):
            os.unlink(os.path.join(w.state, name))
    state = [n for n in os.listdir(w.state) if n.endswith(".db") or n.endswith(".sqlite")]
    tap.equal(len(state), 1, f"files of the state: {os.listdir(w.state)}")
    damage(os.path.join(w.state, state[0]))
    before = len(w.errors())
    os.rename(w.out, w.out + ".before")
    w.forget()
    w.start()
    w.until_attempts(truth["attempts"])
    w.end()
    w.read()
    tap.equal(watching.counted(w.events), watching.wanted(truth))
    aside = [n for n in os.listdir(w.state) if n.startswith(state[0]) and not n.endswith(("-wal", "-shm")) and n != state[0]]
    assert b"set aside" in w.errors(before), w.errors(before)
    tap.equal(len(aside), 1, f"{os.listdir(w.state)}")
    told = [e for e in w.of("source") if e["what"] == "damaged"]
    tap.equal([(e["path"], e["severity"]) for e in told], [(os.path.join(w.state, state[0]), "warning")])
    assert aside[0] in told[0]["text"], told
    before = len(w.errors())
    w.start()
    w.end()
    assert b"set aside" not in w.errors(before), w.errors(before)


@tap.test
def taken_away(folder):
    """a state that somebody has removed is begun anew, and nothing was damaged"""
    w = watching.Watch(folder)
    w.end()
    for name in os.listdir(w.state):
        if name.startswith("state.db"):
            os.unlink(os.path.join(w.state, name))
    before = len(w.errors())
    w.start()
    w.end()
    assert b"set aside" not in w.errors(before), w.errors(before)
    assert not w.of("source") or all(e["what"] != "damaged" for e in w.of("source")), w.events
    tap.equal([n for n in os.listdir(w.state) if "damaged" in n], [])


@tap.test
def newer(folder):
    """a state of a newer version is said, left as it is, and the program ends"""
    data, truth = watchload.known(folder, size="100K")
    w = watching.Watch(folder, options=["--from", "all"], start=False)
    tap.write(w.logs[0], data + watching.flush_lines(truth))
    w.start()
    w.until_attempts(truth["attempts"])
    w.end()
    path = next(os.path.join(w.state, n) for n in os.listdir(w.state) if n.endswith((".db", ".sqlite")))
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 4711")
    db.close()
    with open(path, "rb") as f:
        was = f.read()
    before = len(w.errors())
    w.start(wait=False)
    assert w.child.wait(20 * watching.SLOW) > 0
    assert b"4711" in w.errors(before) and b"newer" in w.errors(before), w.errors(before)
    with open(path, "rb") as f:
        tap.equal(f.read(), was, "left as it is")


# ---- inotify ----

NO_INOTIFY = ["unshare", "-U", "-r", "sh", "-c", 'echo 0 > "/proc/sys/user/max_inotify_$0" && exec "$@"']


class Without(watching.Watch):
    """In a user namespace of its own, where inotify has no instances, or no watches, to give."""

    def __init__(self, folder, what):
        self.what = what
        super().__init__(folder, options=["--from", "all"], start=False)

    def argv(self):
        return [*NO_INOTIFY, self.what, *super().argv()]


def seen(w, load, truth, how, rounds=8, before=lambda: None, after=lambda: None):
    """Lines come, and it is rotated: how long until the last one is told."""
    late = []
    for _ in range(rounds):
        load.run(tap.rng.random() * 0.1)
        before()
        if tap.rng.random() < 0.6:
            load.rename(tap.rng.random() * 0.1)
        begun = time.monotonic()
        load.until_read(w, truth, after)
        late.append(time.monotonic() - begun)
    late.sort()
    print(f"# {how}: seen after {late[len(late) // 2] * 1000:.0f} ms, at most {late[-1] * 1000:.0f} ms; 0 lost, 0 doubled")
    assert late[len(late) // 2] < (0.3 + 0.2) * watching.SLOW, late


@tap.each([("no watch left", "watches"), ("no instance left", "instances")])
def no_inotify(folder, value):
    """inotify can't be had: said, nothing lost, and seen within 300 ms"""
    tap.need("unshare")
    what, key = value
    if subprocess.run([*NO_INOTIFY, key, "true"], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL, timeout=60).returncode:
        raise tap.Skip("a user namespace without inotify can't be made here")
    data, truth = watchload.known(folder, size="600K")
    w = Without(folder, key)
    load = watchload.Load(w.logs[0], data)
    w.start()
    w.until(lambda: b"can't be watched" in w.errors(), "that it is said", 10)
    seen(w, load, truth, what)
    load.finish(w, truth)
    watching.compare(w.events, truth)


@tap.test
def overflow(folder):
    """the queue of inotify overflows, so that no event tells of a rotation: nothing lost, and seen within 300 ms"""
    with open("/proc/sys/fs/inotify/max_queued_events", encoding="ascii") as f:
        most = int(f.read())
    if most > 100000:
        raise tap.Skip(f"{most} events would have to be made")
    data, truth = watchload.known(folder, size="600K")
    w = watching.Watch(folder, options=["--from", "all"])
    load = watchload.Load(w.logs[0], data)
    stopped = []

    def fill():
        w.until(lambda: watchload.reader_of(w), "a reading process", 10)
        stopped[:] = [watchload.reader_of(w)]
        os.kill(stopped[0], signal.SIGSTOP)
        for _ in range(most // 2 + 1):  # two events each, none like the one before
            os.close(os.open(os.path.join(folder, "filler"), os.O_CREAT | os.O_WRONLY, 0o600))
            os.unlink(os.path.join(folder, "filler"))

    seen(w, load, truth, f"{most} events and more at once", 2, fill, lambda: os.kill(stopped[0], signal.SIGCONT))
    load.finish(w, truth)
    watching.compare(w.events, truth)


@tap.test
def interrupted(folder):
    """signals come all the time, to both processes, and interrupt what they do: nothing lost, and seen within 300 ms"""
    data, truth = watchload.known(folder, size="600K")
    w = watching.Watch(folder, options=["--from", "all"])
    load = watchload.Load(w.logs[0], data)
    w.until(lambda: watchload.reader_of(w), "a reading process", 10)
    reader, over, count = watchload.reader_of(w), threading.Event(), [0]

    def storm():
        while not over.wait(0.0005):
            for pid in (reader, w.child.pid):  # to be stopped and to go on ends a wait, whether or not a handler is there
                for number in (signal.SIGSTOP, signal.SIGCONT, signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH):
                    os.kill(pid, number)
            count[0] += 10

    thread = threading.Thread(target=storm, daemon=True)
    thread.start()
    try:
        seen(w, load, truth, "signals all the time")
    finally:
        over.set()
        thread.join()
    tap.equal(watchload.reader_of(w), reader, "the reading process")
    load.finish(w, truth)
    watching.compare(w.events, truth)
    print(f"# {count[0]} signals")


if __name__ == "__main__":
    tap.main()
