#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The laboratory itself, against tools that are not ours: ssh logs in and works as a person would, openssl looks at the certificates."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import tap

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import lab  # noqa: E402
from lab import faults, pki, terminal  # noqa: E402
from lab.lab import wait_for  # noqa: E402

YEARS = 11 * 365 * 86400
LIGHT = {"host_keys": ("ed25519",), "heartbeat": 0.3, "retry": (0.1, 0.4)}
FLEET = int(os.environ.get("LAB_FLEET", 6))  # 200: the figures of CONTRIBUTING
LETTERS = ("cacert.pem", "sftunnel-key.pem", "sftunnel-cert.pem")

TRANSCRIPT = """setting log file to /var/log/sf/sfca_generation.log

You are about to generate new certificates for FMC and devices.
After successful cert generation, device specific certs will be pushed automatically
If the connection between FMC and a device is down, user needs to copy the certificates onto the device manually
For more details on disconnected devices, use sftunnel_status.pl
Do you want to continue? [yes/no]:yes

Current ca_root expires in {days} days - at {at}
Do you want to continue? [yes/no]:yes

{failed}Some files were failed to be pushed to remote peers. For more details check {folder}/FAILED_PUSH

Scalars leaked: 1 """


class Two(lab.Lab):
    """A manager and a firewall that are connected."""

    def __init__(self, folder, fmc=None, ftd=None, **both):
        super().__init__(folder, key_pool=2)
        self.fmc_1 = self.fmc("fmc-1", **{**LIGHT, **both, **(fmc or {})})
        self.ftd_1 = self.ftd("ftd-1", self.fmc_1, **{**LIGHT, **both, **(ftd or {})})

    def __enter__(self):
        super().__enter__()
        try:
            self.start()
            if self.ftd_1.settings.tunnel:
                self.wait_up((self.ftd_1, self.fmc_1))
        except BaseException:
            self.__exit__()
            raise
        return self


_shared = []


def shared():
    """One pair for all tests that leave it as they found it."""
    if not _shared:
        _shared.append(tempfile.mkdtemp(prefix="sftunnel-test."))
        _shared.append(Two(_shared[0]).__enter__())
    return _shared[1]


def end_shared():
    if _shared:
        if len(_shared) > 1:
            _shared[1].__exit__()
        shutil.rmtree(_shared[0])


def plain(got):
    return got.decode(errors="replace").replace("\r\n", "\n")


def texts(appliance, since):
    """What its log says since then, without stamp, host and numbers."""
    return [re.sub(r"^.*?SF-IMS\[\d+\]: \[\d+\] ", "", line) for line in appliance.read("/var/log/messages")[since:].splitlines()]


def verdicts(folder, *appliances):
    """What our own program says of their logs: {(observer, address): verdict id}"""
    for a in appliances:
        tap.write(os.path.join(folder, a.name, "messages"), a.read("/var/log/messages"))
    said = tap.analyze(*(os.path.join(folder, a.name, "messages") for a in appliances), status=0).json
    return {(p["observer"]["host"], p["address"]): p["verdict"]["id"] for p in said["peers"]}


# The login.

@tap.test
def login(folder):
    """ssh gets from CLISH to root, asked for a password, and back"""
    here = shared()
    before = here.ftd_1.logins()
    with terminal.Ssh(here.ftd_1, known_hosts=here.known_hosts(folder + "/known")) as s:
        got = s.login()
        assert b"Cisco Fire Linux OS" in got and got.endswith(b"\r\n\x1bE\x1b[J> "), got
        assert f"UUID                      : {here.ftd_1.uuid}".encode() in s.ask("show version", terminal.CLISH)
        assert here.fmc_1.uuid.encode() in s.ask("show managers", terminal.CLISH)
        got = plain(s.ask("expert", terminal.SHELL))
        assert "NOTICE - Shell access will be deprecated" in got and got.endswith("admin@ftd-1:~$ "), got
        got = plain(s.become())
        assert "\nPassword: \n" in got and got.endswith("root@ftd-1:/home/admin# "), got
        tap.equal(s.command("id -un"), "root")
        assert "sftunnel (system) - Running" in s.command("pmtool status")
        assert f"connected to '{here.fmc_1.address}'" in s.command("sftunnel_status_brief.pl")
        for line in ("exit", "exit"):
            s.ask(line, terminal.SHELL, terminal.CLISH)
        s.send("exit\r")
        tap.equal(s.ended(), 0)
        tap.equal(here.ftd_1.logins(), (before[0] + 1, before[1]))


VARIANTS = [
    ("sudo su -", {}, "sudo su -", "root@ftd-1:~# "), ("sudo that doesn't ask", {"mode": "free"}, "sudo su", "root@ftd-1:/home/admin# "),
    ("sudo that asks in its own words", {"prompt": "[sudo] password for admin: "}, "sudo su", "root@ftd-1:/home/admin# "),
    ("sudo that refuses", {"mode": "refuse"}, "sudo su", "admin@ftd-1:~$ "),
]


@tap.each(VARIANTS)
def variants(folder, value):
    """the way to root, without expert's notice"""
    _, sudo, su, prompt = value
    here = shared()
    here.ftd_1.set_sudo(**sudo)
    here.ftd_1.set_clish(notice=False)
    with terminal.Ssh(here.ftd_1) as s:
        s.login()
        got = plain(s.ask("expert", terminal.SHELL))
        assert "NOTICE" not in got, got
        got = plain(s.become(su))
        assert got.endswith(prompt), got
        tap.equal("assword" in got, "mode" not in sudo, got)
        tap.equal("is not in the sudoers file" in got, sudo.get("mode") == "refuse", got)
    here.ftd_1.set_sudo("ask", "Password: ")
    here.ftd_1.set_clish(notice=True)


@tap.test
def clish(folder):
    """CLISH takes whole words only, and there is no other way in"""
    here = shared()
    with terminal.Ssh(here.ftd_1) as s:
        s.login()
        s.send("sh")
        s.until(rb"sh$")
        s.send(" ")
        s.until(rb"ow $")          # completed while it is typed
        s.send("nonsense ")
        s.until(rb"\x07")            # refused
        s.send("\x15")
        s.send("exp\r")
        s.until(rb"ert$")         # completed, and not run
        s.send("\r")
        s.until(terminal.SHELL)
        s.ask("exit", terminal.CLISH)
        assert b"Syntax error: The command is not completed" in s.ask("show", terminal.CLISH)
        assert b"Syntax error: " in s.ask("frobnicate", terminal.CLISH)
    with terminal.Ssh(here.ftd_1, command=("id",)) as s:
        s.until(rb"assword: $")
        s.send(here.ftd_1.password + "\n")
        tap.equal(s.ended(), 1)
        assert b"uid=" not in s.all, s.all
    with terminal.Ssh(here.ftd_1, "-s", command=("sftp",)) as s:
        s.until(rb"assword: $")
        s.send(here.ftd_1.password + "\n")
        assert s.ended() != 0
        assert b"subsystem request failed" in s.all, s.all


@tap.test
def early(folder):
    """what is typed before the prompt has settled waits there until Ctrl-U"""
    here = shared()
    with here.fault(here.ftd_1, "slow_login", delay=0, settle=0.5), terminal.Ssh(here.ftd_1) as s:
        s.login()
        s.send("expert\r")
        s.until(rb"expert$")
        for _ in range(100):  # which is answered once it has settled
            s.send("\x15")
            try:
                s.until(rb"(\x08 \x08){6}", seconds=0.2)
                break
            except AssertionError:
                continue
        s.ask("expert", terminal.SHELL)


@tap.test
def managers_shells(folder):
    """an FMC is entered through CLISH or straight in its shell, and its root is in /Volume/home/admin"""
    here = shared()
    for shell in (False, True):
        here.fmc_1.set_clish(shell=shell)
        with terminal.Ssh(here.fmc_1) as s:
            assert plain(s.login(terminal.CLISH, terminal.SHELL)).endswith("admin@fmc-1:~$ " if shell else "> ")
            assert plain(s.become() if shell else s.root()).endswith("root@fmc-1:/Volume/home/admin# ")
    here.fmc_1.set_clish(shell=False)


@tap.test
def passwords(folder):
    """a wrong password is counted once, and three of them end the connection (here keyboard-interactive)"""
    with lab.Lab(folder, key_pool=1) as here:
        here.ftd_1 = here.ftd("ftd-1", keyboard=True, tunnel=False, **LIGHT)
        here.start()
        with terminal.Ssh(here.ftd_1) as s:
            s.until(rb"assword: $")
            s.send("wrong\n")
            tap.equal(s.ended(), 255)
        tap.equal(here.ftd_1.logins(), (0, 1))
        with terminal.Ssh(here.ftd_1, "-o", "NumberOfPasswordPrompts=9") as s:
            for _ in range(3):
                s.until(rb"assword: $")
                s.send("wrong\n")
            tap.equal(s.ended(), 255)
            assert b"Too many authentication failures" in s.all or s.all.count(b"assword:") == 3, s.all
        tap.equal(here.ftd_1.logins(), (0, 4))
        with terminal.Ssh(here.ftd_1) as s:
            s.login()
            s.ask("expert", terminal.SHELL)
            s.ask("sudo su", rb"assword: $")
            for _ in range(2):
                s.send("wrong\r")
                s.until(rb"Sorry, try again.\r\nPassword: $")
            s.send("wrong\r")
            assert b"sudo: 3 incorrect password attempts" in s.until(terminal.SHELL)


# The tunnel.

@contextlib.contextmanager
def speaking(here, version):
    """Both ends with that version of TLS."""
    def restart(v):
        for a in (here.fmc_1, here.ftd_1):
            a.set_tls(v)
            a.restart_tunnel()
        here.wait_up((here.ftd_1, here.fmc_1))
    here.fmc_1.write("/var/log/messages", "")
    here.ftd_1.write("/var/log/messages", "")
    restart(version)
    try:
        yield
    finally:
        restart("1.2")


@tap.each(["1.2", "1.3"])
def tunnel(folder, value):
    """it comes up in both its channels, and says so at both ends: TLS"""
    cipher = {"1.2": "AES256-GCM-SHA384", "1.3": "TLS_AES_256_GCM_SHA384"}[value]
    here = shared()
    with speaking(here, value):
        for one, other in ((here.fmc_1, here.ftd_1), (here.ftd_1, here.fmc_1)):
            said = one.run("/usr/local/sf/bin/sftunnel_status.pl")
            tap.equal(said.count(f"Cipher used = {cipher} (strength:256 bits)"), 2, said)
            assert f"**RUN STATUS****{other.address}****" in said and "ChannelB Connected: Yes" in said, said
            log = one.read("/var/log/messages")
            tap.equal([c for c in "AB" if f"do_dataio_for_heartbeat peer {other.address} / channel{c} /" not in log], [])
        tap.equal("VERIFY ssl_verify_callback_initial ok=1!" in here.fmc_1.read("/var/log/messages"), value == "1.2")
        wait_for(lambda: "Heartbeat Received Time" in here.ftd_1.run("/usr/local/sf/bin/sftunnel_status_brief.pl"), "a heartbeat")
        tap.equal(here.ftd_1.run("sh", "-c", f"netstat -tn 2> /dev/null | grep -c {here.fmc_1.address}:8305 || ss -Htn dst {here.fmc_1.address} | wc -l").split()[-1], "2")
        tap.equal(set(verdicts(folder, here.fmc_1, here.ftd_1).values()), {"SFT-1000"})


@tap.test
def pha(folder):
    """a manager with TLS 1.3 and a firewall that offers no post-handshake authentication"""
    here = shared()
    with speaking(here, "1.3"):
        here.ftd_1.configure(pha=False)
        here.ftd_1.restart_tunnel()
        line = "Unable to set Post Handshake Auth SSL context: SSL_verify_client_post_handshake:extension not received"
        wait_for(lambda: line in here.fmc_1.read("/var/log/messages"), "that line")
        assert not here.ftd_1.up(here.fmc_1)
        here.ftd_1.configure(pha=True)


FTD_EXPIRED = """sftunneld:sf_ssl [INFO] Initiating IPv4 connection to {fmc}:8305/tcp
sftunneld:sf_ssl [INFO] Wait to connect to 8305 (IPv4): {fmc}
sftunneld:sf_ssl [INFO] Connected to {fmc} from resolved_ip_list (port 8305) (IPv4)
sftunneld:sf_ssl [ERROR] -Error with certificate at depth: 1
sftunneld:sf_ssl [ERROR] issuer = /title=InternalCA/OU=Intrusion Management System/CN={uuid}/O=Cisco Systems, Inc
sftunneld:sf_ssl [ERROR] subject = /title=InternalCA/OU=Intrusion Management System/CN={uuid}/O=Cisco Systems, Inc
sftunneld:sf_ssl [ERROR] err 10:certificate has expired
sftunneld:sf_ssl [ERROR] SSL_renegotiate error: 1: error:00000001:lib(0):func(0):reason(1)
sftunneld:sf_ssl [ERROR] Connect:SSL handshake failed
sftunneld:sf_ssl [WARN] SSL Verification status: certificate has expired
""".splitlines()
FMC_EXPIRED = """sftunneld:sf_ssl [INFO] VERIFY ssl_verify_callback_initial ok=1!
sftunneld:sf_ssl [ERROR] SSL_renegotiate error: 1: error:00000001:lib(0):func(0):reason(1)
sftunneld:sf_ssl [WARN] establishConnectionUtil: SSL handshake failed
sftunneld:sf_ssl [WARN] establishConnectionUtil: SSL Verification status: ok
sftunneld:sf_ssl [WARN] establishConnectionUtil: SSL handshake failed: error:14094415:SSL routines:ssl3_read_bytes:sslv3 alert certificate expired
sftunneld:sf_ssl [INFO] establishConnectionUtil: Failed to connect using SSL to: '{ftd}'
sftunneld:sf_ssl [ERROR] establishSSLConnection: Unable to connect with both threads:
sftunneld:sf_ssl [ERROR] establishSSLConnection: ret_accept status : Too many levels of symbolic links
sftunneld:sf_ssl [ERROR] establishSSLConnection: iret_connect status: Too many levels of symbolic links
sftunneld:sf_ssl [ERROR] establishSSLConnection: Failed connecting with SSL to using to: '{ftd}' rval[40]
""".splitlines()


def filled(lines, here):
    names = {"fmc": here.fmc_1.address, "ftd": here.ftd_1.address, "uuid": here.fmc_1.uuid}
    return [line.format(**names) for line in lines]


def only_of(lines, wanted):
    """What of a log is among these."""
    return [line for line in lines if line in wanted]


def expire(here):
    """Both clocks go past the end of the CA; the tunnel stays up, until it has to be established again."""
    lost = [a.read("/var/log/messages").count("ShutDownPeer") for a in (here.fmc_1, here.ftd_1)]
    for a in (here.fmc_1, here.ftd_1):
        here.fault(a, "clock", ahead=YEARS)
    beat = here.fmc_1.read("/var/sf/run/sftunnel.status")
    wait_for(lambda: here.fmc_1.read("/var/sf/run/sftunnel.status").split()[9:11] != beat.split()[9:11], "heartbeats after the end of the CA")
    assert here.ftd_1.up(here.fmc_1) and here.fmc_1.up(here.ftd_1)
    tap.equal([a.read("/var/log/messages").count("ShutDownPeer") for a in (here.fmc_1, here.ftd_1)], lost)
    marks = [len(a.read("/var/log/messages").encode()) for a in (here.fmc_1, here.ftd_1)]
    tap.equal(here.ftd_1.drop_tunnel(here.fmc_1), "ok")
    for a in (here.fmc_1, here.ftd_1):
        word = "rval[40]" if a is here.fmc_1 else "SSL Verification status"
        wait_for(lambda a=a, w=word: w in a.read("/var/log/messages"), "a failed attempt")
    assert not here.ftd_1.up(here.fmc_1)
    return marks


def generate(here, fmc, answers=("yes", "yes")):
    """generate_certs.pl as a person runs it; what the screen shows."""
    with terminal.Ssh(fmc) as s:
        s.login()
        s.root()
        s.send("generate_certs.pl\r")
        got = b""
        for answer in answers:
            got += s.until(rb"\[yes/no\]:$")
            s.send(answer + "\r")
        got += s.until(terminal.ROOT, seconds=60)
    return plain(got).partition("generate_certs.pl\n")[2]


def paste_set(here):
    """The vendor's way: show the files on the manager, back up, empty and paste on the firewall, restart sftunnel there."""
    place = here.ftd_1.peer_folder()
    made = {"cacert.pem": "/etc/sf/ca_root/cacert.pem"}
    made.update({n: f"/var/sf/peers/{here.ftd_1.uuid}/certs_pushed/{n}" for n in LETTERS[1:]})
    with terminal.Ssh(here.fmc_1) as s:
        s.login()
        s.root()
        shown = {n: s.command(f"cat {path}") + "\n" for n, path in made.items()}
    with terminal.Ssh(here.ftd_1) as s:
        s.login()
        s.root()
        s.command(f"cd {place}")
        for name in LETTERS:
            s.command(f"cp {name} {name}.backup")
            s.paste(name, shown[name])
        listing = s.command("ls -l *.pem")
        tap.equal(len(re.findall(r"^-rw-r--r-- 1 root root", listing, re.M)), 3, listing)
        s.command("pmtool restartbyid sftunnel")
        assert wait_for(lambda: f"connected to '{here.fmc_1.address}'" in s.command(f"sftunnel_status.pl {here.fmc_1.address}"), "the tunnel")


@tap.each(["1.2", "1.3"])
def expiry(folder, value):
    """the CA expires, nothing happens, the next connection fails; new certificates pasted by hand bring it back: TLS"""
    with Two(folder, tls=value, fmc={"begins": -90 * 86400}) as here:
        fmc_mark, ftd_mark = expire(here)
        ours, theirs = texts(here.ftd_1, ftd_mark), texts(here.fmc_1, fmc_mark)
        if value == "1.2":
            for got, wanted in ((ours, filled(FTD_EXPIRED, here)), (theirs, filled(FMC_EXPIRED, here))):
                tap.equal(only_of(got, wanted)[:len(wanted)], wanted)
        else:
            assert "sftunneld:sf_ssl [ERROR] err 10:certificate has expired" in ours, ours
            assert any("14094415:SSL routines:ssl3_read_bytes:sslv3 alert certificate expired" in line for line in theirs), theirs
        tap.equal(set(verdicts(folder, here.fmc_1, here.ftd_1).values()), {"SFT-1001"})
        before = pki.digest(here.ftd_1.path(here.ftd_1.peer_folder() + "/cacert.pem"))
        screen = generate(here, here.fmc_1)
        assert f"Failed to push to ftd-1 = {here.ftd_1.peer_folder()}/sftunnel-key.pem" in screen, screen
        paste_set(here)
        here.wait_up((here.ftd_1, here.fmc_1))
        assert here.ftd_1.fits() and before != pki.digest(here.ftd_1.path(here.ftd_1.peer_folder() + "/cacert.pem"))
        tap.equal(set(verdicts(folder, here.ftd_1).values()), {"SFT-1000"})


@tap.test
def credentials(folder):
    """what is on disk counts from the next restart on, not before"""
    here = shared()
    cert = here.ftd_1.peer_folder() + "/sftunnel-cert.pem"
    kept = here.ftd_1.read(cert)
    here.ftd_1.write(cert, "")
    assert not here.ftd_1.fits()
    made = here.ftd_1.read("/var/log/messages").count("Established connection to sftunnel")
    here.ftd_1.drop_tunnel(here.fmc_1)
    wait_for(lambda: here.ftd_1.read("/var/log/messages").count("Established connection to sftunnel") > made, "a connection with the old credentials")
    here.wait_up((here.ftd_1, here.fmc_1))
    here.ftd_1.write("/var/log/messages", "")
    here.ftd_1.restart_tunnel()
    wait_for(lambda: "Failed to reload credentials" in here.ftd_1.read("/var/log/messages"), "the empty file to be noticed")
    wait_for(lambda: not here.fmc_1.tunnels()[here.ftd_1.uuid][0], "the tunnel to be down")
    assert not here.ftd_1.up(here.fmc_1)
    here.ftd_1.write(cert, kept)
    here.ftd_1.restart_tunnel()
    here.wait_up((here.ftd_1, here.fmc_1))


# Regeneration.

@tap.test
def regenerate(folder):
    """generate_certs.pl: the vendor's dialogue, a new set for each peer, pushed to who is connected; the others are in FAILED_PUSH"""
    with Two(folder) as here:
        down = here.ftd("BSNS-1120-1", here.fmc_1, **{**LIGHT, "tunnel": False})
        here.fmc_1.registered()
        here.fmc_1.restart_tunnel()
        here.start()
        here.wait_up((here.ftd_1, here.fmc_1))
        before = pki.digest(here.fmc_1.path("/etc/sf/ca_root/cacert.pem"))
        start = here.fmc_1.tunnels()
        screen = generate(here, here.fmc_1)
        folder_made = re.search(r"/var/tmp/certs/\d+", screen).group(0)
        found = re.search(r"expires in (\d+) days - at (\w{3} +\d+ [\d:]{8} \d{4} GMT)", screen)
        place = f"/var/sf/peers/{here.fmc_1.uuid}/"
        failed = "".join(f"Failed to push to BSNS-1120-1 = {place}{n}\n" for n in LETTERS)
        wanted = TRANSCRIPT.format(days=found.group(1), at=found.group(2), failed=failed + "\n", folder=folder_made)
        tap.equal(screen, wanted + "root@fmc-1:/Volume/home/admin# ")
        assert int(found.group(1)) in (3649, 3650)
        sources = {"cacert.pem": "/etc/sf/ca_root/cacert.pem"}
        tap.equal(here.fmc_1.read(folder_made + "/FAILED_PUSH"), "".join(
            f"{down.uuid} BSNS-1120-1 {down.address} {sources.get(n, f'/var/sf/peers/{down.uuid}/certs_pushed//{n}')} {place}{n}\n" for n in LETTERS))
        text = subprocess.run(["openssl", "x509", "-noout", "-text", "-in", here.fmc_1.path("/etc/sf/ca_root/cacert.pem")], capture_output=True, text=True, check=True).stdout
        assert "Version: 1 (0x0)" in text and "Serial Number: 0 (0x0)" in text and f"CN = {here.fmc_1.uuid}" in text, text
        after = pki.digest(here.fmc_1.path("/etc/sf/ca_root/cacert.pem"))
        assert after != before
        tap.equal(here.fmc_1.tunnels(), start, "the tunnels remain")
        tap.equal(pki.digest(here.ftd_1.path(place + "cacert.pem")), after)
        tap.equal(pki.digest(down.path(place + "cacert.pem")), before)
        assert here.ftd_1.fits() and down.fits()
        here.ftd_1.restart_tunnel()
        here.wait_up((here.ftd_1, here.fmc_1))
        down.restart_tunnel()
        wait_for(lambda: "err 7:certificate signature failure" in down.read("/var/log/messages"), "the old set to be refused")
        wait_for(lambda: "error:1409441B:SSL routines:ssl3_read_bytes:tlsv1 alert decrypt error" in here.fmc_1.read("/var/log/messages"), "its alert")


@tap.test
def regenerate_not(folder):
    """generate_certs.pl does nothing during a critical task, or when it is told no"""
    here = shared()
    fmc, place = here.fmc_1, "/etc/sf/ca_root/cacert.pem"
    before = pki.digest(fmc.path(place))
    with here.fault(fmc, "generate_refuses", task="Smart agent not registered"):
        screen = generate(here, fmc, ())
        assert "Smart agent not registered" in screen and "[yes/no]" not in screen, screen
    assert "Current ca_root" not in generate(here, fmc, ("no",))
    assert "Current ca_root" in generate(here, fmc, ("yes", "no"))
    tap.equal(pki.digest(fmc.path(place)), before)
    tap.equal(os.listdir(fmc.path("/var/tmp/certs")), [])


@tap.test
def two_managers(folder):
    """an FMC pair has two CAs; the secondary is a peer of the primary, and one CA's end leaves the other's tunnels alone"""
    with lab.Lab(folder, key_pool=2) as here:
        primary, secondary = here.pair("fmc-1", "fmc-2", expires=(20 * 365 * 86400, pki.OLD), **LIGHT)
        ftd = here.ftd("ftd-1", primary, secondary, **LIGHT)
        here.start()
        here.wait_up((ftd, primary), (ftd, secondary), (secondary, primary))
        assert pki.digest(primary.path("/etc/sf/ca_root/cacert.pem")) != pki.digest(secondary.path("/etc/sf/ca_root/cacert.pem"))
        tap.equal(os.path.exists(primary.path(f"/var/sf/peers/{secondary.uuid}/cacert.pem")), False)
        for a in (primary, secondary, ftd):
            here.fault(a, "clock", ahead=YEARS)
        ftd.restart_tunnel()
        wait_for(lambda: "err 10:certificate has expired" in ftd.read("/var/log/messages"), "the end of the secondary's CA")
        here.wait_up((ftd, primary), (secondary, primary))
        tap.equal(ftd.tunnels()[secondary.uuid], (False, False))


@tap.each(["1.2", "1.3"])
def on_the_wire(folder, value):
    """what a capture shows while it runs is what the logs say: each attempt once, never a tunnel that came up for a moment"""
    with lab.Lab(folder, key_pool=2) as here:
        fmc = here.fmc("fmc-1", expires=-86400, tls=value, **LIGHT)
        ftd = here.ftd("ftd-1", fmc, tls=value, **LIGHT)
        child, _ = tap.start("capture", "-i", here.bridge, "--user", "root", "--duration", "6", "--follow", "-o", "ndjson")
        here.start()
        wait_for(lambda: ftd.read("/var/log/messages").count("SSL Verification status: certificate has expired") >= 2, "attempts that fail")
        out, err = child.communicate(timeout=60)
        seen = [c for c in map(json.loads, out.splitlines()) if c["type"] == "connection"]
        assert len(seen) >= 2, (out[-300:], err)
        tap.equal({c["verdict"]["id"] for c in seen}, {"SFT-1001"})
        tap.equal(len({c["stream"] for c in seen}), len(seen), "each once")
        said = verdicts(folder, fmc, ftd)
        assert set(said.values()) <= {"SFT-1001"} and said, said


# The faults, each seen from outside.

FAULT_TESTS = {}


def of_fault(f):
    FAULT_TESTS[f.__name__] = f
    return f


def refused(ftd):
    """What ssh says instead of a login."""
    with terminal.Ssh(ftd, "-o", "ConnectTimeout=1") as s:
        try:
            s.login()
        except terminal.Gone as e:
            return str(e)
    raise AssertionError("it logs in")


def root(ftd, command):
    with terminal.Ssh(ftd) as s:
        s.login()
        s.root()
        return s.command(command)


@of_fault
def slow_link(here, ftd):
    with here.fault(ftd, "slow_link", delay=0.05), terminal.Ssh(ftd) as s:
        s.login()
        begin = time.monotonic()
        s.ask("show", terminal.CLISH)
        assert time.monotonic() - begin >= 0.1, "an answer before its way there and back"


@of_fault
def hangs(here, ftd):
    with here.fault(ftd, "hangs", at=20), terminal.Ssh(ftd) as s:
        wait_for(lambda: ftd.front.connections and ftd.front.connections[-1].passed["from"] == 20, "20 bytes")
        tap.equal(s.child.poll(), None)
        tap.equal(s.all, b"")


@of_fault
def cut(here, ftd):
    for at in (1, 700, 1400):
        n = len(ftd.front.connections)
        with here.fault(ftd, "cut", at=at, only=1):
            refused(ftd)
            tap.equal([c.passed["from"] for c in ftd.front.connections[n:]], [at])
            with terminal.Ssh(ftd) as s:  # only=1: the next one is spared
                s.login()


@of_fault
def ssh_refused(here, ftd):
    with here.fault(ftd, "ssh_refused"):
        refused(ftd)


@of_fault
def sshd_stopped(here, ftd):
    with here.fault(ftd, "sshd_stopped"):
        assert "timed out" in refused(ftd)


@of_fault
def host_key_changed(here, ftd):
    known = here.known_hosts(here.folder + "/known")
    with here.fault(ftd, "host_key_changed"), terminal.Ssh(ftd, "-o", "LogLevel=INFO", known_hosts=known) as s:
        tap.equal(s.ended(), 255)
        assert b"REMOTE HOST IDENTIFICATION HAS CHANGED" in s.all, s.all
    with terminal.Ssh(ftd, known_hosts=known) as s:
        s.login()


@of_fault
def wrong_password(here, ftd):
    before = ftd.logins()
    with here.fault(ftd, "wrong_password"):
        assert "Permission denied" in refused(ftd)
    tap.equal(ftd.logins(), (before[0], before[1] + 1))


@of_fault
def account_locked(here, ftd):
    with here.fault(ftd, "account_locked"):
        assert "Permission denied" in refused(ftd)


@of_fault
def password_expired(here, ftd):
    with here.fault(ftd, "password_expired"), terminal.Ssh(ftd) as s:
        got = s.login(rb"Enter new password:$")
        assert b"Hello admin. You must change your password." in got, got
        s.send("x\r")
        s.until(rb"Confirm new password:$")


@of_fault
def agreement(here, ftd):
    with here.fault(ftd, "agreement"), terminal.Ssh(ftd) as s:
        s.login(rb"Press <ENTER> to display the EULA: $")
        s.ask("", rb"--More--$")
        s.send("q")
        s.until(rb"AGREE to the EULA: $")
        s.ask("YES", terminal.CLISH)


@of_fault
def unknown_banner(here, ftd):
    with here.fault(ftd, "unknown_banner"), terminal.Ssh(ftd) as s:
        assert b"> not a prompt" in s.login()


@of_fault
def unknown_prompt(here, ftd):
    with here.fault(ftd, "unknown_prompt"), terminal.Ssh(ftd) as s:
        s.login(rb"firepower-boot>$")


@of_fault
def expert_disabled(here, ftd):
    with here.fault(ftd, "expert_disabled"), terminal.Ssh(ftd) as s:
        s.login()
        assert b"disabled" in s.ask("expert", terminal.CLISH)


@of_fault
def slow_login(here, ftd):
    with here.fault(ftd, "slow_login", delay=0.5), terminal.Ssh(ftd) as s:
        begin = time.monotonic()
        s.login()
        assert time.monotonic() - begin >= 0.5


@of_fault
def sudo_missing(here, ftd):
    with here.fault(ftd, "sudo_missing"), terminal.Ssh(ftd) as s:
        s.login()
        assert b"command not found" in s.root()


@of_fault
def sudo_refuses(here, ftd):
    with here.fault(ftd, "sudo_refuses"), terminal.Ssh(ftd) as s:
        s.login()
        assert b"not in the sudoers file" in s.root()


@of_fault
def tool_missing(here, ftd):
    with here.fault(ftd, "tool_missing", tool="base64"):
        assert "command not found" in root(ftd, "base64 /etc/hostname")
        assert "ftd-1" in root(ftd, "cat /etc/hostname")
    tap.equal(root(ftd, "base64 /etc/hostname"), "ZnRkLTEK")


@of_fault
def disk_full(here, ftd):
    place = ftd.peer_folder()
    with here.fault(ftd, "disk_full"):
        assert "No space left on device" in root(ftd, f"cp /etc/passwd {place}/new")
        assert ftd.fits()
    assert root(ftd, f"cp /etc/passwd {place}/new; ls {place}/new").endswith("/new") and ftd.fits()


@of_fault
def read_only(here, ftd):
    with here.fault(ftd, "read_only"):
        assert "Read-only file system" in root(ftd, f"cp /etc/passwd {ftd.peer_folder()}/new2")
    tap.equal(root(ftd, f"cp /etc/passwd {ftd.peer_folder()}/new2"), "")


@of_fault
def clock(here, ftd):
    with here.fault(ftd, "clock", ahead=-86400):
        behind = time.time() - int(root(ftd, "date +%s"))
        assert 86390 < behind < 86460, behind
        assert time.strftime("%b %e", time.gmtime(time.time() - 86400)).split() == root(ftd, "date -u '+%b %e'").split()


@of_fault
def tunnel_stays_down(here, ftd):
    with here.fault(ftd, "tunnel_stays_down"):
        root(ftd, "pmtool restartbyid sftunnel")
        assert "sftunnel (system) - Down" in root(ftd, "pmtool status")
        wait_for(lambda: not here.fmc_1.tunnels()[ftd.uuid][0], "the manager to see it")
    ftd.restart_tunnel()
    here.wait_up((ftd, here.fmc_1))


@of_fault
def tunnel_stopped(here, ftd):
    with here.fault(ftd, "tunnel_stopped"):
        wait_for(lambda: not here.fmc_1.tunnels()[ftd.uuid][0], "the manager to see it")
    here.wait_up((ftd, here.fmc_1))


@of_fault
def tunnel_hangs(here, ftd):
    with here.fault(ftd, "tunnel_hangs"):
        stat = "/proc/" + ftd.read("/var/sf/run/sftunnel.pid").strip() + "/stat"
        wait_for(lambda: ftd.read(stat).split()[2] == "T", "the stopped process")
        tap.equal(here.fmc_1.run("cat", "/etc/hostname").strip(), "fmc-1")
    here.wait_up((ftd, here.fmc_1))


@of_fault
def unplugged(here, ftd):
    with here.fault(ftd, "unplugged"):
        with terminal.Ssh(ftd, "-o", "ConnectTimeout=1") as s:
            tap.equal(s.ended(), 255)
    with terminal.Ssh(ftd) as s:
        s.login()


@of_fault
def down(here, ftd):
    with here.fault(ftd, "down"):
        with terminal.Ssh(ftd, "-o", "ConnectTimeout=1") as s:
            tap.equal(s.ended(), 255)
    here.wait_up((ftd, here.fmc_1))
    assert ftd.fits()


@tap.test
def fault_table(folder):
    """each fault does what it says, and leaves nothing behind"""
    tap.equal(sorted(set(faults.FAULTS) - set(FAULT_TESTS)), ["generate_refuses"], "faults that nobody tries")
    here, wrong = shared(), []
    for name, f in FAULT_TESTS.items():
        begin = time.monotonic()
        try:
            f(here, here.ftd_1)
            here.wait_up((here.ftd_1, here.fmc_1))
        except (AssertionError, RuntimeError, terminal.Gone) as e:
            wrong.append(f"{name}: {e!r}")
        print(f"# {name}: {time.monotonic() - begin:.1f} s", flush=True)
    tap.equal(wrong, [])


# Many at once, and none.

def resident_kib(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            total += int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M).group(1))
    return total


def inside(appliance):
    """Its processes, as numbered outside."""
    space = os.readlink(f"/proc/{appliance.pid}/ns/pid")
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/ns/pid") == space:
                found.append(pid)
        except OSError:
            pass
    return found


@tap.test
def fleet(folder):
    """many firewalls at once, each with an sshd and a tunnel of its own, and an address instead of a network"""
    begin = time.monotonic()
    with lab.Lab(folder, key_pool=2, own_networks=False) as here:
        fmc = here.fmc("fmc-1", **LIGHT)
        ftds = here.fleet(FLEET, fmc)
        built = time.monotonic()
        here.start()
        started = time.monotonic()
        here.wait_up(*((f, fmc) for f in ftds), seconds=240)
        up = time.monotonic()
        kib = sum(resident_kib(inside(f)) for f in ftds)
        print(f"# {FLEET} firewalls: built in {built - begin:.1f} s, started in {started - built:.1f} s, tunnels up {up - started:.1f} s later, "
              f"{kib / FLEET / 1024:.1f} MiB each")
        for f in (ftds[0], ftds[-1]):
            tap.equal(root(f, "hostname"), f.name)
        tap.equal(fmc.run("/usr/local/sf/bin/sftunnel_status.pl").count("ChannelB Connected: Yes"), FLEET)
        ftds[0].stop()
        ftds[0].start_lazily()
        tap.equal(ftds[0].holder, None)
        tap.equal(root(ftds[0], "hostname"), ftds[0].name)
        here.wait_up((ftds[0], fmc))


@tap.test
def nothing_left(folder):
    """with the lab, all processes, mounts and interfaces are gone; so they are when the appliance's holder is killed"""
    before = sorted(os.listdir("/sys/class/net")), len(open("/proc/self/mounts", encoding="utf-8").readlines())
    with Two(folder) as here:
        pids = [p for a in here.appliances for p in inside(a)]
        assert len(pids) >= 6, pids
        here.fault(here.ftd_1, "disk_full")
        other = here.ftd_1.holder
        other.kill()
        other.wait(30)
        wait_for(lambda: not os.path.exists(f"/proc/{here.ftd_1.pid}"), "what the killed holder held to end")
    wait_for(lambda: not [p for p in pids if os.path.exists(f"/proc/{p}")], "the processes to end")
    wait_for(lambda: sorted(os.listdir("/sys/class/net")) == before[0], "the interfaces to go")
    tap.equal(len(open("/proc/self/mounts", encoding="utf-8").readlines()), before[1])


@tap.test
def jump(folder):
    """a jump host forwards to a firewall"""
    with lab.Lab(folder, key_pool=1) as here:
        here.ftd_1 = here.ftd("ftd-1", tunnel=False, **LIGHT)
        host = here.jump("jump-1", host_keys=("ed25519",))
        here.start()
        key = folder + "/key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True, timeout=60)
        with open(key + ".pub", encoding="ascii") as f:
            host.write("/etc/ssh/authorized_keys/admin", f.read())
        proxy = f"ssh -F none -i {key} -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR -W %h:%p admin@{host.address}"
        with terminal.Ssh(here.ftd_1, "-o", f"ProxyCommand={proxy}") as s:
            s.login()


if __name__ == "__main__":
    reason = lab.enter()
    if reason:
        print(f"1..0 # SKIP {reason}")
        sys.exit(0)
    try:
        tap.main()
    finally:
        end_shared()
