#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""watch: what is written to a log is told once, whatever happens to the log, to the program, and when."""

import os
import signal
import time

import tap
import watching

KILLS = int(os.environ.get("KILLS", 25))


def make(folder, **options):
    seed = tap.rng.randrange(1, 1 << 30)
    args = {"side": "both", "hosts": 4, "peers": 12, "tids": 12, "interleave": 6, "share": 40, "size": "600K", "seed": seed, **options}
    print(f"# loggen --seed {seed} {options}")
    whole = os.path.join(folder, "whole")
    truth = tap.loggen(whole, **args)
    with open(whole, "rb") as f:
        return f.read(), truth


@tap.test
def read_at_once(folder):
    """a log that lies there is told like analyze counts it"""
    data, truth = make(folder)
    tap.write(os.path.join(folder, "messages"), data + watching.flush_lines(truth))
    w = watching.Watch(folder, options=["--from", "beginning"])
    w.until_attempts(truth["attempts"])
    assert w.end() < 2 * watching.SLOW
    w.read()
    watching.compare(w.events, truth)
    tap.equal(len([e for e in w.events if e["type"] == "attempt"]), truth["attempts"])


@tap.test
def killed_and_rotated(folder):
    """killed again and again while the log is written and rotated: no attempt, no incident lost or doubled"""
    data, truth = make(folder, size="900K")
    path = os.path.join(folder, "messages")
    tap.write(path, b"")
    w = watching.Watch(folder, options=["--from", "all"])
    log = open(path, "ab", buffering=0)
    lines = data.splitlines(keepends=True)
    step = max(1, len(lines) // (KILLS * 4))
    for i in range(0, len(lines), step):
        log.write(b"".join(lines[i:i + step]))
        if tap.rng.random() < 0.25:
            w.kill()
            w.start(wait=tap.rng.random() < 0.5)
        if tap.rng.random() < 0.1:
            rotate(path)
            log.close()
            log = open(path, "ab", buffering=0)
    log.close()
    w.kill()
    with open(path, "ab") as f:
        f.write(watching.flush_lines(truth))
    w.start()
    w.until_attempts(truth["attempts"])
    w.end()
    w.read()
    watching.compare(w.events, truth)


@tap.test
def ends_while_it_catches_up(folder):
    """told to end in the middle of a long log it ends within 2 s, and goes on from there"""
    truth = tap.loggen(os.path.join(folder, "messages"), side="both", hosts=4, peers=12, tids=12, share=60, size="60M")
    tap.write(os.path.join(folder, "messages"), watching.flush_lines(truth), "ab")
    w = watching.Watch(folder, options=["--from", "beginning"])
    w.until_attempts(1)
    took = w.end()
    w.read()
    had = len(w.of("attempt"))
    print(f"# ended after {took:.2f} s with {had} of {truth['attempts']} attempts")
    assert had < truth["attempts"] and took < 2 * watching.SLOW
    w.start()
    w.until_attempts(truth["attempts"], 120)
    w.end()
    w.read()
    watching.compare(w.events, truth)


FAILING = ["[INFO] Initiating IPv4 connection to 10.1.1.9:8305/tcp", "[INFO] Wait to connect to 8305 (IPv4): 10.1.1.9",
           "[INFO] Connected to 10.1.1.9 from resolved_ip_list (port 8305) (IPv4)",
           "[ERROR] -Error with certificate at depth: 1", "[ERROR] err 10:certificate has expired",
           "[ERROR] SSL_renegotiate error: 1: error:00000001:lib(0):func(0):reason(1)",
           "[ERROR] Connect:SSL handshake failed", "[WARN] SSL Verification status: certificate has expired"]


def failing(stamp):
    return [f"Sep 20 {stamp} ftd-1 SF-IMS[50792]: [7] sftunneld:sf_ssl {text}\n".encode() for text in FAILING]


@tap.each(["kill", "end"])
def told_early(folder, value):
    """an attempt told while its log stood still in the middle of it, then a restart: what still comes of it is told no more"""
    path = os.path.join(folder, "messages")
    tap.write(path, b"")
    w = watching.Watch(folder, options=["--from", "beginning"])
    tap.write(path, b"".join(failing("04:10:47")[:6]), "ab")
    w.until_attempts(1)
    getattr(w, value)()
    w.start()
    tap.write(path, b"".join(failing("04:10:47")[6:]), "ab")
    w.kill()
    w.start()
    tap.write(path, b"".join(failing("04:15:47")), "ab")
    w.until(lambda: [e for e in w.of("attempt") if e["first"].endswith("15:47Z")], "the next attempt")
    w.end()
    w.read()
    watching.no_id_twice(w.events)
    tap.equal([(e["address"], e["outcome"]) for e in w.of("attempt")], [("10.1.1.9", "verify_failed/10")] * 2)


def rotate(path, keep=60):
    for i in range(keep, 0, -1):
        if os.path.exists(f"{path}.{i}"):
            os.rename(f"{path}.{i}", f"{path}.{i + 1}")
    os.rename(path, path + ".1")
    with open(path, "ab"):
        pass


if __name__ == "__main__":
    tap.main()
