#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""--enable-static-binary: built here, out of the tree, and run where there is nothing but the program and its input.

A step of test.sh, not of `make check`, because it builds. As root the program runs in a bare chroot; else with hardly
an environment, and what only a chroot can show is skipped.
"""

import atexit
import bz2
import functools
import gzip
import io
import lzma
import os
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
import zipfile

import roots
import tap

GOLDEN = os.path.join(tap.SRCDIR, "tests/golden/verdict-1001-ca-expired/ftd.log")
# What the linker says of a static C library, by what calls it: ours are taken care of in agent/commands/lookup_static.c,
# the libraries' are not reached.
KNOWN = {"getpwnam", "getaddrinfo", "dlopen", "gethostbyname", "getnetbyname_r", "getprotobyname_r", "getpwuid_r", "getgrgid_r", "getservbyname_r",
         "getservbyport_r"}


@functools.lru_cache(None)
def built():
    """(the program, the output of the build)"""
    folder = tempfile.mkdtemp(prefix="sftunnel-static.")
    atexit.register(shutil.rmtree, folder, True)
    start = time.monotonic()
    log = b""
    for argv in ([os.path.abspath(os.path.join(tap.SRCDIR, "configure")), "--enable-werror", "--enable-static-binary", "CFLAGS=-O1"],
                 ["make", "-s", f"-j{os.cpu_count()}", "sftunnel-agent"]):
        clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        ran = subprocess.run(argv, cwd=folder, env=clean, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600,
                             check=False)
        log += ran.stdout
        assert ran.returncode == 0, f"{argv}: {ran.stdout[-6000:].decode(errors='replace')}"
    path = os.path.join(folder, "sftunnel-agent")
    bare = os.path.join(folder, "stripped")
    subprocess.run(["strip", "-o", bare, path], check=True, timeout=60)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"# built in {time.monotonic() - start:.0f} s ({used.ru_utime + used.ru_stime:.0f} s of processor time): "
          f"{os.path.getsize(path)} bytes, {os.path.getsize(bare)} stripped", flush=True)
    return path, log.decode(errors="replace")


@functools.lru_cache(None)
def may_chroot():
    if os.geteuid() != 0:
        return False
    child = os.fork()
    if child == 0:
        try:
            os.chroot("/")
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def need_chroot():
    if not may_chroot():
        raise tap.Skip("chroot is for root")


def start(folder, *args):
    """The static program in a chroot of this folder, else in this folder; with hardly an environment."""
    shutil.copy(built()[0], os.path.join(folder, "sftunnel-agent"))

    def enter():
        os.chroot(folder)
        os.chdir("/")

    chroot = may_chroot()
    program = "/sftunnel-agent" if chroot else os.path.join(folder, "sftunnel-agent")
    return subprocess.Popen([program, *args], cwd=folder, env={"LD_LIBRARY_PATH": "", "LC_ALL": "C"}, preexec_fn=enter if chroot else None,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def bare(folder, *args):
    child = start(folder, *args)
    out, err = tap.finish(child, args)
    return tap.Ran(args, child.returncode, out, err)


def usual(folder, *args):
    return tap.agent(*args, cwd=folder, env={"LC_ALL": "C"})  # a chroot has no locales


@tap.test
def alone(folder):
    """the program builds with warnings as errors, is static and needs no library"""
    path, log = built()
    out = subprocess.run(["readelf", "-W", "-l", "-d", path], capture_output=True, text=True, timeout=60, check=True).stdout
    assert "LOAD" in out and "NEEDED" not in out and "INTERP" not in out, out
    dynamic = subprocess.run(["readelf", "-W", "-l", "-d", shutil.which("sh")], capture_output=True, text=True, timeout=60, check=True).stdout
    assert "NEEDED" in dynamic and "INTERP" in dynamic, "this check sees nothing"
    said = re.findall(r"warning: (.*)", log)
    unknown = [w for w in said if (re.findall(r"^Using '(\w+)' in statically linked", w) or [""])[0] not in KNOWN]
    tap.equal(unknown, [], "warnings of the build")


@tap.test
def itself(folder):
    """it says what it is, and has its rules inside"""
    ran = bare(folder, "--version", "--verbose")
    tap.equal(ran.status, 0)
    assert b"static: yes" in ran.out and b"sanitizers: no" in ran.out, ran
    words = dict(re.findall(r"(ISA-L inflate|live capture|metrics over HTTP): (yes|no)", ran.out.decode()))
    tap.equal(len(words), 3, ran)
    named = re.search(r"^  libraries .*", ran.out.decode(), re.M).group(0)
    for word, library in (("ISA-L inflate", "ISA-L"), ("live capture", "libpcap"), ("metrics over HTTP", "libmicrohttpd")):
        tap.equal(library in named, words[word] == "yes", f"{word}: {named}")
    rules = bare(folder, "rules", "list")
    tap.equal((rules.status, rules.out), (0, usual(folder, "rules", "list").out))
    assert rules.out.count(b"\n") > 20, rules


def packed(name, data):
    """{file name: bytes} of one log in each wrapping that can be read"""
    tar, packed_zip = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as t:
        member = tarfile.TarInfo(name)
        member.size, member.mtime = len(data), 1726833600
        t.addfile(member, io.BytesIO(data))
    with zipfile.ZipFile(packed_zip, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo(name, (2024, 9, 20, 12, 0, 0)), data, zipfile.ZIP_DEFLATED)
    found = {name: data, name + ".gz": gzip.compress(data), name + ".bz2": bz2.compress(data), name + ".xz": lzma.compress(data),
             name + ".tar.gz": gzip.compress(tar.getvalue()), name + ".zip": packed_zip.getvalue()}
    for tool in ("zstd", "lz4"):
        if shutil.which(tool):
            found[f"{name}.{tool}"] = subprocess.run([tool, "-q", "-c"], input=data, capture_output=True, timeout=60, check=True).stdout
    return found


@tap.test
def reports(folder):
    """a log, plain and in every wrapping: the report of the usual program, byte by byte"""
    with open(GOLDEN, "rb") as f:
        data = f.read()
    files = packed("ftd.log", data)
    assert len(files) >= 6, files
    for name, content in files.items():
        os.utime(tap.write(os.path.join(folder, name), content), (1726833600, 1726833600))
        for form in ("json", "text"):
            ran, other = bare(folder, "analyze", "-o", form, name), usual(folder, "analyze", "-o", form, name)
            tap.equal((ran.status, ran.out), (other.status, other.out), name)
            if form == "json" and not name.endswith(".lz4"):
                tap.equal([p["verdict"]["id"] for p in ran.json["peers"]], ["SFT-1001"], name)


@tap.test
def certificates(folder):
    """certificate files are judged: `check --root`"""
    tap.need("openssl")
    roots.certificate(folder, "ca", roots.CA_NAME, roots.EXPIRED)
    roots.certificate(folder, "leaf", f"/CN={roots.FTD}", roots.EXPIRED, "ca")
    roots.ftd_root(folder, "ca", "leaf")
    ran, other = (run(folder, "check", "--status", "never", "-o", "json", "--root", "ftd") for run in (bare, usual))
    tap.equal(ran.status, 2, ran)
    tap.equal((ran.status, ran.json["certificates"]), (other.status, other.json["certificates"]))
    tap.equal([p["verdict"] for p in ran.json["peers"]], [p["verdict"] for p in other.json["peers"]])
    assert len(ran.json["certificates"]) == 2, ran


@tap.test
def names(folder):
    """names are looked up in the files, whatever nsswitch.conf says; addresses need nothing"""
    need_chroot()
    with socket.socket() as s:  # bound and not listening: refuses
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        tap.write(os.path.join(folder, "etc/nsswitch.conf"), "passwd: nowhere\nhosts: nowhere [UNAVAIL=return] files\n")
        tap.write(os.path.join(folder, "etc/hosts"), "127.0.0.1 manager.test\n")
        for host in ("127.0.0.1", "manager.test"):
            ran = bare(folder, "probe", f"{host}:{port}")
            assert b"refused" in ran.out + ran.err, ran
        ran = bare(folder, "probe", f"nobody.test:{port}")
        assert ran.status == 3 and b"refused" not in ran.out + ran.err, ran


@tap.test
def users(folder):
    """live capture becomes another user, who is looked up in /etc/passwd whatever nsswitch.conf says"""
    need_chroot()
    if b"live capture: yes" not in bare(folder, "--version", "--verbose").out:
        raise tap.Skip("built without live capture")
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    except PermissionError:
        raise tap.Skip("no packet sockets here") from None
    ran = bare(folder, "capture", "-i", "lo")
    assert ran.status == 64 and b'there is no user "nobody"' in ran.err, ran
    tap.write(os.path.join(folder, "etc/nsswitch.conf"), "passwd: nowhere [UNAVAIL=return] files\n")
    tap.write(os.path.join(folder, "etc/passwd"), "root:x:0:0::/:/bin/sh\nnobody:x:4321:8765::/:/bin/sh\n")
    child = start(folder, "capture", "-i", "lo", "--port", "1")
    try:
        said = b""
        while b"watching" not in said:
            assert select.select([child.stderr], [], [], 60)[0], said
            more = os.read(child.stderr.fileno(), 4096)
            assert more, said
            said += more
        with open(f"/proc/{child.pid}/status", encoding="ascii") as f:
            ids = dict(re.findall(r"^(Uid|Gid|CapEff):\t(\w+)", f.read(), re.M))
        tap.equal(ids, {"Uid": "4321", "Gid": "8765", "CapEff": "0" * 16})
        child.send_signal(signal.SIGINT)
        _, err = tap.finish(child, "capture")
        tap.equal(child.returncode, 3, err)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


if __name__ == "__main__":
    tap.main()
