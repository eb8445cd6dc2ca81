#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""watch and what is in the lines: hostile and forged ones, stamps that step, ten thousand peers that fail at once."""

import datetime
import os
import time

import tap
import watching
import watchload

PEERS = int(os.environ.get("PEERS", 10000))
MOST_KIB = 64 * 1024
CASES = os.path.join(tap.SRCDIR, "tests/golden")


def vendor(side):
    with open(os.path.join(CASES, f"vendor-{side}", f"{side}.log"), "rb") as f:
        return f.read()


# ---- hostile lines ----

def ours(text, tid=2, host=b"h"):
    return b"Sep 20 04:12:00 %s SF-IMS[1]: [%d] sftunneld:sf_ssl %s\n" % (host, tid, text)


def hostile():
    """Each of them may stand between any two lines of a log."""
    long = b"A" * (1 << 20)
    return [
        b"\0" * 5000 + b"\n", b"\0\n", b"\r\n", b"\r", b"\n" * 100,
        bytes(range(256)) + b"\n", bytes(range(255, -1, -1)) * 20 + b"\n", tap.rng.randbytes(20000) + b"\n",
        long + b"\n", ours(b"[INFO] " + long), ours(b"[ERROR] err 10:" + long), ours(b"[INFO] Initiating IPv4 connection to " + long, 3),
        b"Sep 20 04:12:00 h last message repeated 4711 times\n", b"Sep 20 04:12:00 h message repeated 99999999999999 times: [ x]\n",
        b"Sep 20 04:12:00 h rsyslogd: message repeated 3 times: [ sftunneld:sf_ssl [ERROR] err 10:certificate has expired]\n",
        ours(b"[INFO] \x1b[2J\x1b]0;owned\x07 Initiating IPv4 connection to 10.9.9.9:8305/tcp", 4),
        ours(b'[ERROR] subject = /CN="},{"type":"incident","id":"0"}\n{"seq":1,"type":"attempt"}', 5),
        ours(b"[INFO] Initiating IPv4 connection to \xff\xfe\xc0\x80:8305/tcp", 6),
        b"".join(ours(b"[INFO] Initiating IPv4 connection to 10.9.%d.1:8305/tcp" % b, 9000 + b, b"n\xff%c" % b) for b in range(256) if b != 10),
        # forged: the text of another process has what looks like ours
        b"Sep 20 04:12:00 FTD-hostname sshd[77]: Invalid user sftunneld:sf_ssl [ERROR] err 10:certificate has expired from 10.6.6.6\n",
        b"Sep 20 04:12:00 FTD-hostname httpd: GET /SF-IMS[50792]: [51982] sftunneld:sf_ssl [WARN] Unable to connect to 10.10.200.31\n",
    ]


def pieces(data):
    """As a slow writer has it: half lines stand there for a while."""
    while data:
        k = tap.rng.choice((1, 7, 100, 3000, 300000))
        yield data[:k]
        data = data[k:]


@tap.test
def hostile_lines(folder):
    """hostile and forged lines between those of an attempt: it is told once, and all that is told is valid JSON"""
    path = os.path.join(folder, "messages")
    tap.write(path, b"")
    w = watching.Watch(folder, options=["--from", "all"])
    with open(path, "ab", buffering=0) as f:
        lines = vendor("ftd").splitlines(keepends=True)
        bad = hostile()
        tap.rng.shuffle(bad)
        for data in [*bad, *lines, *vendor("fmc").replace(b"\n", b"\r\n").splitlines(keepends=True)]:
            for piece in pieces(data):
                f.write(piece)
        f.write(ours(b"[INFO] Initiating IPv4 connection to 10.1.1.1:8305/tcp", 50))
        half = ours(b"[INFO] >> ChannelState do_dataio_for_heartbeat peer 10.1.1.1 / channelA / CONTROL [ msgSock & ssl_context ] <<", 50)
        half = half.replace(b"sf_ssl", b"sf_channel")
        f.write(ours(b"[INFO] Connected to 10.1.1.1 from resolved_ip_list (port 8305) (IPv4)", 50) + half[:60])
        w.until(lambda: ("FTD-hostname", "10.10.200.31") in watching.counted(w.of("attempt")), "the attempt")
        assert not [e for e in w.of("attempt") if e["address"] == "10.1.1.1"], "told with half a line"
        f.write(half[60:])
        w.until(lambda: [e for e in w.events if e["address"] == "10.1.1.1" and e["type"] == "attempt"] or w.read() is None, "the other half")
    w.end()
    w.read()
    watching.no_id_twice(w.events)
    have = watching.counted(w.events)
    tap.equal(have["FTD-hostname", "10.10.200.31"], {"verify_failed/10": 1})
    tap.equal(len([k for k in have if k[1] == "10.6.6.6"]), 0, "forged")
    with open(w.out, "rb") as f:
        out = f.read()
    assert all(b >= 32 or b == 10 for b in out) and out.decode("utf-8"), "control bytes, or no UTF-8, were told"
    assert b"\x1b" not in w.errors() and b"level=err" not in w.errors(), w.errors()


@tap.test
def hostile_load(folder):
    """hostile lines under load and kills: nothing of the others is lost or doubled"""
    data, truth = watchload.known(folder, size="400K")
    bad = [b for b in hostile() if b.endswith(b"\n") and b"FTD-hostname" not in b]
    w = watching.Watch(folder, options=["--from", "all"])
    load = watchload.Load(w.logs[0], data)
    while load.left:
        load.write(tap.rng.randrange(300))
        load.f.write(tap.rng.choice(bad))
        if tap.rng.random() < 0.1:
            w.kill()
            w.start()
    load.finish(w, truth)
    watching.no_id_twice(w.events)
    have, want = watching.counted(w.events), watching.wanted(truth)
    tap.equal({k: have.get(k) for k in want}, want)


# ---- stamps ----

def stepping(data, value):
    """The same lines with stamps that step by years now and then; what they say of their zone changes, too."""
    out, years, zone = [], 0, 0
    for line in data.splitlines(keepends=True):
        if tap.rng.random() < 1 / 400:
            years = tap.rng.choice((-10, 0, 10))
            zone = tap.rng.choice((0, 120, -690, 840))
        at = datetime.datetime.strptime(f"{2024 + years} " + line[:15].decode(), "%Y %b %d %H:%M:%S")
        if value == "read at once":  # by then nobody can tell a clock that was set by hours from hours without a line
            at += datetime.timedelta(minutes=zone)
        sign, minutes = "-" if zone < 0 else "+", abs(zone)
        out.append(f"{at.isoformat()}{sign}{minutes // 60:02}:{minutes % 60:02} ".encode() + line[16:])
    return b"".join(out)


def causes(w):
    return sorted({(e["observer"], e["address"], e["verdict"]["id"]) for e in w.of("incident") if e["change"] == "opened"})


@tap.each(["followed", "read at once"])
def stamps_step(folder, value):
    """clocks that step by 10 years and zones that change find the same incidents"""
    data, _ = watchload.known(folder, size="500K", outcomes="established=30,verify_failed/10=20,alert/45=10,alert/48=5,verify_failed/19=5")
    both = []
    for n, lines in enumerate((data, stepping(data, value))):  # both at once: the machine's clock is waited for below
        place = os.path.join(folder, str(n))
        os.mkdir(place)
        w = watching.Watch(place, options=["--from", "all"], start=False)
        load = watchload.Load(w.logs[0], lines)
        if value == "followed":
            w.start()
            while load.left:
                load.run(1)
        else:
            load.write(load.left)
            w.start()
        load.take(data)
        both.append((w, load))
    for w, load in both:
        load.until_read(w, {"peers": [], "attempts": 0})
    found = []
    for w, _ in both:
        w.until(lambda w=w: settled(w), "that nothing more comes", 30)
        w.end()
        found.append(causes(w))
        watching.no_id_twice(w.events)
    assert found[0] and len(found[0]) > 5, found[0]
    tap.equal(found[1], found[0])


def settled(w):
    """Attempts that failed are over after a second or ten without a line; the clock that counts is the machine's."""
    n = len(w.of("incident"))
    if getattr(w, "seen", None) != n:
        w.seen, w.since = n, time.monotonic()
    return time.monotonic() - w.since > 3


# ---- a storm ----

@tap.test
def storm(folder):
    """ten thousand peers fail at once: one alarm for them all, none of them lost, in 64 MiB"""
    path = os.path.join(folder, "messages")
    tap.write(path, b"")
    w = watching.Watch(folder, options=["--from", "all"])
    issuer = b"/title=InternalCA/OU=Intrusion Management System/CN=aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb/O=Cisco Systems, Inc"
    with open(path, "ab", buffering=0) as f:
        for first in range(0, PEERS, 100):
            f.write(b"".join(failing(n, issuer) for n in range(first, min(PEERS, first + 100))))
    w.until(lambda: len({e["address"] for e in w.of("attempt")}) >= PEERS, f"{PEERS} peers", 120)
    w.until(lambda: any(e["peers"] >= PEERS for e in w.of("alarm")) or len(w.of("incident")) >= PEERS, "all incidents", 30)
    peak = watchload.peak_kib(w.child.pid), watchload.peak_kib(watchload.reader_of(w))
    print(f"# {PEERS} peers: {peak[0]} KiB and {peak[1]} KiB at most, {sum(peak)} KiB together")
    w.end()
    w.read()
    watching.no_id_twice(w.events)
    have = watching.counted(w.events)
    tap.equal(len(have), PEERS)
    assert all(v == {"verify_failed/10": 1} for v in have.values()), [v for v in have.values() if v != {"verify_failed/10": 1}][:3]
    alarms = [e for e in w.of("alarm") if e["change"] == "opened"]
    tap.equal(len(alarms), 1, "alarms opened")
    opened = [e for e in w.of("incident") if e["change"] == "opened"]
    tap.equal(len(opened), PEERS, "incidents opened")
    without = [e for e in opened if e.get("alarm") != alarms[0]["id"]]
    assert len(without) < 3, f"{len(without)} incidents belong to no alarm"
    assert tap.sanitized() or sum(peak) <= MOST_KIB, f"{sum(peak)} KiB"


def failing(n, issuer):
    address = b"10.%d.%d.%d" % (20 + (n >> 16), n >> 8 & 255, n & 255)
    texts = (b"[INFO] Initiating IPv4 connection to %s:8305/tcp" % address, b"[INFO] Wait to connect to 8305 (IPv4): %s" % address,
             b"[INFO] Connected to %s from resolved_ip_list (port 8305) (IPv4)" % address,
             b"[ERROR] -Error with certificate at depth: 1", b"[ERROR] issuer = " + issuer, b"[ERROR] subject = " + issuer,
             b"[ERROR] err 10:certificate has expired", b"[ERROR] SSL_renegotiate error: 1: error:00000001:lib(0):func(0):reason(1)",
             b"[ERROR] Connect:SSL handshake failed", b"[WARN] SSL Verification status: certificate has expired")
    return b"".join(ours(t, 1000 + n, b"ftd-1") for t in texts)


if __name__ == "__main__":
    tap.main()
