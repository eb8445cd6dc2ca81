# SPDX-License-Identifier: BSD-2-Clause
"""OpenSSH's own sshd for an appliance: its settings, its host keys, and who may log in."""

import functools
import os
import subprocess

BACK_PORT = 2022  # where it listens when a front (front.py) has port 22

SETTINGS = """ListenAddress {address}:{port}
{host_keys}
KexAlgorithms curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha256
PidFile /run/sshd.pid
LogLevel VERBOSE
UsePAM {pam}
PasswordAuthentication {password}
KbdInteractiveAuthentication {keyboard}
PubkeyAuthentication yes
AuthorizedKeysFile /etc/ssh/authorized_keys/%u
StrictModes no
PermitRootLogin no
MaxAuthTries 3
MaxStartups 200
PrintMotd no
PrintLastLog yes
AllowTcpForwarding {forwarding}
AllowAgentForwarding no
X11Forwarding no
UseDNS no
Banner {banner}
"""
PAM = "auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required pam_permit.so\npassword required pam_deny.so\n"
PAM_SU = "auth sufficient pam_rootok.so\naccount required pam_permit.so\nsession required pam_permit.so\n"
# The key exchanges of today's OpenSSH that are younger than the appliances are left out; they take longer, too.
# There is no `Subsystem sftp`: no source says that an appliance takes files.


@functools.lru_cache(None)
def password_hash(password):
    return subprocess.run(["openssl", "passwd", "-6", "-salt", "laboratory", "-stdin"], input=password, capture_output=True, text=True, timeout=30,
                          check=True).stdout.strip()


def make_host_key(folder, kind):
    path = os.path.join(folder, f"ssh_host_{kind}_key")
    for old in (path, path + ".pub"):
        if os.path.exists(old):
            os.unlink(old)
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", path], check=True, timeout=60)
    return path


def write_settings(etc, address, host_keys, banner="none", keyboard=False, port=22, forwarding=False):
    def word(b):
        return "yes" if b else "no"
    text = SETTINGS.format(address=address, port=port, host_keys="\n".join(f"HostKey /etc/ssh/ssh_host_{k}_key" for k in host_keys), pam=word(keyboard),
                           password=word(not keyboard), keyboard=word(keyboard), forwarding=word(forwarding), banner=banner)
    with open(os.path.join(etc, "ssh/sshd_config"), "w", encoding="ascii") as f:
        f.write(text)


def write_accounts(etc, home, shell, password, locked=False):
    """Who exists in the appliance. The number of admin is assumed."""
    files = {
        "passwd": f"root:x:0:0:root:/root:/bin/bash\nsshd:x:22:22::/run/sshd:/bin/false\nadmin:x:100:100::{home}:{shell}\n"
                  "nobody:x:65534:65534::/:/bin/false\n",
        "group": "root:x:0:\ntty:x:5:\nsshd:x:22:\nadmin:x:100:\nnogroup:x:65534:\n",
        "shadow": f"root:*:19000:0:99999:7:::\nadmin:{'!' if locked else ''}{password_hash(password)}:19000:0:99999:7:::\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files\n",
    }
    for name, text in files.items():
        path = os.path.join(etc, name)
        with open(path + ".new", "w", encoding="ascii") as f:
            f.write(text)
            os.fchmod(f.fileno(), 0o600 if name == "shadow" else 0o644)
        os.rename(path + ".new", path)
