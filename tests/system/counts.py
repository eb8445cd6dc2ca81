#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every attempt under the right peer and outcome, exactly; and however the input is cut, packed or joined."""

import bz2
import gzip
import io
import lzma
import os
import subprocess
import tarfile
import zipfile

import tap

PLACES = ("source", "line", "path", "index", "unit")


def counted(document):
    return {(p["observer"]["host"], p["address"]): (p["attempts"]["total"], p["attempts"]["outcomes"])
            for p in document["peers"] if p["attempts"]["total"] and p["address"]}


def check(ran, truth):
    document = ran.json
    want = {(p["host"], p["address"]): (p["total"], p["outcomes"]) for p in truth["peers"]}
    have = counted(document)
    wrong = [k for k in sorted(set(want) | set(have)) if want.get(k) != have.get(k)]
    if wrong:
        raise AssertionError("\n".join([f"{len(wrong)} of {len(want)} peers are wrong"] + [
            f"{k}: counted {have.get(k)}, truth {want.get(k)}" for k in wrong[:10]] + [str(ran.argv)]))
    totals = document["totals"]
    for name, key in (("bytes", "bytes"), ("lines", "lines"), ("sftunneld_lines", "sftunneld_lines"), ("unattributed_attempts", "unattributed")):
        tap.equal(totals[name], truth[key], name)
    tap.equal(totals["attempts"], truth["attempts"], "attempts, those without an address among them")
    tap.equal(totals["unmatched_sftunneld_lines"], 0, "unmatched")
    roles = {p["host"]: p["role"] for p in truth["peers"]}
    for p in document["peers"]:
        tap.equal(p["observer"]["role"], roles.get(p["observer"]["host"], p["observer"]["role"]), "role")


def without_places(value):
    if isinstance(value, dict):
        return {k: without_places(v) for k, v in value.items() if k not in PLACES}
    return [without_places(v) for v in value] if isinstance(value, list) else value


def peers(ran):
    return without_places(ran.json["peers"])


def spread(folder, **options):
    """The usual mixture of this file's properties: both sides, few threads, several attempts at once."""
    log = os.path.join(folder, "messages")
    seed = tap.rng.randrange(1, 1 << 30)
    print(f"# loggen --seed {seed} {options}")
    args = {"side": "both", "hosts": 4, "peers": 12, "tids": 12, "interleave": 6, "share": 40, "size": "600K", "seed": seed, **options}
    return log, tap.loggen(log, **args)


@tap.each([("a firewall, one peer", "ftd", 1, 1, 5), ("a manager, one peer", "fmc", 1, 1, 5),
           ("a firewall, 200 peers", "ftd", 1, 200, 5), ("a manager, 200 peers", "fmc", 1, 200, 60),
           ("both interleaved, 200 peers", "both", 6, 200, 60), ("a manager, 10,000 peers", "fmc", 1, 10000, 60),
           ("both interleaved, 10,000 peers", "both", 40, 10000, 60)])
def count(folder, value):
    """counts are exact"""
    _, side, hosts, n, share = value
    log = os.path.join(folder, "messages")
    truth = tap.loggen(log, side=side, hosts=hosts, peers=n, share=share, seed=tap.rng.randrange(1, 1 << 30), interleave=min(64, 2 * n),
                       tids=max(4, min(2000, n)), attempts=6 * n if n > 1000 else 4000, rate=500)
    check(tap.analyze(log), truth)


@tap.test
def heavy_reuse(folder):
    """thread ids that are used again at once by other peers"""
    log, truth = spread(folder, tids=2, interleave=8, hosts=6, size="2M", share=90)
    check(tap.analyze(log), truth)


@tap.test
def thousands_open(folder):
    """5,000 attempts open at once"""
    log, truth = spread(folder, tids=5000, interleave=5000, peers=3000, attempts=20000, rate=2000)
    check(tap.analyze(log), truth)


@tap.test
def large(folder):
    """a log large enough to be read in pieces on several cores"""
    log, truth = spread(folder, size="96M", share=8, peers=300, tids=40, interleave=16)
    ran = tap.analyze(log)
    check(ran, truth)
    if not tap.sanitized():
        kib = tap.peak_kib(log)
        assert kib <= 64 * 1024, f"peak memory {kib} KiB"


@tap.test
def new_year(folder):
    """over New Year, in one file and in rotated generations"""
    log, truth = spread(folder, start="2023-12-31 23:30:00", rate=1)
    os.utime(log, (1704110400, 1704110400))  # 2024-01-01 12:00
    ran = tap.analyze(log)
    check(ran, truth)
    first, last = (ran.json["sources"][0][k] for k in ("first", "last"))
    assert first.startswith("2023-12-31T23:3") and last.startswith("2024-01-01T"), (first, last)
    forced = tap.analyze(log, options=["--base-year", "2019"]).json["sources"][0]
    assert forced["first"].startswith("2019-12-31") and forced["last"].startswith("2020-01-01"), forced
    tap.equal(forced["year"]["basis"], "forced")


# ---- the same input in another shape ----

def generations(folder, data, cuts, pack=lambda b: (b, "")):
    """data cut at these offsets into messages, messages.1, ...: the oldest has the highest number."""
    parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])]
    paths = []
    for n, part in enumerate(reversed(parts)):
        packed, suffix = pack(part) if n else (part, "")
        paths.append(tap.write(os.path.join(folder, "messages" + (f".{n}" if n else "") + suffix), packed))
    return paths


def line_cuts(data, n):
    cuts = sorted(tap.rng.sample(range(1, len(data) - 1), n))
    return sorted({data.index(b"\n", c) + 1 for c in cuts if data.find(b"\n", c) >= 0} - {len(data)})


def reshape(folder, **options):
    """A log in memory, its truth, what the program says of it whole, and an empty folder for another shape."""
    log, truth = spread(folder, **options)
    os.utime(log, (1726833600, 1726833600))
    whole = tap.analyze(log)
    check(whole, truth)
    with open(log, "rb") as f:
        data = f.read()
    os.unlink(log)
    return data, truth, peers(whole), os.path.join(folder, "shape")


def same(paths, truth, want, what, **kw):
    for p in paths:
        if os.path.exists(p):
            os.utime(p, (1726833600, 1726833600))
    ran = tap.analyze(*paths, **kw)
    check(ran, truth)
    tap.equal(peers(ran), want, what)


@tap.test
def rotated_at_lines(folder):
    """rotated generations, cut between lines, in any order of arguments"""
    data, truth, want, shape = reshape(folder)
    for turn in range(4):
        paths = generations(os.path.join(shape, str(turn)), data, line_cuts(data, tap.rng.randrange(1, 9)))
        tap.rng.shuffle(paths)
        same(paths, truth, want, "generations")
        same([os.path.join(shape, str(turn))], truth, want, "the folder of them")


def byte_cuts(data, ours):
    """Places inside lines, either of sftunneld or of the other daemons."""
    cuts = []
    while len(cuts) < 4:
        c = tap.rng.randrange(1, len(data) - 1)
        start, end = data.rfind(b"\n", 0, c) + 1, data.find(b"\n", c)
        if start < c < end and (b" sftunneld:" in data[start:end]) == ours:
            cuts.append(c)
    return sorted(set(cuts))


@tap.test
def rotated_in_other_lines(folder):
    """rotated generations, cut inside lines of other daemons: nothing changes"""
    data, truth, want, shape = reshape(folder)
    for turn in range(6):
        cuts = byte_cuts(data, False)
        print(f"# cuts at {cuts}")
        same(generations(os.path.join(shape, str(turn)), data, cuts), truth, want, f"cut at bytes {cuts}")


def zstd(data):
    tap.need("zstd")
    return subprocess.run(["zstd", "-qc"], input=data, stdout=subprocess.PIPE, check=True, timeout=60).stdout


PACKERS = {"gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress, "zst": zstd}


@tap.each(sorted(PACKERS))
def packed(folder, value):
    """packed whole and in generations"""
    data, truth, want, shape = reshape(folder)
    pack = PACKERS[value]
    same([tap.write(os.path.join(shape, "a.log." + value), pack(data))], truth, want, value)
    same([tap.write(os.path.join(shape, "no-suffix"), pack(data))], truth, want, "known by its content")
    paths = generations(os.path.join(shape, "rotated"), data, line_cuts(data, 5), lambda b: (pack(b), "." + value))
    same(paths, truth, want, "packed generations")


def cut_paths(folder, data, cuts, pack):
    """As generations(), packed or not, each file on its own, in a random order."""
    paths = generations(folder, data, cuts, pack)
    tap.rng.shuffle(paths)
    return paths


@tap.each(["plain", *sorted(PACKERS)])
def rotated_at_bytes(folder, value):
    """rotated generations, cut at any byte, also of an sftunneld line and twice in one: nothing changes"""
    data, truth, want, shape = reshape(folder)
    pack = (lambda b: (PACKERS[value](b), "." + value)) if value in PACKERS else (lambda b: (b, ""))
    for turn in range(4 if value in PACKERS else 12):
        cuts = byte_cuts(data, True)
        one = cuts[0]
        near = {one + tap.rng.randrange(1, 30) for _ in range(tap.rng.randrange(3))}  # the pieces between are no line
        ends = {data.index(b"\n", one) + tap.rng.randrange(2)}  # in front of the newline and behind it
        cuts = sorted({*cuts, *byte_cuts(data, False), *near, *ends})
        print(f"# cuts at {cuts}")
        at = os.path.join(shape, str(turn))
        same(cut_paths(at, data, cuts, pack), truth, want, f"cut at bytes {cuts}")
        same([at], truth, want, f"a folder, cut at bytes {cuts}")


@tap.test
def rotated_in_a_bundle(folder):
    """the same in an archive, its members in any order"""
    data, truth, want, _ = reshape(folder)
    for turn in range(4):
        cuts = byte_cuts(data, True)
        print(f"# cuts at {cuts}")
        bundle_same(make_tar(os.path.join(folder, f"b{turn}.tar.gz"), members(data, cuts), "w:gz"), truth, want)


@tap.test
def rotated_and_large(folder):
    """generations so large that each is read in halves, cut inside a line"""
    data, truth, want, shape = reshape(folder, size="40M", share=5)
    middle = data.index(b" sftunneld:", len(data) // 2) + 5
    paths = generations(shape, data, [middle])
    for options in (["-j1"], ["-j2"]):
        same(paths, truth, want, options[0], options=options)


@tap.test
def evidence_of_a_cut_line(folder):
    """a line that a rotation has cut is shown whole, with the place where it begins"""
    lines = [f"Sep 20 04:10:4{n} ftd SF-IMS[1]: [2] sftunneld:sf_ssl [{text}\n".encode() for n, text in enumerate([
        "INFO] Connect to 10.0.0.1 failed on port 8305 socket 11 (Connection refused)", "WARN] Unable to connect to 10.0.0.1"])]
    data = b"".join(lines)
    for cut in range(1, len(data)):
        paths = generations(os.path.join(folder, str(cut)), data, [cut])
        ran = tap.analyze(*paths)
        proof = [e for e in ran.json["peers"][0]["evidence"] if "Connection refused" in e["text"]]
        tap.equal([e["text"].encode() for e in proof], [lines[0][:-1]], f"cut at {cut}")
        source = ran.json["sources"][proof[0]["source"]]["path"]
        tap.equal((os.path.basename(source), proof[0]["line"]), ("messages.1", 1), f"cut at {cut}")
        tap.equal(ran.json["totals"]["lines"], 2, f"cut at {cut}")


@tap.test
def not_one_line(folder):
    """a generation that ends without a newline is not glued to a whole line, nor to one that is not its neighbour"""
    a = b"Sep 20 04:10:47 ftd SF-IMS[1]: [2] sftunneld:sf_ssl [WARN] Unable to connect to 10.0.0.1"
    b = b"Sep 20 04:10:48 ftd SF-IMS[1]: [3] sftunneld:sf_ssl [INFO] Connect to 10.0.0.2 failed on port 8305 socket 11 (Connection refused)"
    c = b"2024-09-20T04:10:47Z ftd SF-IMS 1 - - [2] sftunneld:sf_ssl [WARN] Unable to connect to 10.0.0.1"
    for names, parts, lines, sftunneld in ((("messages.1", "messages"), (a, b), 2, 2), (("messages.3", "messages.1"), (a[:-9], a[-9:]), 2, 1),
                                           (("messages.1", "messages"), (a[:-9], a[-9:]), 1, 1), (("messages.1", "messages"), (b"<13", b"4>" + a), 1, 1),
                                           (("messages.1", "messages"), (b"<134>", a), 1, 1),
                                           (("messages.1", "messages"), (b"<134>1 ", c), 1, 1), (("messages.1", "messages"), (b"<134>1", b" " + c), 1, 1),
                                           (("messages.1", "messages"), (b"<134>2 ", c), 2, 1)):
        paths = [tap.write(os.path.join(folder, "x", n), p) for n, p in zip(names, parts)]
        totals = tap.analyze(*paths).json["totals"]
        tap.equal((totals["lines"], totals["sftunneld_lines"]), (lines, sftunneld), names)
        for p in paths:
            os.unlink(p)


# attempts of a few lines each, so that what is kept of one is most of what it says
STILL = {"size": "64M", "share": 95, "rate": 1000000000, "peers": 50, "tids": 20, "interleave": 8, "outcomes": "refused=6,verify_failed/10=1,established=1"}


@tap.test
def time_stands_still(folder):
    """a log of one second, of which every line may belong to an attempt begun before: in parts, packed, rotated, in bounded memory"""
    data, truth, want, shape = reshape(folder, **STILL)
    tap.equal(len(set(data[i:i + 15] for i in range(0, 1000000, 5000)) & {data[:15]}), 1, "it does")
    log = tap.write(os.path.join(shape, "messages"), data)
    whole = {}
    for options in (["-j1"], ["-j2"], ["-j7"]):
        same([log], truth, want, options[0], options=options)
        whole[options[0]] = tap.peak_kib(log, *options)
    same([tap.write(os.path.join(shape, "packed.gz"), gzip.compress(data, 1))], truth, want, "gz")
    cuts = sorted(byte_cuts(data, True))
    print(f"# cuts at {cuts}")
    for pack in (lambda b: (b, ""), lambda b: (gzip.compress(b, 1), ".gz")):
        at = os.path.join(shape, "rotated" + pack(b"")[1])
        paths = generations(at, data, cuts, pack)
        for options in (["-j1"], ["-j2"]):
            same(paths, truth, want, f"rotated {options[0]}", options=options)
            whole[at] = tap.peak_kib(at, *options)
    print(f"# peak KiB: {whole}")
    if not tap.sanitized():
        assert max(whole.values()) <= 160 * 1024, whole


@tap.test
def time_stands_still_in_a_bundle(folder):
    """the same out of an archive: what can't be read twice is said"""
    data, truth, _, _ = reshape(folder, **STILL)
    cut = data.index(b"\n", len(data) // 2) + 1
    path = make_tar(os.path.join(folder, "b.tar"), [("var/log/messages", data[cut:]), ("var/log/messages.1", data[:cut])], "w:")
    ran = [tap.analyze(path, options=[j]) for j in ("-j1", "-j2")]
    tap.equal(without_places(ran[0].json["peers"]), without_places(ran[1].json["peers"]), "threads")
    have, expected = counted(ran[0].json), {(p["host"], p["address"]): p["total"] for p in truth["peers"]}
    off = sum(abs(have[k][0] - n) for k, n in expected.items())
    assert off <= 8, f"{off} attempts more or less, 8 were open"
    texts = [p["text"] for p in ran[0].json["problems"]]
    assert any("head-bytes" in t for t in texts), texts
    cuts = [data.index(b"\n", len(data) * n // 12) + 1 for n in range(1, 12)]
    parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])][::-1]
    path = make_tar(path, [("var/log/messages" + (f".{n}" if n else ""), p) for n, p in enumerate(parts)], "w:")
    document = tap.analyze(path).json
    off = sum(abs(counted(document)[k][0] - n) for k, n in expected.items())
    assert off <= 8 * 11, f"{off} attempts more or less, 8 were open at each border"
    tap.equal(document["totals"]["lines"], truth["lines"], "lines")
    if not tap.sanitized():
        kib = tap.peak_kib(path)
        assert kib <= 160 * 1024, f"peak memory {kib} KiB"


@tap.test
def gzip_members(folder):
    """several gzip members in one file"""
    data, truth, want, shape = reshape(folder)
    cuts = [0, *sorted(tap.rng.sample(range(1, len(data)), 6)), len(data)]
    same([tap.write(os.path.join(shape, "a.gz"), b"".join(gzip.compress(data[a:b]) for a, b in zip(cuts, cuts[1:])))], truth, want, "members")


def members(data, cuts=None):
    """Rotated generations as (name, bytes), in a random order, with what else lies in a bundle."""
    cuts = cuts or line_cuts(data, 5)
    parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])]
    base = "results-09-20-2024--120000/dir-archives/var-log/messages"
    named = [(base + (f".{n}.gz" if n else ""), gzip.compress(p) if n else p) for n, p in enumerate(reversed(parts))]
    named.append(("results-09-20-2024--120000/dir-archives/opt-cisco-platform-logs/messages", data[:5000]))
    named.append(("results-09-20-2024--120000/command-outputs/usr-local-sf-bin-sfcli.pl show version.output", b"nothing\n"))
    tap.rng.shuffle(named)
    return named


def make_tar(path, named, mode):
    with tarfile.open(path, mode) as tar:
        for name, data in named:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1726833600
            tar.addfile(info, io.BytesIO(data))
    return path


def bundle_same(path, truth, want):
    """As same(), but the archive's own totals count what lies in it."""
    ran = tap.analyze(path)
    tap.equal(counted(ran.json), {(p["host"], p["address"]): (p["total"], p["outcomes"]) for p in truth["peers"]}, path)
    tap.equal(peers(ran), want, path)


@tap.each(["tar", "tar.gz", "tar.xz", "tar.bz2"])
def archive(folder, value):
    """a troubleshoot archive, its members in any order"""
    data, truth, want, _ = reshape(folder)
    for turn in range(3):
        bundle_same(make_tar(os.path.join(folder, f"b{turn}.{value}"), members(data), "w:" + value[4:]), truth, want)


@tap.test
def zip_archive(folder):
    """the same as a zip"""
    data, truth, want, _ = reshape(folder)
    path = os.path.join(folder, "b.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in members(data):
            info = zipfile.ZipInfo(name, (2024, 9, 20, 12, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, content)
    bundle_same(path, truth, want)


@tap.test
def nested_archive(folder):
    """an archive in an archive"""
    data, truth, want, _ = reshape(folder)
    inner = make_tar(os.path.join(folder, "inner.tar.gz"), members(data), "w:gz")
    with open(inner, "rb") as f:
        named = [("unit-1-troubleshoot.tar.gz", f.read()), ("README", b"x")]
    os.unlink(inner)
    bundle_same(make_tar(os.path.join(folder, "outer.tar"), named, "w:"), truth, want)


@tap.test
def standard_input(folder):
    """standard input, plain and packed"""
    data, truth, _, _ = reshape(folder)
    check(tap.analyze("-", stdin=data), truth)
    check(tap.analyze("-", stdin=gzip.compress(data)), truth)


@tap.test
def concatenated(folder):
    """logs of several hosts, as several files or one behind the other in one file"""
    want, paths, joined = {}, [], b""
    for side in ("ftd", "fmc"):
        log = os.path.join(folder, f"{side}.log")
        truth = tap.loggen(log, side=side, size="300K", share=30, peers=5, tids=6, seed=tap.rng.randrange(1, 1 << 30))
        os.utime(log, (1726833600, 1726833600))
        with open(log, "rb") as f:
            joined += f.read()
        paths.append(log)
        want.update({(p["host"], p["address"]): (p["total"], p["outcomes"]) for p in truth["peers"]})
    tap.equal(counted(tap.analyze(*paths).json), want, "several files")
    one = tap.write(os.path.join(folder, "joined"), joined)
    os.utime(one, (1726833600, 1726833600))
    tap.equal(counted(tap.analyze(one).json), want, "one file")


@tap.test
def same_bytes(folder):
    """the same input gives the same bytes, whatever the timing"""
    log, _ = spread(folder, size="24M", peers=200)
    os.utime(log, (1726833600, 1726833600))
    tap.equal(len({tap.analyze(log).out for _ in range(4)}), 1, "different outputs")


if __name__ == "__main__":
    tap.main()
