# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of captures share: real handshakes made by capgen, and how a connection is told."""

import functools
import gzip
import json
import os
import random
import struct
import subprocess
import tempfile

import tap

CAPGEN = os.path.join(tap.BUILDDIR, "tests/bench/capgen")
CLIENT, SERVER = "10.49.48.23:49765", "10.49.48.232:8305"


def need_capgen():
    if not os.path.exists(CAPGEN):
        raise tap.Skip("capgen is not built: configure found no libssl")


def capgen(*args):
    need_capgen()
    subprocess.run([CAPGEN, *map(str, args)], check=True, timeout=600)


@functools.lru_cache(None)
def cases():
    """(folder, {case: its connections as capgen knows them}); made once per run of a test program."""
    need_capgen()
    folder = tempfile.TemporaryDirectory(prefix="sftunnel-cases.")
    capgen("cases", folder.name)
    truth = {}
    with open(os.path.join(folder.name, "truth.jsonl"), encoding="ascii") as f:
        for line in f:
            row = json.loads(line)
            truth[row["case"]] = row["connections"]
    return folder, truth


def case(name):
    """The path of a case's capture."""
    return os.path.join(cases()[0].name, name + ".pcap")


def truth(name):
    return cases()[1][name]


def capture(*files, options=(), **kw):
    args = [a for f in files for a in ("-r", f)]
    return tap.agent("capture", "-o", "json", *options, *args, **kw)


def alerts(connection):
    """["client 2/45", "server encrypted"]"""
    return [f"{a['from']} " + ("encrypted" if a["encrypted"] else f"{a['level']}/{a['description']}") for a in connection["alerts"]]


def chains(connection):
    return {k: connection[k] for k in ("client_chain", "server_chain")}


def frames(path):
    """The frames of a nanosecond pcap (capgen's), each with its header."""
    with open(path, "rb") as f:
        data = f.read()
    at, out = 24, []
    while at + 16 <= len(data):
        end = at + 16 + struct.unpack_from("<I", data, at + 8)[0]
        out.append(data[at:end])
        at = end
    return out


def flood(count, seed, path):
    """A pcap with SYNs from random addresses and ports to a manager, before the first frame of a case."""
    random_ = random.Random(seed)
    second = struct.unpack_from("<I", frames(path)[0])[0] - 10
    mac, ip = bytes(12) + b"\x08\x00", struct.pack(">BBHHHBBH", 0x45, 0, 40, 1, 0, 64, 6, 0)
    with open(path, "rb") as f:
        yield f.read(24)
    for i in range(count):
        head = struct.pack("<IIII", second, i * 1000, 54, 54)
        tcp = struct.pack(">HHIIBBHHH", random_.randrange(1024, 65536), 8305, random_.getrandbits(32), 0, 0x50, 2, 1024, 0, 0)
        # the first octet keeps them away from the hosts of the cases
        yield head + mac + ip + bytes([100 + (i & 63)]) + random_.randbytes(3) + bytes([10, 49, 48, 232]) + tcp


def packed(path, folder):
    """The same, compressed."""
    out = os.path.join(folder, os.path.basename(path) + ".gz")
    with open(path, "rb") as f, gzip.open(out, "wb") as g:
        g.write(f.read())
    return out
