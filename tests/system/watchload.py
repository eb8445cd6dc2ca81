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
    address = f"10.{99 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
    return {"host": "probe", "address": address, "outcomes": {"established": 1}}


def attempt(address, stamp, tid=7):
    """The lines of a whole attempt."""
    return "".join(f"{stamp} probe SF-IMS[7]: [{tid}] sftunneld:{text}\n" for text in (
        f"sf_ssl [INFO] Initiating IPv4 connection to {address}:8305/tcp",
        f"sf_ssl [INFO] Wait to connect to 8305 (IPv4): {address}",
        f"sf_ssl [INFO] Connected to {address} from resolved_ip_list (port 8305) (IPv4)",
        f"sf_channel [INFO] >> ChannelState do_dataio_for_heartbeat peer {address} / channelA / CONTROL [ msgSock & ssl_context ] <<",
    )).encode()


class Load:
    """Writes the lines of a log one after the other, about RATE in a second; rotates where they go to."""

    def __init__(self, path, data, rate=RATE):
        self.path, self.rate = path, rate
        self.take(data)
        self.f = open(path, "ab", buffering=0)

    def take(self, data):
        self.data, self.pos, self.left = data, 0, data.count(b"\n")

    def stamp(self):
        """Of the last line."""
        begin = self.data.rfind(b"\n", 0, max(self.pos - 1, 0)) + 1
        return self.data[begin:begin + 15].decode()

    def write(self, count, to=None):
        """So many lines at once, in pieces that do not end where lines end."""
        count, begin = min(count, self.left), self.pos
        for _ in range(count):
            self.pos = self.data.index(b"\n", self.pos) + 1
        self.left -= count
        while begin < self.pos:
            end = min(self.pos, begin + tap.rng.randrange(1, 3000))
            (to or self.f).write(self.data[begin:end])
            begin = end

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

    def rename(self, linger=0, times=1):
        """As logrotate with create, several times it may be, before the writer learns of it."""
        for _ in range(times):
            self.shift()
            os.rename(self.path, self.path + ".1")
            new = open(self.path, "ab", buffering=0)
            self.run(linger / times)
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

    def copytruncate(self, during=0, between=b""):
        """As logrotate; `during` lines come while it copies, which the copy has, and some bytes afterwards, which it has not."""
        self.shift()
        with open(self.path, "rb") as f, open(self.path + ".1", "wb", buffering=0) as out:
            while block := f.read(1 << 16):
                out.write(block)
                self.write(min(during, 100))
                during -= min(during, 100)
        self.f.write(between)
        os.truncate(self.path, 0)

    def until_read(self, watch, truth, written=lambda: None):
        """Until all that was written is told: one more attempt, of a peer that only we know, is the last."""
        truth["peers"].append(probe(len(truth["peers"])))
        truth["attempts"] += 1
        address = truth["peers"][-1]["address"]
        self.f.write(attempt(address, self.stamp()))
        written()
        watch.until(lambda: any(e["address"] == address for e in watch.of("attempt")[-20:]), address)

    def finish(self, watch, truth):
        """The rest of it, and a line that is late enough for all that is open to be over; by then all is told."""
        self.rate *= 4
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
