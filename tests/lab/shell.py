#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The laboratory for a person: an FMC and some FTDs, and a shell from which they are reached. All of it ends with the shell.

    BUILDDIR=. tests/lab/shell.py --ftds 3 --expires -1 [COMMAND ...]

In the shell's folder are devices.csv, as the vendor's scripts take it, and known_hosts."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import lab  # noqa: E402

DAY = 86400


def arguments():
    parser = argparse.ArgumentParser(description="appliances to try things on")
    parser.add_argument("--ftds", type=int, default=2, help="how many firewalls")
    parser.add_argument("--expires", type=float, default=3650, help="in how many days the manager's CA ends; negative: it has ended, and no tunnel comes up")
    parser.add_argument("--tls", choices=["1.2", "1.3"], default="1.2")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="instead of a shell")
    return parser.parse_args()


def main():
    wanted = arguments()
    if reason := lab.enter():
        sys.exit(reason)
    folder = tempfile.mkdtemp(prefix="sftunnel-lab.")
    try:
        with lab.Lab(os.path.join(folder, "appliances")) as here:
            fmc = here.fmc("fmc-1", expires=wanted.expires * DAY, tls=wanted.tls)
            for i in range(wanted.ftds):
                here.ftd(f"ftd-{i + 1}", fmc, tls=wanted.tls)
            here.start()
            here.devices_csv(os.path.join(folder, "devices.csv"), fmc)
            here.known_hosts(os.path.join(folder, "known_hosts"))
            for a in here.appliances:
                print(f"{a.name:8} {a.address:14} {a.user} {a.password}  log: {a.path('/var/log/messages')}", flush=True)
            done = subprocess.run(wanted.command or [os.environ.get("SHELL", "/bin/sh")], cwd=folder, check=False)
    finally:
        shutil.rmtree(folder)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
