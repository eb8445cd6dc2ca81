#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What bad input gets: a clear message, and everything else is still analysed. Never a crash, a hang, unbounded memory."""

import bz2
import gzip
import io
import os
import socket
import subprocess
import tarfile
import zipfile

import tap

CASES = os.path.join(tap.SRCDIR, "tests/golden")


def vendor(side):
    with open(os.path.join(CASES, f"vendor-{side}", f"{side}.log"), "rb") as f:
        return f.read()


FTD, FMC = vendor("ftd"), vendor("fmc")
PEER = {("FTD-hostname", "10.10.200.31"): {"verify_failed/10": 1}}


def outcomes(ran):
    return {(p["observer"]["host"], p["address"]): p["attempts"]["outcomes"] for p in ran.json["peers"] if p["attempts"]["total"]}


def said(ran):
    """What the report says was left out, in one text."""
    return " ".join(f"{p['path']}: {p['text']}" for p in ran.json["problems"])


def survives(*paths, **kw):
    """Any bytes are an input: done (0) or nothing of ours in it (3)."""
    ran = tap.analyze(*paths, **kw)
    assert ran.status in (0, 3), ran
    ran.json  # noqa: B018: it must be a whole document
    return ran


# ---- lines ----

@tap.test
def cut_lines(folder):
    """a log that ends, or begins, anywhere"""
    for data in (FTD, FMC):
        for cut in tap.rng.sample(range(len(data)), 25):
            survives("-", stdin=data[:cut])
            survives("-", stdin=data[cut:])


@tap.test
def half_line_at_end(folder):
    """a half line at the end costs nothing of what precedes it"""
    tap.equal(outcomes(survives("-", stdin=FTD + b"Sep 20 04:11:02 FTD-hostname SF-IMS[50792]: [519")), PEER)
    tap.equal(outcomes(survives("-", stdin=FTD.rstrip(b"\n"))), PEER, "no newline at the end")


@tap.test
def every_byte(folder):
    """every byte value in every place of a line"""
    line = FTD.splitlines(True)[6]
    noise = b"".join(line[:i] + bytes([b]) + line[i + 1:] for b in range(256) for i in range(0, len(line) - 1, 7))
    names = b"".join(b"Sep 20 04:12:00 h\xff%c SF-IMS[1]: [%d] sftunneld:sf_ssl [INFO] Initiating IPv4 connection to 10.9.%d.1:8305/tcp\n" % (b, 9000 + b, b)
                     for b in range(256) if b != 10)
    ran = survives("-", stdin=FTD + noise + names)
    tap.equal(outcomes(ran)[("FTD-hostname", "10.10.200.31")]["verify_failed/10"], 1)


@tap.test
def random_bytes(folder):
    """random bytes, alone and inside a log"""
    for _ in range(5):
        junk = tap.rng.randbytes(200000)
        survives("-", stdin=junk)
        tap.equal(outcomes(survives("-", stdin=junk + b"\n" + FTD + junk)), PEER)


@tap.test
def carriage_returns(folder):
    """CRLF, as Windows copies have it"""
    tap.equal(outcomes(survives("-", stdin=FTD.replace(b"\n", b"\r\n"))), PEER)


@tap.test
def nul_bytes(folder):
    """NUL: a hole in the file, and between lines"""
    tap.equal(outcomes(survives("-", stdin=FTD + b"\0" * 100000 + b"\n" + FTD.replace(b"04:10:47", b"04:20:47"))),
              {("FTD-hostname", "10.10.200.31"): {"verify_failed/10": 2}})


@tap.test
def long_line(folder):
    """64 MiB without a newline, in bounded memory"""
    path = tap.write(os.path.join(folder, "long"), FTD + b"Sep 20 04:12:00 h SF-IMS[1]: [2] sftunneld:sf_ssl [INFO] " + b"A" * (64 << 20) + b"\n" + FMC)
    ran = survives(path)
    tap.equal(len(outcomes(ran)), 2, "both ends of it are read")
    if not tap.sanitized():
        assert tap.peak_kib(path) <= 64 * 1024, f"{tap.peak_kib(path)} KiB"
    survives("-", stdin=b"sftunneld:" * (1 << 20))


@tap.test
def long_lines_counted(folder):
    """lines that are longer than is looked at are counted, wherever blocks end, and said with cap and source"""
    seed = tap.rng.randrange(1 << 30)
    print(f"# lines by {seed}")
    rng = tap.random.Random(seed)
    ours = b"Sep 20 04:12:00 h SF-IMS[1]: [2] sftunneld:sf_ssl [INFO] "
    lines, want = [], 0
    for _ in range(60):
        n = rng.choice((10, 200, 65535, 65536, 65537, 70000, 300000))
        head = rng.choice((b"", ours, b"A" * min(n, 65530) + b"sftunneld:"))
        line = (head + b"A" * n)[:max(n, len(head) if head == ours else 0)]
        want += len(line) > 65536
        lines.append(line)
    data = b"\n".join(lines) + b"\n" + FTD
    packed = tap.write(os.path.join(folder, "b.gz"), gzip.compress(data, 1))
    for args in ((tap.write(os.path.join(folder, "a"), data),), (packed,), ("-j", "1", packed)):
        problems = survives(*args).json["problems"]
        tap.equal([(p["path"], p["count"], "cap line-bytes" in p["text"]) for p in problems], [(str(args[-1]), want, True)], args)
    ran = survives("-", stdin=data)
    tap.equal((ran.json["problems"][0]["count"], outcomes(ran)), (want, PEER), "standard input")


def from_file(file, *paths):
    """A run whose standard input is this file."""
    child, argv = tap.start("analyze", "--json", *paths, stdin=file)
    out, err = tap.finish(child, argv)
    assert child.returncode in (0, 3), err
    return tap.Ran(argv, child.returncode, out, err)


@tap.test
def endless(folder):
    """what never ends is given up, with the cap's name, and the rest is analysed"""
    good = tap.write(os.path.join(folder, "good"), FTD)
    ran = survives("/dev/zero", good)
    tap.equal(outcomes(ran), PEER)
    assert "/dev/zero: " in said(ran) and "cap endless-bytes" in said(ran), said(ran)
    ran = tap.analyze("/dev/zero", status=3)
    assert "cap endless-bytes" in said(ran), ran
    with open("/dev/zero", "rb") as zero:
        assert "cap endless-bytes" in said(from_file(zero, "-")), "standard input"
    with subprocess.Popen(["cat", "/dev/zero"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as source:
        ran = from_file(source.stdout, "-", good)
        source.stdout.close()
    assert "no end of a line" in said(ran), said(ran)
    tap.equal(outcomes(ran), PEER, "beside a pipe")


@tap.test
def more_hosts_than_told_apart(folder):
    """more hosts than are told apart: said with the cap's name"""
    tail = b" SF-IMS[1]: [2] sftunneld:sf_ssl [INFO] Initiating IPv4 connection to 10.9.9.9:8305/tcp\n"
    data = b"".join(b"Sep 20 04:12:00 host%d" % i + tail for i in range(65536 + 5))
    path = tap.write(os.path.join(folder, "many"), FTD + data)
    ran = survives(path, timeout=300)
    problem = next(p for p in ran.json["problems"] if "cap hosts" in p["text"])
    tap.equal(problem["path"], path)
    assert problem["count"] >= 6, problem
    tap.equal(outcomes(ran)[("FTD-hostname", "10.10.200.31")]["verify_failed/10"], 1)


@tap.test
def more_outcomes_than_told_apart(folder):
    """more outcomes of one peer than are told apart: said with the cap's name, the peer and how many"""
    data = b"".join(FTD.replace(b"err 10:certificate has expired", b"err %d:some fault" % n).replace(b"[51982]", b"[%d]" % n)
                    for n in range(200, 230))
    path = tap.write(os.path.join(folder, "many"), data)
    ran = survives(path)
    problem, = ran.json["problems"]
    assert "cap outcomes-per-peer" in problem["text"] and "10.10.200.31" in problem["text"], problem
    tap.equal((problem["path"], problem["count"], ran.json["totals"]["attempts"]), (path, 6, 30))


@tap.test
def terminal_escapes(folder):
    """terminal escapes and bidirectional marks in names never reach a terminal"""
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2066".encode()
    data = FTD.replace(b"O=Sourcefire, Inc.", b"O=" + evil).replace(b"FTD-hostname", b"FTD" + evil.replace(b" ", b"")) + evil + b"\n"
    path = tap.write(os.path.join(folder, "m" + "\x1b[31m" + ".log"), data)
    for args in ((), ("-v",), ("-q",), ("-o", "ndjson"), ("-o", "json")):
        ran = tap.agent("analyze", *args, path)
        for raw in (b"\x1b", b"\x07", b"\xe2\x80\xae", b"\xe2\x81\xa6", b"\xc2\x9b", b"\x9b31"):
            assert raw not in ran.out + ran.err, f"{raw!r} in the output of {args}"
    ran = tap.agent("analyze", os.path.join(folder, "no\x1b[31msuch"), status=66)
    assert b"\x1b" not in ran.err, ran


@tap.test
def repeated(folder):
    """'last message repeated N times' is not N attempts"""
    line = b"Sep 20 04:10:47 FTD-hostname last message repeated 57 times\n"
    tap.equal(outcomes(survives("-", stdin=b"".join(x + line for x in FTD.splitlines(True)))), PEER)


@tap.test
def glued(folder):
    """lines glued together"""
    lines = FTD.splitlines(True)
    glue = b"".join(lines[:4]) + lines[4].rstrip(b"\n") + b"".join(lines[5:])
    tap.equal(outcomes(survives("-", stdin=glue)), PEER, "the rest of the attempt is there")
    survives("-", stdin=FTD.replace(b"\n", b""))


@tap.test
def clock_jumps(folder):
    """a clock that jumps, back and forth"""
    stamps = [b"Sep 20 04:10:47", b"Sep 20 03:00:00", b"Jan  1 00:00:00", b"Dec 31 23:59:60", b"Feb 29 12:00:00", b"Feb 31 12:00:00", b"Sep 20 25:61:61"]
    for _ in range(10):
        data = b"".join(tap.rng.choice(stamps) + line[15:] for line in (FTD + FMC).splitlines(True))
        survives("-", stdin=data)
    back = FTD + FTD.replace(b"Sep 20 04:10:47", b"Sep 20 02:10:47").replace(b"[51982]", b"[51983]")
    tap.equal(outcomes(survives("-", stdin=back)), {("FTD-hostname", "10.10.200.31"): {"verify_failed/10": 2}}, "two hours back")


# ---- files and folders ----

@tap.test
def unreadable(folder):
    """an unreadable file beside a good one"""
    if os.geteuid() == 0:
        raise tap.Skip("root can read everything")
    tap.write(os.path.join(folder, "a/messages"), FTD)
    os.chmod(tap.write(os.path.join(folder, "a/messages.1"), FTD), 0)
    ran = survives(os.path.join(folder, "a"))
    tap.equal(outcomes(ran), PEER)
    assert "messages.1" in said(ran), ran


@tap.test
def folder_loops(folder):
    """links that make a loop, lead out or lead nowhere; sockets and pipes in a folder"""
    base = os.path.join(folder, "case/var-log")
    tap.write(os.path.join(base, "messages"), FTD)
    tap.write(os.path.join(folder, "outside/messages"), FMC)
    os.symlink("..", os.path.join(base, "loop"))
    os.symlink(base, os.path.join(base, "again"))
    os.symlink(os.path.join(folder, "outside"), os.path.join(base, "out"))
    os.symlink(os.path.join(folder, "outside/messages"), os.path.join(base, "messages.1"))
    os.symlink("nowhere", os.path.join(base, "dangling"))
    os.mkfifo(os.path.join(base, "messages.2"))
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(os.path.join(base, "s"))
        ran = survives(os.path.join(folder, "case"), timeout=30)
    tap.equal(outcomes(ran), PEER, "nothing from outside, nothing twice")


@tap.test
def deep_folder(folder):
    """folders deeper than the cap"""
    path = os.path.join(folder, *["d"] * 100)
    tap.write(os.path.join(path, "messages"), FTD)
    tap.write(os.path.join(folder, "messages"), FTD)
    ran = survives(folder)
    tap.equal(outcomes(ran), PEER)
    assert "tree-depth" in said(ran) or "deep" in said(ran), ran


@tap.test
def shrinking(folder):
    """a file that shrinks while it is read"""
    path = os.path.join(folder, "messages")
    block = (FTD + b"Sep 20 04:10:48 h kernel: something else entirely\n" * 1000) * 600
    for turn in range(4):
        tap.write(path, block)
        child, argv = tap.start("analyze", "-o", "json", path)
        with open(path, "r+b") as f:
            f.truncate(len(block) // (turn + 2))
            f.truncate(1000)
        out, err = tap.finish(child, argv)
        assert child.returncode in (0, 3), (child.returncode, err[:500])
        tap.Ran(argv, child.returncode, out, err).json  # noqa: B018


@tap.test
def empty(folder):
    """empty files and folders"""
    tap.write(os.path.join(folder, "messages"), b"")
    tap.equal(survives(os.path.join(folder, "messages")).status, 3)
    tap.equal(survives(folder).status, 3)


# ---- archives ----

def tar_bytes(entries, mode="w:gz"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:
        for e in entries:
            name, data = e[0], e[1]
            info = tarfile.TarInfo(name)
            info.mtime = 1726833600
            if isinstance(data, bytes):
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
            else:
                info.type, info.linkname = data, (e[2] if len(e) > 2 else "")
                tar.addfile(info)
    return out.getvalue()


LOG = "results/dir-archives/var-log/messages"


@tap.test
def truncated_archives(folder):
    """truncated archives: what came before is analysed, and the report says where it ends"""
    filler = b"".join(b"Sep 20 05:00:%02d h kernel: %032x\n" % (i % 60, tap.rng.getrandbits(128)) for i in range(20000))
    whole = tar_bytes([(LOG, FTD), ("results/dir-archives/var-log/messages.1", filler)])
    half = tap.write(os.path.join(folder, "half.tgz"), whole[:len(whole) // 2])
    ran = survives(half)
    tap.equal(outcomes(ran), PEER)
    assert "half.tgz" in said(ran), ran
    for cut in [0, 1, 2, 9, 10, 11, 20, *tap.rng.sample(range(len(whole)), 12)]:
        ran = tap.analyze(tap.write(os.path.join(folder, "cut.tgz"), whole[:cut]))
        assert ran.status in (0, 3, 65, 66), ran
    gz = gzip.compress(FTD + filler)
    ran = survives(tap.write(os.path.join(folder, "cut.log.gz"), gz[:len(gz) // 2]))
    tap.equal(outcomes(ran), PEER)
    assert "cut.log.gz" in said(ran), ran


@tap.test
def corrupt_archives(folder):
    """archives with flipped bytes, of every kind"""
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w", zipfile.ZIP_DEFLATED) as f:
        f.writestr(LOG, FTD * 50)
    kinds = {"a.tgz": tar_bytes([(LOG, FTD * 50)]), "a.tar": tar_bytes([(LOG, FTD * 50)], "w:"), "a.tar.xz": tar_bytes([(LOG, FTD * 50)], "w:xz"),
             "a.zip": z.getvalue(), "a.gz": gzip.compress(FTD * 50), "a.bz2": bz2.compress(FTD * 50)}
    for name, data in kinds.items():
        for _ in range(10):
            broken = bytearray(data)
            for _ in range(tap.rng.randrange(1, 6)):
                broken[tap.rng.randrange(len(broken))] ^= 1 << tap.rng.randrange(8)
            ran = tap.analyze(tap.write(os.path.join(folder, name), bytes(broken)), tap.write(os.path.join(folder, "good.log"), FTD))
            assert ran.status == 0, ran
            assert ("FTD-hostname", "10.10.200.31") in outcomes(ran), ran


@tap.test
def encrypted_zip(folder):
    """an encrypted zip is named, the rest goes on"""
    tap.need("zip")
    tap.write(os.path.join(folder, "messages"), FMC)
    subprocess.run(["zip", "-qjP", "secret", "e.zip", "messages"], cwd=folder, check=True, timeout=60)
    ran = survives(os.path.join(folder, "e.zip"), tap.write(os.path.join(folder, "ftd.log"), FTD))
    tap.equal(outcomes(ran), PEER)
    assert "e.zip" in said(ran) and ("encrypt" in said(ran).lower() or "passphrase" in said(ran).lower()), ran


@tap.test
def nested_too_deep(folder):
    """an archive in an archive in an archive, beyond the cap: its name is in the message"""
    data = tar_bytes([(LOG, FMC)])
    for i in range(12):
        data = tar_bytes([(f"level{i}.tar.gz", data)])
    ran = survives(tap.write(os.path.join(folder, "deep.tgz"), data), tap.write(os.path.join(folder, "ftd.log"), FTD))
    tap.equal(outcomes(ran), PEER)
    assert "nest" in said(ran).lower(), ran
    many = gzip.compress(FMC)
    for _ in range(12):
        many = gzip.compress(many)
    survives(tap.write(os.path.join(folder, "many.gz"), many))


@tap.test
def bomb(folder):
    """two GiB of zeros in a few kilobytes are given up, with the name of the cap"""
    tap.need("zstd")
    path = os.path.join(folder, "bomb.zst")
    with open(path, "wb") as out:
        zeros = subprocess.Popen(["head", "-c", str(2 << 30), "/dev/zero"], stdout=subprocess.PIPE)
        subprocess.run(["zstd", "-q", "-c"], stdin=zeros.stdout, stdout=out, check=True, timeout=120)
        zeros.stdout.close()
        zeros.wait(30)
    ran = survives(path, tap.write(os.path.join(folder, "ftd.log"), FTD), timeout=120)
    tap.equal(outcomes(ran), PEER)
    assert "bomb.zst" in said(ran), ran
    if not tap.sanitized():
        assert tap.peak_kib(path) <= 64 * 1024, f"{tap.peak_kib(path)} KiB"


@tap.test
def hostile_members(folder):
    """absolute paths, '..', links and devices in an archive: nothing is written, nothing is followed"""
    victim = os.path.join(folder, "victim")
    entries = [("/" + victim.lstrip("/"), FMC), ("../../../../" + victim.lstrip("/"), FMC), ("results/link", tarfile.SYMTYPE, "/etc"),
               ("results/link/passwd", b"x\n"), ("results/hard", tarfile.LNKTYPE, "/etc/passwd"), ("results/dev", tarfile.BLKTYPE),
               ("results/char", tarfile.CHRTYPE), ("results/fifo", tarfile.FIFOTYPE), (LOG, FTD)]
    before = sorted(os.listdir("/"))
    ran = survives(tap.write(os.path.join(folder, "evil.tgz"), tar_bytes(entries)), cwd=folder)
    assert ("FTD-hostname", "10.10.200.31") in outcomes(ran), ran
    assert not os.path.lexists(victim), "a member was written"
    tap.equal(sorted(os.listdir(folder)), ["evil.tgz"], "something was written")
    tap.equal(sorted(os.listdir("/")), before, "something was written")


@tap.test
def platform_log(folder):
    """the platform's own messages are another log, in a bundle and in a folder"""
    other = "results/dir-archives/opt-cisco-platform-logs/messages"
    ran = survives(tap.write(os.path.join(folder, "b.tgz"), tar_bytes([(other, FMC), (LOG, FTD)])))
    tap.equal(outcomes(ran), PEER)
    tap.write(os.path.join(folder, "x", other), FMC)
    tap.write(os.path.join(folder, "x", LOG), FTD)
    tap.equal(outcomes(survives(os.path.join(folder, "x"))), PEER)


@tap.test
def many_members(folder):
    """an archive of more members than the cap"""
    entry = tar_bytes([("x", b"")], "w:")[:512]
    path = os.path.join(folder, "many.tar.gz")
    with gzip.open(path, "wb", compresslevel=1) as f:
        for _ in range(101):
            f.write(entry * 10000)
    ran = survives(path, tap.write(os.path.join(folder, "ftd.log"), FTD), timeout=120)
    tap.equal(outcomes(ran), PEER)
    assert "many.tar.gz" in said(ran) and "entries" in said(ran), ran


if __name__ == "__main__":
    tap.main()
