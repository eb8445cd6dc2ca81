#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Folders that look like the root of an FMC and of an FTD, with certificates that are really made."""

import calendar
import os
import subprocess
import tarfile
import time

import tap
from roots import CA_NAME, FMC, FTD, fmc_root, ftd_root, old_and_new, openssl

def verdicts(document):
    return sorted((p["observer"]["role"], "itself" if p.get("self") else p["uuid"], p["verdict"]["id"]) for p in document["peers"])


@tap.test
def expired(folder):
    """an expired InternalCA at both ends: regenerate"""
    tap.need("openssl")
    old_and_new(folder)
    fmc_root(folder, "ca-old", "leaf-old")
    ftd_root(folder, "ca-old", "leaf-old")
    ran = tap.analyze(os.path.join(folder, "fmc"), os.path.join(folder, "ftd"), status=0)
    tap.equal(verdicts(ran.json), [("fmc", FTD, "SFT-1001"), ("fmc", "itself", "SFT-1001"), ("ftd", FMC, "SFT-1001")])
    peer = next(p for p in ran.json["peers"] if p["uuid"] == FTD)
    tap.equal((peer["name"], peer["address"]), ("branch-1", "10.1.1.2"))
    assert "notAfter 2024-09-17T00:00:00Z" in peer["evidence"][0]["text"], peer["evidence"]
    assert ran.json["sources"][peer["evidence"][0]["source"]]["kind"] == "certificate"
    assert b"PRIVATE" not in ran.out
    text = tap.agent("analyze", os.path.join(folder, "fmc"), status=0).out.decode()
    assert "(itself)" in text and "expired on 2024-09-17" in text, text


@tap.test
def regenerated_here_but_not_there(folder):
    """the FMC has a new CA, the FTD the old set: push, and do not regenerate"""
    tap.need("openssl", "tar")
    old_and_new(folder)
    fmc_root(folder, "ca-new", "leaf-new")
    ftd_root(folder, "ca-old", "leaf-old")
    want = [("fmc", FTD, "SFT-1005"), ("fmc", "itself", "SFT-1000"), ("ftd", FMC, "SFT-1005")]
    roots = [os.path.join(folder, r) for r in ("fmc", "ftd")]
    ran = tap.analyze(*roots, status=0)
    tap.equal(verdicts(ran.json), want)
    ftd = next(p for p in ran.json["peers"] if p["observer"]["role"] == "ftd")
    assert "Do not regenerate" in ftd["next"], ftd["next"]
    archives = [root + ".tar" for root in roots]
    for root, archive in zip(roots, archives):
        subprocess.run(["tar", "-C", root, "-cf", archive, "."], check=True, timeout=60)
    tap.equal(verdicts(tap.analyze(*archives, status=0).json), want, "as archives")


@tap.test
def beside_a_log(folder):
    """the log of an FTD that still accepts it, and its folder: one finding"""
    tap.need("openssl")
    old_and_new(folder)
    ftd_root(folder, "ca-old", "leaf-old")
    log = "".join(f"Sep 20 04:10:4{i} ftd-1 SF-IMS[50792]: [51982] sftunneld:sf_ssl [INFO] {text}\n" for i, text in enumerate((
        "Initiating IPv4 connection to 10.10.200.31:8305/tcp", "Wait to connect to 8305 (IPv4): 10.10.200.31",
        "Connected to 10.10.200.31 from resolved_ip_list (port 8305) (IPv4)")))
    log += ("Sep 20 04:10:49 ftd-1 SF-IMS[50792]: [51982] sftunneld:sf_channel [INFO] >> ChannelState do_dataio_for_heartbeat peer "
            "10.10.200.31 / channelA / CONTROL [ msgSock & ssl_context ] <<\n")
    tap.write(os.path.join(folder, "ftd/ngfw/var/log/messages"), log)
    ran = tap.analyze(os.path.join(folder, "ftd"), status=0)
    tap.equal([(p["observer"]["host"], p["address"], p["uuid"], p["verdict"]["id"]) for p in ran.json["peers"]],
              [("ftd-1", "10.10.200.31", FMC, "SFT-1101")])
    assert ran.json["at_risk"]


REFUSED = "".join(f"Sep 20 04:10:4{i} ftd-1 SF-IMS[50792]: [51982] sftunneld:sf_ssl {text}\n" for i, text in enumerate((
    "[INFO] Initiating IPv4 connection to 10.10.200.31:8305/tcp", "[INFO] Connected to 10.10.200.31 from resolved_ip_list (port 8305) (IPv4)",
    "[ERROR] -Error with certificate at depth: 1", f"[ERROR] issuer = {CA_NAME}", f"[ERROR] subject = {CA_NAME}",
    "[ERROR] err 10:certificate has expired", "[ERROR] Connect:SSL handshake failed")))


@tap.test
def a_log_that_is_older(folder):
    """the firewall's log says expired, the FMC's CA is new by now: shown as against; with the old set at hand: push"""
    tap.need("openssl")
    old_and_new(folder)
    fmc_root(folder, "ca-new", "leaf-new")
    fmc, ftd = os.path.join(folder, "fmc"), os.path.join(folder, "ftd")
    tap.write(os.path.join(folder, "ftd/ngfw/etc/sf/ims.conf"), f"APPLIANCE_UUID={FTD}\nMODEL=Cisco Firepower 1120 Threat Defense\n")
    tap.write(os.path.join(folder, "ftd/ngfw/var/log/messages"), REFUSED)
    alone = next(p for p in tap.analyze(ftd, status=0).json["peers"] if p["observer"]["host"] == "ftd-1")
    tap.equal((alone["verdict"]["id"], alone["verdict"]["confidence"]), ("SFT-1001", "high"))
    both = next(p for p in tap.analyze(ftd, fmc, status=0).json["peers"] if p["observer"]["host"] == "ftd-1")
    tap.equal((both["verdict"]["id"], both["verdict"]["confidence"]), ("SFT-1001", "medium"))
    against = [e for e in both["evidence"] if not e["for"]]
    assert len(against) == 1 and "cacert.pem: notAfter 2099" in against[0]["text"] and "Do not regenerate again" in against[0]["means"], against
    ftd_root(folder, "ca-old", "leaf-old")
    both = next(p for p in tap.analyze(ftd, fmc, status=0).json["peers"] if p["observer"]["host"] == "ftd-1")
    tap.equal((both["verdict"]["id"], both["uuid"], both["verdict"]["confidence"]), ("SFT-1005", FMC, "high"))
    assert "Do not regenerate" in both["next"] and any("err 10" in e["text"] for e in both["evidence"]), both


@tap.test
def hostile(folder):
    """a FIFO, a folder, an empty file and a name that can't be seen are findings, and nothing waits"""
    tap.need("openssl")
    old_and_new(folder)
    ftd_root(folder, "ca-new", "leaf-new")
    peer = os.path.join(folder, f"ftd/ngfw/var/sf/peers/{FMC}")
    tap.write(os.path.join(peer, "sftunnel-key.pem\x01\x1b[31m"), b"")
    ran = tap.analyze(os.path.join(folder, "ftd"), status=0)
    tap.equal(verdicts(ran.json), [("ftd", FMC, "SFT-1202")])
    text = tap.agent("analyze", os.path.join(folder, "ftd"), status=0).out
    assert b"sftunnel-key.pem\\x01\\x1b[31m" in text and b"\x1b[31m" not in text, text
    os.unlink(os.path.join(peer, "cacert.pem"))
    os.mkfifo(os.path.join(peer, "cacert.pem"))
    os.unlink(os.path.join(peer, "sftunnel-cert.pem"))
    os.mkdir(os.path.join(peer, "sftunnel-cert.pem"))
    tap.write(os.path.join(peer, "sftunnel-key.pem"), b"")
    ran = tap.analyze(os.path.join(folder, "ftd"), status=0)
    tap.equal([(p["verdict"]["id"], p["verdict"]["severity"]) for p in ran.json["peers"]], [("SFT-1202", "critical")])
    said = " ".join(e["means"] for e in ran.json["peers"][0]["evidence"])
    assert "FIFO" in said and "folder" in said and "empty" in said, said


@tap.test
def loose(folder):
    """three files given as they are are held against one another"""
    tap.need("openssl")
    old_and_new(folder)
    made = [os.path.join(folder, "made", n) for n in ("ca-new.pem", "leaf-old.pem", "leaf-new.key")]
    ran = tap.analyze(*made, status=0)
    tap.equal(sorted((p["name"], p["verdict"]["id"]) for p in ran.json["peers"]), [("ca-new.pem", "SFT-1000"), ("leaf-old.pem", "SFT-1005")])


def bundled(folder, name, seconds):
    """The FMC's folder as an archive, all of it last written then."""
    path = os.path.join(folder, name)
    with tarfile.open(path, "w:gz") as tar:
        def dated(member):
            member.mtime = seconds
            return member
        tar.add(os.path.join(folder, "fmc"), "fmc", filter=dated)
    return path


@tap.test
def old_bundle(folder):
    """the dates of an old bundle count as of its own day, and as of now; ims.conf and sw_version say the releases"""
    tap.need("openssl")
    old_and_new(folder)
    fmc_root(folder, "ca-old", "leaf-old")
    tap.write(os.path.join(folder, "fmc/etc/sf/ims.conf"), f"APPLIANCE_UUID={FMC}\nMODEL=Secure Firewall Management Center for VMware\nSWVERSION=7.1.0\n")
    tap.write(os.path.join(folder, f"fmc/var/sf/peers/{FTD}/sw_version"), "7.0.5\n")
    tap.write(os.path.join(folder, "fmc/pmtool status.output"), "sftunnel (system) - Running 24404\n")
    for day, says in (("2024-08-21", "it was still valid when this was collected, on 2024-08-21"),
                      ("2024-10-01", "it had expired already when this was collected, on 2024-10-01")):
        seconds = calendar.timegm(time.strptime(day, "%Y-%m-%d"))
        document = tap.analyze(bundled(folder, day + ".tgz", seconds), status=0).json
        own = next(p for p in document["peers"] if p.get("self"))
        peer = next(p for p in document["peers"] if not p.get("self"))
        tap.equal(own["verdict"]["id"], "SFT-1001")
        assert says in own["summary"], own["summary"]
        assert own["release"].startswith("The FMC runs 7.1.0") and "No hotfix" in own["release"], own
        tap.equal(peer["version"], "7.0.5")
    os.unlink(os.path.join(folder, "fmc/pmtool status.output"))
    undated = tap.analyze(bundled(folder, "undated.tgz", seconds), status=0).json["peers"]
    assert not any("collected" in p["summary"] for p in undated), undated  # certificates are of whatever day
    now = next(p for p in tap.analyze(os.path.join(folder, "fmc"), status=0).json["peers"] if p.get("self"))
    assert "collected" not in now["summary"], now["summary"]


@tap.test
def owner_in_an_archive(folder):
    """one file that isn't root's among those that are is a warning; all of somebody who copied them are none"""
    tap.need("openssl")
    old_and_new(folder)
    ftd_root(folder, "ca-new", "leaf-new")
    for name, key, others, verdict in (("kept", 1000, 0, "SFT-1202"), ("copied", 1000, 1000, "SFT-1000"), ("all", 0, 0, "SFT-1000")):
        path = os.path.join(folder, name + ".tar")
        with tarfile.open(path, "w") as tar:
            def owned(member):
                member.uid = key if member.name.endswith("-key.pem") else others
                return member
            tar.add(os.path.join(folder, "ftd"), "ftd", filter=owned)
        peer = next(p for p in tap.analyze(path, status=0).json["peers"] if p["uuid"] == FMC)
        tap.equal(peer["verdict"]["id"], verdict, name)
        tap.equal("sftunnel-key.pem belongs to uid 1000" in peer["summary"], verdict == "SFT-1202", name)


@tap.test
def list_of_another_ca(folder):
    """a revocation list is held against the CA by its signature, not by its name"""
    tap.need("openssl")
    old_and_new(folder)
    fmc_root(folder, "ca-new", "leaf-new")
    made = os.path.join(folder, "made")
    for ca, verdict in (("ca-new", "SFT-1000"), ("ca-old", "SFT-1010")):
        openssl("ca", "-gencrl", "-config", os.path.join(made, "conf"), "-cert", os.path.join(made, ca + ".pem"), "-keyfile",
                os.path.join(made, ca + ".key"), "-crldays", "30", "-out", os.path.join(folder, "fmc/etc/sf/ca_root/crl.pem"))
        own = next(p for p in tap.analyze(os.path.join(folder, "fmc"), status=0).json["peers"] if p.get("self"))
        tap.equal(own["verdict"]["id"], verdict)
    assert "is not signed by this CA" in own["summary"] and own["verdict"]["severity"] == "warning", own


if __name__ == "__main__":
    tap.main()
