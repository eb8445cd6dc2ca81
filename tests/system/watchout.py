#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where watch's events go, over restarts: outlets that come and go, numbers that never come twice."""

import contextlib
import json
import os
import shutil
import sqlite3

import tap
import watching
import watchload


def outlets_of(w):
    """How far each outlet is, as the state has it."""
    with contextlib.closing(sqlite3.connect(os.path.join(w.state, "state.db"))) as db:
        return dict(db.execute("SELECT name, number FROM outlets"))


@tap.test
def no_longer_configured(folder):
    """an outlet that is no longer configured is forgotten at the next start: nothing is kept for it; one that stays goes on"""
    data, truth = watchload.known(folder, size="60K")
    gone = "ndjson=unix:" + os.path.join(folder, "nobody")
    w = watching.Watch(folder, options=["--from", "all", "-o", gone], start=False)
    tap.write(w.logs[0], data + watching.flush_lines(truth))
    w.start()
    w.until_attempts(truth["attempts"])
    w.end()
    w.read()
    tap.equal(outlets_of(w), {"ndjson=" + w.out: len(w.events), gone: 0})
    w.options = ["--from", "all"]
    w.start()
    w.end()
    w.read()
    tap.equal(outlets_of(w), {"ndjson=" + w.out: len(w.events)})
    watching.compare(w.events, truth)


@tap.each(["the last commits", "all of it"])
def numbers_go_on(folder, value):
    """what a file has told is not numbered again when the state has lost it (a power cut)"""
    data, truth = watchload.known(folder, size="120K")
    lines = data.splitlines(keepends=True)
    half = len(lines) // 2
    w = watching.Watch(folder, options=["--from", "all", "-o", "ecs=" + os.path.join(folder, "ecs")], start=False)
    tap.write(w.logs[0], b"".join(lines[:half]))
    w.start()
    w.until(lambda: w.of("attempt"), "some attempts")
    w.end()
    if value == "the last commits":
        shutil.copytree(w.state, w.state + ".before")
    with open(w.logs[0], "ab") as f:
        f.write(b"".join(lines[half:]))
    w.start()
    w.until_attempts(truth["attempts"] * 9 // 10)
    w.kill()
    w.read()
    last = w.events[-1]["seq"]
    shutil.rmtree(w.state)
    if value == "the last commits":
        os.rename(w.state + ".before", w.state)
    with open(w.logs[0], "ab") as f:
        f.write(watching.flush_lines(truth))
    w.start()
    w.until(lambda: w.read() or w.events[-1]["seq"] > last, "more events")
    w.end()
    w.read()
    seqs = [e["seq"] for e in w.events]
    tap.equal([b for a, b in zip(seqs, seqs[1:]) if b != a + 1], [], "numbers that do not follow the one before, in the file")
    with open(os.path.join(folder, "ecs"), encoding="utf-8") as f:
        seqs = [json.loads(line)["event"]["sequence"] for line in f]
    tap.equal([b for a, b in zip(seqs, seqs[1:]) if b <= a], [], "numbers that were there before, in the other file")
    ids = {}
    for e in w.of("attempt"):
        tap.equal(ids.setdefault(e["id"], [e["first"], e["address"], e["outcome"]]), [e["first"], e["address"], e["outcome"]], "one id")


if __name__ == "__main__":
    tap.main()
