# SPDX-License-Identifier: BSD-2-Clause
"""What an FMC of the laboratory has as generate_certs.pl: a new InternalCA, new certificates for the manager and each of its peers, pushed over
the tunnels that are up; the rest is in FAILED_PUSH.

The dialogue is the vendor's. What is not known of it is set in /etc/lab/generate.json and assumed: what a refusal says, the sentence
about a CA that has expired already, what an answer other than yes does, the exit status."""

import json
import os
import socket
import subprocess
import sys
import time

SET = ("cacert.pem", "sftunnel-key.pem", "sftunnel-cert.pem")
CA, KEYS, PEERS = "/etc/sf/ca_root", "/etc/sf/keys", "/var/sf/peers"
LOG = "/var/log/sf/sfca_generation.log"
DAY = 86400
WARNING = """
You are about to generate new certificates for FMC and devices.
After successful cert generation, device specific certs will be pushed automatically
If the connection between FMC and a device is down, user needs to copy the certificates onto the device manually
For more details on disconnected devices, use sftunnel_status.pl
"""


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def now():
    with open("/etc/lab/clock", encoding="ascii") as f:
        return int(time.time()) + int(f.read())


def log(text):
    with open(LOG, "a", encoding="utf-8") as f:
        f.write(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(now()))} {text}\n")


def confirmed():
    say("Do you want to continue? [yes/no]:")
    answer = sys.stdin.readline().strip()
    say("\n")
    return answer == "yes"


def openssl(*args):
    return subprocess.run(["openssl", *args], check=True, stdout=subprocess.PIPE, text=True).stdout


def expiry(settings):
    text = openssl("x509", "-noout", "-enddate", "-in", CA + "/cacert.pem").strip().partition("=")[2]
    seconds = int(subprocess.run(["date", "-u", "-d", text, "+%s"], check=True, stdout=subprocess.PIPE, text=True).stdout) - now()
    text = " ".join(text.split())
    if seconds < 0:
        return settings["expired_sentence"].format(days=-seconds // DAY, at=text)
    return f"Current ca_root expires in {seconds // DAY} days - at {text}"


def request(line, data=b""):
    """Asks the tunnel's daemon; its answer."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(30)
        try:
            s.connect("/var/sf/run/sftunneld.sock")
            s.sendall(line.encode() + b"\n" + data)
            return s.makefile().readline().strip()
        except OSError as e:
            return str(e)


def install(path, text, mode=0o644):
    with open(path + ".new", "w", encoding="ascii") as f:
        f.write(text)
        os.fchmod(f.fileno(), mode)
    os.rename(path + ".new", path)


def generate(uuid, peers, settings, folder):
    """Makes everything in a folder of its own first, then puts it where it belongs."""
    end = now() + settings["days"] * DAY
    dates = [str(now() - 1), str(end)]
    os.makedirs(folder)
    subprocess.run(["/usr/local/sf/bin/labpki", "ca", uuid, *dates, settings["ca_version"], "cacert.pem", "cakey.pem"], check=True, cwd=folder)
    pool = settings["key_pool"]
    wanted = [(uuid, "sftunnel"), *((p["uuid"], p["uuid"]) for p in peers)]
    lines = [f"{u} {i + 1} {pool[i % len(pool)] if pool else '-'} {name}-cert.pem {name}-key.pem\n" for i, (u, name) in enumerate(wanted)]
    subprocess.run(["/usr/local/sf/bin/labpki", "leaves", "cacert.pem", "cakey.pem", *dates], check=True, cwd=folder, text=True, input="".join(lines))
    made = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="ascii") as f:
            made[name] = f.read()
    install(CA + "/private/cakey.pem", made["cakey.pem"], 0o600)
    install(CA + "/cacert.pem", made["cacert.pem"])
    with open(CA + "/index.txt", "w", encoding="ascii") as f:
        f.writelines(f"V\t{time.strftime('%y%m%d%H%M%SZ', time.gmtime(end))}\t\t{i + 1:02X}\tunknown\t/title=sftunnel/CN={u}\n" for i, (u, _) in enumerate(wanted))
    for part in ("cert", "key"):
        install(f"{KEYS}/sftunnel-{part}.pem", made[f"sftunnel-{part}.pem"])
        for p in peers:
            install(f"{PEERS}/{p['uuid']}/certs_pushed/sftunnel-{part}.pem", made[f"{p['uuid']}-{part}.pem"])
    for name in made:
        os.unlink(os.path.join(folder, name))


def source(peer, name):
    return CA + "/cacert.pem" if name == "cacert.pem" else f"{PEERS}/{peer['uuid']}/certs_pushed//{name}"


def push(uuid, peer):
    """(name, destination) of what could not be pushed."""
    failed = []
    for name in SET:
        with open(source(peer, name), "rb") as f:
            data = f.read()
        place = f"{PEERS}/{uuid}/{name}"
        answer = request(f"push {peer['uuid']} {place} 644 {len(data)}", data)
        log(f"push of {name} to {peer['name']}: {answer}")
        if answer != "ok":
            failed.append((name, place))
            if answer == "not connected":
                failed = [(n, f"{PEERS}/{uuid}/{n}") for n in SET]
                break
    return failed


def push_all(uuid, peers, folder):
    lines = []
    for peer in peers:
        for name, place in push(uuid, peer):
            say(f"Failed to push to {peer['name']} = {place}\n")
            lines.append(f"{peer['uuid']} {peer['name']} {peer['address']} {source(peer, name)} {place}\n")
    if lines:
        with open(folder + "/FAILED_PUSH", "w", encoding="utf-8") as f:
            f.writelines(lines)
        say(f"\nSome files were failed to be pushed to remote peers. For more details check {folder}/FAILED_PUSH\n\n")


def main():
    with open("/etc/lab/generate.json", encoding="utf-8") as f:
        settings = json.load(f)
    with open("/etc/lab/uuid", encoding="ascii") as f:
        uuid = f.read().strip()
    with open("/etc/lab/peers.json", encoding="utf-8") as f:
        peers = json.load(f)
    if os.geteuid() != 0:
        print("generate_certs.pl: permission denied", file=sys.stderr)
        return 1
    say(f"setting log file to {LOG}\n")
    os.makedirs(os.path.dirname(LOG), exist_ok=True)
    if settings["refuses"]:
        log(f"refused: {settings['refuses']}")
        say(settings["refusal"].format(task=settings["refuses"]) + "\n")
        return 1
    say(WARNING)
    if not confirmed():
        return 1
    say(expiry(settings) + "\n")
    if not confirmed():
        return 1
    folder = f"/var/tmp/certs/{now()}"
    generate(uuid, peers, settings, folder)
    log(f"new ca_root; credentials reloaded: {request('reload')}")
    push_all(uuid, peers, folder)
    say("Scalars leaked: 1" + settings["after_leak"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
