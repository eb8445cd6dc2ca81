# SPDX-License-Identifier: BSD-2-Clause
"""The certificates that an appliance begins with, made by labpki and openssl."""

import os
import subprocess
import time

DAY = 86400
OLD = 3650 * DAY


class Keys:
    """A few keys that many certificates share where there are many: making one takes a tenth of a second. Nobody compares keys but by certificate."""

    def __init__(self, folder, labpki, most):
        self.folder, self.labpki, self.most, self.paths, self.used = folder, labpki, most, [], 0

    def next(self):
        """A key file to take, or "-" for a new one each time."""
        if not self.most:
            return "-"
        if len(self.paths) < self.most:
            path = os.path.join(self.folder, f"key{len(self.paths)}.pem")
            subprocess.run([self.labpki, "key", path], check=True, timeout=60)
            self.paths.append(path)
        self.used += 1
        return self.paths[self.used % len(self.paths)]


class InternalCA:
    """An FMC's own CA. expires: seconds from now; negative: that long ago."""

    def __init__(self, folder, labpki, uuid, expires=OLD, begins=None, v1=False):
        self.folder, self.labpki, self.uuid = folder, labpki, uuid
        now = int(time.time())
        self.not_after = now + int(expires)
        self.not_before = now + int(begins) if begins is not None else min(now - DAY, self.not_after - OLD)
        self.serial = 0
        os.makedirs(folder, exist_ok=True)
        self.cert, self.key = os.path.join(folder, "cacert.pem"), os.path.join(folder, "cakey.pem")
        self._run(["ca", uuid, self.not_before, self.not_after, "v1" if v1 else "v3", self.cert, self.key])

    def _run(self, argv, stdin=None):
        subprocess.run([self.labpki, *map(str, argv)], check=True, timeout=300, input=stdin, text=True)

    def issue(self, wanted, not_after=None):
        """wanted: (uuid, key file or "-", certificate, key) of each."""
        lines = []
        for uuid, key_from, cert, key in wanted:
            self.serial += 1
            lines.append(f"{uuid} {self.serial} {key_from} {cert} {key}\n")
        self._run(["leaves", self.cert, self.key, self.not_before, not_after or self.not_after], "".join(lines))


def digest(path):
    """SHA-256 of the certificate in a file, as openssl prints it; None for no certificate."""
    done = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", path], capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip() or None


def fits(folder):
    """Whether the three files of a folder are a whole set: a key, its certificate, the CA that signed it (dates aside)."""
    cert, key, ca = (os.path.join(folder, n) for n in ("sftunnel-cert.pem", "sftunnel-key.pem", "cacert.pem"))

    def out(*argv):
        return subprocess.run(["openssl", *argv], capture_output=True, text=True, timeout=30, check=False)
    public = out("x509", "-noout", "-pubkey", "-in", cert)
    return (public.returncode == 0 and public.stdout == out("pkey", "-pubout", "-in", key).stdout and
            out("verify", "-no_check_time", "-CAfile", ca, cert).returncode == 0)
