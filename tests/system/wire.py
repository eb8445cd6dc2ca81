# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of captures share: real handshakes made by capgen, and how a connection is told."""

import functools
import gzip
import json
import os
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


def packed(path, folder):
    """The same, compressed."""
    out = os.path.join(folder, os.path.basename(path) + ".gz")
    with open(path, "rb") as f, gzip.open(out, "wb") as g:
        g.write(f.read())
    return out
