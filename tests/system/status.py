#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""status: what is kept by watch, while it runs and when it does not."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess

import tap
import watching

EXPIRED = [
    "-Error with certificate at depth: 1",
    "issuer = /title=InternalCA/OU=Intrusion Management System/CN=06f5f3ca-c77b-11e2-81bf-884d9d11f3ef/O=Sourcefire, Inc.",
    "subject = /title=InternalCA/OU=Intrusion Management System/CN=06f5f3ca-c77b-11e2-81bf-884d9d11f3ef/O=Sourcefire, Inc.",
    "err 10:certificate has expired",
    "SSL_renegotiate error: 1: error:00000001:lib(0):func(0):reason(1)",
    "Connect:SSL handshake failed",
]


def line(second, text, where="sf_ssl [ERROR]", tid=7001):
    return f"Nov 20 10:{second // 60:02}:{second % 60:02} FTD-1 SF-IMS[50792]: [{tid}] sftunneld:{where} {text}\n"


def failed(second, address="10.2.0.1", tid=7001):
    begin = line(second, f"Initiating IPv4 connection to {address}:8305/tcp", "sf_ssl [INFO]", tid)
    return (begin + "".join(line(second, t, tid=tid) for t in EXPIRED)
            + line(second + 5, "Initiating IPv4 connection to 10.9.9.9:8305/tcp", "sf_ssl [INFO]", tid)).encode()


def append(path, data):
    with open(path, "ab") as f:
        f.write(data)


def valid(document):
    """Against the shipped schema, where it can be held against it."""
    try:
        import jsonschema  # noqa: PLC0415
    except ImportError:
        return
    with open(os.path.join(tap.SRCDIR, "contrib/schema/state-1.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(document)
    for key in ("severity", "daemon", "sources"):
        wrong = {k: v for k, v in document.items() if k != key}
        assert not validator.is_valid(wrong), f"the schema does not miss {key}"
    assert not validator.is_valid({**document, "schema": "sftunnel-agent.state/2"})


def status(w, want=None, *options):
    """As JSON."""
    ran = tap.agent("status", "--state", w.state, "--json", *options)
    if want is not None:
        tap.equal(ran.status, want, str(ran))
    valid(ran.json)
    return ran.json


def nagios(w, want):
    ran = tap.agent("status", "--state", w.state, "-o", "nagios", status=want)
    word = ["OK", "WARNING", "CRITICAL", "UNKNOWN"][want]
    first = ran.out.decode().splitlines()[0]
    assert first.startswith(f"SFTUNNEL {word} - ") and " | 'incidents'=" in first and not ran.err, ran
    return first


def of(document, path):
    return next(s for s in document["sources"] if s["path"] == path)


@tap.test
def nothing_there(folder):
    """no state, an empty folder, a file, somebody else's folder: exit 3, with what to do"""
    for name in ("none", "empty", "file"):
        path = os.path.join(folder, name)
        if name == "empty":
            os.mkdir(path)
        if name == "file":
            tap.write(path, b"")
        ran = tap.agent("status", "--state", path, status=3)
        assert not ran.out and path.encode() in ran.err, ran
        assert b"--state" in ran.err if name != "file" else b"is no folder" in ran.err, ran
        ran = tap.agent("status", "--state", path, "-o", "nagios", status=3)
        assert ran.out.startswith(b"SFTUNNEL UNKNOWN - ") and path.encode() in ran.out, ran
        assert os.listdir(folder).count(name) == (name != "none") and (name != "empty" or not os.listdir(path)), "something was made"
    os.mkdir(os.path.join(folder, "open"))
    os.chmod(os.path.join(folder, "open"), 0o777)
    ran = tap.agent("status", "--state", os.path.join(folder, "open"), status=3)
    assert b"chmod go-w" in ran.err, ran


@tap.test
def not_ours(folder):
    """a state that is no database is damaged, and left alone"""
    tap.write(os.path.join(folder, "state.db"), b"not a database, but long enough to be looked at " * 100)
    os.chmod(folder, 0o700)
    ran = tap.agent("status", "--state", folder, status=3)
    assert b"sets it aside" in ran.err and not ran.out, ran
    tap.equal(os.listdir(folder), ["state.db"])


@tap.test
def unprivileged(folder):
    """another user is told that it needs the user of watch"""
    tap.need("setpriv")
    if os.geteuid() != 0:
        raise tap.Skip("needs root")
    w = watching.Watch(folder)
    w.end()
    os.chmod(folder, 0o755)
    ran = subprocess.run(["setpriv", "--reuid", "65534", "--clear-groups", tap.AGENT, "status", "--state", w.state], capture_output=True,
                         check=False, timeout=60)
    if ran.returncode == 127 or b"failed to execute" in ran.stderr:
        raise tap.Skip("another user can't run the program where it was built")
    tap.equal(ran.returncode, 3)
    assert b"Permission denied" in ran.stderr and b"the user of watch" in ran.stderr, ran


@tap.test
def words(folder):
    """wrong words on the command line"""
    for argv, text in ((["operand"], b"takes no operand"), (["-o", "prom"], b"known are text, json, nagios"), (["-o", "jsn"], b"json"),
                       (["-c", os.path.join(folder, "none.yaml")], b"none.yaml")):
        ran = tap.agent("status", *argv, status=3)
        assert text in ran.err and not ran.out, ran


@tap.test
def running_and_not(folder):
    """running, ended, started again, killed: each is told, with the process and since when"""
    log = os.path.join(folder, "messages")
    tap.write(log, b"")
    w = watching.Watch(folder)
    w.until(lambda: status(w)["daemon"]["confined"] and status(w)["severity"] == "ok", "a state")
    s = status(w, 0)
    tap.equal((s["daemon"]["running"], s["daemon"]["pid"]), (True, w.child.pid))
    assert s["daemon"]["version"] and s["daemon"]["started"] <= s["now"] and "system calls" in s["daemon"]["confined"], s
    assert "0 open incidents" in nagios(w, 0)
    text = tap.agent("status", "--state", w.state, status=0).out.decode()
    assert f"process {w.child.pid}" in text and log in text and "\x1b" not in text, text
    w.end()
    s = status(w, 3)
    tap.equal((s["daemon"]["running"], s["daemon"]["pid"], s["severity"]), (False, None, "unknown"))
    assert "watch does not run" in nagios(w, 3)
    assert "watch does not run" in tap.agent("status", "--state", w.state, status=3).out.decode()
    w.start()
    tap.equal(status(w)["daemon"]["pid"], w.child.pid)
    w.kill()
    tap.equal(status(w, 3)["daemon"]["running"], False)
    assert os.path.exists(os.path.join(w.state, "state.lock"))


@tap.test
def while_stopped(folder):
    """a daemon that holds still is no hindrance"""
    tap.write(os.path.join(folder, "messages"), b"")
    w = watching.Watch(folder)
    w.until(lambda: status(w)["sources"], "a state")
    os.kill(w.child.pid, signal.SIGSTOP)
    tap.equal(status(w)["daemon"]["pid"], w.child.pid)
    os.kill(w.child.pid, signal.SIGCONT)
    w.end()


@tap.test
def incidents(folder):
    """an incident opens, is critical while it is open, and leaves a warning when it is closed for quiet"""
    log = os.path.join(folder, "messages")
    tap.write(log, b"")
    w = watching.Watch(folder, options=["--from", "beginning", "--quiet-after", "86400"])
    append(log, failed(0) + failed(60, "10.2.0.2", 7002))
    w.until(lambda: len(status(w)["incidents"]) == 2, "two incidents")
    s = status(w, 2)
    tap.equal({i["address"] for i in s["incidents"]}, {"10.2.0.1", "10.2.0.2"})
    tap.equal({i["id"] for i in s["incidents"]}, {e["id"] for e in w.of("incident")})
    peer = next(p for p in s["peers"] if p["address"] == "10.2.0.1")
    tap.equal((peer["observer"], peer["verdict"]["id"], peer["verdict"]["severity"], peer["outcome"], peer["attempts"], peer["failures"]),
              ("FTD-1", "SFT-1001", "critical", "verify_failed/10", 1, 1))
    assert peer["failing_since"] and peer["last"] >= peer["failing_since"] and peer["next"], peer
    assert "2 open incidents" in (first := nagios(w, 2)) and "ca_expired" in first, first
    text = tap.agent("status", "--state", w.state, status=2).out.decode()
    assert "CRIT ca_expired" in text and "next" in text and s["incidents"][0]["id"] in text, text
    colour = tap.agent("status", "--state", w.state, "--color", "always", status=2).out
    assert b"\x1b[1;31mCRIT" in colour, colour
    w.until(lambda: all(o["waiting"] == 0 for o in status(w)["outlets"]), "nothing to wait")
    w.read()
    tap.equal(status(w)["events"], len(w.events))
    w.end()
    first = nagios(w, 3)
    assert "does not run" in first and "ca_expired" in first, first
    tap.equal(len(status(w, 3)["incidents"]), 2)
    w.options[-1] = "1"  # in the log's past: it closes at once
    w.start()
    w.until(lambda: status(w)["incidents"] == [], "the incidents' end")
    tap.equal(len(status(w, 1)["peers"]), 2)
    nagios(w, 1)
    w.end()


@tap.test
def sources(folder):
    """a log that never was there, one that goes, one that loses something"""
    log, never = os.path.join(folder, "messages"), os.path.join(folder, "never")
    tap.write(log, b"Nov 20 10:00:00 h x[1]: begins\n" * 40)
    w = watching.Watch(folder, log, never, options=["--from", "beginning"])
    w.until(lambda: any(s["lines"] == 40 and s["state"] == "live" for s in status(w)["sources"]), "the log")
    s = status(w, 0)
    tap.equal((of(s, never)["state"], of(s, never)["severity"], of(s, never)["read_at"]), ("missing", "ok", None))
    tap.equal((of(s, log)["bytes"], of(s, log)["lag_bytes"], of(s, log)["gaps"]), (40 * 31, 0, 0))
    assert of(s, log)["read_at"]
    os.unlink(log)
    w.until(lambda: of(status(w), log)["state"] == "missing", "the log to be missed")
    assert ": missing" in nagios(w, 2)
    w.end()
    w.start()
    w.until(lambda: of(status(w), log)["state"] == "missing" and status(w)["daemon"]["pid"] == w.child.pid, "the log to be missed again")
    tap.equal((status(w, 2)["severity"], of(status(w), log)["lines"]), ("critical", 40))
    tap.write(log, b"Nov 20 10:00:01 h x[1]: goes on\n" * 40)
    w.until(lambda: of(status(w), log)["lines"] == 80, "the new log")
    status(w, 0)
    with open(log, "r+b") as f:  # nobody has a copy of what was there
        f.truncate(0)
    w.until(lambda: of(status(w), log)["gaps"] == 1, "a gap")
    s = status(w, 2)
    assert of(s, log)["gap_at"] and of(s, log)["severity"] == "critical", s
    assert "lost in the last day" in nagios(w, 2)
    w.kill()
    w.start()
    tap.equal(of(status(w), log)["gaps"], 1, "kept over a kill")
    w.end()


@tap.test
def hostile(folder):
    """what a state holds reaches no terminal, no JSON and no monitoring as it is; tables are cut, and fit a terminal"""
    tap.write(os.path.join(folder, "messages"), b"")
    w = watching.Watch(folder)
    w.until(lambda: status(w)["sources"], "a state")
    w.end()
    bad = "a\x1b[31m\u202e|'\n\x07"
    with contextlib.closing(sqlite3.connect(os.path.join(w.state, "state.db"))) as db, db:
        for i in range(60):
            db.execute(f"INSERT INTO peers VALUES ({', '.join('?' * 18)})",
                       (bad, f"{bad}{i}", bad, bad, bad, bad, "critical", bad, bad, bad, bad, i, i, 1, 2, 3, 4, b""))
            db.execute(f"INSERT INTO incidents VALUES ({', '.join('?' * 15)})",
                       (f"{i:032x}", bad, f"{bad}{i}", bad, "SFT-1001", "critical", "", bad, 1, 1, 0, 1, 1, i, b""))
    text = tap.agent("status", "--state", w.state, status=3).out
    assert b"a\\x1b[31m\\xe2\\x80\\xae" in text and not any(c in text for c in (b"\x1b", b"\x07", "\u202e".encode())), text
    tap.equal(text.count(b"and 10 more (-v shows all of them)"), 2)
    assert b"more (-v" not in tap.agent("status", "--state", w.state, "-v", status=3).out
    narrow = tap.agent("status", "--state", w.state, env={"COLUMNS": "100"}, status=3).out.decode()
    wide = [x for x in narrow.splitlines() if len(x) > 100 and not x.startswith(("UNKNOWN  state", "ndjson="))]
    tap.equal(wide, [])
    out = tap.agent("status", "--state", w.state, "--json", status=3).out
    assert out.isascii() and b"\x1b" not in out, out
    tap.equal((len(json.loads(out)["peers"]), json.loads(out)["peers"][0]["observer"]), (60, bad))
    lines = tap.agent("status", "--state", w.state, "-o", "nagios", status=3).out.decode().splitlines()
    tap.equal((lines[0].count("|"), sum(x.count("|") for x in lines[1:])), (1, 0), lines[0])
    assert len(lines) == 52 and lines[-1] == "and 10 more" and not any("\x1b" in x for x in lines), lines


@tap.test
def places(folder):
    """the folder comes from the configuration; reports go to files; two for one place are refused"""
    tap.write(os.path.join(folder, "messages"), b"")
    w = watching.Watch(folder)
    w.until(lambda: status(w)["sources"], "a state")
    conf = os.path.join(folder, "watch.yaml")
    tap.write(conf, f"state: {w.state}\n".encode())
    tap.equal(tap.agent("status", "-c", conf, "--json").json["state"], w.state)
    out = os.path.join(folder, "report.json")
    ran = tap.agent("status", "-c", conf, "-o", "json=" + out, "-o", "nagios")
    with open(out, encoding="utf-8") as f:
        valid(json.load(f))
    assert ran.out.startswith(b"SFTUNNEL "), ran
    ran = tap.agent("status", "-c", conf, "--json", "-o", "text", status=3)
    assert b"two reports" in ran.err, ran
    w.end()


if __name__ == "__main__":
    tap.main()
