#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The metrics of watch: over HTTP on loopback and on a UNIX socket, and as a file, while a log is written."""

import os
import re
import shutil
import socket
import subprocess
import time

import roots
import tap
import watching

PREFIX = "sftunnel_watch_"


def ask(address):
    """One real request; "127.0.0.1:PORT" or a path."""
    if ":" in address:
        host, port = address.split(":")
        s = socket.create_connection((host, int(port)), timeout=20 * watching.SLOW)
    else:
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(20 * watching.SLOW)
        s.connect(address)
    with s:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: s.recv(65536), b""))
    head, body = answer.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200 ") and b"text/plain" in head, head
    return body.decode()


def series(text):
    """{"name{labels}": value}, of ours without the prefix."""
    got = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert name.startswith(PREFIX) and name not in got, line
            got[name[len(PREFIX):]] = float(value)
    return got


def promtool(text):
    if shutil.which("promtool"):
        ran = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True, timeout=60, check=False)
        tap.equal((ran.returncode, ran.stderr), (0, b""), text)


def port(w, begin=0):
    """Where it says that it serves."""
    found = re.findall(rb"metrics are served at (\S+)", w.errors(begin))
    return found[-1].decode() if found else None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def needs_http():
    if b"metrics over HTTP: yes" not in tap.agent("--version", "--verbose", status=0).out:
        raise tap.Skip("built without libmicrohttpd")


def total(got, name):
    return sum(v for k, v in got.items() if k.startswith(name + "{"))


def told(w):
    """Events by type and attempts by outcome, from what is in the outlet's file."""
    w.read()
    found = {("events", kind): 0 for kind in ("attempt", "incident", "verdict", "source", "alarm")}
    for e in w.events:
        found["events", e["type"]] += 1
        if e["type"] == "attempt":
            found["attempts", e["outcome"]] = found.get(("attempts", e["outcome"]), 0) + 1
    return found


def counted(got):
    """Likewise, from the metrics."""
    matches = (re.match(r'(events|attempts)_total\{\w+="([^"]+)"\}', k) for k in got)
    return {(m[1], m[2]): int(got[m[0]]) for m in matches if m}


def make(folder):
    seed = tap.rng.randrange(1, 1 << 30)
    print(f"# loggen --seed {seed}")
    whole = os.path.join(folder, "whole")
    truth = tap.loggen(whole, side="both", hosts=3, peers=8, tids=8, share=40, size="400K", seed=seed)
    with open(whole, "rb") as f:
        return f.read() + watching.flush_lines(truth), truth


@tap.test
def loopback_and_restarts(folder):
    """what is served agrees with what was told while a log is written; counters go on over an end and a kill"""
    needs_http()
    data, _ = make(folder)
    log = os.path.join(folder, "messages")
    tap.write(log, b"")
    w = watching.Watch(folder, options=["--from", "beginning", "--metrics", f"127.0.0.1:{free_port()}"])
    lines, last, commits = data.splitlines(keepends=True), {}, 0
    for i in range(4):
        with open(log, "ab") as f:
            f.write(b"".join(lines[i * len(lines) // 4:(i + 1) * len(lines) // 4]))
        upto = (i + 1) * len(lines) // 4
        name = f'source_lines_total{{source="{log}"}}'
        w.until(lambda name=name, upto=upto: series(ask(port(w))).get(name) == upto, f"{upto} lines")
        text = ask(port(w))
        got = series(text)
        fell = {k: (v, got.get(k)) for k, v in last.items() if re.match(r"(events|attempts|source_\w+)_total", k) and got.get(k, -1) < v}
        tap.equal(fell, {}, "counters that fell")
        gone = [k for k in last if re.match(r"peer_(severity|failing)|incidents_open|attempts_total", k) and k not in got]
        tap.equal(gone, [], "series that went")
        last = got
        commits += got["store_commit_seconds_count"]
        begin = len(w.errors())
        if i % 2:
            w.end()
        else:
            w.kill()
        w.start()
        w.until(lambda begin=begin: port(w, begin), "the new port")
        again = series(ask(port(w)))
        fell = {k: (v, again.get(k)) for k, v in got.items() if re.match(r"(events|attempts|source_\w+)_total", k) and again.get(k, -1) < v}
        tap.equal(fell, {}, "counters that fell at the restart")
    w.until(lambda: w.of("attempt") and counted(series(ask(port(w)))) == told(w), f"{told(w)}, not {counted(series(ask(port(w))))}")
    text = ask(port(w))
    promtool(text)
    got = series(text)
    tap.equal(got[f'source_bytes_total{{source="{log}"}}'], len(data))
    tap.equal((got[f'source_state{{source="{log}",state="live"}}'], got["store_failures_total"]), (1, 0))
    assert commits > 0 and any(k.startswith("confined{") for k in got), text
    state = tap.agent("status", "--state", w.state, "--json").json
    tap.equal(total(got, "incidents_open"), len(state["incidents"]))
    tap.equal(len([k for k in got if k.startswith("peer_severity{")]), len(state["peers"]))
    w.end()


@tap.test
def unix_socket(folder):
    """on a UNIX socket, which is gone afterwards; one that a kill left behind is taken over"""
    needs_http()
    tap.write(os.path.join(folder, "messages"), b"")
    path = os.path.join(folder, "metrics")
    w = watching.Watch(folder, options=["--metrics", "unix:" + path])
    promtool(ask(path))
    tap.equal(os.stat(path).st_mode & 0o777, 0o660)
    w.kill()
    assert os.path.exists(path)
    w.start()
    w.until(lambda: b"metrics are served" in w.errors(), "the socket")
    assert "source_state" in ask(path)
    w.end()
    assert not os.path.exists(path)


@tap.test
def textfile(folder):
    """the file is whole whenever it is read, is there at the end with all that was found, and has mode 0644"""
    data, truth = make(folder)
    log, path = os.path.join(folder, "messages"), os.path.join(folder, "sftunnel.prom")
    tap.write(log, data)
    tap.write(path + ".new", b"left by a kill")
    w = watching.Watch(folder, options=["--from", "beginning", "--metrics-file", path])
    w.until(lambda: os.path.exists(path), "the file")
    first = os.stat(path).st_ino
    with open(path, encoding="utf-8") as f:
        promtool(f.read())
    w.until_attempts(truth["attempts"])
    w.end()
    with open(path, encoding="utf-8") as f:
        text = f.read()
    promtool(text)
    got = series(text)
    tap.equal((total(got, "attempts_total"), os.stat(path).st_mode & 0o777), (truth["attempts"], 0o644))
    assert os.stat(path).st_ino != first and not os.path.exists(path + ".new"), os.listdir(folder)


@tap.test
def last_check(folder):
    """when the certificate files were looked at last and what that found, on over restarts; switched off: nothing"""
    roots.certificate(folder, "ca", roots.CA_NAME, roots.EXPIRED)
    roots.certificate(folder, "leaf", f"/title=sftunnel/CN={roots.FTD}", roots.EXPIRED, "ca")
    roots.fmc_root(folder, "ca", "leaf")
    path, root = os.path.join(folder, "sftunnel.prom"), os.path.join(folder, "fmc")
    tap.write(os.path.join(folder, "messages"), b"")

    def last():
        with open(path, encoding="utf-8") as f:
            text = f.read()
        promtool(text)
        return [series(text).get("last_check_" + what) for what in ("timestamp_seconds", "severity")]

    class Checking(watching.Watch):
        def argv(self):
            argv = super().argv()
            argv[argv.index("--check-interval") + 1] = "1h"
            return argv

    begun = int(time.time())
    w = Checking(folder, options=["--root", root, "--metrics-file", path])
    w.until(lambda: w.of("verdict"), "what the check finds")
    w.end()
    first = last()
    assert begun <= first[0] <= time.time() and first[1] == 3, (begun, first)
    w.start()
    w.kill()  # most likely before it has looked again
    os.rename(root, root + ".away")
    os.unlink(path)
    w.start()
    w.until(lambda: os.path.exists(path) and last()[1] == 1, "that there are no files any more")
    assert last()[0] >= first[0]
    w.end()
    w = watching.Watch(folder, options=["--metrics-file", path])
    w.end()
    tap.equal(last(), [None, None])


@tap.test
def failures(folder):
    """a port that is taken, a folder that is not there: said once, and everything is told all the same"""
    data, truth = make(folder)
    tap.write(os.path.join(folder, "messages"), data)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        w = watching.Watch(folder, options=["--from", "beginning", "--metrics", f"127.0.0.1:{taken.getsockname()[1]}",
                                            "--metrics-file", os.path.join(folder, "none", "x.prom")])
        w.until_attempts(truth["attempts"])
        w.until(lambda: b"the file can't be written" in w.errors(), "a word on the file")
        w.end()
    assert b"metrics are not served" in w.errors() and w.errors().count(b"the file can't be written") == 1, w.errors()
    w.read()
    watching.compare(w.events, truth)


if __name__ == "__main__":
    tap.main()
