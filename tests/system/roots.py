# SPDX-License-Identifier: BSD-2-Clause
"""Made-up roots of an FMC and an FTD, with certificates that are really made by openssl."""

import os
import subprocess
import time

import tap

FMC, FTD = "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef", "cdb123c8-4347-11ef-aca1-f3aa241412a1"
CA_NAME = f"/title=InternalCA/OU=Intrusion Management System/CN={FMC}/O=Cisco Systems, Inc"
EXPIRED = ("20140917000000Z", "20240917000000Z")
VALID = ("20240920000000Z", "20990101000000Z")
CONF = """[ca]
default_ca = d
[d]
database = {0}/index
new_certs_dir = {0}
rand_serial = yes
default_md = sha256
unique_subject = no
policy = p
[p]
title = optional
OU = optional
CN = supplied
O = optional
"""


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def certificate(folder, name, subject, dates, ca=None, key=("rsa:2048",)):
    """Makes name.pem and name.key, signed by itself or by ca; dates are what openssl ca alone can set at will."""
    base = os.path.join(folder, "made", name)
    tap.write(os.path.join(folder, "made", "conf"), CONF.format(os.path.join(folder, "made")))
    if not os.path.exists(os.path.join(folder, "made", "index")):
        tap.write(os.path.join(folder, "made", "index"), "")
    openssl("req", "-newkey", *key, "-nodes", "-keyout", base + ".key", "-out", base + ".csr", "-subj", subject)
    by = ["-cert", os.path.join(folder, "made", ca + ".pem"), "-keyfile", os.path.join(folder, "made", ca + ".key")] if ca \
        else ["-selfsign", "-keyfile", base + ".key"]
    openssl("ca", "-batch", "-notext", "-config", os.path.join(folder, "made", "conf"), *by, "-in", base + ".csr", "-out", base + ".pem",
            "-startdate", dates[0], "-enddate", dates[1])
    return base


def put(folder, path, made, end):
    with open(os.path.join(folder, "made", made + end), "rb") as f:
        tap.write(os.path.join(folder, path), f.read())


def fmc_root(folder, ca, leaf):
    tap.write(os.path.join(folder, "fmc/etc/sf/ims.conf"), f"APPLIANCE_UUID={FMC}\nMODEL=Secure Firewall Management Center for VMware\n")
    tap.write(os.path.join(folder, "fmc/var/sf/peers/PEERS_MAP.JSON"), f'{{"{FTD}": {{"name": "branch-1", "ip": "10.1.1.2"}}}}')
    put(folder, "fmc/etc/sf/ca_root/cacert.pem", ca, ".pem")
    put(folder, f"fmc/var/sf/peers/{FTD}/certs_pushed/sftunnel-cert.pem", leaf, ".pem")
    put(folder, f"fmc/var/sf/peers/{FTD}/certs_pushed/sftunnel-key.pem", leaf, ".key")


def ftd_root(folder, ca, leaf):
    tap.write(os.path.join(folder, "ftd/ngfw/etc/sf/ims.conf"), f"APPLIANCE_UUID={FTD}\nMODEL=Cisco Firepower 1120 Threat Defense\n")
    put(folder, f"ftd/ngfw/var/sf/peers/{FMC}/cacert.pem", ca, ".pem")
    put(folder, f"ftd/ngfw/var/sf/peers/{FMC}/sftunnel-cert.pem", leaf, ".pem")
    put(folder, f"ftd/ngfw/var/sf/peers/{FMC}/sftunnel-key.pem", leaf, ".key")


EC = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


def stamp(seconds):
    """A date from now on, as openssl takes it."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))


def old_and_new(folder):
    certificate(folder, "ca-old", CA_NAME, EXPIRED)
    certificate(folder, "ca-new", CA_NAME, VALID)
    for age, dates in (("old", EXPIRED), ("new", VALID)):
        certificate(folder, "leaf-" + age, f"/title=sftunnel/CN={FTD}", dates, "ca-" + age)
