# SPDX-License-Identifier: BSD-2-Clause
"""OpenSSH's client on a terminal, driven by prompts: how a person works with an appliance. For tests of the lab itself and for demos."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

CLISH, SHELL, ROOT = rb"\r\n(?:\x1bE\x1b\[J)?> $", rb"admin@[-.\w]+:[^ \r\n]*\$ $", rb"root@[-.\w]+:[^ \r\n]*# $"


class Gone(Exception):
    """The session has ended; its text is what was shown."""


class Ssh:
    """A login that is under way. known_hosts: a file, else any key is taken."""

    def __init__(self, appliance, *options, known_hosts=None, command=(), rows=50):
        trust = ["-o", f"UserKnownHostsFile={known_hosts}", "-o", "StrictHostKeyChecking=yes"] if known_hosts else \
            ["-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no"]
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 200, 0, 0))
        self.appliance, self.fd, self.seen, self.all = appliance, ours, b"", b""
        self.child = subprocess.Popen(["ssh", "-F", "none", *options, "-o", "LogLevel=ERROR", "-o", "NumberOfPasswordPrompts=1", *trust, "-p",
                                       str(appliance.port), f"{appliance.user}@{appliance.address}", *command],
                                      stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=self._own_terminal, env={**os.environ, "TERM": "vt100"})
        os.close(theirs)

    @staticmethod
    def _own_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def send(self, text):
        os.write(self.fd, text if isinstance(text, bytes) else text.encode())

    def until(self, *patterns, seconds=60):
        """What came, up to the first pattern that fits at the end; its number is in self.which."""
        end = time.monotonic() + seconds
        while True:
            for self.which, p in enumerate(patterns):
                if m := re.search(p, self.seen):
                    got, self.seen = self.seen[:m.end()], self.seen[m.end():]
                    return got
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"waited too long for {patterns}; got {self.seen[-2000:]!r}")
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                raise Gone(self.all.decode(errors="replace"))
            self.seen += data
            self.all += data

    def ask(self, command, *prompts, **kw):
        self.send(command + "\r")
        return self.until(*prompts, **kw)

    def login(self, *prompts, password=None):
        self.until(rb"assword: ?$")
        self.send((password or self.appliance.password) + "\n")
        return self.until(*(prompts or (CLISH,)))

    def root(self, su="sudo su", password=None):
        """From CLISH to root."""
        self.ask("expert", SHELL)
        return self.become(su, password)

    def become(self, su="sudo su", password=None):
        got = self.ask(su, rb"assword: ?$", rb"admin: $", ROOT, SHELL)
        if self.which < 2:
            got += self.ask(password or self.appliance.password, ROOT, rb"Sorry, try again", SHELL)
        return got

    def command(self, line):
        """Its output, at root's prompt."""
        got = self.ask(line, ROOT).decode(errors="replace").replace("\r\n", "\n")
        return got.partition("\n")[2].rpartition("\n")[0]

    def paste(self, path, text):
        """As a person pastes a file into an editor: line after line."""
        self.send(f"cat > {path} << 'EOT'\r")
        for line in text.splitlines():
            self.until(rb"> $")
            self.send(line + "\r")
        self.until(rb"> $")
        self.ask("EOT", ROOT)

    def ended(self, seconds=60):
        """Its exit status, once it has ended by itself."""
        try:
            while True:
                self.until(rb"(?!)", seconds=seconds)
        except Gone:
            return self.child.wait(seconds)

    def close(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGKILL)
        self.child.wait(20)
        os.close(self.fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
