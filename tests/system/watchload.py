# SPDX-License-Identifier: BSD-2-Clause
"""Load for one who watches: a known log, written at a rate, rotated as logrotate does it; and his two processes."""

import gzip
import os
import re
import select
import shutil
import time

import tap
import watching

RATE = 5000
KEEP = 5


def known(folder, **options):
    """A log and what is true of it."""
    seed = tap.rng.randrange(1, 1 << 30)
    args = {"side": "both", "hosts": 4, "peers": 12, "tids": 12, "interleave": 6, "share": 40, "size": "600K", "seed": seed, **options}
    print(f"# loggen --seed {seed} {options}")
    whole = os.path.join(folder, "whole")
    truth = tap.loggen(whole, **args)
    with open(whole, "rb") as f:
        data = f.read()
    os.unlink(whole)
    return data, truth


def probe(number):
    return {"host": "probe", "address": f"10.99.{number >> 8}.{number & 255}", "outcomes": {"established": 1}}


class Load:
    """Writes the lines of a log one after the other, about RATE in a second; rotates where they go to."""

    def __init__(self, path, data, rate=RATE):
        self.path, self.lines, self.at, self.rate = path, data.splitlines(keepends=True), 0, rate
        self.f = open(path, "ab", buffering=0)

    @property
    def left(self):
        return len(self.lines) - self.at

    def write(self, count, to=None):
        """So many lines at once, in pieces that do not end where lines end."""
        text = b"".join(self.lines[self.at:self.at + count])
        self.at = min(len(self.lines), self.at + count)
        while text:
            k = tap.rng.randrange(1, 3000)
            (to or self.f).write(text[:k])
            text = text[k:]

    def run(self, seconds, to=None):
        """Lines for so long, at the rate."""
        begun, done = time.monotonic(), 0
        while (passed := time.monotonic() - begun) < seconds and self.left:
            due = int(passed * self.rate) + 1
            self.write(due - done, to)
            done = due
            select.select([], [], [], 1 / 200)  # the beat of the load, nothing is waited for

    def shift(self, suffix=""):
        for i in range(KEEP, 0, -1):
            for name in (f"{self.path}.{i}", f"{self.path}.{i}.gz"):
                if not os.path.exists(name):
                    continue
                if i == KEEP:
                    os.unlink(name)
                else:
                    os.rename(name, f"{self.path}.{i + 1}" + name[len(f"{self.path}.{i}"):])

    def rename(self, linger=0):
        """As logrotate with create; the writer learns of it later."""
        self.shift()
        os.rename(self.path, self.path + ".1")
        new = open(self.path, "ab", buffering=0)
        self.run(linger)
        self.f.close()
        self.f = new

    def compress(self, number):
        """As logrotate: the packed file is as old as what is in it."""
        name = f"{self.path}.{number}"
        if not os.path.exists(name):
            return
        st = os.stat(name)
        with open(name, "rb") as f, gzip.open(name + ".gz", "wb") as out:
            shutil.copyfileobj(f, out)
        os.utime(name + ".gz", ns=(st.st_atime_ns, st.st_mtime_ns))
        os.unlink(name)

    def copytruncate(self, between=0):
        self.shift()
        shutil.copyfile(self.path, self.path + ".1")
        self.write(between)
        os.truncate(self.path, 0)

    def until_read(self, watch, truth):
        """Until all that was written is told: one more attempt, of a peer that only we know, is the last."""
        truth["peers"].append(probe(len(truth["peers"])))
        truth["attempts"] += 1
        p, stamp = truth["peers"][-1], self.lines[max(self.at - 1, 0)][:15].decode()
        self.f.write("".join(f"{stamp} {p['host']} SF-IMS[7]: [7] sftunneld:sf_ssl {text}\n" for text in (
            f"[INFO] Initiating IPv4 connection to {p['address']}:8305/tcp",
            f"[INFO] Wait to connect to 8305 (IPv4): {p['address']}",
            f"[INFO] Connected to {p['address']} from resolved_ip_list (port 8305) (IPv4)",
            f"[INFO] >> ChannelState do_dataio_for_heartbeat peer {p['address']} / channelA / CONTROL [ msgSock & ssl_context ] <<",
        )).replace("sf_ssl [INFO] >>", "sf_channel [INFO] >>").encode())
        watch.until(lambda: any(e["address"] == p["address"] for e in watch.of("attempt")[-20:]), f"{p['address']}")

    def finish(self, watch, truth):
        """The rest of it, and a line that is late enough for all that is open to be over; by then all is told."""
        while self.left:
            self.run(1)
        watch.until(lambda: reader_of(watch), "a reading process")
        watch.end()
        self.f.write(watching.flush_lines(truth))
        self.f.close()
        watch.start()
        watch.until_attempts(truth["attempts"])
        watch.end()
        watch.read()


def reader_of(watch, besides=None):
    """The pid of the reading process; None: it is not there yet."""
    pid = watch.child.pid
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            pids = [int(p) for p in f.read().split()]
        for p in pids:
            with open(f"/proc/{p}/comm", encoding="ascii") as f:
                if f.read().strip() == "sftunnel-reader" and p != besides:
                    return p
    except OSError:
        pass
    return None


def peak_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1))
