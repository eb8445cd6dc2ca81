#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`capture -r`: real handshakes, every way in which the certificates of sftunnel fail, in every wrapping."""

import hashlib
import json
import os
import signal
import ssl
import struct
import tarfile

import tap
import wire

# case: alerts seen, state, version, verdict of each connection
EXPIRED = (["client 2/45"], "handshake", "1.2", "SFT-1001")
EXPECT = {
    "good": [([], "complete", "1.2", "SFT-1000")],
    "ca-expired": [EXPIRED],
    "leaf-expired": [(["client 2/45"], "handshake", "1.2", "SFT-1003")],
    "not-yet-valid": [(["client 2/42"], "handshake", "1.2", "SFT-1004")],
    "other-ca": [(["client 2/48"], "handshake", "1.2", "SFT-1006")],
    "other-client": [(["server 2/48"], "handshake", "1.2", "SFT-1006")],
    "regenerated": [(["client 2/51"], "handshake", "1.2", "SFT-1005")],
    "half-pushed": [(["server 2/51"], "handshake", "1.2", "SFT-1005")],
    "no-client-certificate": [(["server 2/40"], "handshake", "1.2", "SFT-1011")],
    "no-client-certificate-taken": [([], "complete", "1.2", "SFT-1000")],
    "resumed-ticket": [([], "complete", "1.2", "SFT-1000"), ([], "complete", "1.2", "SFT-1000")],
    "resumed-id": [([], "complete", "1.2", "SFT-1000"), ([], "complete", "1.2", "SFT-1000")],
    "renegotiation": [([], "complete", "1.2", "SFT-1000")],
    "tls10": [([], "complete", "1.0", "SFT-1000")],
    "tls11": [([], "complete", "1.1", "SFT-1000")],
    "tls13": [([], "complete", "1.3", "SFT-1000")],
    "tls13-ca-expired": [(["client 2/45"], "handshake", "1.3", "SFT-1001")],
    "tls13-pha": [([], "complete", "1.3", "SFT-1901")],
    "tls13-pha-missing": [([], "complete", "1.3", "SFT-1009")],
    "tls13-pha-refused": [([], "complete", "1.3", "SFT-1009")],
    "tls13-pha-no-certificate": [([], "complete", "1.3", "SFT-1009")],
    "tls13-client-refused": [([], "complete", "1.3", "SFT-1011")],
    "tls13-probe": [([], "complete", "1.3", "SFT-1901")],
    "tls13-server-leaves": [([], "complete", "1.3", "SFT-1000")],
    "tls13-resumed": [([], "complete", "1.3", "SFT-1000"), ([], "complete", "1.3", "SFT-1000")],
    "tls10-ca-expired": [(["client 2/45"], "handshake", "1.0", "SFT-1001")],
    **{k: [EXPIRED] for k in ("small-mtu", "super-segments", "vlan", "qinq", "ipv6", "sll", "sll2", "sll2-vlan", "raw-ipv6", "pcapng",
                              "big-endian")},
    "refused": [([], "refused", None, "SFT-1301")],
    "syn-only": [([], "syn_only", None, "SFT-1301")],
    "not-tls": [([], "not_tls", None, "SFT-1302")],
}


@tap.each(sorted(EXPECT))
def what_is_seen(folder, value):
    """chains, alerts, state and verdict of a real handshake"""
    ran = wire.capture(wire.case(value), status=0)
    got, truth = ran.json["connections"], wire.truth(value)
    tap.equal(len(got), len(EXPECT[value]), "connections")
    for one, true, (alerts, state, version, verdict) in zip(got, truth, EXPECT[value]):
        shown = [a for a in wire.alerts(one) if not a.endswith("encrypted")]
        tap.equal(wire.chains(one), {k: true[k] for k in ("client_chain", "server_chain")}, "chains")
        tap.equal((shown, one["state"], one["tls"]), (alerts, state, version), "alerts, state, version")
        tap.equal((one["resumed"], one["complete"]), (true["resumed"], state == "complete"), "resumed, complete")
        tap.equal(one["verdict"]["id"], verdict, one["summary"])
    tap.equal(ran.json["problems"], [])


@tap.test
def every_case(folder):
    """every case that capgen makes is in the table of expectations"""
    tap.equal(sorted(set(wire.cases()[1]) - set(EXPECT)), ["snapped"])


@tap.test
def certificates(folder):
    """certificates are told as they are: version, serial 0 as 00, dates, fingerprints"""
    got = wire.capture(wire.case("ca-expired"), status=0).json
    ca = [c for c in got["certificates"] if c["internal_ca"]]
    assert len(ca) == 1 and ca[0]["version"] == 1 and ca[0]["serial"] == "00" and ca[0]["self_signed"], ca
    assert "title=InternalCA" in ca[0]["subject"] and ca[0]["not_after"] < got["connections"][0]["first"], ca
    leaf = [c for c in got["certificates"] if not c["internal_ca"]]
    assert len(leaf) == 1 and leaf[0]["version"] == 3 and leaf[0]["serial"] == "01", leaf
    tap.equal(got["connections"][0]["accepted"], [ca[0]["subject"]], "names that the server accepts")


@tap.test
def faults(folder):
    """each chain is judged at each depth, at the time of the packets"""
    for case, side, kind, depth in (("ca-expired", "server", "expired", 1), ("leaf-expired", "server", "expired", 0),
                                    ("not-yet-valid", "server", "not_yet_valid", 0), ("half-pushed", "client", "wrong_signature", 0)):
        found = wire.capture(wire.case(case), status=0).json["connections"][0]["faults"]
        assert any((f["side"], f["kind"], f["depth"], f["then"]) == (side, kind, depth, True) for f in found), (case, found)
    days = [f["days"] for f in wire.capture(wire.case("ca-expired"), status=0).json["connections"][0]["faults"] if f["kind"] == "expired"]
    tap.equal(days, [-3], "days from the packet to notAfter")


@tap.test
def same_name_other_key(folder):
    """a regenerated CA has the old one's name and serial number, and is another certificate"""
    got = wire.capture(wire.case("regenerated"), wire.case("half-pushed"), status=0).json
    cas = [c for c in got["certificates"] if c["internal_ca"]]
    tap.equal(len({c["sha256"] for c in cas}), len(cas))
    tap.equal({(c["subject"], c["serial"], c["version"]) for c in cas}, {(cas[0]["subject"], "00", 1)})


@tap.test
def post_handshake_auth(folder):
    """TLS 1.3: certificates can't be seen, and whether post-handshake authentication is offered can"""
    for case, offered in (("tls13-pha", True), ("tls13-pha-missing", False), ("tls13", False)):
        one = wire.capture(wire.case(case), status=0).json["connections"][0]
        tap.equal(one["post_handshake_auth"], offered, case)


@tap.each([("data both ways", "tls13", "SFT-1000", "data went both ways", None), ("no data", "tls13-probe", "SFT-1901", "handshake was completed", "client"),
           ("the server leaves", "tls13-server-leaves", "SFT-1000", "data went both ways", "server"),
           ("authenticated later", "tls13-pha", "SFT-1901", "without a sign of a rejection", "client"),
           ("refused later", "tls13-pha-refused", "SFT-1009", "refused the client's certificate", "server"),
           ("refused", "tls13-client-refused", "SFT-1011", "refused the client's certificate", "server"),
           ("can't be asked", "tls13-pha-missing", "SFT-1009", "does not offer post_handshake_auth", "server")])
def tls13_endings(folder, value):
    """TLS 1.3: that a connection was short is no verdict; who ended it, and after what, is"""
    _, case, verdict, words, by = value
    one = wire.capture(wire.case(case), status=0).json["connections"][0]
    assert one["verdict"]["id"] == verdict and words in one["summary"], one
    assert by is None or one["ended_first"] == by, one
    text = tap.agent("capture", "-v", "-r", wire.case(case), status=0).out.decode()
    assert by is None or f"by the {by} first" in text, text


@tap.test
def renegotiation(folder):
    """a renegotiation inside the tunnel is counted; its certificates can't be seen"""
    assert wire.capture(wire.case("renegotiation"), status=0).json["connections"][0]["renegotiations"] > 0
    tap.equal(wire.capture(wire.case("good"), status=0).json["connections"][0]["renegotiations"], 0)


@tap.test
def snapshot(folder):
    """cut by the snapshot length: said, and nothing is invented"""
    got = wire.capture(wire.case("snapped")).json
    one = got["connections"][0]
    assert one["gaps"] > 0 and one["server_certificates"] in ("none", "partial"), one
    tap.equal(wire.alerts(one), ["client 2/45"], "short frames are whole")


@tap.test
def wrappings(folder):
    """the same connection, compressed, in an archive, in a folder, on standard input: one answer"""
    plain = wire.case("ca-expired")
    want = wire.capture(plain, status=0).json["connections"]
    gz = wire.packed(plain, folder)
    sub = os.path.join(folder, "case", "deeper")
    os.makedirs(sub)
    os.rename(gz, os.path.join(sub, "x.pcap.gz"))
    tar = os.path.join(folder, "case.tgz")
    with tarfile.open(tar, "w:gz") as t:
        t.add(plain, "results-09-20-2024--031500/command-outputs/capture.pcap")
    for path in (os.path.join(sub, "x.pcap.gz"), os.path.join(folder, "case"), tar):
        tap.equal(wire.capture(path, status=0).json["connections"], want, path)
    with open(plain, "rb") as f:
        data = f.read()
    tap.equal(wire.capture("-", stdin=data, status=0).json["connections"], want, "standard input")
    for path in (plain, tar):
        tap.equal(tap.analyze(path, status=0).json["connections"], want, "analyze " + path)


@tap.test
def cut_anywhere(folder):
    """a capture that is cut off anywhere is read as far as it goes, and says so"""
    for case in ("ca-expired", "pcapng"):
        with open(wire.case(case), "rb") as f:
            data = f.read()
        whole = wire.capture(wire.case(case), status=0).json
        frames = whole["sources"][0]["frames"]
        for n in sorted({*range(24, len(data), 97), len(data) - 1}):
            ran = wire.capture("-", stdin=data[:n])
            source = ran.json["sources"][0]
            assert source["frames"] <= frames and ran.status in (0, 3), ran
            if source["partial"]:
                assert ran.json["problems"] and b"partial" in ran.err, ran
        assert source["partial"] and source["frames"] == frames - 1, ran


@tap.test
def broken_in_the_middle(folder):
    """what was found before the damage stays"""
    with open(wire.case("ca-expired"), "rb") as f:
        data = f.read()
    ran = wire.capture("-", stdin=data + b"\xff" * 64, status=0)
    tap.equal(wire.alerts(ran.json["connections"][0]), ["client 2/45"])
    assert ran.json["sources"][0]["partial"] and b"partial" in ran.err, ran


@tap.each([("no file", ["-r", "/no/such/file"], 66, b"/no/such/file"), ("no capture", ["-r", "/etc/passwd"], 65, b"no packet capture"),
           ("nothing to read", [], 64, b"-r FILE"), ("both", ["-r", "x", "-i", "lo"], 64, b"one of them"),
           ("a port", ["-r", "x", "--port", "70000"], 64, b"65535"), ("a duration", ["-i", "lo", "--duration", "soon"], 64, b"15m"),
           ("-w without -i", ["-r", "x", "-w", "y"], 64, b"-w is for -i"), ("a ring without -w", ["-i", "lo", "--ring", "3"], 64, b"-w FILE"),
           ("packets on standard output", ["-i", "lo", "-w", "-"], 64, b"standard output"), ("an operand", ["x.pcap"], 64, b"-r FILE"),
           ("a folder for the certificates", ["-r", "x", "--export-certs", "/no/such/folder/x"], 73, b"/no/such/folder/x")])
def refused(folder, value):
    """an error with the next step"""
    _, args, status, word = value
    ran = tap.agent("capture", *args, status=status)
    assert word in ran.err and not ran.out, ran


@tap.test
def no_such_port(folder):
    """nothing on the port: exit 3, and what to do"""
    ran = wire.capture(wire.case("good"), options=["--port", "8306"], status=3)
    assert b"--port any" in ran.err, ran
    tap.equal(len(wire.capture(wire.case("good"), options=["--port", "any"], status=0).json["connections"]), 1)
    tap.equal(len(wire.capture(wire.case("good"), options=["--port", "49765"], status=0).json["connections"]), 1)


@tap.test
def fail_on(folder):
    """--fail-on"""
    tap.agent("capture", "-r", wire.case("ca-expired"), "--fail-on", "critical", status=2)
    tap.agent("capture", "-r", wire.case("good"), "--fail-on", "critical", status=0)


@tap.test
def export(folder):
    """--export-certs: PEM by fingerprint; what is there stays, links are not followed"""
    out = os.path.join(folder, "certs")
    ran = wire.capture(wire.case("good"), options=["--export-certs", out], status=0)
    names = {c["sha256"] + ".pem" for c in ran.json["certificates"]}
    assert len(names) == 3, names
    tap.equal(set(os.listdir(out)), names)
    tap.equal(os.stat(out).st_mode & 0o777, 0o700)
    for name in names:
        with open(os.path.join(out, name), encoding="ascii") as f:
            der = ssl.PEM_cert_to_DER_cert(f.read())
        tap.equal(hashlib.sha256(der).hexdigest() + ".pem", name)
    first = sorted(names)[0]
    os.unlink(os.path.join(out, first))
    os.symlink(os.path.join(folder, "elsewhere"), os.path.join(out, first))
    second = tap.write(os.path.join(out, sorted(names)[1]), b"mine")
    again = wire.capture(wire.case("good"), options=["--export-certs", out], status=0)
    assert b"0 certificates written, 3 were there" in again.err, again
    assert not os.path.exists(os.path.join(folder, "elsewhere")), "a link was followed"
    with open(second, "rb") as f:
        tap.equal(f.read(), b"mine")


@tap.test
def text(folder):
    """the text names both ends, the certificates, the alert, the filter for Wireshark"""
    out = tap.agent("capture", "-r", wire.case("ca-expired"), status=0).out.decode()
    for word in (wire.CLIENT, wire.SERVER, "certificate_expired", "InternalCA of FMC 06f5f3ca", "tcp.port == 49765", "SFT-1001"):
        assert word in out, f"{word} is missing: {out}"


@tap.test
def said_once(folder):
    """the peer, its proof and the connection have one sentence in common: it is printed once"""
    for case, words in (("ca-expired", "rejected the server's chain with alert 45"), ("tls13-client-refused", "refused the client's certificate")):
        out = " ".join(tap.agent("capture", "-r", wire.case(case), status=0).out.decode().split())
        tap.equal(out.count(words), 1, out)
        assert "as said above; confidence" in out, out


@tap.test
def several_captures(folder):
    """the same traffic in two captures, by clocks an hour apart: each connection is counted once"""
    for case in ("ca-expired", "resumed-ticket", "tls13"):
        with open(wire.case(case), "rb") as f:
            head = f.read(24)
        later = []
        for frame in wire.frames(wire.case(case)):
            (second,) = struct.unpack_from("<I", frame)
            later.append(struct.pack("<I", second + 3600) + frame[4:])
        other = tap.write(os.path.join(folder, case + "-other-end.pcap"), head + b"".join(later))
        one, both = wire.capture(wire.case(case), status=0).json, wire.capture(wire.case(case), other, status=0).json
        tap.equal(len(both["connections"]), len(one["connections"]), case)
        tap.equal([c["copies"] for c in both["connections"]], [1] * len(one["connections"]))
        tap.equal(both["totals"]["attempts"], one["totals"]["attempts"])
        tap.equal([p["attempts"]["total"] for p in tap.analyze(wire.case(case), other, status=0).json["peers"]],
                  [p["attempts"]["total"] for p in one["peers"]])
    text = tap.agent("capture", "-v", "-r", wire.case(case), "-r", other, status=0).out.decode()
    assert "also in 1 other capture" in " ".join(text.split()), text


@tap.test
def same_bytes(folder):
    """the same input gives the same bytes, whatever the order in which files are given"""
    a, b = wire.case("good"), wire.case("ca-expired")
    tap.equal(wire.capture(a, b).out, wire.capture(a, b).out)
    one, other = wire.capture(a, b).json, wire.capture(b, a).json
    tap.equal(sorted(c["server_chain"] for c in one["connections"]), sorted(c["server_chain"] for c in other["connections"]))


@tap.test
def interrupted(folder):
    """Ctrl-C while a file is read: the report covers what was read"""
    with open(wire.case("ca-expired"), "rb") as f:
        data = f.read()
    child, argv = tap.start("capture", "-o", "json", "-r", "-")
    child.stdin.write(data)
    child.stdin.flush()
    tap.wait_drained(child.stdin.fileno())
    more = os.dup(child.stdin.fileno())  # the input has not ended when the signal comes
    child.send_signal(signal.SIGINT)
    out, err = tap.finish(child, argv)
    os.close(more)
    tap.equal(child.returncode, 130)
    got = json.loads(out)
    assert got["interrupted"] and len(got["connections"]) == 1 and b"interrupted" in err, (got, err)


@tap.test
def flood(folder):
    """300,000 SYNs from everywhere don't hide the handshake behind them: they are counted"""
    case, path = wire.case("ca-expired"), os.path.join(folder, "flood.pcap")
    with open(path, "wb") as f:
        f.writelines(wire.flood(300000, 8305, case))
        f.writelines(wire.frames(case))
    got = wire.capture(path, status=0).json
    real = [c for c in got["connections"] if c["state"] != "syn_only"]
    tap.equal([(c["verdict"]["id"], wire.alerts(c)) for c in real], [("SFT-1001", ["client 2/45"])])
    (problem,) = [p for p in got["problems"] if "cap attempts" in p["text"]]
    kept = len(got["connections"]) - 1
    assert problem["count"] > 280000 and "flood of SYNs" in problem["text"], problem
    assert problem["count"] + kept > 299000, (problem, kept)  # a few share address and port
    text = tap.agent("capture", "-r", path, status=0).out.decode()
    assert "certificate_expired" in text and "cap attempts" in text and len(text.splitlines()) < 500, text[:3000]
    if not tap.sanitized():
        peak = tap.peak_kib(path)
        assert peak <= 64 << 10, f"{peak} KiB"


@tap.test
def many(folder):
    """1,500 sessions open at once: all of them, every certificate, within 128 MiB"""
    path, truth = os.path.join(folder, "short.pcap"), os.path.join(folder, "truth")
    wire.capgen("short", path, truth, 20 << 20)
    with open(truth, encoding="ascii") as f:
        want = json.load(f)
    got = wire.capture(path, status=0).json
    seen = {"frames": got["sources"][0]["frames"], "sessions": len(got["connections"]),
            "failed": sum(wire.alerts(c) == ["client 2/45"] for c in got["connections"]),
            "certificates": sum(len(c["client_chain"]) + len(c["server_chain"]) for c in got["connections"])}
    tap.equal(seen, want)
    if not tap.sanitized():
        peak = tap.peak_kib(path)
        assert peak <= 128 << 10, f"{peak} KiB"


if __name__ == "__main__":
    tap.main()
