#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""watch behind the real rsyslogd and the real logrotate, under load: what the one writes and the other rotates is told once."""

import os
import select
import shutil
import signal
import socket
import subprocess
import threading
import time

import tap
import watching
import watchload

ROTATIONS = int(os.environ.get("ROTATIONS", 5))
LINGER = 400  # lines that come before rsyslogd learns of the rotation
SBIN = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
# Stamps are the senders' (else all lines of a log would be of this moment), and so is the form of a line.
CONFIG = """module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{place}/log" CreatePath="off" RateLimit.Interval="0" UseSysTimeStamp="off" IgnoreTimestamp="off")
global(workDirectory="{place}" localHostname="{host}" maxMessageSize="64k")
action(type="omfile" file="{place}/messages" template="RSYSLOG_TraditionalFileFormat")
"""
ROTATE = """{place}/messages {{
    rotate 5
    missingok
    nodateext
    {how}
}}
"""
HUP = """postrotate
        kill -HUP {pid}
    endscript"""


class Rsyslogd:
    """The daemon with a socket of its own, and one who sends it a log as syslog(3) does: without the host's name."""

    def __init__(self, folder, data, host):
        self.folder, self.lines, self.host = folder, data.splitlines(keepends=True), host
        self.sent = 0
        program = shutil.which("rsyslogd", path=SBIN)
        if not program or not shutil.which("logrotate", path=SBIN):
            raise tap.Skip("rsyslogd or logrotate is not installed")
        conf = tap.write(os.path.join(folder, "rsyslog.conf"), CONFIG.format(place=folder, host=host))
        with open(os.path.join(folder, "rsyslogd.err"), "wb") as err:
            self.child = subprocess.Popen([program, "-n", "-f", conf, "-i", os.path.join(folder, "pid")],
                                          stdin=subprocess.DEVNULL, stdout=err, stderr=err)
        self.out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        end = time.monotonic() + 20
        while not self.connected():
            if self.child.poll() is not None or time.monotonic() > end:
                self.close()
                with open(os.path.join(folder, "rsyslogd.err"), encoding="utf-8", errors="replace") as f:
                    raise tap.Skip(f"rsyslogd does not run here: {f.read(300)!r}")
            select.select([], [], [], 0.01)
        self.thread = threading.Thread(target=self.send_all, daemon=True)
        self.paused, self.at_rest = threading.Event(), threading.Event()

    def connected(self):
        try:
            self.out.connect(os.path.join(self.folder, "log"))
        except OSError:
            return False
        return True

    def send(self, line):
        stamp, rest = line[:16], line[16:].rstrip(b"\n")
        assert rest.startswith(self.host.encode() + b" "), line
        self.out.send(b"<13>" + stamp + rest[len(self.host) + 1:])

    def say(self, line):
        """One more line, and until rsyslogd has written it."""
        self.send(line)
        end, at = time.monotonic() + 20, b""
        while not at.endswith(line):
            assert time.monotonic() < end, at[-300:]
            select.select([], [], [], 0.01)
            with open(os.path.join(self.folder, "messages"), "rb") as f:
                at = f.read()

    def send_all(self):
        """About RATE lines in a second."""
        begun, due = time.monotonic(), 0
        while self.sent < len(self.lines):
            if self.paused.is_set():
                self.at_rest.set()
                begun, due = time.monotonic(), 0
            else:
                self.at_rest.clear()
                now = int((time.monotonic() - begun) * watchload.RATE)
                for line in self.lines[self.sent:self.sent + now - due]:
                    self.send(line)
                    self.sent += 1
                due = now
            select.select([], [], [], 1 / 200)  # the beat of the load, nothing is waited for
        self.at_rest.set()

    def pause(self, w, before):
        """Nothing is sent, and all that was sent stands in the log, of which `before` bytes are elsewhere by now."""
        self.paused.set()
        w.until(self.at_rest.is_set, "the sender")
        bytes_sent = sum(map(len, self.lines[:self.sent]))
        w.until(lambda: before + os.path.getsize(os.path.join(self.folder, "messages")) == bytes_sent, "rsyslogd")
        return bytes_sent

    def resume(self):
        self.at_rest.clear()
        self.paused.clear()

    def close(self):
        self.child.kill()
        self.child.wait()
        self.out.close()


def logrotate(folder, d, how):
    conf = tap.write(os.path.join(folder, "logrotate.conf"), ROTATE.format(place=folder, how=how.replace("HUP", HUP.format(pid=d.child.pid))))
    os.chmod(conf, 0o644)
    ran = subprocess.run([shutil.which("logrotate", path=SBIN), "-f", "-s", os.path.join(folder, "rotated"), conf], check=False,
                         timeout=60, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert ran.returncode == 0, ran.stdout


def rotations(folder, d, w, how):
    elsewhere = 0
    for i in range(ROTATIONS):
        due = (i + 1) * len(d.lines) // (ROTATIONS + 1)
        w.until(lambda: d.sent >= due, f"{due} lines, {d.sent} so far")
        if "copytruncate" in how:
            elsewhere = d.pause(w, elsewhere)
        logrotate(folder, d, how)
        d.resume()
        if "copytruncate" not in how and "HUP" not in how:
            at = min(d.sent + LINGER, len(d.lines))
            w.until(lambda: d.sent >= at, "what is written to the old file")
            d.child.send_signal(signal.SIGHUP)


@tap.each([
    ("compress", "compress\n create\n HUP"),
    ("compress, delaycompress", "compress\n delaycompress\n create\n HUP"),
    ("nocompress, nocreate: no file until rsyslogd makes one", "nocompress\n nocreate\n HUP"),
    ("nocompress, rsyslogd lingers on the old file", "nocompress\n create"),
    ("compress, rsyslogd lingers on the old file, which is gone", "compress\n create"),
    ("copytruncate, compress", "copytruncate\n compress"),
    ("copytruncate, nocompress", "copytruncate\n nocompress"),
])
def rotated(folder, value):
    """rsyslogd writes and logrotate rotates: nothing lost, nothing doubled"""
    _, how = value
    data, truth = watchload.known(folder, size=f"{ROTATIONS * 100}K", side="ftd", hosts=1)
    tap.write(os.path.join(folder, "messages"), b"")
    d = Rsyslogd(folder, data, truth["peers"][0]["host"])
    try:
        w = watching.Watch(folder, options=["--from", "all"])
        d.thread.start()
        rotations(folder, d, w, how)
        w.until(lambda: d.sent == len(d.lines), "the sender")
        d.thread.join()
        w.until_attempts(truth["attempts"] // 2)
        w.end()  # what comes now was written while it was away: then the stamps say how late it is
        d.say(watching.flush_lines(truth))
        w.start()
        w.until_attempts(truth["attempts"])
        w.end()
        w.read()
    finally:
        d.close()
    watching.compare(w.events, truth)
    lost = [e for e in w.of("source") if e["what"] in ("gap", "truncated") and ("copytruncate" not in how or e["what"] == "gap")]
    assert not lost, lost
    print(f"# {ROTATIONS} rotations, {len(d.lines)} lines, {truth['attempts']} attempts: 0 lost, 0 doubled")


if __name__ == "__main__":
    tap.main()
