# SPDX-License-Identifier: BSD-2-Clause
"""What can go wrong with an appliance, by name, before or during a run:

    with here.fault(ftd, "disk_full"):
        ...
    f = here.fault(ftd, "cut", at=4096, side="from", only=1); ...; f.clear()

Each is a function of the appliance that makes it so and gives back what undoes it."""

import os

from . import sshd

FAULTS = {}


def fault(f):
    FAULTS[f.__name__] = f
    return f


class Fault:
    def __init__(self, appliance, name, how):
        self.undo = FAULTS[name](appliance, **how)

    def clear(self):
        undo, self.undo = self.undo, None
        if undo:
            undo()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.clear()


# The line to its sshd.

def _link(appliance, **changes):
    link = appliance.front.link
    for name, value in changes.items():
        setattr(link, name, value)
    return link.clear


@fault
def slow_link(a, delay=0.05, rate=0):
    """Each byte takes that many seconds, each way; rate: bytes a second."""
    return _link(a, delay=delay, rate=rate)


@fault
def hangs(a, at=0, side="from", only=None):
    """The connection stands and says nothing more behind byte `at`."""
    return _link(a, stall_at=at, side=side, only=only)


@fault
def cut(a, at, side="from", only=None):
    """The connection is reset behind byte `at`."""
    return _link(a, cut_at=at, side=side, only=only)


@fault
def ssh_refused(a):
    return _link(a, refuse=True)


@fault
def sshd_stopped(a):
    """sshd answers no new connection; those that are open go on."""
    pid = a.read("/run/sshd.pid").strip()
    a.run("kill", "-STOP", pid)
    return lambda: a.run("kill", "-CONT", pid)


@fault
def down(a):
    """The appliance is off: nothing answers. After clear() it has booted."""
    a.stop()
    return a.start


@fault
def unplugged(a):
    """Its network interface is down; only with a network of its own."""
    a.run("ip", "link", "set", "eth0", "down")
    return lambda: a.run("ip", "link", "set", "eth0", "up")


# The login.

@fault
def host_key_changed(a):
    """Other keys of the same types, as after a new installation."""
    def renew():
        for kind in a.settings.host_keys:
            sshd.make_host_key(a.path("/etc/ssh"), kind)
        a.run("kill", "-HUP", a.read("/run/sshd.pid").strip())
    kept = {k: (a.read(f"/etc/ssh/ssh_host_{k}_key"), a.read(f"/etc/ssh/ssh_host_{k}_key.pub")) for k in a.settings.host_keys}
    renew()

    def back():
        for k, (private, public) in kept.items():
            a.write(f"/etc/ssh/ssh_host_{k}_key", private, 0o600)
            a.write(f"/etc/ssh/ssh_host_{k}_key.pub", public)
        a.run("kill", "-HUP", a.read("/run/sshd.pid").strip())
    return back


def _accounts(a, password, locked=False):
    sshd.write_accounts(a.path("/etc"), a.home, "/bin/bash" if a.role == "jump" else "/usr/local/bin/clish", password, locked)


@fault
def wrong_password(a):
    """The password that is known is no longer right."""
    _accounts(a, a.password + "-changed")
    return lambda: _accounts(a, a.password)


@fault
def account_locked(a):
    """The right password is refused."""
    _accounts(a, a.password, True)
    return lambda: _accounts(a, a.password)


def _clish(a, **changes):
    before = {k: a.clish[k] for k in changes}
    a.set_clish(**changes)
    return lambda: a.set_clish(**before)


@fault
def password_expired(a):
    return _clish(a, password_change=True)


@fault
def agreement(a):
    """The licence has to be accepted first."""
    return _clish(a, agreement=True)


@fault
def unknown_banner(a, text="\n=== all sessions are recorded ===\n> not a prompt\n# neither is this $\n"):
    """Lines before the first prompt that look like prompts."""
    return _clish(a, banner=text)


@fault
def unknown_prompt(a, prompt="firepower-boot>"):
    return _clish(a, prompt=prompt, escape="")


@fault
def expert_disabled(a):
    return _clish(a, expert=False)


@fault
def slow_login(a, delay=3.0, settle=0.0):
    return _clish(a, login_delay=delay, settle=settle)


# Root, tools and files.

@fault
def sudo_missing(a):
    os.unlink(a.path("/usr/local/bin/sudo"))
    return lambda: os.symlink("../libexec/sudo", a.path("/usr/local/bin/sudo"))


@fault
def sudo_refuses(a):
    before = a.settings.sudo
    a.set_sudo("refuse")
    return lambda: a.set_sudo(before)


@fault
def tool_missing(a, *, tool):
    """Whatever is called is not there: base64, openssl, mv, ..."""
    a.settings.without = (*a.settings.without, tool)
    folder = a.lab.tools(a.settings.without)
    # The lab's folder is not to be seen from inside; the machine's tools, less this one, are listed there again.
    a.run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/usr/bin")
    a.run("/usr/.bin/xargs", "/usr/.bin/ln", "-s", "-t", "/usr/bin", stdin="".join(f"'/usr/.bin/{n}'\n" for n in os.listdir(folder)))

    def back():
        a.settings.without = tuple(t for t in a.settings.without if t != tool)
        a.run("/usr/.bin/umount", "/usr/bin")
    return back


def _own_mount(a, place, size):
    """The folder becomes a file system of its own, with what is in it."""
    a.run("sh", "-c", """set -e
mkdir -p /mnt/over
mount -t tmpfs -o size="$2",mode=755 tmpfs /mnt/over
cp -a "$1/." /mnt/over/
mount --move /mnt/over "$1" """, "sh", place, size)


@fault
def disk_full(a, place="/ngfw/var/sf/peers", free=0):
    """No room for more than so many bytes (of whole pages) below that folder."""
    _own_mount(a, place, "8m")
    a.run("sh", "-c", """cd "$1" && cat /dev/zero > .filler 2> /dev/null; truncate -s -"$2" .filler""", "sh", place, str(free))
    return lambda: a.run("sh", "-c", """rm -f "$1/.filler" && mkdir -p /mnt/back && mount --move "$1" /mnt/back &&
find "$1" -mindepth 1 -delete && cp -a /mnt/back/. "$1/" && umount /mnt/back""", "sh", place)


@fault
def read_only(a, place="/ngfw/var/sf"):
    a.run("sh", "-c", 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"', "sh", place)
    return lambda: a.run("umount", place)


@fault
def clock(a, ahead):
    """Its clock is so many seconds ahead (negative: behind) from now on, for date, sftunneld, its log and generate_certs.pl."""
    before = a.read("/etc/lab/clock")
    a.write("/etc/lab/clock", f"{ahead}\n")
    return lambda: a.write("/etc/lab/clock", before)


# The tunnel.

@fault
def tunnel_stays_down(a):
    """At the next restart sftunnel is stopped, and does not come back."""
    a.write("/etc/lab/faults/tunnel-stays-down", "")
    return lambda: os.unlink(a.path("/etc/lab/faults/tunnel-stays-down"))


@fault
def tunnel_stopped(a):
    a.run("/usr/local/sf/bin/pmtool", "disablebyid", "sftunnel")
    return lambda: a.run("/usr/local/sf/bin/pmtool", "enablebyid", "sftunnel")


@fault
def tunnel_hangs(a):
    """It runs and does nothing."""
    pid = a.read("/var/sf/run/sftunnel.pid").strip()
    a.run("kill", "-STOP", pid)
    return lambda: a.run("kill", "-CONT", pid)


@fault
def generate_refuses(a, task="Backup task in progress"):
    """A critical task is running, or the manager has classic licences only: "Smart agent not registered"."""
    a.lab.set_generate(a, refuses=task)
    return lambda: a.lab.set_generate(a, refuses="")
