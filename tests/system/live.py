#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`capture -i`: real TLS between two network namespaces, and what a person sees of it while it happens."""

import json
import os
import pwd
import select
import shutil
import signal
import stat
import subprocess
import sys
import time

import tap
import wire

FTD, FMC = "10.49.48.23", "10.49.48.232"
HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = int(os.environ.get("LIVE_SECONDS", 1))  # of 2,000 handshakes each
AS_ROOT = os.environ.get("SFT_LIVE") == "root"  # else root in a user namespace, where nobody else exists


def enter():
    """Runs this program again in a network namespace of its own; a skip with its reason where that is refused."""
    for tool in ("unshare", "nsenter", "ip", "openssl"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    if "live capture: yes" not in subprocess.run([tap.AGENT, "--version", "--verbose"], capture_output=True, text=True, check=False).stdout:
        return "built without libpcap"
    flags = ["-n"] if os.geteuid() == 0 else ["-rn"]
    tried = subprocess.run(["unshare", *flags, "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"], capture_output=True,
                           text=True, check=False)
    if tried.returncode:
        return f"no network namespace here: {tried.stderr.strip()}"
    os.environ["SFT_LIVE"] = "root" if os.geteuid() == 0 else "user"
    os.execvp("unshare", ["unshare", *flags, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
    return None


def wait_for(condition, what, seconds=30):
    end = time.monotonic() + seconds * (4 if tap.sanitized() else 1)
    while not condition():
        assert time.monotonic() < end, f"waited too long for {what}"
        select.select([], [], [], 0.01)


class Link:
    """v0 here, v1 in a namespace of its own; FTD lives here, FMC there."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "cat"], stdin=subprocess.PIPE)
        own = os.readlink("/proc/self/ns/net")
        wait_for(lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != own, "the other namespace")
        run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
        run("ip", "link", "set", "v1", "netns", str(self.holder.pid))
        run("ip", "address", "add", FTD + "/24", "dev", "v0")
        run("ip", "link", "set", "v0", "up")
        run("ip", "link", "set", "lo", "up")
        self.there("ip", "address", "add", FMC + "/24", "dev", "v1")
        self.there("ip", "link", "set", "v1", "up")

    def inside(self, *argv):
        return ["nsenter", "-t", str(self.holder.pid), "-n", *argv]

    def there(self, *argv):
        run(*self.inside(*argv))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "link", "del", "v0"], capture_output=True, check=False)
        self.holder.stdin.close()
        self.holder.wait(30)


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{argv}: {done.stderr}"


class Reader:
    """Lines of a pipe as they come, with a deadline."""

    def __init__(self, pipe):
        self.fd, self.rest, self.lines = pipe.fileno(), b"", []

    def until(self, wanted, what, seconds=30):
        end = time.monotonic() + seconds * (4 if tap.sanitized() else 1)
        while True:
            while self.lines:
                line = self.lines.pop(0)
                if wanted(line):
                    return line
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            assert ready, f"waited too long for {what}; got {self.rest[-500:]!r}"
            data = os.read(self.fd, 65536)
            assert data, f"ended without {what}; got {self.rest[-500:]!r}"
            *whole, self.rest = (self.rest + data).split(b"\n")
            self.lines += whole


def watch(*args, **kw):
    """The program capturing on v0, ready; (child, argv, reader of its stderr)"""
    user = [] if AS_ROOT else ["--user", "root"]
    child, argv = tap.start("capture", *user, *args, **kw)
    err = Reader(child.stderr)
    err.until(lambda line: b"watching" in line, "the word that it watches")
    return child, argv, err


def end(child, argv, number=signal.SIGINT, status=0):
    child.send_signal(number)
    out, err = tap.finish(child, argv)
    assert child.returncode == status, (child.returncode, err)
    assert b"anitizer" not in err and b"runtime error" not in err, err[:3000]
    return out, err


def pki(folder):
    wire.capgen("pki", folder)
    return lambda name: os.path.join(folder, name)


def server(link, at, *more, name="old-fmc", ca="old-ca"):
    """A TLS server on FMC:8305 that asks for a certificate; ready."""
    argv = ["openssl", "s_server", "-accept", "8305", "-cert", at(name + ".pem"), "-key", at(name + ".key"), "-cert_chain", at(ca + ".pem"),
            "-CAfile", at(ca + ".pem"), "-Verify", "2", "-verify_return_error", *more]
    child = subprocess.Popen(link.inside(*argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    Reader(child.stdout).until(lambda line: line.startswith(b"ACCEPT"), "the server")
    return child


def client(at, *more, name="old-ftd", ca="old-ca"):
    argv = ["openssl", "s_client", "-connect", FMC + ":8305", "-cert", at(name + ".pem"), "-key", at(name + ".key"), "-cert_chain",
            at(ca + ".pem"), "-CAfile", at(ca + ".pem"), *more]
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)


def stop(child):
    child.terminate()
    child.communicate(timeout=30)


def fingerprints(at, *names):
    out = []
    for n in names:
        text = subprocess.run(["openssl", "x509", "-in", at(n + ".pem"), "-noout", "-fingerprint", "-sha256"], capture_output=True, text=True,
                              check=True).stdout
        out.append(text.split("=")[1].strip().replace(":", "").lower())
    return out


def connection(line):
    return line.startswith(b'{"type":"connection"')


@tap.each([("the client rejects it", "v0", ["-verify_return_error"], "client", False), ("the server rejects it, both chains", "v0", [], "server", True),
           ("on any interface", "any", [], "server", True)])
def expired(folder, value):
    """an expired CA is told within a second of the failure"""
    _, interface, options, who, both = value
    at = pki(folder)
    with Link() as link:
        child, argv, _ = watch("-i", interface, "-o", "ndjson")
        peer = server(link, at)
        done = client(at, "-tls1_2", *options)
        failed = time.monotonic()
        line = Reader(child.stdout).until(connection, "the connection")
        late = time.monotonic() - failed
        stop(peer)
        out, _ = end(child, argv)
    assert done.returncode != 0, done
    one = json.loads(line)
    tap.equal(wire.alerts(one), [who + " 2/45"])
    tap.equal(one["server_chain"], fingerprints(at, "old-fmc", "old-ca"))
    tap.equal(one["client_chain"], fingerprints(at, "old-ftd", "old-ca") if both else [])
    tap.equal(one["verdict"]["id"], "SFT-1001", one["summary"])
    assert late < 1 or tap.sanitized(), f"told {late:.2f} s after the failure"
    assert b'"type":"summary"' in out.splitlines()[-1], out[-500:]


@tap.test
def refused_later(folder):
    """TLS 1.3: a refusal that follows the handshake is told within a second of the end, without another packet"""
    at = pki(folder)
    with Link() as link:
        child, argv, _ = watch("-i", "v0", "-o", "ndjson")
        peer = server(link, at, name="fmc", ca="ca")
        argv_c = ["openssl", "s_client", "-connect", FMC + ":8305", "-cert", at("old-ftd.pem"), "-key", at("old-ftd.key"), "-cert_chain",
                  at("old-ca.pem"), "-tls1_3", "-quiet"]
        other = subprocess.Popen(argv_c, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        other.wait(30)
        ended = time.monotonic()
        out = Reader(child.stdout)
        first, second = json.loads(out.until(connection, "the handshake")), json.loads(out.until(connection, "its end"))
        late = time.monotonic() - ended
        other.stdin.close()
        stop(peer)
        rest, _ = end(child, argv)
    tap.equal((first["verdict"]["id"], second["verdict"]["id"]), ("SFT-1901", "SFT-1011"), second["summary"])
    tap.equal(first["stream"], second["stream"])
    assert late < 1 or tap.sanitized(), f"told {late:.2f} s after the end"
    last = [json.loads(line) for line in rest.splitlines() if connection(line)]
    tap.equal([one["verdict"]["id"] for one in last], ["SFT-1011"], "in the report, once")


@tap.test
def healthy(folder):
    """a tunnel that comes up is told while it is up, as text"""
    at = pki(folder)
    with Link() as link:
        child, argv, _ = watch("-i", "v0")
        peer = server(link, at, name="fmc", ca="ca")
        argv_c = ["openssl", "s_client", "-connect", FMC + ":8305", "-cert", at("ftd.pem"), "-key", at("ftd.key"), "-cert_chain", at("ca.pem"),
                  "-CAfile", at("ca.pem"), "-tls1_2", "-quiet"]
        up = subprocess.Popen(argv_c, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        Reader(child.stdout).until(lambda line: FMC.encode() in line, "the connection")
        assert up.poll() is None, "the tunnel is down"
        stop(up)
        stop(peer)
        out, _ = end(child, argv)
    assert FMC.encode() in out and b"1 connection" in out, out


@tap.test
def rights(folder):
    """rights are given up once the interface is open"""
    with Link():
        child, argv, _ = watch("-i", "v0")
        with open(f"/proc/{child.pid}/status", encoding="ascii") as f:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        end(child, argv, status=3)
    if AS_ROOT:
        nobody = str(pwd.getpwnam("nobody").pw_uid)
        tap.equal(status["Uid"].split(), [nobody] * 4)
        tap.equal(status["Groups"].split(), [])
    tap.equal((int(status["CapEff"], 16), int(status["CapPrm"], 16), status["NoNewPrivs"]), (0, 0, "1"))


@tap.test
def kept(folder):
    """-w keeps the packets, 0600, within the size of the ring; reading them gives the same connection"""
    at = pki(folder)
    os.chmod(folder, 0o755)
    path, report = os.path.join(folder, "x.pcap"), os.path.join(folder, "r.json")
    with Link() as link:
        child, argv, _ = watch("-i", "v0", "-w", path, "-o", "ndjson", "-o", "json=" + report)
        peer = server(link, at)
        client(at, "-tls1_2")
        Reader(child.stdout).until(connection, "the connection")
        stop(peer)
        end(child, argv)
    tap.equal(stat.S_IMODE(os.stat(path).st_mode), 0o600)
    with open(report, encoding="utf-8") as f:
        live = json.load(f)["connections"]
    read = wire.capture(path, status=0).json["connections"]
    tap.equal([(wire.chains(c), wire.alerts(c)) for c in read], [(wire.chains(c), wire.alerts(c)) for c in live])


@tap.test
def count_and_duration(folder):
    """--count and --duration end it by themselves"""
    path, truth = os.path.join(folder, "short.pcap"), os.path.join(folder, "truth")
    wire.capgen("short", path, truth, 100000)
    with Link() as link:
        child, argv, _ = watch("-i", "v0", "-o", "json", "--count", "20")
        link.there(sys.executable, os.path.join(HERE, "inject.py"), "v1", path, "0")
        out, _ = tap.finish(child, argv)
        tap.equal((child.returncode, json.loads(out)["sources"][0]["frames"]), (0, 20))
        begun = time.monotonic()
        child, argv, err = watch("-i", "v0", "--duration", "1")
        tap.finish(child, argv)
        tap.equal(child.returncode, 3)
        assert 0.5 < time.monotonic() - begun < (60 if tap.sanitized() else 15)


@tap.test
def asked(folder):
    """SIGUSR1 asks how it is going"""
    with Link():
        child, argv, err = watch("-i", "v0")
        child.send_signal(signal.SIGUSR1)
        err.until(lambda line: b"packets lost" in line, "the statistics")
        end(child, argv, status=3)


@tap.test
def goes_away(folder):
    """an interface that goes away: the report of what was seen, and an error"""
    at = pki(folder)
    with Link() as link:
        report = os.path.join(folder, "r.json")
        child, argv, _ = watch("-i", "v0", "-o", "ndjson", "-o", "json=" + report)
        peer = server(link, at)
        client(at, "-tls1_2")
        Reader(child.stdout).until(connection, "the connection")
        stop(peer)
        run("ip", "link", "set", "v0", "down")
        out, err = tap.finish(child, argv)
    tap.equal(child.returncode, 74, err)
    with open(report, encoding="utf-8") as f:
        got = json.load(f)
    assert len(got["connections"]) == 1 and got["sources"][0]["partial"] and got["problems"], got
    assert b"v0" in err, err


@tap.test
def no_interface(folder):
    """no such interface: an error with the next step"""
    ran = tap.agent("capture", "-i", "nosuch0", *([] if AS_ROOT else ["--user", "root"]))
    assert ran.status == 66 and b"nosuch0" in ran.err and not ran.out, ran


@tap.test
def no_rights(folder):
    """no right to capture: an error that names setcap or sudo"""
    if not AS_ROOT:
        raise tap.Skip("needs another user")
    nobody = pwd.getpwnam("nobody").pw_uid

    def become():
        os.setgroups([])
        os.setgid(nobody)
        os.setuid(nobody)

    try:
        child, argv = tap.start("capture", "-i", "lo", preexec_fn=become)
    except (PermissionError, subprocess.SubprocessError) as e:
        raise tap.Skip(f"the program can't be run by nobody: {e}") from None
    out, err = tap.finish(child, argv)
    tap.equal(child.returncode, 77, err)
    assert (b"setcap" in err or b"sudo" in err) and not out, err


@tap.test
def rate(folder):
    """2,000 handshakes a second: all of them are seen, or a loss is said"""
    path, truth, report = (os.path.join(folder, n) for n in ("short.pcap", "truth", "r.json"))
    wire.capgen("short", path, truth, SECONDS * (12 << 20))
    with open(truth, encoding="ascii") as f:
        want = json.load(f)
    os.chmod(folder, 0o755)
    with Link() as link:
        child, argv, _ = watch("-i", "v0", "-o", "json=" + report)
        link.there(sys.executable, os.path.join(HERE, "inject.py"), "v1", path, str(SECONDS))
        end(child, argv)
    with open(report, encoding="utf-8") as f:
        got = json.load(f)
    source, whole = got["sources"][0], [c for c in got["connections"] if c["complete"] or c["alerts"]]
    assert want["sessions"] >= 1900 * SECONDS, want
    if source["dropped"] == 0:
        tap.equal(len(whole), want["sessions"])
        assert source["frames"] >= want["frames"], (source, want)  # and what the kernel itself says
    else:
        assert source["partial"] and any("lost" in p["text"] for p in got["problems"]), got["problems"]


if __name__ == "__main__":
    reason = None if os.environ.get("SFT_LIVE") else enter()
    if reason:
        print(f"1..0 # SKIP {reason}")
    else:
        tap.main()
