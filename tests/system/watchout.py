#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where watch's events go, over restarts: outlets that come and go, numbers that never come twice."""

import contextlib
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


if __name__ == "__main__":
    tap.main()
