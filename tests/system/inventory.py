#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The inventory as people use it: the vendor's file, the example, --limit, and that no password is ever shown."""

import json
import os
import shutil
import subprocess

import tap

CANARIES = ("Zk7!plum", "q,\"8vane", "W0rm;hole")
VENDOR = ("\ufeff#device_name, ipaddr, login, password\r\nFMCpri, 10.48.79.125, admin, Zk7!plum\r\n"
          "ftd one, 10.1.1.1, admin, \"q,\"\"8vane\"\r\nftd-2, ftd-2.example.net, ops, W0rm;hole\r\n")


def fleet(folder, name="devices.csv", text=VENDOR, mode=0o600):
    path = tap.write(os.path.join(folder, name), text.encode())
    os.chmod(path, mode)
    return path


def run(*args, status=0):
    r = tap.agent("inventory", *args, status=status)
    shown = r.out + r.err
    for secret in CANARIES:
        assert secret.encode() not in shown, shown
    return r


@tap.test
def vendors_file(folder):
    """devices.csv as the vendor has it: checked, listed, and no password shown"""
    path = fleet(folder)
    r = run("check", "-i", path)
    tap.equal(r.out.decode(), f"{path}: 3 devices, certificates of FMCpri, no fault\n")
    tap.equal(r.err, b"")
    rows = [line.split() for line in run("list", "-i", path).out.decode().splitlines() if line]
    tap.equal([row[0] for row in rows], ["DEVICE", "FMCpri", "ftd", "ftd-2"])
    devices = json.loads(run("list", "-i", path, "--json").out)["devices"]
    tap.equal([(d["name"], d["address"], d["user"], d["auth"], d["source"], d["line"]) for d in devices],
              [("FMCpri", "10.48.79.125", "admin", "password", True, 2), ("ftd one", "10.1.1.1", "admin", "password", False, 3),
               ("ftd-2", "ftd-2.example.net", "ops", "password", False, 4)])


@tap.test
def others_can_read_it(folder):
    """passwords in a file that others can read are a warning, and with --strict a fault"""
    path = fleet(folder, mode=0o644)
    assert b"warning: it holds passwords and others can read it: chmod 600" in run("check", "-i", path).err
    run("check", "--strict", "-i", path, status=78)
    fleet(folder, mode=0o666)
    assert b"chmod go-w" in run("check", "-i", path, status=78).err


@tap.each([("a comma in a password", "fmc,10.1.1.1,admin,Zk7!plum,x\n", b":1: 5 fields"),
           ("a line that was cut", "fmc,10.1.1.1,admin,x\nftd,10.1.1.2,adm", b":2: 3 fields"),
           ("two with one address", "fmc,10.1.1.1,admin,x\nftd,10.1.1.1,admin,x\n", b":2: ftd has the address of fmc"),
           ("no address", "fmc,10.1.1,admin,Zk7!plum\n", b":1: field 2: an address is"),
           ("a password in the wrong column", "name,ipaddr,auth\nfmc,10.1.1.1,W0rm;hole\n", b":2: field 3: no way to get a credential")])
def refused(folder, value):
    """refused with its line, without showing it"""
    path = fleet(folder, text=value[1])
    r = run("check", "-i", path, status=65)
    assert path.encode() + value[2] in r.err, r.err
    tap.equal(r.out, b"")


@tap.test
def example(folder):
    """the example is taken as it is, and its groups give what they say"""
    path = shutil.copy(os.path.join(tap.SRCDIR, "contrib/inventory.yaml"), os.path.join(folder, "i.yaml"))
    os.chmod(path, 0o600)
    r = run("check", "-i", path)
    assert b"3 devices, certificates of fmcpri, no fault, 1 warning" in r.out, r.out
    devices = {d["name"]: d for d in json.loads(run("list", "-i", path, "--json").out)["devices"]}
    tap.equal(devices["ftd-par-01"]["jump"], "admin@198.51.100.7")
    tap.equal(devices["fmcpri"]["jump"], None)
    tap.equal(devices["ftd-par-02"]["become"], "file:/etc/sftunnel-agent/ftd-par-02.sudo")
    only = json.loads(run("list", "-i", path, "--json", "--limit", "paris,!tag:canary").out)["devices"]
    tap.equal([d["name"] for d in only], ["ftd-par-02"])
    assert b"no device of" in run("list", "-i", path, "--limit", "pariss", status=64).err


@tap.test
def wrong_use(folder):
    """wrong words, no file, no inventory: a sentence with the next step"""
    assert b"check or list?" in run(status=64).err
    assert b"did you mean check?" in run("chek", status=64).err
    run("check", "-i", os.path.join(folder, "nowhere"), status=66)
    run("check", "-i", folder, status=78)
    run("check", "-i", fleet(folder, text="# nothing\n"), status=65)


@tap.test
def not_looked_into(folder):
    """while it holds passwords, another process of the same user may not read its memory or leave its core"""
    fifo = os.path.join(folder, "names")
    os.mkfifo(fifo)
    child = subprocess.Popen([tap.AGENT, "inventory", "list", "-i", fleet(folder), "--limit", "@" + fifo],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with open(fifo, "wb") as names:  # opened by both: the inventory has been read
        limits = open(f"/proc/{child.pid}/limits", encoding="ascii").read()
        assert [line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core")] == [["0", "0"]], limits
        shown = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(child.pid)], capture_output=True, check=False).stdout
        assert not any(s.encode() in shown for s in CANARIES)
        owner = os.stat(f"/proc/{child.pid}/maps").st_uid  # root's when it is not dumpable
        tap.equal(owner, 0)
        names.write(b"ftd-2\n")
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and b"ftd-2" in out, err


if __name__ == "__main__":
    tap.main()
