#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Golden cases: tests/golden/CASE holds the input, what a person expects of it, and both outputs.

args         what follows `analyze` (one line; without it: every input file by name)
expect       one line per peer: OBSERVER ADDRESS VERDICT[:SEVERITY] OUTCOME=COUNT...; written by hand, from the design
             (OBSERVER and ADDRESS are - where none was said)
status       the exit status when it is not 0
text.golden  the text output; json.golden: the JSON output, indented

UPDATE_GOLDEN=1 writes the .golden files anew, but only where `expect` holds. Read the difference before you commit it.
"""

import calendar
import json
import os
import re
import shlex
import shutil
import subprocess

import tap

ROOT = os.path.join(tap.SRCDIR, "tests/golden")
OWN = {"args", "expect", "status", "text.golden", "json.golden"}
WRITTEN = calendar.timegm((2024, 9, 20, 12, 0, 0))  # of every input, so that the years are always the same
LEFT_OUT = ("generated_by",)


def lay_out(case, folder):
    """The input as a fresh copy with known times; returns the arguments."""
    source = os.path.join(ROOT, case)
    names = sorted(n for n in os.listdir(source) if n not in OWN)
    for n in names:
        path = os.path.join(source, n)
        copy = os.path.join(folder, n)
        (shutil.copytree if os.path.isdir(path) else shutil.copyfile)(path, copy)
    for where, folders, files in os.walk(folder, topdown=False):
        for n in files + folders:
            os.chmod(os.path.join(where, n), 0o755 if n in folders else 0o644)
            os.utime(os.path.join(where, n), (WRITTEN, WRITTEN))
    args = os.path.join(source, "args")
    if os.path.exists(args):
        with open(args, encoding="utf-8") as f:
            return shlex.split(f.read())
    return names


def read(case, name, default=None):
    path = os.path.join(ROOT, case, name)
    if not os.path.exists(path):
        return default
    with open(path, encoding="utf-8") as f:
        return f.read()


def summary(peer):
    verdict = peer["verdict"]
    outcomes = " ".join(f"{k}={v}" for k, v in sorted(peer["attempts"]["outcomes"].items()))
    return f"{peer['observer']['host'] or '-'} {peer['address'] or '-'} {verdict['id']}:{verdict['severity']} {outcomes}".strip()


def check_expected(case, document):
    want = [" ".join(line.split()) for line in read(case, "expect", "").splitlines() if line.strip() and not line.startswith("#")]
    have = [summary(p) for p in document["peers"]]
    for i, line in enumerate(want):  # the severity may be left out
        host, address, verdict = line.split()[:3]
        if ":" not in verdict and i < len(have):
            have[i] = have[i].replace(verdict + ":" + document["peers"][i]["verdict"]["severity"], verdict)
    tap.equal("\n".join(have), "\n".join(want), f"{case}/expect")


def compare(case, name, got):
    if os.environ.get("UPDATE_GOLDEN"):
        tap.write(os.path.join(ROOT, case, name), got)
        return
    want = read(case, name)
    if want is None:
        raise AssertionError(f"{case}/{name} is missing: UPDATE_GOLDEN=1, then read it")
    if got != want:
        a, b = got.splitlines(), want.splitlines()
        first = next((i for i in range(min(len(a), len(b))) if a[i] != b[i]), min(len(a), len(b)))
        raise AssertionError(f"{case}/{name}: line {first + 1}\n got: {a[first:first + 4]}\nwant: {b[first:first + 4]}")


def cases():
    return sorted(n for n in os.listdir(ROOT) if os.path.isdir(os.path.join(ROOT, n)))


@tap.each(cases())
def golden(folder, value):
    """golden case"""
    args = lay_out(value, folder)
    status = int(read(value, "status", "0"))
    document = tap.agent("analyze", "-o", "json", *args, cwd=folder, status=status).json
    for key in LEFT_OUT:
        document.pop(key, None)
    check_expected(value, document)
    assert folder not in json.dumps(document), "an absolute path in the output"
    compare(value, "json.golden", json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    text = tap.agent("analyze", *args, cwd=folder, status=status)
    # how long a certificate is still good counts from today
    compare(value, "text.golden", re.sub(r"[\d,]+ days left", "N days left", text.out.decode("utf-8")))


DEMO = """branch-ftd-1 10.48.79.232 SFT-1001:critical established=1 verify_failed/10=9
branch-ftd-1 10.48.79.233 SFT-1000:ok established=1
fmc-primary 10.48.79.23 SFT-1001:critical alert/45=9 established=1
fmc-primary 10.48.79.24 SFT-1101:critical established=1
fmc-primary 10.48.79.25 SFT-1301:warning established=1 refused=3 timed_out=1"""


@tap.test
def demo(folder):
    """the case of demo.sh: two nested troubleshoot archives, both ends joined, one peer at risk"""
    tap.need("bash", "tar", "gzip")
    bundle = os.path.join(folder, "outage.tar.gz")
    subprocess.run(["bash", os.path.join(tap.SRCDIR, "contrib/demo/make-bundle"), bundle], check=True, timeout=60)
    document = tap.analyze(bundle, status=0).json
    tap.equal("\n".join(summary(p) for p in document["peers"]), DEMO)
    by_address = {p["address"]: p for p in document["peers"]}
    tap.equal(by_address["10.48.79.23"]["joined"]["address"], "10.48.79.232", "both ends")
    tap.equal({a: p["name"] for a, p in by_address.items()}, {"10.48.79.232": "fmc-primary", "10.48.79.233": "fmc-secondary",
              "10.48.79.23": "branch-ftd-1", "10.48.79.24": "branch-ftd-2", "10.48.79.25": "branch-ftd-3"}, "names from PEERS_MAP.JSON")
    assert document["at_risk"] and not document["problems"], document["problems"]
    tap.equal(document["totals"]["unmatched_sftunneld_lines"], 0)
    tap.equal({s["year"]["value"] for s in document["sources"] if s["kind"] == "log"}, {2024}, "years")
    assert not any("platform" in s["path"] for s in document["sources"] if s["sftunneld_lines"]), "the platform's log is another one"


if __name__ == "__main__":
    tap.main()
