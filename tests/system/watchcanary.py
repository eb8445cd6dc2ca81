#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The canary of watch: written to a syslog daemon that is really there, or holds it back, or is none, and back or not."""

import atexit
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import threading

import tap
import watching

LINE = re.compile(rb"^<30>[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d sftunnel-agent\[(\d+)\]: canary ([0-9a-f]{32})$")
FAST = ("--canary-interval", "2", "--canary-within", "1")


class Receiver:
    """A syslog daemon on a datagram (or stream) socket: what comes is kept, and written to a log unless it swallows it."""

    def __init__(self, path, log, kind=socket.SOCK_DGRAM, swallow=False):
        self.path, self.log, self.swallow, self.got = path, log, swallow, []
        self.socket = socket.socket(socket.AF_UNIX, kind)
        self.socket.bind(path)
        if kind == socket.SOCK_STREAM:
            self.socket.listen()
        self.thread = threading.Thread(target=self.run, args=(kind,), daemon=True)
        self.thread.start()

    def run(self, kind):
        while True:
            if kind == socket.SOCK_STREAM:
                with self.socket.accept()[0] as peer:
                    data = b"".join(iter(lambda: peer.recv(65536), b""))
                assert data.endswith(b"\0"), data
                data = data[:-1]
            else:
                data = self.socket.recv(65536)
            if data == b"end":
                return
            if not self.swallow:
                self.write(data)
            self.got.append(data)  # last, so that who waits for it finds it in the log, too

    def write(self, data):
        with open(self.log, "ab") as f:
            f.write(data.split(b">", 1)[1].replace(b" sftunnel-agent", b" h sftunnel-agent") + b"\n")

    def end(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(b"end", self.path)
        self.thread.join(60)
        self.socket.close()
        os.unlink(self.path)


def log_of(folder, data=b""):
    return tap.write(os.path.join(folder, "messages"), data)


def watch(folder, *options, start=True):
    return watching.Watch(folder, options=[*FAST, "--canary-socket", os.path.join(folder, "log.sock"), *options], start=start)


def status(w):
    ran = tap.agent("status", "--state", w.state, "--json").json
    return ran["canary"], ran


def told(w):
    return [e["what"] for e in w.of("source") if e["what"].startswith("canary")]


def round_trips(w, n, receiver):
    """n more that came back, by what is kept."""
    begun = len(receiver.got)
    w.until(lambda: len(receiver.got) >= begun + n and (c := status(w)[0]) and c["state"] == "back", f"{n} canaries")


@tap.test
def comes_back(folder):
    """one comes back again and again: no event; status, the metrics and the words of the line"""
    log = log_of(folder)
    receiver = Receiver(os.path.join(folder, "log.sock"), log)
    prom = os.path.join(folder, "prom")
    w = watch(folder, "--metrics-file", prom)
    round_trips(w, 2, receiver)
    canary, whole = status(w)
    assert canary["round_trip_ms"] < 1000 and canary["sent_at"] <= canary["back_at"] and canary["severity"] == "ok", canary
    tap.equal((canary["through"], whole["severity"]), (log, "ok"))
    text = " ".join(tap.agent("status", "--state", w.state, status=0).out.decode().split())
    assert "canary: Sent last at" in text and f"through {log}" in text, text
    lines = list(receiver.got)
    ids = set()
    for line in lines:
        found = LINE.match(line)
        assert found and int(found[1]) == w.child.pid, line
        ids.add(found[2])
    tap.equal(len(ids), len(lines), "an id came twice")
    w.end()
    with open(prom, encoding="utf-8") as f:
        text = f.read()
    assert "\nsftunnel_watch_canary_back 1\n" in text and "\nsftunnel_watch_canary_round_trip_seconds 0." in text, text
    tap.equal((told(w), w.of("attempt")), ([], []))
    receiver.end()


@tap.test
def lost_and_back(folder):
    """one that is swallowed is told once, with what to do; a forged, an old and a late one are none; then it is back"""
    log = log_of(folder)
    receiver = Receiver(os.path.join(folder, "log.sock"), log, swallow=True)
    w = watch(folder)
    w.until(lambda: len(receiver.got) >= 3, "three canaries")
    w.until(lambda: told(w) == ["canary lost"], "the alarm")
    event = w.of("source")[-1]
    tap.equal((event["severity"], event["path"]), ("critical", os.path.join(folder, "log.sock")))
    assert "daemon.info" in event["text"] and "log that is followed" in event["text"], event
    canary, whole = status(w)
    tap.equal((canary["state"], canary["back_at"], canary["round_trip_ms"], whole["severity"]), ("lost", None, None, "critical"))
    assert b"canary lost" in tap.agent("status", "--state", w.state, "-o", "nagios", status=2).out
    assert b"CRIT  canary: " in tap.agent("status", "--state", w.state, status=2).out
    for line in receiver.got[:-1]:  # those are over
        receiver.write(line)
    receiver.write(b"<30>Nov 20 10:00:00 sftunnel-agent[1]: canary " + b"0" * 32)
    n = len(receiver.got)
    w.until(lambda: len(receiver.got) > n, "one more, which is lost, too")
    w.read()
    tap.equal(told(w), ["canary lost"])
    receiver.swallow = False
    w.until(lambda: told(w) == ["canary lost", "canary back"], "its coming back")
    tap.equal((w.of("source")[-1]["severity"], status(w)[0]["state"]), ("ok", "back"))
    w.end()
    watching.no_id_twice(w.events)
    receiver.end()


@tap.test
def over_kills(folder):
    """kill -9 while one is awaited is no alarm; what was told before is not told again, nor forgotten"""
    log = log_of(folder)
    receiver = Receiver(os.path.join(folder, "log.sock"), log)
    w = watch(folder)
    round_trips(w, 1, receiver)
    receiver.swallow = True
    for _ in range(3):
        n = len(receiver.got)
        w.until(lambda n=n: len(receiver.got) > n, "one that is awaited")
        w.kill()
        w.start()
    old = receiver.got[-1]
    w.until(lambda: told(w) == ["canary lost"], "the alarm of the last process alone")
    w.kill()
    w.start()
    receiver.write(old)  # a former one's
    n = len(receiver.got)
    w.until(lambda: len(receiver.got) >= n + 2, "two of the new process")
    tap.equal((told(w), status(w)[0]["state"]), (["canary lost"], "lost"))
    receiver.swallow = False
    w.until(lambda: told(w) == ["canary lost", "canary back"], "its coming back")
    w.end()
    w.options = [o for o in w.options if o not in FAST]  # and without it nothing is said of it any more
    w.start()
    w.until(lambda: status(w)[0] is None, "no canary")
    w.end()
    watching.no_id_twice(w.events)
    receiver.end()


@tap.test
def unsent(folder):
    """no socket, one that nobody listens to, one that takes nothing more: told as such, with what to do; then written"""
    log = log_of(folder)
    path = os.path.join(folder, "log.sock")
    w = watch(folder)
    w.until(lambda: told(w) == ["canary unsent"], "the alarm")
    event = w.of("source")[-1]
    tap.equal((event["severity"], event["path"]), ("critical", path))
    assert "No such file" in event["text"] and "canary_socket" in event["text"], event
    tap.equal((status(w)[0]["state"], status(w)[1]["severity"]), ("unsent", "critical"))
    receiver = Receiver(path, log)
    w.until(lambda: told(w) == ["canary unsent", "canary back"], "its coming back")
    receiver.end()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(path)
    w.until(lambda: len(told(w)) == 3, "the next alarm")
    assert "Connection refused" in w.of("source")[-1]["text"], w.events[-1]
    os.unlink(path)
    receiver = Receiver(path, log)
    w.until(lambda: len(told(w)) == 4, "its coming back")
    receiver.end()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as full, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        full.bind(path)
        other.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                other.sendto(b"x", path)
        w.until(lambda: len(told(w)) == 5, "the last alarm")
        assert "takes nothing more" in w.of("source")[-1]["text"], w.events[-1]
        n = len(w.errors())
        w.end()
        w.start()  # the state goes on: nothing new to tell
        w.until(lambda: status(w)[1]["daemon"]["pid"] == w.child.pid, "the new process")
        w.end()
    tap.equal((told(w), w.errors(n).count(b"canary")), (["canary unsent", "canary back"] * 2 + ["canary unsent"], 0))
    watching.no_id_twice(w.events)


@tap.test
def stream(folder):
    """a daemon that takes a stream"""
    log = log_of(folder)
    receiver = Receiver(os.path.join(folder, "log.sock"), log, kind=socket.SOCK_STREAM)
    w = watch(folder)
    round_trips(w, 1, receiver)
    assert LINE.match(receiver.got[0]), receiver.got
    w.end()
    tap.equal(told(w), [])


@tap.test
def only_canaries(folder):
    """no canary is a line of sftunneld, and none hides one, glued to it or not"""
    log = log_of(folder)
    receiver = Receiver(os.path.join(folder, "log.sock"), log)
    w = watch(folder)
    round_trips(w, 1, receiver)
    fake = "Sep 20 04:10:46 h sftunnel-agent[1]: canary " + "5" * 32
    ours = "Sep 20 04:10:47 h SF-IMS[5]: [7] sftunneld:sf_ssl [INFO] Initiating IPv4 connection to 10.2.0.1:8305/tcp"
    wrong = "Sep 20 04:10:47 h SF-IMS[5]: [7] sftunneld:sf_ssl [ERROR] err 10:certificate has expired"
    over = "Sep 20 04:10:52 h SF-IMS[5]: [7] sftunneld:sf_ssl [INFO] Initiating IPv4 connection to 10.9.9.9:8305/tcp"
    with open(log, "ab") as f:
        f.write(f"{fake}\n{fake}{ours}\n{wrong}\n{fake} {fake}\n{over}\n".encode())
    w.until_attempts(1)
    round_trips(w, 1, receiver)
    tap.equal([(e["address"], e["outcome"]) for e in w.of("attempt")], [("10.2.0.1", "verify_failed/10")])
    tap.equal(told(w), [])
    w.end()
    receiver.end()


@tap.test
def rsyslog(folder):
    """through a real rsyslogd, and an alarm when it has died"""
    if not (program := shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")):
        raise tap.Skip("rsyslogd is not here")
    path, log = os.path.join(folder, "log.sock"), log_of(folder)
    conf = tap.write(os.path.join(folder, "rsyslog.conf"), f"""
        global(workDirectory="{folder}")
        module(load="imuxsock" sysSock.use="off")
        input(type="imuxsock" socket="{path}" createPath="off")
        template(name="log" type="string" string="%timegenerated% %hostname% %syslogtag%%msg%\\n")
        *.info action(type="omfile" file="{log}" template="log")
        """.encode())
    with open(os.path.join(folder, "rsyslog.err"), "wb") as err:
        child = subprocess.Popen([program, "-n", "-f", conf, "-i", os.path.join(folder, "rsyslog.pid")], stdin=subprocess.DEVNULL,
                                 stdout=err, stderr=err)
    atexit.register(child.kill)
    w = watch(folder, start=False)
    w.start()
    w.until(lambda: child.poll() is not None or (status(w)[0] or {}).get("state") == "back", "the first canary")
    if child.poll() is not None:
        with open(os.path.join(folder, "rsyslog.err"), encoding="utf-8", errors="replace") as f:
            raise tap.Skip("rsyslogd does not run here: " + f.read()[-300:])
    with open(log, "rb") as f:
        assert re.search(rb" sftunnel-agent\[\d+\]: canary [0-9a-f]{32}\n", f.read())
    before = told(w)  # it may have been slow to begin
    child.kill()
    child.wait()
    w.until(lambda: told(w)[len(before):] in (["canary unsent"], ["canary lost"], ["canary lost", "canary unsent"]), "the alarm")
    w.end()
    assert json.dumps(w.events[-1]).isascii()


if __name__ == "__main__":
    tap.main()
