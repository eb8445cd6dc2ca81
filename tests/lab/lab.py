# SPDX-License-Identifier: BSD-2-Clause
"""A laboratory: its network, its appliances, and that all of it ends with it.

    reason = lab.enter()                 # in namespaces of our own from here on; or why that can't be
    with lab.Lab(folder) as here:
        fmc = here.fmc("fmc-1", expires=-86400)
        ftd = here.ftd("ftd-1", fmc)
        here.start()
"""

import atexit
import concurrent.futures
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid as uuids

from . import faults, front, pki
from .appliance import Appliance, Settings

BUILDDIR = os.environ.get("BUILDDIR", ".")
NEEDED = ("unshare", "nsenter", "ip", "ssh", "ssh-keygen", "openssl", "bash")


class NotHere(Exception):
    """The laboratory can't be built here; its text is the reason."""


def _flags():
    return ["-n", "-m"] if os.geteuid() == 0 else ["-U", "--map-root-user", "--map-auto", "-n", "-m"]


def enter():
    """Runs this program again in a network of its own, as its root; returns why not where that is refused. Call it first thing."""
    if os.environ.get("SFT_LAB") == str(os.getpid()):
        return None
    for tool in NEEDED:
        if not shutil.which(tool):
            return f"{tool} is not installed"
    if not os.path.exists("/usr/sbin/sshd"):
        return "sshd is not installed"
    tried = subprocess.run(["unshare", *_flags(), "ip", "link", "add", "lab0", "type", "bridge"], capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"no namespaces here: {(tried.stderr.strip().splitlines() or ['refused'])[-1]}"
    os.environ["SFT_LAB"] = str(os.getpid())  # exec keeps the number
    os.execvp("unshare", ["unshare", *_flags(), sys.executable, *sys.argv])
    return None


def wait_for(condition, what, seconds=60):
    """What the condition gives once it is true."""
    end = time.monotonic() + seconds
    while not (got := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited too long for {what}")
        select.select([], [], [], 0.02)
    return got


_labs = itertools.count()
_tools, _tools_lock = {}, threading.Lock()  # folders that all labs of a process share, as they hold more than a thousand links


def tools(without):
    """A folder with the machine's tools, less sudo, which is ours, and those that an appliance is to lack."""
    key = tuple(sorted({"sudo", *without}))
    with _tools_lock:
        if key not in _tools:
            folder = tempfile.mkdtemp(prefix="sftunnel-tools.")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            os.chmod(folder, 0o755)
            for name in os.listdir("/usr/bin"):
                if name not in key:
                    os.symlink("/usr/.bin/" + name, os.path.join(folder, name))
            _tools[key] = folder
        return _tools[key]


class Lab:
    """key_pool: how many RSA keys firewalls share; 0: each has its own. own_networks: a network namespace for each appliance, else an address."""

    def __init__(self, folder, key_pool=0, own_networks=True):
        self.folder, self.own_networks, self.ssh_port = folder, own_networks, 22
        self.programs = os.path.abspath(os.path.join(BUILDDIR, "tests/lab"))
        for name in ("holder", "sudo", "labpki", "sftunneld"):
            if not os.access(os.path.join(self.programs, name), os.X_OK):
                raise NotHere(f"{self.programs}/{name} was not built")
        os.makedirs(os.path.join(folder, "lab"), exist_ok=True)
        self.labpki = os.path.join(self.programs, "labpki")
        self.keys = pki.Keys(os.path.join(folder, "lab"), self.labpki, key_pool)
        self.appliances, self.fronts, self._shared, self._numbers = [], None, set(), itertools.count(10)
        self.number = next(_labs) % 200
        self.bridge = f"lab{self.number}"

    # The network.

    def address(self, number):
        return f"10.{48 + self.number}.{number // 250}.{number % 250 + 1}"

    def __enter__(self):
        self.fronts = front.Fronts()
        ip = ["link set lo up", f"link add {self.bridge} type bridge", f"address add 10.{48 + self.number}.255.1/16 dev {self.bridge}",
              f"link set {self.bridge} up"]
        self.ip(*ip)
        return self

    def __exit__(self, *_):
        self.stop()
        self.fronts.close()
        self.ip(f"link del {self.bridge}")

    @staticmethod
    def ip(*lines):
        done = subprocess.run(["ip", "-batch", "-"], input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise RuntimeError(f"ip: {lines}: {done.stderr}")

    def shared(self, appliance):
        return appliance.name in self._shared

    def plug(self, appliance, pid, own):
        """Its end of the network, while it is being started."""
        if not own:
            self.ip(f"address replace {appliance.address}/32 dev {self.bridge}")
            return
        port = f"p{pid}"
        self.ip(f"link add {port} type veth peer name eth0 netns {pid}", f"link set {port} master {self.bridge}", f"link set {port} up")
        subprocess.run(["nsenter", "-t", str(pid), "-n", "ip", "-batch", "-"], check=True, timeout=60, text=True,
                       input=f"link set lo up\nlink set eth0 up\naddress add {appliance.address}/16 dev eth0\n")

    # The appliances.

    tools = staticmethod(tools)

    def _add(self, role, name, settings, uuid=None):
        number = next(self._numbers)
        appliance = Appliance(self, role, name, number, uuid or str(uuids.uuid1(node=0x0800270000 + number, clock_seq=number)), settings)
        self.appliances.append(appliance.build())
        return appliance

    def fmc(self, name, expires=pki.OLD, begins=None, v1=False, uuid=None, generate=None, **settings):
        """A manager with an InternalCA that ends so many seconds from now (negative: it has ended), and whose generate_certs.pl is as in `generate`."""
        f = self._add("fmc", name, Settings(**settings), uuid)
        f.ca = pki.InternalCA(os.path.join(self.folder, "lab", name), self.labpki, f.uuid, expires, begins, v1)
        shutil.copy(f.ca.cert, f.path("/etc/sf/ca_root/cacert.pem"))
        shutil.copy(f.ca.key, f.path("/etc/sf/ca_root/private/cakey.pem"))
        f.ca.issue([(f.uuid, "-", f.path("/etc/sf/keys/sftunnel-cert.pem"), f.path("/etc/sf/keys/sftunnel-key.pem"))])
        f.generate = {"refuses": "", "refusal": "Critical operation is in progress: {task}. Exiting.", "days": 3650, "ca_version": "v1", "key_pool": [],
                      "expired_sentence": "Current ca_root expired {days} days ago - at {at}", "after_leak": " "}
        if self.keys.most:
            f.generate["key_pool"] = [f"/var/tmp/key{i}.pem" for i in range(self.keys.most)]
            for _ in range(self.keys.most):
                self.keys.next()
            for i, path in enumerate(self.keys.paths):
                shutil.copy(path, f.path(f"/var/tmp/key{i}.pem"))
        self.set_generate(f, **(generate or {}))
        f.registered()
        return f

    @staticmethod
    def set_generate(fmc, **changes):
        """How generate_certs.pl behaves from now on; refuses: the critical task in whose name it does not run."""
        fmc.generate.update(changes)
        fmc.write("/etc/lab/generate.json", json.dumps(fmc.generate))

    def register(self, fmc, *devices):
        """The devices become peers of the manager, each with a set signed by its CA: FTDs, or in an HA pair the secondary FMC."""
        place, wanted = f"/var/sf/peers/{fmc.uuid}", []
        for d in devices:
            os.makedirs(d.path(place), exist_ok=True)
            wanted.append((d.uuid, self.keys.next(), d.path(place + "/sftunnel-cert.pem"), d.path(place + "/sftunnel-key.pem")))
        fmc.ca.issue(wanted)
        for d in devices:
            self._fill_peer_folders(fmc, d, place)
            d.managers.append(fmc)
            fmc.peers.append(d)
            d.registered()
        fmc.registered()

    @staticmethod
    def _fill_peer_folders(fmc, device, place):
        pushed = f"/var/sf/peers/{device.uuid}/certs_pushed"
        os.makedirs(fmc.path(pushed), exist_ok=True)
        shutil.copy(fmc.ca.cert, device.path(place + "/cacert.pem"))
        for name in ("sftunnel-cert.pem", "sftunnel-key.pem"):
            shutil.copy(device.path(f"{place}/{name}"), fmc.path(f"{pushed}/{name}"))
        # What a real folder holds besides; the content of sftunnel.json is not public.
        device.write(place + "/ims.conf", fmc.read("/etc/sf/ims.conf"))
        for name, text in (("sftunnel.json", "{}\n"), ("peer_flags.json", "{}\n"), ("sw_version", "7.2.5"), ("sftunnel-heartbeat", "1"),
                           ("LIGHT_REGISTRATION", ""), ("LIGHT_UNREGISTRATION", "")):
            device.write(f"{place}/{name}", text)

    def ftd(self, name, *managers, uuid=None, **settings):
        device = self._add("ftd", name, Settings(**settings), uuid)
        for fmc in managers:
            self.register(fmc, device)
        if not managers:
            device.registered()
        return device

    def pair(self, first, second, expires=(pki.OLD, pki.OLD), **settings):
        """An FMC HA pair, each with a CA of its own; the secondary is a peer of the primary."""
        primary, secondary = self.fmc(first, expires=expires[0], **settings), self.fmc(second, expires=expires[1], **settings)
        self.register(primary, secondary)
        return primary, secondary

    def jump(self, name, **settings):
        """An ordinary host that forwards TCP."""
        host = self._add("jump", name, Settings(**settings))
        return host

    def fleet(self, count, *managers, **settings):
        """So many FTDs as light as they get: an address of the lab's instead of a network, one host key, the same password."""
        settings = {"password": "fleet", "host_keys": ("ed25519",), "retry": (1.0, 8.0), "heartbeat": 5.0, **settings}
        names = [f"ftd-{i:03d}" for i in range(count)]
        self._shared.update(names)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            devices = list(pool.map(lambda name: self._add("ftd", name, Settings(**settings)), names))
        for fmc in managers:
            self.register(fmc, *devices)
        return devices

    def start(self, *appliances, at_once=8):
        """All of them, or these; managers first."""
        which = [a for a in (appliances or self.appliances) if not a.holder]
        for a in which:
            a.registered()
        for role in ("fmc", "jump", "ftd"):
            with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
                list(pool.map(Appliance.start, [a for a in which if a.role == role]))

    def stop(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(Appliance.stop, self.appliances))

    @staticmethod
    def wait_up(*pairs, seconds=60):
        """Until the tunnels of these (firewall, manager) are up at both ends."""
        for device, fmc in pairs:
            wait_for(lambda d=device, f=fmc: d.up(f) and f.up(d), f"the tunnel of {device.name} to {fmc.name}", seconds)

    def devices_csv(self, path, fmc, devices=None):
        """The vendor's list: the manager, then its devices."""
        with open(path, "w", encoding="utf-8") as f:
            f.write("#device_name, ipaddr, login, password\n")
            for a in (fmc, *(fmc.peers if devices is None else devices)):
                f.write(f"{a.name}, {a.address}, {a.user}, {a.password}\n")
            os.fchmod(f.fileno(), 0o600)
        return path

    def known_hosts(self, path, appliances=None, kinds=("ed25519", "ecdsa", "rsa")):
        with open(path, "w", encoding="ascii") as f:
            for a in appliances or self.appliances:
                f.writelines(a.host_key(k) for k in kinds if k in a.settings.host_keys)
        return path

    @staticmethod
    def fault(appliance, name, **how):
        """One of faults.FAULTS, until the result's clear() or the end of its with block."""
        return faults.Fault(appliance, name, how)
