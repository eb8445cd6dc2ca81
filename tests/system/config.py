#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The configuration of the daemon: config check and config show on real files, and what documents it."""

import os
import re
import subprocess

import tap


def configuration(folder, text, **drop_ins):
    path = tap.write(os.path.join(folder, "w.yaml"), text)
    for name, more in drop_ins.items():
        tap.write(os.path.join(folder, "w.yaml.d", name + ".yaml"), more)
    return path


def show(path, *options):
    return tap.agent("config", "show", "-c", path, *options, status=0).out.decode()


def keys(text):
    return re.findall(r"^([a-z_]+):", text, re.M)


@tap.test
def defaults(folder):
    """an empty configuration is no fault, and shows every default"""
    path = configuration(folder, "# nothing\n")
    tap.equal(tap.agent("config", "check", "-c", path, status=0).out.decode(), f"{path}: no fault\n")
    shown = show(path)
    assert "\nquiet_after: 86400\n" in shown and shown.startswith("logs:\n  - /var/log/messages\n"), shown
    tap.equal(len(keys(shown)), len(set(keys(shown))), "keys")
    tap.equal(set(re.findall(r"# (.*)", show(path, "--origin"))), {"default"})


@tap.test
def origins(folder):
    """each setting is shown with where it is from, and what is shown means the same"""
    path = configuration(folder, "keep_days: 7\nlogs:\n  - /a\n  - /b\n", a="keep_days: 2\n", b="\n\nhook: [/bin/true, \"it's: #1\"]\n")
    tap.agent("config", "check", "-c", path, status=0)
    shown = show(path, "--origin")
    for line in (f"keep_days: 2 # {path}.d/a.yaml:1", f"logs: # {path}:2", f"hook: # {path}.d/b.yaml:3", "state: /var/lib/sftunnel-agent # default"):
        assert line + "\n" in shown, (line, shown)
    again = tap.write(os.path.join(folder, "again.yaml"), shown)
    tap.equal(show(again), show(path))


@tap.each([("an unknown key", "logz: [/a]\n", ":1:1: ", b"did you mean 'logs'?"), ("no YAML", "a: [\n", ":2:1: ", b"no valid YAML"),
           ("bad bytes", b"state: \xff\n", ":1:8: ", b"YAML"), ("a bad value", "\nstate: x\n", ":2:8: ", b"begins with /"),
           ("an open address", "metrics: 0.0.0.0:9305\n", ":1:10: ", b"loopback"), ("two that don't fit", "\n\nwarning_days: 3\n", ":3:1: ", b"critical_days 30"),
           ("a pack that is not there", "packs: [/no/such/pack.yaml]\n", "/no/such/pack.yaml", b"No such file"),
           ("a hook that is not there", "hook: [/no/such/program]\n", "hook: /no/such/program", b"No such file")])
def refused(folder, value):
    """refused with its place"""
    _, text, place, word = value
    path = configuration(folder, text)
    ran = tap.agent("config", "check", "-c", path, status=78)
    wanted = f"sftunnel-agent: {path if place.startswith(':') else ''}{place}".encode()
    assert ran.err.startswith(wanted) and word in ran.err and not ran.out, ran


@tap.test
def others_could_change_it(folder):
    """a file that others may write to is refused, in the drop-in folder, too"""
    path = configuration(folder, "keep_days: 7\n", a="keep_days: 2\n")
    for changed in (path, path + ".d/a.yaml", path + ".d"):
        mode = os.stat(changed).st_mode & 0o777
        os.chmod(changed, mode | 0o002)
        ran = tap.agent("config", "show", "-c", path, status=78)
        assert f"{changed}: everybody may write to it".encode() in ran.err and not ran.out, ran
        os.chmod(changed, mode)
    tap.agent("config", "check", "-c", path, status=0)


@tap.each([("no word", [], 64), ("a wrong word", ["chekc"], 64), ("a path too many", ["check", "/etc/x.yaml"], 64), ("no such file", ["check", "-c", "/no/such"], 66),
           ("a folder", ["check", "-c", "/"], 78)])
def usage(folder, value):
    """exit code"""
    ran = tap.agent("config", *value[1], status=value[2])
    assert ran.err.startswith(b"sftunnel-agent: ") and not ran.out, ran


@tap.test
def documented(folder):
    """every setting is in the man page, and the man page has no other"""
    tap.need("mandoc")
    page = os.path.join(tap.SRCDIR, "contrib/man/sftunnel-agent.1")
    out = subprocess.run(["mandoc", "-T", "ascii", page], capture_output=True, timeout=60, check=True).stdout.decode()
    text = re.sub(r".\x08", "", out)
    section = text[text.index("\nCONFIGURATION\n"):text.index("\nOUTPUT\n")]
    named = {k.strip() for line in re.findall(r"^     ([a-z_]+(?:, [a-z_]+)*): ", section, re.M) for k in line.split(",")}
    tap.equal(named, set(keys(show(configuration(folder, "")))))


if __name__ == "__main__":
    tap.main()
