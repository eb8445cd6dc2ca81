# SPDX-License-Identifier: BSD-2-Clause
"""One appliance: its folder, which is the root of what runs in it, and how it is started and stopped.

Nothing of the machine is changed: accounts, folders and mounts exist only inside, and end with the holder (holder.c)."""

import json
import os
import shutil
import subprocess
import sys
import threading

from . import pki, sshd

PROGRAMS = os.path.dirname(os.path.abspath(__file__))
PYTHON = os.path.realpath(sys.executable)
FOLDERS = ("etc/lab/faults", "etc/ssh/authorized_keys", "etc/pam.d", "etc/ssl", "root", "proc", "dev", "run/sshd", "run/lock", "tmp", "mnt", "opt/lab/src",
           "opt/lab/bin", "usr/bin", "usr/.bin", "usr/sbin", "usr/lib", "usr/share", "usr/libexec", "usr/local/bin", "usr/local/sf/bin", "usr/local/libexec",
           "var/tmp/certs", "ngfw/var/log/sf", "ngfw/var/sf/peers", "ngfw/var/sf/run", "ngfw/etc/sf", "ngfw/usr/local/sf")
MANAGER_FOLDERS = ("etc/sf/ca_root/private", "etc/sf/keys")
FROM_MACHINE = ("ld.so.cache", "ssl/openssl.cnf", "login.defs")
PATH = "/usr/local/bin:/usr/local/sf/bin:/usr/bin:/usr/sbin:/bin:/sbin"
PROFILE = f"export PATH={PATH}\nexport TZ=UTC INPUTRC=/etc/inputrc\n[ -z \"$BASH\" ] || . /etc/bash.bashrc\n"
PROMPT = "PS1='\\u@\\h:\\w\\$ '\n[ \"$(id -u)\" != 0 ] || PS1='\\u@\\h:\\w# '\n"
START = """[ {own} = 0 ] || ip link set lo up
for i in $(seq 500); do
    [ {own} = 1 ] || break
    ! ip -o -4 address show dev eth0 2> /dev/null | grep -q inet || break
    sleep 0.01
done
cp /opt/lab/bin/sudo /usr/local/libexec/sudo && chmod 4755 /usr/local/libexec/sudo || exit 1
{tunnel}
/usr/sbin/sshd -f /etc/ssh/sshd_config -E /var/log/sshd.log || exit 1
for i in $(seq 500); do
    [ ! -s /run/sshd.pid ] || exit 0
    sleep 0.01
done
exit 1
"""
SHELL = {"ftd": "/usr/local/bin/clish", "fmc": "/usr/local/bin/clish", "jump": "/bin/bash"}
MODEL = {"ftd": "Cisco Firepower 1120 Threat Defense (78)", "fmc": "Secure Firewall Management Center for VMware", "jump": "Debian"}
BANNER = {
    "ftd": "\nCopyright 2004-2022, Cisco and/or its affiliates. All rights reserved.\n\nCisco Fire Linux OS v7.2.5 (build 29)\n"
           "Cisco Firepower 1120 Threat Defense v7.2.5 (build 208)\n\n",
    "fmc": "\nCopyright 2004-2022, Cisco and/or its affiliates. All rights reserved.\n\nCisco Firepower Extensible Operating System (FX-OS) v7.2.5\n\n",
    "jump": "",
}


class Settings:
    """How an appliance is: everything may be given to Lab.ftd() and Lab.fmc() by name."""

    def __init__(self, **given):
        self.password = "Lab-" + os.urandom(6).hex()
        self.home = None            # /home/admin; on an FMC /Volume/home/admin
        self.shell = False          # an FMC without its CLI: the login is in bash
        self.keyboard = False       # keyboard-interactive instead of password authentication
        self.banner = "none"        # sshd's banner before the login, a text
        self.greeting = None        # what is shown after it
        self.notice = True          # expert's
        self.login_delay = 0.0      # before the first prompt
        self.settle = 0.0           # and how long what is typed after it goes astray; real ones: about three seconds
        self.sudo = "ask"           # free, refuse
        self.sudo_prompt = "Password: "
        self.host_keys = ("ed25519", "ecdsa", "rsa")
        self.tls = "1.2"            # 1.3
        self.pha = True             # an FTD offers post-handshake authentication
        self.openssl = 1            # how error strings look
        self.retry = (0.2, 1.0)     # seconds; real ones: 44 s have been seen
        self.heartbeat = 1.0
        self.clock = 0              # seconds ahead
        self.without = ()           # tools of /usr/bin that it has not
        self.tunnel = True          # sftunnel runs from the beginning
        self.managed = "manager"    # local, none: what `show managers` says
        self.organization = None
        self.front = True
        for name, value in given.items():
            if not hasattr(self, name):
                raise TypeError(f"no setting {name}")
            setattr(self, name, value)


def write(path, text, mode=0o644):
    """In one step, as it may be read meanwhile."""
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(text)
        os.fchmod(f.fileno(), mode)
    os.rename(path + ".new", path)


class Appliance:
    def __init__(self, lab, role, name, number, uuid, settings):
        self.lab, self.role, self.name, self.uuid, self.settings = lab, role, name, uuid, settings
        self.address = lab.address(number)
        self.folder = os.path.join(lab.folder, name)
        self.home = settings.home or ("/Volume/home/admin" if role == "fmc" else "/home/admin")
        self.managers, self.peers = [], []
        self.ca = None
        self.holder = self.pid = self.front = None
        self.waking = threading.Lock()
        self.user, self.password, self.port = "admin", settings.password, lab.ssh_port

    # What is on its disk.

    def path(self, path):
        """A path inside, as seen from outside: also what was mounted over it meanwhile."""
        return (f"/proc/{self.pid}/root" if self.pid else self.folder) + path

    def read(self, path):
        with open(self.path(path), encoding="utf-8", errors="replace") as f:
            return f.read()

    def write(self, path, text, mode=0o644):
        write(self.path(path), text, mode)

    def peer_folder(self, manager=None):
        """Where this device keeps the set that a manager gave it."""
        return f"/var/sf/peers/{(manager or self.managers[0]).uuid}"

    def build(self):
        for name in (*FOLDERS, self.home.lstrip("/")):
            os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        os.chmod(os.path.join(self.folder, "tmp"), 0o1777)
        os.chown(os.path.join(self.folder, self.home.lstrip("/")), 100, 100)
        os.chmod(os.path.join(self.folder, "root"), 0o755)  # Python may be below
        for link, to in (("var/sf", "../ngfw/var/sf"), ("var/log", "../ngfw/var/log"), ("etc/sf", "../ngfw/etc/sf"),
                         ("ngfw/usr/local/sf/bin", "../../../../usr/local/sf/bin"), ("usr/local/bin/sudo", "../libexec/sudo")):
            os.symlink(to, os.path.join(self.folder, link))
        if self.role == "fmc":
            for name in MANAGER_FOLDERS:
                os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        self._system_files()
        self._programs()
        self._login()
        self._tunnel_files()
        return self

    def _system_files(self):
        etc = os.path.join(self.folder, "etc")
        for name in FROM_MACHINE:
            if os.path.exists("/etc/" + name):
                shutil.copy("/etc/" + name, os.path.join(etc, name))
        for name, text in (("profile", PROFILE), ("bash.bashrc", PROMPT), ("inputrc", "set enable-bracketed-paste off\n"), ("hostname", self.name + "\n"),
                           ("hosts", "127.0.0.1 localhost\n"), ("pam.d/sshd", sshd.PAM), ("lab/uuid", self.uuid + "\n"),
                           ("lab/address", self.address + "\n"), ("lab/clock", f"{self.settings.clock}\n"),
                           ("pam.d/su", sshd.PAM_SU), ("pam.d/su-l", sshd.PAM_SU),
                           ("pam.d/other", "auth required pam_deny.so\naccount required pam_deny.so\n")):
            write(os.path.join(etc, name), text)
        write(os.path.join(self.folder, "root/.bashrc"), PROMPT)
        write(os.path.join(self.folder, "root/.profile"), "")
        for name in ("messages", "lastlog", "wtmp"):
            write(os.path.join(self.folder, "ngfw/var/log", name), "")
        write(os.path.join(self.folder, "ngfw/etc/sf/ims.conf"),
              f"SWVERSION=7.2.5\nSWBUILD=208\nMODEL={MODEL[self.role]}\nAPPLIANCE_UUID={self.uuid}\n")

    def _programs(self):
        sf, python = os.path.join(self.folder, "usr/local/sf/bin"), f"#!/bin/sh\nexec {PYTHON} -I -S /opt/lab/src/"
        write(os.path.join(self.folder, "usr/local/bin/clish"), f"{python}clish.py \"$@\"\n", 0o755)
        write(os.path.join(self.folder, "usr/local/bin/date"), "#!/bin/sh\nexec sh /opt/lab/src/date.sh \"$@\"\n", 0o755)
        if self.role == "jump":
            return
        os.symlink("/opt/lab/bin/sftunneld", os.path.join(sf, "sftunneld"))
        os.symlink("/opt/lab/src/pmtool.sh", os.path.join(sf, "pmtool"))
        for name in ("sftunnel_status.pl", "sftunnel_status_brief.pl"):
            os.symlink("/opt/lab/src/sftunnel_status.sh", os.path.join(sf, name))
        if self.role == "fmc":
            os.symlink("/opt/lab/bin/labpki", os.path.join(sf, "labpki"))
            write(os.path.join(sf, "generate_certs.pl"), f"{python}generate_certs.py \"$@\"\n", 0o755)

    def _login(self):
        s, etc = self.settings, os.path.join(self.folder, "etc")
        sshd.write_accounts(etc, self.home, SHELL[self.role], s.password)
        for kind in s.host_keys:
            sshd.make_host_key(os.path.join(etc, "ssh"), kind)
        if s.banner != "none":
            write(os.path.join(etc, "ssh/banner"), s.banner)
        sshd.write_settings(etc, self.address, s.host_keys, "/etc/ssh/banner" if s.banner != "none" else "none", s.keyboard,
                            sshd.BACK_PORT if s.front else self.port, self.role == "jump")
        write(os.path.join(etc, "lab/sudo"), f"{s.sudo}\n{s.sudo_prompt}\n")
        self.clish = {"banner": BANNER[self.role] if s.greeting is None else s.greeting, "prompt": "> ", "escape": "\x1bE\x1b[J", "login_delay": s.login_delay,
                      "settle": s.settle, "shell": s.shell, "notice": s.notice, "expert": True, "expert_refusal": "Expert mode is disabled.",
                      "password_change": False, "agreement": False, "exec": "refuse", "uuid": self.uuid, "model": MODEL[self.role], "version": "7.2.5",
                      "build": "208", "managers": ""}
        self.set_clish()

    def set_clish(self, **changes):
        """For logins from now on."""
        self.clish.update(changes)
        self.write("/etc/lab/clish.json", json.dumps(self.clish))

    def set_sudo(self, mode=None, prompt=None):
        self.settings.sudo, self.settings.sudo_prompt = mode or self.settings.sudo, prompt or self.settings.sudo_prompt
        self.write("/etc/lab/sudo", f"{self.settings.sudo}\n{self.settings.sudo_prompt}\n")

    def _tunnel_files(self):
        s = self.settings
        lines = [f"address {self.address}", "port 8305", f"retry {int(s.retry[0] * 1000)} {int(s.retry[1] * 1000)}", f"heartbeat {int(s.heartbeat * 1000)}",
                 f"openssl {s.openssl}", f"pha {'yes' if s.pha else 'no'}"]
        lines += [f"manager {m.uuid} {m.address} {m.name}" for m in self.managers]
        lines += [f"peer {p.uuid} {p.address} {p.name}" for p in self.peers]
        self.write("/etc/lab/sftunneld.conf", "\n".join(lines) + "\n")
        self.write("/etc/lab/peers.json", json.dumps([{"uuid": p.uuid, "name": p.name, "address": p.address} for p in self.peers]))
        known = {p.uuid: {"name": p.name, "ip": p.address} for p in (*self.managers, *self.peers)}
        self.write("/var/sf/peers/PEERS_MAP.JSON", json.dumps(known))
        self.set_tls(s.tls)

    def set_tls(self, version):
        """Of sftunnel.conf, at the daemon's next start."""
        self.settings.tls = version
        own = ("    proxy_cert /etc/sf/keys/sftunnel-cert.pem;\n    proxy_key /etc/sf/keys/sftunnel-key.pem;\n"
               "    proxy_cacert /etc/sf/ca_root/cacert.pem;\n    proxy_crl /etc/sf/ca_root/crl.pem;\n") if self.role == "fmc" else ""
        self.write("/etc/sf/sftunnel.conf", f"proxyssl {{\n{own}    proxy_cipher 1;\n    proxy_tls_version TLSv{version};\n}};\n")

    def configure(self, **settings):
        """Of the tunnel's daemon, at its next start: tls, pha, openssl, retry, heartbeat."""
        for name, value in settings.items():
            setattr(self.settings, name, value)
        self._tunnel_files()

    def registered(self):
        """Its managers and peers are known now."""
        states = {"local": "Managed locally.\n", "none": "No managers configured.\n"}
        text = states.get(self.settings.managed) or "".join(
            f"Type                      : Manager\nHost                      : {m.address}\nDisplay name              : {m.name}\n"
            f"Identifier                : {m.uuid}\nRegistration              : Completed\n" for m in self.managers)
        self.set_clish(managers=text)
        self._tunnel_files()

    # While it runs.

    def mounts(self):
        lines = ["/usr/bin /usr/.bin", "/usr/lib /usr/lib", "/usr/share /usr/share", "/usr/sbin /usr/sbin", f"{PROGRAMS} /opt/lab/src",
                 f"{self.lab.programs} /opt/lab/bin", f"{self.lab.tools(self.settings.without)} /usr/bin"]
        extra = ["/usr/lib64", "/usr/lib32", "/usr/libexec", "/etc/alternatives"]
        base = os.path.realpath(sys.base_prefix)
        if not base.startswith("/usr"):
            extra.append(base)
        for path in ("/bin", "/sbin", "/lib", "/lib64", "/lib32"):
            if os.path.islink(path):
                if not os.path.lexists(self.folder + path):
                    os.symlink(os.readlink(path), self.folder + path)
            elif os.path.isdir(path):
                extra.append(path)
        for path in extra:
            if os.path.isdir(path) and not os.path.islink(path):
                os.makedirs(self.folder + path, exist_ok=True)
                lines.append(f"{path} {path}")
        return "\n".join(lines) + "\n"

    def start(self):
        if self.holder:
            return self
        own = self.lab.own_networks and not self.lab.shared(self)
        tunnel = "/usr/local/sf/bin/pmtool restartbyid sftunnel" if self.settings.tunnel and self.role != "jump" else ""
        self.write("/etc/lab/start", START.format(own=int(own), tunnel=tunnel))
        self.write("/etc/lab/mounts", self.mounts())
        holder = subprocess.Popen([os.path.join(self.lab.programs, "holder"), self.folder, self.name, os.path.join(self.folder, "etc/lab/mounts"),
                                   "own" if own else "shared"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        word, _, pid = holder.stdout.readline().strip().partition(" ")
        if word == "pid":
            self.lab.plug(self, int(pid), own)
        if (said := holder.stdout.readline().strip()) != "ready":
            holder.stdin.close()
            holder.wait(30)
            raise RuntimeError(f"{self.name} does not start: {said}")
        self.holder, self.pid, self.own_network = holder, int(pid), own
        if self.settings.front and not self.front:
            self.front = self.lab.fronts.open((self.address, self.port), (self.address, sshd.BACK_PORT), self.pid if own else None)
        return self

    def start_lazily(self):
        """Only an address and a front for now; the first connection to its sshd starts the rest, tunnel included. For those of a fleet."""
        self.lab.plug(self, None, False)
        self.front = self.lab.fronts.open((self.address, self.port), (self.address, sshd.BACK_PORT), wake=self.wake)

    def wake(self):
        with self.waking:
            self.start()

    def stop(self):
        """As if the plug was pulled. What is in the folder stays."""
        if self.front:
            self.lab.fronts.shut(self.front)
            self.front = None
        if self.holder:
            self.holder.stdin.close()
            self.holder.wait(60)
            self.holder.stdout.close()
            self.holder = self.pid = None

    def inside(self, *argv):
        return ["nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--", *map(str, argv)]

    def run(self, *argv, stdin=None, check=True):
        """A command as root in it, not through its login; its output."""
        done = subprocess.run(self.inside(*argv), input=stdin, capture_output=True, text=True, timeout=120, check=False,
                              env={"PATH": PATH, "HOME": "/root", "TZ": "UTC", "LC_ALL": "C"})
        if check and done.returncode:
            raise RuntimeError(f"{self.name}: {argv}: {done.returncode} {done.stdout} {done.stderr}")
        return done.stdout

    def request(self, line):
        """To the tunnel's daemon."""
        return self.run("python3" if os.path.exists("/usr/bin/python3") else PYTHON, "-I", "-S", "-c", """import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect("/var/sf/run/sftunneld.sock")
s.sendall(sys.argv[1].encode() + b"\\n")
print(s.makefile().readline().strip())""", line).strip()

    def restart_tunnel(self):
        self.run("/usr/local/sf/bin/pmtool", "restartbyid", "sftunnel")

    def drop_tunnel(self, peer):
        """The network has failed for a moment: both ends have to connect again."""
        return self.request(f"drop {peer.uuid}")

    def tunnels(self):
        """{uuid: (control, event)} as the daemon says."""
        try:
            lines = self.read("/var/sf/run/sftunnel.status").splitlines()
        except OSError:
            return {}
        rows = [line.split() for line in lines if line.startswith("peer ")]
        return {r[1]: (r[3] == "1", r[4] == "1") for r in rows}

    def up(self, peer):
        """Both channels to that peer are up, on this side."""
        return self.tunnels().get(peer.uuid) == (True, True)

    def fits(self, manager=None):
        """The set on its disk is a whole one."""
        return pki.fits(self.path(self.peer_folder(manager)))

    def logins(self):
        """(accepted, failed) passwords so far, as its sshd counts them."""
        text = self.read("/var/log/sshd.log")
        return text.count("Accepted "), text.count("Failed password for ") + text.count("Failed keyboard-interactive")

    def host_key(self, kind="ed25519"):
        """A line for known_hosts."""
        where = self.address if self.port == 22 else f"[{self.address}]:{self.port}"
        return f"{where} {' '.join(self.read(f'/etc/ssh/ssh_host_{kind}_key.pub').split()[:2])}\n"
