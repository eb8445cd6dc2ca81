#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Probes of real TLS servers, and of what is none: what they present, whatever they think of us."""

import json
import os
import pty
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402

UUID = "8d1a7f4a-e5a5-11ed-a56c-0988856d1c7e"
CA_DN = f"/title=InternalCA/OU=Intrusion Management System/CN={UUID}/O=Cisco Systems, Inc"
LEAF_DN = "/title=sftunnel/CN=06f5f3ca-c77b-11e2-81bf-884d9d11f3ef/O=Cisco Systems, Inc"
CONFIG = """[ca]
default_ca = d
[d]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = p
unique_subject = no
[p]
[req]
distinguished_name = p
"""
LONG_AGO, PAST, FAR = "20200101000000Z", "20240917000000Z", "20490101000000Z"


class Pki:
    """An InternalCA, what it signed, and one that has expired; made by openssl, once for all tests."""

    def __init__(self):
        tap.need("openssl")
        self.folder = tempfile.TemporaryDirectory(prefix="sftunnel-pki.")
        for name, text in (("ca.cnf", CONFIG), ("index.txt", ""), ("serial", "01\n")):
            tap.write(self.path(name), text)
        self.key("ca")
        self.sign("ca", "ca", CA_DN, FAR)
        self.sign("ca-expired", "ca", CA_DN, PAST, key="ca")
        self.key("other")
        self.sign("other", "other", CA_DN, FAR)
        for name, until in (("leaf", FAR), ("leaf-expired", PAST)):
            self.key(name)
            self.sign(name, "ca", LEAF_DN, until)
        self.join("chain", "leaf", "ca")
        self.join("chain-ca-expired", "leaf", "ca-expired")
        self.join("chain-leaf-expired", "leaf-expired", "ca")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run(self, *argv):
        subprocess.run(["openssl", *argv], cwd=self.folder.name, check=True, timeout=120, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def key(self, name):
        self.run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key")
        os.chmod(self.path(name + ".key"), 0o600)

    def sign(self, name, ca, subject, until, key=None):
        self.run("req", "-new", "-config", "ca.cnf", "-key", (key or name) + ".key", "-subj", subject, "-out", name + ".csr")
        by = ["-selfsign"] if (key or name) == ca else ["-cert", ca + ".pem"]
        self.run("ca", "-batch", "-config", "ca.cnf", *by, "-keyfile", ca + ".key", "-in", name + ".csr", "-out", name + ".pem", "-startdate",
                 LONG_AGO, "-enddate", until, "-notext", "-preserveDN")

    def join(self, name, *parts):
        tap.write(self.path(name + ".pem"), b"".join(open(self.path(p + ".pem"), "rb").read() for p in parts))


_pki = []


def pki():
    if not _pki:
        _pki.append(Pki())
    return _pki[0]


class Server:
    """Listens, and does what it is told with each connection, in threads, until it is closed."""

    def __init__(self, each, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, 0))
        self.listener.listen(256)
        self.each, self.host, self.port = each, host, self.listener.getsockname()[1]
        self.over, self.accepted = threading.Event(), threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.accepted.set()
            threading.Thread(target=self.one, args=(client,), daemon=True).start()

    def one(self, client):
        try:
            with client:
                self.each(client, self.over)
        except (OSError, ssl.SSLError):
            pass

    def __str__(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def drain(tls):
    """Until the other end has had enough."""
    while tls.recv(4096):
        pass


def tls_server(chain="chain", key="leaf", least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3, verify=ssl.CERT_REQUIRED,
               post=False, host="127.0.0.1", first=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki().path(chain + ".pem"), pki().path(key + ".key"))
    context.load_verify_locations(pki().path("ca.pem"))
    context.minimum_version, context.maximum_version = least, most
    context.post_handshake_auth = post
    context.verify_mode = verify

    def each(client, over):
        if first and not first(client):
            return
        with context.wrap_socket(client, server_side=True) as tls:
            if post:
                tls.verify_client_post_handshake()
                tls.sendall(b"\0")  # takes the request along
            drain(tls)
    return Server(each, host)


def probe(*args, status=None, **kw):
    return tap.agent("probe", "--json", *args, status=status, **kw).json


def only(report):
    tap.equal(len(report["connections"]), 1, report)
    tap.equal(len(report["peers"]), 1, report)
    c, p = report["connections"][0], report["peers"][0]
    tap.equal(c["verdict"]["id"], p["verdict"]["id"], "connection and peer")
    tap.equal(report["sources"][0]["kind"], "probe")
    return c


def verdict(c, want, *pieces):
    tap.equal(c["verdict"]["id"], want, c["summary"])
    for piece in pieces:
        assert piece in c["summary"], f"{piece!r} is not in {c['summary']!r}"


# ---- what servers present ----

@tap.each([("TLS 1.2", "1.2", ssl.TLSVersion.TLSv1_2, 40), ("TLS 1.3", "1.3", ssl.TLSVersion.TLSv1_3, 116)])
def mutual(folder, value):
    """a server that wants a certificate refuses us, and we have seen its chain"""
    _, name, version, alert = value
    with tls_server(least=version, most=version) as s:
        c = only(probe(s, "--timeout", 30, status=0))
    verdict(c, "SFT-1000", "valid chain until 2049-01-01", "has none", f"alert {alert}")
    tap.equal((c["tls"], len(c["server_chain"]), c["certificate_requested"], c["client_certificates"]), (name, 2, True, "empty"))
    tap.equal([(a["from"], a["description"]) for a in c["alerts"] if a["description"]], [("server", alert)])


@tap.test
def s_server(folder):
    """the same of openssl's own server, for both versions; whom it accepts is said in both"""
    p = pki()
    argv = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", p.path("leaf.pem"), "-key", p.path("leaf.key"), "-cert_chain",
            p.path("ca.pem"), "-CAfile", p.path("ca.pem"), "-Verify", "3"]
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        port = next(m.group(1).decode() for line in child.stdout if (m := re.search(rb"ACCEPT .*:(\d+)", line)))
        for version in ("1.2", "1.3"):
            c = only(probe(f"127.0.0.1:{port}", "--tls", version, "--timeout", 30, status=0))
            verdict(c, "SFT-1000", "has none")
            tap.equal(c["tls"], version)
            assert any(UUID in a for a in c["accepted"]), c["accepted"]
            c = only(probe(f"127.0.0.1:{port}", "--tls", version, "--cert", p.path("chain.pem"), "--key", p.path("leaf.key"), "--timeout", 30, status=0))
            verdict(c, "SFT-1000", "took the certificate of the probe")
            tap.equal(len(c["client_chain"]), 2)
    finally:
        child.kill()
        child.communicate()


@tap.test
def own_pair(folder):
    """a pair of our own is shown and taken; one of another CA of that name is rejected"""
    p = pki()
    p.key("stranger")
    p.sign("stranger", "other", LEAF_DN, FAR)
    with tls_server() as s:
        c = only(probe(s, "--cert", p.path("chain.pem"), "--key", p.path("leaf.key"), "--timeout", 30, status=0))
        verdict(c, "SFT-1000", "took the certificate")
        c = only(probe(s, "--cert", p.path("stranger.pem"), "--key", p.path("stranger.key"), "--timeout", 30, status=2))
        assert c["verdict"]["id"] in ("SFT-1005", "SFT-1006"), c
        assert "rejected the client's chain" in c["summary"], c["summary"]


@tap.test
def post_handshake(folder):
    """TLS 1.3: asked for a certificate after the handshake"""
    p = pki()
    with tls_server(verify=ssl.CERT_REQUIRED, post=True, least=ssl.TLSVersion.TLSv1_3) as s:
        c = only(probe(s, "--timeout", 30, status=0))
        verdict(c, "SFT-1000", "has none", "alert 116")
        tap.equal((c["tls"], c["post_handshake_auth"], c["certificate_requested"], c["state"]), ("1.3", True, True, "complete"))
        c = only(probe(s, "--cert", p.path("chain.pem"), "--key", p.path("leaf.key"), "--timeout", 30, status=0))
        verdict(c, "SFT-1000", "took the certificate")


@tap.test
def nobody_asks(folder):
    """a server that does not ask for a certificate"""
    with tls_server(verify=ssl.CERT_NONE) as s:
        c = only(probe(s, "--timeout", 30, status=0))
    verdict(c, "SFT-1000", "did not ask")
    tap.equal(c["certificate_requested"], False)


@tap.each([("CA", "chain-ca-expired", "leaf", "SFT-1001", "its InternalCA expired"),
           ("leaf", "chain-leaf-expired", "leaf-expired", "SFT-1003", "its own certificate expired")])
def expired(folder, value):
    """a server whose certificate has expired is critical, in both versions"""
    _, chain, key, want, says = value
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with tls_server(chain, key, least=version, most=version) as s:
            verdict(only(probe(s, "--timeout", 30, status=2)), want, says, "2024-09-17")


@tap.test
def given_ca(folder):
    """--ca: by key, not by name"""
    p = pki()
    with tls_server() as s:
        verdict(only(probe(s, "--ca", p.path("ca.pem"), "--timeout", 30, status=0)), "SFT-1000")
        verdict(only(probe(s, "--ca", p.path("other.pem"), "--timeout", 30, status=2)), "SFT-1005", "another key")


@tap.test
def older_server(folder):
    """a server that drops a ClientHello of TLS 1.3 is seen with TLS 1.2"""
    def only12(client):
        hello = client.recv(4096, socket.MSG_PEEK)
        if b"\x03\x04" not in hello[44:].split(b"\x00\x2b", 1)[-1][:8]:
            return True
        client.recv(4096)
        return False
    with tls_server(first=only12, most=ssl.TLSVersion.TLSv1_2) as s:
        c = only(probe(s, "--timeout", 30, status=0))
        verdict(c, "SFT-1000", "TLS 1.2 only")
        verdict(only(probe(s, "--tls", "1.3", "--timeout", 30, status=2)), "SFT-1302", "closed the connection")


@tap.test
def no_version(folder):
    """no version in common is a fault of the protocol"""
    with tls_server(least=ssl.TLSVersion.TLSv1_3) as s:
        c = only(probe(s, "--tls", "1.2", "--timeout", 30, status=2))
    verdict(c, "SFT-1302", "alert 70")


@tap.test
def ipv6(folder):
    """IPv6, with and without brackets, and a name with several addresses"""
    try:
        s = tls_server(host="::1")
    except OSError as e:
        raise tap.Skip(f"no IPv6 here: {e}") from None
    with s:
        c = only(probe(s, "--timeout", 30, status=0))
        tap.equal(c["server"], str(s))


@tap.test
def names(folder):
    """a name is resolved, and the peer is called by it"""
    if not any("localhost" in line.split()[1:] and line.startswith("127.0.0.1") for line in open("/etc/hosts", encoding="utf-8")):
        raise tap.Skip("no localhost in /etc/hosts")
    with tls_server() as s:
        report = probe(f"localhost:{s.port}", "--timeout", 30, status=0)
    tap.equal(report["peers"][0]["name"], "localhost")


# ---- what is none ----

def say(data):
    def each(client, over):
        client.recv(4096)
        client.sendall(data)
    return each


def hush(client, over):
    over.wait()


def hang_up(client, over):
    client.recv(4096)


def reset(client, over):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@tap.each([
    ("HTTP", say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), 30, "SFT-1302", "HTTP answers"),
    ("SSH", say(b"SSH-2.0-OpenSSH_9.2p1\r\n"), 30, "SFT-1302", "SSH answers"),
    ("text", say(b"220 mail \x1b[31m ready\r\n"), 30, "SFT-1302", "not TLS"),
    ("garbage", say(bytes(range(200, 256)) * 40), 30, "SFT-1302", "begins with c8 c9"),
    ("half a record", say(b"\x16\x03\x03\x40\x00\x02"), 30, "SFT-1302", "closed the connection within the handshake"),
    ("plain close", hang_up, 30, "SFT-1302", "closed the connection without an answer"),
    ("reset", reset, 30, "SFT-1302", "reset the connection"),
    ("silence", hush, 1, "SFT-1301", "nothing answered the ClientHello within 1 s"),
])
def not_tls(folder, value):
    """what does not speak TLS gives one clear line"""
    _, each, timeout, want, says = value
    with Server(each) as s:
        run = tap.agent("probe", "-o", "nagios", "-o", f"json={folder}/j", "--timeout", timeout, s)
        with open(f"{folder}/j", encoding="ascii") as f:
            verdict(only(json.load(f)), want, says)
        tap.equal(run.status, 1 if want == "SFT-1301" else 2)
        tap.equal(run.out.count(b"\n"), 1, run)
        assert says.encode() in run.out and b"\x1b" not in run.out, run


@tap.test
def unreachable(folder):
    """refused, a black hole, no such name: one line each, and the worst of them is the exit code"""
    free = socket.socket()
    free.bind(("127.0.0.1", 0))  # bound, and nobody listens
    with Hole() as hole:
        run = tap.agent("probe", "-o", "nagios", "--timeout", 1, f"127.0.0.1:{free.getsockname()[1]}", f"127.0.0.2:{hole.port}",
                        "no-such-host.invalid", status=1)
    free.close()
    lines = run.out.decode().splitlines()
    tap.equal(len(lines), 4, run)
    assert lines[0].startswith("SFTUNNEL WARNING - 2 warning of 2 peers"), lines[0]
    assert sum("refused" in line for line in lines[1:]) == 1 and sum("no answer to the TCP SYN within 1 s" in line for line in lines[1:]) == 1, lines
    assert "UNKNOWN no-such-host.invalid:8305: the name " in lines[3], lines
    tap.agent("probe", "-o", "nagios", "--timeout", 2, "no-such-host.invalid", status=3)
    text = tap.agent("probe", "--timeout", 2, "no-such-host.invalid", status=3).out.decode()
    assert "no-such-host.invalid:8305: the name " in text and "messages" not in text, text


class Hole:
    """A listener on all addresses whose backlog is full: SYNs get no answer."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("0.0.0.0", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.fill = []
        for _ in range(64):
            s = socket.socket()
            s.setblocking(False)
            self.fill.append(s)
            try:
                s.connect(("127.0.0.1", self.port))
            except BlockingIOError:
                pass
            if not select.select([], [s], [], 0.3)[1]:
                return
        self.close()
        raise tap.Skip("a full backlog does not drop SYNs here")

    def close(self):
        for s in (self.listener, *self.fill):
            s.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@tap.test
def two_hundred(folder):
    """200 hosts at once, half of them black holes: in bounded time, and one line each"""
    with Hole() as hole, tls_server(verify=ssl.CERT_NONE, host="0.0.0.0") as s:
        targets = [f"127.1.0.{i + 1}:{hole.port}" for i in range(100)] + [f"127.2.0.{i + 1}:{s.port}" for i in range(100)]
        tap.rng.shuffle(targets)
        tap.write(f"{folder}/hosts", "# all of them\n\n" + "\n".join(targets) + "\n" + targets[0] + "  # again\n")
        begin = time.monotonic()
        run = tap.agent("probe", "--hosts", f"{folder}/hosts", "--jobs", 100, "--timeout", 3, "-o", "nagios", "-v", "-o", f"json={folder}/j", timeout=120)
        took = time.monotonic() - begin
    with open(f"{folder}/j", encoding="ascii") as f:
        report = json.load(f)
    tap.equal([c["path"] for c in report["sources"]], ["probe " + t for t in targets], "in the order that was asked for")
    tap.equal(len(report["connections"]), 200)
    holes = [c for c in report["connections"] if c["server"].startswith("127.1.")]
    tap.equal({c["verdict"]["id"] for c in holes}, {"SFT-1301"})
    good = [c["summary"] for c in report["connections"] if c["server"].startswith("127.2.") and c["verdict"]["id"] != "SFT-1000"]
    tap.equal(good, [], "servers that did not answer")
    lines = run.out.decode().splitlines()
    tap.equal(len(lines), 201)
    tap.equal(sorted(line.split()[2] for line in lines[1:]), sorted(targets))
    tap.equal(run.status, 1)
    # two rounds of 100 in 3 s each, were the machine idle
    assert took < 60 * (4 if tap.sanitized() else 1), f"took {took:.1f} s"
    print(f"# took {took:.1f} s")


# ---- the user ----

@tap.test
def interrupted(folder):
    """Ctrl-C ends it with what is known"""
    with tls_server(verify=ssl.CERT_NONE) as good, Server(hush, "0.0.0.0") as silent:
        child, argv = tap.start("probe", "--json", "--jobs", 2, "--timeout", 300, good, *(f"127.0.0.{i}:{silent.port}" for i in (2, 3)))
        # the third one is begun when the first is over
        while not silent.accepted.wait(0.1):
            assert child.poll() is None
        silent.accepted.clear()
        assert silent.accepted.wait(60), "the third one was not begun"
        child.send_signal(signal.SIGINT)
        out, err = tap.finish(child, argv, timeout=30)
    tap.equal(child.returncode, 3, err)
    report = json.loads(out)
    tap.equal(report["interrupted"], True)
    tap.equal(sorted(c["verdict"]["id"] for c in report["connections"]), ["SFT-1000", "SFT-1901", "SFT-1901"])
    assert b"interrupted" in err, err


@tap.test
def progress_bar(folder):
    """a bar on a terminal, and none elsewhere"""
    ours, theirs = pty.openpty()
    with Server(hush) as silent:
        child, argv = tap.start("probe", "--json", "--timeout", 300, silent, stderr=theirs)
        os.close(theirs)
        seen, end = b"", time.monotonic() + 60
        while b"0 of 1" not in seen and time.monotonic() < end:
            if select.select([ours], [], [], 0.1)[0]:
                seen += os.read(ours, 4096)
        child.send_signal(signal.SIGTERM)
        tap.finish(child, argv, timeout=30)
    assert b"0 of 1" in seen, seen
    os.close(ours)
    with Server(hush) as silent:
        run = tap.agent("probe", "--json", "--timeout", 2, silent)
    tap.equal(run.err, b"")


@tap.each([
    ("nothing", []),
    ("an unknown option", ["--frob", "fw1"]),
    ("a bad version", ["--tls", "1.1", "fw1"]),
    ("a bad host", ["https://fw1/"]),
    ("a bad number", ["--timeout", "0", "fw1"]),
    ("a missing file of hosts", ["--hosts", "/nonexistent", "fw1"]),
    ("a missing certificate", ["--cert", "/nonexistent", "127.0.0.1"]),
    ("a FIFO for a CA", ["--ca", "FIFO", "127.0.0.1"]),
    ("a key without certificate", ["--key", "x", "fw1"]),
    ("no format", ["-o", "frob", "fw1"]),
    ("a report that can't be made", ["-o", "json=/nonexistent/x", "127.0.0.1"]),
])
def errors(folder, value):
    """every error is UNKNOWN, 3, for monitoring"""
    args = [f"{folder}/fifo" if a == "FIFO" else a for a in value[1]]
    os.mkfifo(f"{folder}/fifo")
    run = tap.agent("probe", *args, status=3)
    assert run.err.startswith(b"sftunnel-agent: ") and run.out == b"", run


@tap.test
def errors_for_monitoring(folder):
    """with -o nagios an error is said on standard output, too"""
    run = tap.agent("probe", "-o", "nagios", "https://fw1/", status=3)
    assert run.out.startswith(b"SFTUNNEL UNKNOWN - ") and run.out.count(b"\n") == 1, run
    full = tap.start("probe", "-o", "json", "no-such-host.invalid", stdout=open("/dev/full", "wb"))
    tap.finish(*full)
    tap.equal(full[0].returncode, 3)


@tap.test
def keys(folder):
    """a key that others may read is warned about, one that does not fit is refused, one with a pass phrase is never asked for"""
    p = pki()
    with tls_server() as s:
        for mode, warned in ((0o600, False), (0o644, True)):
            tap.write(f"{folder}/key", open(p.path("leaf.key"), "rb").read())
            os.chmod(f"{folder}/key", mode)
            run = tap.agent("probe", s, "--cert", p.path("leaf.pem"), "--key", f"{folder}/key", "--timeout", 30, status=0)
            tap.equal(b"others may read this key" in run.err, warned, run)
            assert b"PRIVATE" not in run.out + run.err
    run = tap.agent("probe", "127.0.0.1:1", "--cert", p.path("leaf.pem"), "--key", p.path("other.key"), status=3)
    assert b"is not the key of" in run.err, run
    p.run("pkcs8", "-topk8", "-in", "leaf.key", "-out", f"{folder}/locked", "-passout", "pass:secret")
    run = tap.agent("probe", "127.0.0.1:1", "--cert", p.path("leaf.pem"), "--key", f"{folder}/locked", status=3, timeout=30)
    assert b"without a pass phrase" in run.err, run


@tap.test
def for_people(folder):
    """the text report has the chain and the next step, and nothing about packets or lines"""
    with tls_server("chain-ca-expired") as s:
        run = tap.agent("probe", s, "--timeout", 30, status=2)
    text = run.out.decode()
    for piece in ("1 host probed", "SFT-1001", "its InternalCA expired", "next", f"probe 127.0.0.1:{s.port}"):
        assert piece in text, f"{piece}: {text}"
    for piece in ("wireshark", "frame", "0 lines", "stream"):
        assert piece not in text, f"{piece}: {text}"
    tap.equal(run.err, b"")


@tap.test
def quiet(folder):
    """-q: a line per host, with what was probed and why it is judged so"""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))  # and does not listen
        target = f"127.0.0.1:{s.getsockname()[1]}"
        out = tap.agent("probe", "-q", target, "127.0.0.1:1", status=1).out.decode().splitlines()
    tap.equal(len(out), 2, out)
    (line,) = [one for one in out if target in one]
    assert "SFT-1301" in line and "refused" in line and "confidence" in line, line


if __name__ == "__main__":
    tap.main()
