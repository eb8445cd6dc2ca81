#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a service needs beside the program: the example configuration, the systemd unit, the init script."""

import os
import re
import subprocess

import tap

CONTRIB = os.path.join(tap.SRCDIR, "contrib")


def text(name):
    with open(os.path.join(CONTRIB, name), encoding="utf-8") as f:
        return f.read()


def unit(folder):
    """The unit as it is installed, with the program of this build."""
    return tap.write(os.path.join(folder, "sftunnel-agent.service"),
                     text("systemd/sftunnel-agent.service.in").replace("@bindir@", os.path.dirname(os.path.abspath(tap.AGENT))))


@tap.test
def example(folder):
    """the example configuration is taken as it is, and with every comment that is a setting made one"""
    path = tap.write(os.path.join(folder, "w.yaml"), text("watch.yaml"))
    tap.agent("config", "check", "-c", path, status=0)
    everything = re.sub(r"^#(?=[a-z_]+:|  - )", "", text("watch.yaml"), flags=re.M)
    shown = tap.agent("config", "show", "-c", tap.write(path, everything), "--origin", status=0).out.decode()
    left_out = re.findall(r"^([a-z_]+):.*# default$", shown, re.M)
    tap.equal(set(left_out), {"root"}, "settings that the example does not show")


@tap.test
def exposure(folder):
    """systemd-analyze security finds an exposure of 1.5 at most, and would find more"""
    tap.need("systemd-analyze")

    def score(path):
        argv = ["systemd-analyze", "security", "--offline=true", "--no-pager", path]
        ran = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        found = re.search(r"exposure level for \S+: ([0-9.]+)", ran.stdout)
        if not found:
            raise tap.Skip("systemd-analyze can't do that here: " + ran.stderr.strip()[:200])
        return float(found.group(1))

    path = unit(folder)
    assert score(path) <= 1.5, score(path)
    with open(path, encoding="utf-8") as f:
        weaker = f.read().replace("DynamicUser=yes\n", "")
    assert score(tap.write(os.path.join(folder, "weaker.service"), weaker)) > 1.5, "this check can't fail"


@tap.test
def known_words(folder):
    """systemd knows every word of the unit"""
    tap.need("systemd-analyze")
    ran = subprocess.run(["systemd-analyze", "verify", "--man=no", unit(folder)], capture_output=True, text=True, timeout=60, check=False)
    ours = [line for line in ran.stderr.splitlines() if "sftunnel-agent.service" in line]
    tap.equal(ours, [], "complaints")


@tap.test
def init_script(folder):
    """the init script says what runs, and leaves alone what is not ours"""
    own = tap.write(os.path.join(folder, "defaults"), f"AGENT={os.path.abspath(tap.AGENT)}\nPIDFILE={folder}/pid\nCONFIG={folder}/w.yaml\n")
    script = tap.write(os.path.join(folder, "init"), text("sysvinit/sftunnel-agent").replace("/etc/default/sftunnel-agent", own))

    def run(word):
        return subprocess.run(["sh", script, word], capture_output=True, text=True, timeout=60, check=False)

    tap.equal(run("status").returncode, 3)
    tap.equal(run("stop").returncode, 0)
    tap.equal(run("reload").returncode, 7)
    tap.equal(run("nonsense").returncode, 2)
    other = subprocess.Popen(["cat"], stdin=subprocess.PIPE)  # a number that is another's by now
    tap.write(os.path.join(folder, "pid"), f"{other.pid}\n")
    tap.equal(run("status").returncode, 1)
    tap.equal(run("stop").returncode, 0)
    assert other.poll() is None, "another's process was ended"
    other.stdin.close()
    tap.equal(other.wait(30), 0)
    tap.write(os.path.join(folder, "w.yaml"), "logz: []\n")
    ran = run("restart")
    assert ran.returncode == 78 and "did you mean 'logs'" in ran.stderr, ran


if __name__ == "__main__":
    tap.main()
