#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The wire as a further source of watch: real handshakes on the loopback interface, and what is told of them."""

import glob
import os
import re
import select
import signal
import socket
import subprocess
import time

import tap
import watching
import wire

PEER = "127.0.0.1"


def needs():
    """A skip with its reason where packets can't be captured here."""
    tap.need("openssl")
    wire.need_capgen()
    ran = tap.agent("capture", "-i", "lo", "--duration", "1", "--port", "1", "-o", "json")
    if ran.status != 3:
        raise tap.Skip("no live capture here: " + ran.err.decode(errors="replace").strip()[-200:])


def free_port():
    with socket.socket() as s:
        s.bind((PEER, 0))
        return s.getsockname()[1]


class Tunnel:
    """A manager with certificates of capgen's on the loopback interface, and who connects to it."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "pki")
        os.mkdir(self.folder)
        wire.capgen("pki", self.folder)
        self.port = free_port()

    def at(self, name):
        return os.path.join(self.folder, name)

    def handshake(self, old):
        """One attempt, with the expired set or the good one; true: it was established."""
        fmc, ftd, ca = ("old-fmc", "old-ftd", "old-ca") if old else ("fmc", "ftd", "ca")

        def own(name):
            return ["-cert", self.at(name + ".pem"), "-key", self.at(name + ".key"), "-cert_chain", self.at(ca + ".pem"), "-CAfile",
                    self.at(ca + ".pem")]

        server = subprocess.Popen(["openssl", "s_server", "-accept", f"{PEER}:{self.port}", "-naccept", "1", "-Verify", "2",
                                   "-verify_return_error", *own(fmc)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            while not server.stdout.readline().startswith(b"ACCEPT"):
                assert server.poll() is None, "the server has ended"
            done = subprocess.run(["openssl", "s_client", "-connect", f"{PEER}:{self.port}", "-tls1_2", "-verify_return_error", *own(ftd)],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        finally:
            server.terminate()
            server.communicate(timeout=30)
        return done.returncode == 0


def watch(folder, port, *options, start=True):
    tap.write(os.path.join(folder, "messages"), b"")
    return watching.Watch(folder, options=["--capture", "lo", "--capture-port", str(port), *options], start=start)


def status(w):
    return tap.agent("status", "--state", w.state, "--json").json["capture"]


def running(w, n=0):
    """The capture runs, in its n-th process from 0."""
    w.until(lambda: (c := status(w)) and c["state"] == "running" and c["restarts"] >= n, "the capture to run")
    return status(w)


def child(w):
    """The process that captures."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="ascii", errors="replace") as f:
                words = f.read().rsplit(")", 1)[1].split()
            with open(os.path.join(os.path.dirname(path), "cmdline"), "rb") as f:
                if int(words[1]) == w.child.pid and b"--follow" in f.read().split(b"\0"):
                    found.append(int(path.split("/")[2]))
        except OSError:
            pass
    return found[0] if found else None


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def until_gone(pid):
    end = time.monotonic() + 30 * watching.SLOW
    while not gone(pid):
        assert time.monotonic() < end, "the capturing process outlives its parent"
        select.select([], [], [], 0.01)


def sources(w):
    return [(e["what"], e["severity"]) for e in w.of("source") if e["path"] == "lo"]


@tap.test
def verdicts(folder):
    """an expired CA is told once, with what was seen; again is no news, nor after a kill; a good handshake is a new verdict"""
    needs()
    tunnel = Tunnel(folder)
    prom = os.path.join(folder, "prom")
    w = watch(folder, tunnel.port, "--metrics-file", prom)
    running(w)
    assert not tunnel.handshake(old=True)
    w.until(lambda: w.of("verdict"), "the verdict")
    one = w.of("verdict")[0]
    tap.equal((one["verdict"]["id"], one["verdict"]["severity"], one["address"], one["observer"]),
              ("SFT-1001", "critical", PEER, socket.gethostname()), one)
    assert "was" not in one and "expired" in one["summary"] and one["next"], one
    assert re.match(rf"{PEER}:\d+ -> {PEER}:{tunnel.port}, TLS 1\.2, alert of the client: certificate_expired, the handshake was not",
                    one["lines"][0]["text"]), one
    for n in (2, 3):
        tunnel.handshake(old=True)
        w.until(lambda n=n: status(w)["handshakes"] == n, "it to be seen")
    before = status(w)
    assert before["frames"] > 10 and before["lost"] == 0 and before["interface"] == "lo", before
    w.kill()
    w.start()
    running(w)
    tunnel.handshake(old=True)
    w.until(lambda: status(w)["handshakes"] >= 1, "it to be seen again")
    tap.equal(len(w.of("verdict")), 1)
    assert tunnel.handshake(old=False)
    w.until(lambda: len(w.of("verdict")) == 2, "the new verdict")
    two = w.of("verdict")[1]
    assert two["was"] == "SFT-1001" and two["verdict"]["severity"] != "critical", two
    tap.equal((w.of("attempt"), w.of("incident"), w.of("alarm"), sources(w)), ([], [], [], []))
    text = tap.agent("status", "--state", w.state).out.decode()
    assert "capture on lo: running since" in text, text
    pid = child(w)
    assert w.end() < 2 * watching.SLOW
    until_gone(pid)
    with open(prom, encoding="utf-8") as f:
        assert '\nsftunnel_watch_capture_running{interface="lo"} 1\n' in f.read()
    watching.no_id_twice(w.events)


@tap.test
def all_is_well(folder):
    """a handshake in which all is well is no news"""
    needs()
    tunnel = Tunnel(folder)
    w = watch(folder, tunnel.port)
    running(w)
    assert tunnel.handshake(old=False)
    w.until(lambda: status(w)["handshakes"] == 1, "it to be seen")
    w.end()
    w.read()
    tap.equal(w.events, [])


@tap.test
def proof(folder):
    """an incident of which the log knows only an alert becomes certain by what is seen, once; no attempt is counted twice"""
    needs()
    tunnel = Tunnel(folder)
    w = watch(folder, tunnel.port)
    running(w)
    head = "Sep 20 03:14:23 FMC-1 SF-IMS[15]: [41] sftunneld:sf_ssl"
    with open(os.path.join(folder, "messages"), "ab") as f:
        f.write((f"{head} [INFO] Initiating IPv4 connection to {PEER}:8305/tcp\n{head} [WARN] establishConnectionUtil: SSL handshake failed: "
                 "error:14094415:SSL routines:ssl3_read_bytes:sslv3 alert certificate expired\n"
                 f"{head} [INFO] Initiating IPv4 connection to 10.9.9.9:8305/tcp\n").encode())
    w.until(lambda: w.of("incident"), "the incident")
    tap.equal([(e["change"], e["verdict"]["id"], e["verdict"]["confidence"]) for e in w.of("incident")], [("opened", "SFT-1001", "medium")])
    for n in (1, 2):
        tunnel.handshake(old=True)
        w.until(lambda n=n: status(w)["handshakes"] == n, "it to be seen")
    opened, changed = w.of("incident")
    tap.equal((changed["id"], changed["change"], changed["verdict"]["confidence"], changed["attempts"]), (opened["id"], "changed", "high", 1))
    assert "alert of the client: certificate_expired" in changed["lines"][0]["text"], changed
    tap.equal(len(w.of("attempt")), 1)
    peers = tap.agent("status", "--state", w.state, "--json").json["peers"]
    tap.equal([p["verdict"]["confidence"] for p in peers if p["address"] == PEER], ["high"])
    w.end()
    watching.no_id_twice(w.events)


@tap.test
def dies(folder):
    """a child that is killed is said and started again; what it writes for people is not lost"""
    needs()
    tunnel = Tunnel(folder)
    w = watch(folder, tunnel.port)
    running(w)
    assert b"capture: lo: watching port" in w.errors()
    for n in range(1, 3):
        os.kill(child(w), signal.SIGKILL)
        w.until(lambda n=n: len(sources(w)) >= 2 * n, "its end, and that it runs again")
        tap.equal(running(w, n)["restarts"], n)
    tap.equal(sources(w), [("capture ended", "warning"), ("capture runs again", "ok")] * 2)
    assert "signal 9" in w.of("source")[0]["text"], w.events[0]
    tunnel.handshake(old=True)
    w.until(lambda: w.of("verdict"), "the verdict of the third one")
    w.end()
    watching.no_id_twice(w.events)


@tap.test
def can_not_run(folder):
    """an interface that is not there: told once with what the child says, and after a restart not again"""
    needs()
    w = watch(folder, 8305, "--capture", "nosuch0")
    w.until(lambda: [e for e in w.of("source") if e["path"] == "nosuch0"], "the event")
    event = w.of("source")[0]
    tap.equal((event["what"], event["severity"]), ("capture ended", "warning"))
    assert "status 66" in event["text"] and "nosuch0" in event["text"], event
    w.until(lambda: status(w)["restarts"] >= 2, "another try")
    ran = tap.agent("status", "--state", w.state, "-o", "nagios", status=1)
    assert b"the capture does not run" in ran.out, ran
    w.kill()
    w.start()
    w.until(lambda: status(w)["restarts"] >= 1, "another try")
    tap.equal(len(w.of("source")), 1)
    w.end()


@tap.test
def with_its_parent(folder):
    """kill -9 of watch ends the child, also when there is nothing to say; a reload starts it and stops it"""
    needs()
    tunnel = Tunnel(folder)
    conf = os.path.join(folder, "w.yaml")
    tap.write(conf, f"capture: lo\ncapture_port: {tunnel.port}\n".encode())
    os.chmod(conf, 0o600)
    tap.write(os.path.join(folder, "messages"), b"")
    w = watching.Watch(folder, options=["-c", conf])
    running(w)
    pid = child(w)
    w.kill()
    until_gone(pid)
    w.start()
    running(w)
    pid = child(w)
    tap.write(conf, b"capture: ''\n")
    w.child.send_signal(signal.SIGHUP)
    until_gone(pid)
    w.until(lambda: status(w) is None, "no capture")
    tap.write(conf, f"capture: lo\ncapture_port: {tunnel.port}\n".encode())
    w.child.send_signal(signal.SIGHUP)
    w.until(lambda: status(w), "a capture")
    running(w)
    tunnel.handshake(old=True)
    w.until(lambda: w.of("verdict"), "the verdict")
    w.end()
    tap.equal(sources(w), [])


@tap.test
def follow(folder):
    """capture --follow by itself: its words, its lines, and its end when nobody reads"""
    for more, text in ((["-r", "x.pcap"], b"--follow is for -i"), (["-i", "lo", "-o", "json"], b"no report at its end"),
                       (["-i", "lo", "-o", "ndjson=" + os.path.join(folder, "x")], b"no report at its end"),
                       (["-i", "lo", "--export-certs", folder], b"--export-certs")):
        ran = tap.agent("capture", "--follow", *more, status=64)
        assert text in ran.err, ran
    needs()
    one, argv = tap.start("capture", "--follow", "-i", "lo", "--port", free_port(), "-o", "ndjson", stderr=subprocess.DEVNULL)
    assert one.stdout.readline().startswith(b'{"type":"progress","path":"lo","frames":'), "no progress"
    one.stdout.close()
    tap.equal(one.wait(30 * watching.SLOW), 0, argv)


if __name__ == "__main__":
    tap.main()
