#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check: made-up roots of an FMC and an FTD, with certificates that are really made."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import roots  # noqa: E402
import tap  # noqa: E402
from roots import CA_NAME, EC, EXPIRED, FMC, FTD, VALID, certificate, openssl, put, stamp  # noqa: E402

DAY = 86400
LEAF = f"/title=sftunnel/CN={FTD}"
OWN = f"/title=sftunnel/CN={FMC}"
PEER = f"fmc/var/sf/peers/{FTD}"


def made(folder, ca=VALID, leaf=VALID, own=VALID, key=EC):
    """An FMC whose CA, own pair and peer's pair end then, and the FTD with the same set."""
    tap.need("openssl")
    certificate(folder, "ca", CA_NAME, ca, key=key)
    certificate(folder, "leaf", LEAF, leaf, "ca", key=key)
    certificate(folder, "own", OWN, own, "ca", key=key)
    roots.fmc_root(folder, "ca", "leaf")
    roots.ftd_root(folder, "ca", "leaf")
    for end, name in ((".pem", "cert"), (".key", "key")):
        put(folder, f"fmc/etc/sf/keys/sftunnel-{name}.pem", "own", end)
    return os.path.join(folder, "fmc"), os.path.join(folder, "ftd")


def check(*args, status=None, **kw):
    return tap.agent("check", *args, status=status, timeout=60, **kw)


def said(ran):
    """{peer: (id, severity)} of the JSON report."""
    return {"itself" if p.get("self") else (None if p["name"] and p["name"].endswith((".pem", ".der", "-")) else p["uuid"]) or p["name"] or p["address"]: (p["verdict"]["id"], p["verdict"]["severity"])
            for p in ran.json["peers"]}


GOOD = ("SFT-1000", "ok")


@tap.test
def healthy(folder):
    """everything in order: OK, in each format, of both ends"""
    fmc, ftd = made(folder)
    ran = check("--json", "--root", fmc, "--root", ftd, status=0)
    tap.equal(said(ran), {"itself": GOOD, FTD: GOOD, FMC: GOOD})
    tap.equal({p["not_after"] for p in ran.json["peers"]}, {"2099-01-01T00:00:00Z"})
    paths = [p for c in ran.json["certificates"] for p in c["seen"]]
    assert any(p.endswith("fmc/etc/sf/ca_root/cacert.pem") for p in paths) and any("ftd/ngfw/var/sf/peers" in p for p in paths), paths
    tap.equal(len(ran.json["certificates"]), 3, "each certificate once, wherever it lies")
    assert ran.err == b"" and b"PRIVATE" not in ran.out, ran
    text = check("--root", fmc, status=0).out.decode()
    assert "2099-01-01" in text and "(itself)" in text and "2 checked: 2 ok." in text, text
    lines = check("-o", "ndjson", "--root", fmc, status=0).out.splitlines()
    tap.equal(json.loads(lines[-1])["type"], "summary")
    tap.equal(sum(json.loads(x)["type"] == "peer" for x in lines), 2)
    nagios = check("-o", "nagios", "--root", fmc, status=0).out.decode()
    assert nagios.startswith("SFTUNNEL OK - 2 ok of 2 peers | 'days_left'="), nagios


@tap.each([("both", EC), ("rsa", ("rsa:2048",))])
def expiring(folder, value):
    """a CA that ends in 60 days is a warning, in 20 critical; options say otherwise"""
    fmc, _ = made(folder, ca=("20200101000000Z", stamp(60 * DAY + 3600)), key=value[1])
    for args, status, severity in (((), 1, "warning"), (("-w", "61"), 1, "warning"), (("-w", "60"), 0, None), (("-c", "60"), 1, "warning"),
                                   (("-c", "61"), 2, "critical"), (("-c", "45", "-w", "45"), 0, None)):
        ran = check("--json", "--root", fmc, *args, status=status)
        tap.equal(said(ran)[FTD], ("SFT-1002", severity) if severity else GOOD, str(args))
        tap.equal(check("-o", "nagios", "--root", fmc, *args).status, status)
    nagios = check("-o", "nagios", "--root", fmc, "-w", "70", "-c", "61", status=2).out.decode()
    assert "'days_left'=60;70:;61:" in nagios, nagios
    certificate(folder, "ca20", CA_NAME, ("20200101000000Z", stamp(20 * DAY + 3600)), key=value[1])
    ran = check(os.path.join(folder, "made/ca20.pem"), status=2)
    assert b"CRIT" in ran.out and b"in 20 days" in ran.out, ran


@tap.test
def expired_and_down(folder):
    """an expired CA and no tunnel: SFT-1001, of the FMC itself, the peer, and at the other end"""
    fmc, ftd = made(folder, ca=EXPIRED, leaf=EXPIRED, own=EXPIRED)
    ran = check("--json", "--root", fmc, "--root", ftd, status=2)
    bad = ("SFT-1001", "critical")
    tap.equal(said(ran), {"itself": bad, FTD: bad, FMC: bad})
    assert not ran.json["at_risk"]


STATUS = """**RUN STATUS****{0}*************
ChannelA Connected: {1}, Interface eth0
ChannelB Connected: {1}, Interface eth0
Registration: Completed.
"""


@tap.test
def expired_and_up(folder):
    """expired, and the status output calls the tunnel up: at risk, and the vendor's prohibition stands on top"""
    fmc, _ = made(folder, ca=EXPIRED, leaf=EXPIRED, own=EXPIRED)
    saved = os.path.join(fmc, "command-outputs/usr-local-sf-bin-sftunnel_status.pl.output")
    tap.write(saved, STATUS.format("10.1.1.2", "Yes"))
    ran = check("--json", fmc, status=2)
    tap.equal(said(ran)[FTD], ("SFT-1101", "critical"))
    peer = next(p for p in ran.json["peers"] if p["uuid"] == FTD)
    tap.equal((ran.json["at_risk"], peer["tunnel"], peer["not_after"]), (True, "up", "2024-09-17T00:00:00Z"))
    text = check(fmc, status=2).out.decode()
    assert text.index("! ") < text.index("PEER ") and re.search(r"reboot", text[:text.index("PEER ")]), text
    tap.write(saved, STATUS.format("10.1.1.2", "No"))
    tap.equal(said(check("--json", fmc, status=2))[FTD], ("SFT-1001", "critical"))


@tap.test
def regenerated(folder):
    """a new CA here, the old set there"""
    fmc, ftd = made(folder)
    certificate(folder, "ca-new", CA_NAME, VALID, key=EC)
    certificate(folder, "leaf-new", LEAF, VALID, "ca-new", key=EC)
    certificate(folder, "own-new", OWN, VALID, "ca-new", key=EC)
    roots.fmc_root(folder, "ca-new", "leaf-new")
    for end, name in ((".pem", "cert"), (".key", "key")):
        put(folder, f"fmc/etc/sf/keys/sftunnel-{name}.pem", "own-new", end)
    ran = check("--json", "--root", fmc, "--root", ftd, status=2)
    tap.equal(said(ran), {"itself": GOOD, FTD: ("SFT-1005", "critical"), FMC: ("SFT-1005", "critical")})
    tap.equal(said(check("--json", "--root", fmc, status=0)), {"itself": GOOD, FTD: GOOD}, "the FMC alone can't know")


@tap.test
def pairs(folder):
    """a key of another certificate; a leaf of another CA"""
    fmc, ftd = made(folder)
    put(folder, f"ftd/ngfw/var/sf/peers/{FMC}/sftunnel-key.pem", "own", ".key")
    tap.equal(said(check("--json", "--root", ftd, status=2)), {FMC: ("SFT-1008", "critical")})
    certificate(folder, "stranger", CA_NAME.replace(FMC, FTD), VALID, key=EC)
    certificate(folder, "theirs", LEAF, VALID, "stranger", key=EC)
    put(folder, f"{PEER}/certs_pushed/sftunnel-cert.pem", "theirs", ".pem")
    put(folder, f"{PEER}/certs_pushed/sftunnel-key.pem", "theirs", ".key")
    tap.equal(said(check("--json", "--root", fmc, status=2))[FTD], ("SFT-1006", "critical"))


@tap.test
def as_the_vendor_makes_them(folder):
    """an X.509 v1 CA with serial number 0, RSA, is no fault of its own"""
    tap.need("openssl")
    base = os.path.join(folder, "made", "v1")
    os.makedirs(os.path.dirname(base))
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", base + ".key", "-out", base + ".csr", "-subj", CA_NAME)
    openssl("x509", "-req", "-in", base + ".csr", "-signkey", base + ".key", "-set_serial", "0", "-days", "3650", "-out", base + ".pem")
    ran = check("--json", base + ".pem", status=0)
    tap.equal([(c["version"], c["serial"]) for c in ran.json["certificates"]], [(1, "00")])
    tap.equal(said(ran), {"v1.pem": GOOD})


@tap.test
def loose(folder):
    """files as they are, also DER, an archive, and standard input"""
    tap.need("openssl", "tar")
    fmc, _ = made(folder)
    ca = os.path.join(folder, "made/ca.pem")
    openssl("x509", "-in", ca, "-outform", "DER", "-out", os.path.join(folder, "ca.der"))
    tap.equal(said(check("--json", os.path.join(folder, "ca.der"), status=0)), {"ca.der": GOOD})
    with open(ca, "rb") as f:
        tap.equal(said(check("--json", "-", stdin=f.read(), status=0)), {"-": GOOD})
    subprocess.run(["tar", "-C", fmc, "-czf", fmc + ".tgz", "."], check=True, timeout=60)
    tap.equal(said(check("--json", fmc + ".tgz", status=0)), {"itself": GOOD, FTD: GOOD})
    ran = check("--json", "-", stdin=STATUS.format("10.1.1.2", "Yes").encode(), status=0)
    tap.equal([(p["address"], p["tunnel"]) for p in ran.json["peers"]], [("10.1.1.2", "up")])


@tap.test
def nothing_there(folder):
    """nothing to check is UNKNOWN, and says where it was looked for, and what to do"""
    for fmt in ("text", "nagios", "json"):
        ran = check("-o", fmt, "--root", folder, status=3)
        words = " ".join(ran.out.decode().split())
        assert "etc/sf/ca_root" in words and "--root" in words, ran
    ran = check("-o", "nagios", "--root", os.path.join(folder, "nowhere"), status=3)
    assert ran.out.startswith(b"SFTUNNEL UNKNOWN - ") and b"No such file" in ran.out, ran
    log = tap.write(os.path.join(folder, "messages"), "Sep 20 04:10:47 h SF-IMS[50792]: [51982] sftunneld:sf_ssl [ERROR] err 10:certificate has expired\n")
    ran = check(log, status=3)
    assert b"sftunnel-agent analyze" in ran.out, ran


@tap.each(["--critical=91", "--warning=0", "--warning=x", "--root", "--nosuch", "--timeout=0", "-o=", "-otap", "-ojson=/nowhere/there", "--json --json"])
def wrong_options(folder, value):
    """wrong options are UNKNOWN"""
    ran = check(*value.split(" "), status=3)
    assert ran.out == b"" and ran.err.startswith(b"sftunnel-agent: "), ran


@tap.test
def wrong_option_nagios(folder):
    """what is wrong is told on standard output, too, where a monitoring system reads"""
    ran = check("-o", "nagios", "-w", "20", status=3)
    assert ran.out.startswith(b"SFTUNNEL UNKNOWN - check: --critical 30 is more than --warning 20"), ran


# value[;warn[;crit[;min[;max]]]], label quoted, UOM none; thresholds are numbers or ranges (guidelines, section 2.6)
PERFDATA = re.compile(r"^'[^'=|\n]+'=(U|-?\d+(\.\d+)?)(;(-?\d*:?-?\d*)?(;(-?\d*:?-?\d*)?(;-?\d*(;-?\d*)?)?)?)?$")


@tap.test
def nagios_cells(folder):
    """each cell of the plug-in output is as the guidelines have it"""
    fmc, ftd = made(folder, leaf=("20200101000000Z", stamp(20 * DAY)))
    tap.write(os.path.join(fmc, "var/sf/peers/PEERS_MAP.JSON"), json.dumps({FTD: {"name": "it's = a|\n\x1b peer"}}))
    ran = check("-o", "nagios", "--root", fmc, "--root", ftd, status=2)
    lines = ran.out.decode().splitlines()
    summary, data = lines[0].split("|")
    assert re.match(r"^SFTUNNEL CRITICAL - \S", summary) and all("|" not in x for x in lines[1:]), lines
    cells = re.findall(r"('[^']*'=\S+)", data)
    tap.equal(" ".join(cells), data.strip(), "nothing but cells")
    wrong = [c for c in cells if not PERFDATA.match(c)]
    tap.equal(wrong, [])
    labels = [c.split("=")[0] for c in cells]
    tap.equal(len(set(labels)), len(labels), "a label twice")
    assert "\x1b" not in ran.out.decode() and all(len(x) < 1024 for x in lines[1:]), lines
    tap.equal([x.split(" ")[0] for x in lines[1:]], ["CRITICAL", "CRITICAL"])


def program(folder, text, mode=0o755):
    path = tap.write(os.path.join(folder, "bin/status.sh"), "#!/bin/sh\n" + text)
    os.chmod(path, mode)
    return path


@tap.test
def status_run(folder):
    """the status command is run, and joined: expired and still up"""
    fmc, _ = made(folder, ca=EXPIRED, leaf=EXPIRED, own=EXPIRED)
    up = STATUS.format("10.1.1.2", "Yes")
    path = program(folder, f"cat <<'E'\n{up}E\n")
    ran = check("--json", "--root", fmc, "--status-command", path, status=2)
    valid(ran.json)
    tap.equal((said(ran)[FTD], ran.json["at_risk"], ran.json["problems"]), (("SFT-1101", "critical"), True, []))
    source = next(s for s in ran.json["sources"] if s["kind"] == "status")
    tap.equal((source["path"], source["partial"]), ("output of " + path, False))
    program(folder, f"cat <<'E'\n{up}E\nexit 3\n")
    tap.equal(check("--json", "--root", fmc, "--status-command", path, status=2).json["problems"], [], "it has said what was asked for")
    program(folder, f"env | grep -c . ; cat; cat <<'E'\n{up}E\n")
    tap.equal(said(check("--json", "--root", fmc, "--status-command", path, stdin=b"ChannelA Connected: No\n", status=2))[FTD][0], "SFT-1101")


@tap.each([("hangs", "echo begun; sleep 1000 & sleep 1000", "took longer than 1 s"), ("fails", "echo no such module >&2; exit 2", "exit status 2: no such module"),
           ("dies", "kill -9 $$", "died of signal 9"), ("floods", "while :; do echo 0123456789012345678901234567890123456789; done", "cap command-bytes")])
def status_run_badly(folder, value):
    """a status command that does not do as it should is a problem, and nothing else suffers"""
    fmc, _ = made(folder)
    path = program(folder, value[1] + "\n")
    ran = check("--json", "--root", fmc, "--status-command", path, "--timeout", "1" if value[0] == "hangs" else "60", status=3)
    tap.equal(said(ran), {"itself": GOOD, FTD: GOOD})
    tap.equal([(p["path"], value[2] in p["text"]) for p in ran.json["problems"]], [(path, True)], str(ran))


@tap.test
def status_not_run(folder):
    """what others may write to, or what is no program, is not run; nor is anything of a copied root"""
    fmc, _ = made(folder)
    ran = check("--json", "--root", fmc, "--status-command", program(folder, "touch '%s/ran'\n" % folder, 0o777), status=3)
    assert "others may write" in ran.json["problems"][0]["text"], ran
    for path in ("/nowhere/status", "status.sh", folder):
        assert check("--json", "--root", fmc, "--status-command", path, status=3).json["problems"], path
    inside = os.path.join(fmc, "usr/local/sf/bin/sftunnel_status.pl")
    os.makedirs(os.path.dirname(inside))
    shutil.copy(program(folder, "touch '%s/ran'\n" % folder), inside)
    check("--root", fmc, status=0)
    assert not os.path.exists(os.path.join(folder, "ran"))
    if os.path.exists("/usr/local/sf/bin/sftunnel_status.pl"):
        raise tap.Skip("this is an appliance")
    ran = check("--json", "--status", "always", status=3)
    assert any("no such command" in p["text"] for p in ran.json["problems"]), ran
    assert all("no such command" not in p["text"] for p in check("--json", status=3).json["problems"])


@tap.test
def status_given(folder):
    """a saved status output, as a file and on standard input, is of the root"""
    fmc, ftd = made(folder, ca=EXPIRED, leaf=EXPIRED, own=EXPIRED)
    up = STATUS.format("10.1.1.2", "Yes")
    saved = tap.write(os.path.join(folder, "status.txt"), up)
    tap.equal(said(check("--json", "--root", fmc, "--status", saved, status=2))[FTD][0], "SFT-1101")
    tap.equal(said(check("--json", "--root", fmc, "--status", "-", stdin=up.encode(), status=2))[FTD][0], "SFT-1101")
    for bad, words in ((os.path.join(folder, "nowhere"), "No such file"), (folder, ""), (os.path.join(folder, "made/ca.pem"), "is no output")):
        ran = check("--json", "--root", fmc, "--status", bad, status=2)
        tap.equal(said(ran)[FTD][0], "SFT-1001")
        assert [words in p["text"] for p in ran.json["problems"]] == [True], ran
    for args in (("--root", ftd, "--status", saved), ("--status", "always"), ("--status", saved, saved), ("--status", saved, "--status", fmc)):
        ran = check("--root", fmc, *args, status=3)
        assert b"--status" in ran.err and not ran.out, ran


def valid(document):
    """Against the shipped schema, where it can be held against it."""
    try:
        import jsonschema  # noqa: PLC0415
    except ImportError:
        return
    with open(os.path.join(tap.SRCDIR, "contrib/schema/analysis-1.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    lines = document if isinstance(document, list) else []
    for line in lines:
        jsonschema.Draft202012Validator({"$ref": "#/$defs/line", "$defs": schema["$defs"]}).validate(line)
    if not lines:
        jsonschema.Draft202012Validator(schema).validate(document)


UUIDS = [f"cdb123c8-4347-11ef-aca1-f3aa241412{i:02x}" for i in range(8)]


def fleet(folder):
    """An FMC with peers whose certificates end at different times; (uuid, made) in no order."""
    long = ("20200101000000Z", stamp(400 * DAY + 3600))
    fmc, _ = made(folder, ca=long, own=("20200101000000Z", stamp(300 * DAY + 3600)))
    shutil.rmtree(os.path.join(fmc, "var/sf/peers"))
    for i, days in enumerate((500, 20, 100, -5, -30, 40, 20)):
        certificate(folder, f"peer{i}", f"/CN={UUIDS[i]}", ("20200101000000Z", stamp(days * DAY + 3600)), "ca", key=EC)
        for end, name in ((".pem", "cert"), (".key", "key")):
            put(folder, f"fmc/var/sf/peers/{UUIDS[i]}/certs_pushed/sftunnel-{name}.pem", "own" if i == 5 and end == ".key" else f"peer{i}", end)
    os.makedirs(os.path.join(fmc, "command-outputs"))
    tap.write(os.path.join(fmc, "command-outputs/sftunnel_status.pl.output"), "".join(
        STATUS.format(u, "No" if i == 3 else "Yes") for i, u in enumerate(UUIDS[:5])))
    return fmc


@tap.test
def forecast(folder):
    """which tunnels fail to come back, when, and why, in order; nothing else that is said changes"""
    fmc = fleet(folder)
    plain, ran = check("--json", fmc, status=2), check("--json", "--forecast", fmc, status=2)
    valid(ran.json)
    rows = ran.json["forecast"]
    tap.equal([(r["uuid"], r["fails"], r["days"], r["verdict"]["id"], r["tunnel"]) for r in rows], [
        (UUIDS[4], "already", -30, "SFT-1003", "up"), (UUIDS[3], "already", -5, "SFT-1003", "down"), (UUIDS[5], "already", None, "SFT-1008", None),
        (UUIDS[1], "later", 20, "SFT-1003", "up"), (UUIDS[6], "later", 20, "SFT-1003", None), (UUIDS[2], "later", 100, "SFT-1003", "up"),
        (UUIDS[0], "later", 300, "SFT-1003", "up")], "the last by the FMC's own pair")
    assert all(ran.json["peers"][r["peer"]]["uuid"] == r["uuid"] for r in rows)
    assert "is not the key of" in rows[2]["why"] and "expires on" in rows[3]["why"], rows
    tap.equal({k: v for k, v in ran.json.items() if k != "forecast"}, plain.json)
    for fmt in ("nagios", "prom"):
        same = [[x for x in check("-o", fmt, *more, fmc, status=2).out.splitlines() if b"last_scan" not in x] for more in ((), ("--forecast",))]
        tap.equal(same[0], same[1], fmt)
    lines = [json.loads(x) for x in check("-o", "ndjson", "--forecast", fmc, status=2).out.splitlines()]
    valid(lines)
    tap.equal([{k: v for k, v in x.items() if k != "type"} for x in lines if x["type"] == "forecast"], rows)
    text, whole = check(fmc, status=2).out.decode(), check("--forecast", fmc, status=2).out.decode()
    at = whole.index("Forecast:")
    table = whole[at:whole.index("\n\n", at)]
    tap.equal(whole.replace(table + "\n\n", ""), text, "text")
    tap.equal([u for u in re.findall(r"cdb123c8-\S+", table)], [r["uuid"] for r in rows])
    narrow = check("--forecast", fmc, status=2, env={"COLUMNS": "80"}).out.decode()
    narrow = narrow[narrow.index("Forecast:"):].partition("\n\n")[0].splitlines()[1:]
    assert "BECAUSE" in table and narrow[0].split() == ["FROM", "DAYS", "TUNNEL", "PEER"], narrow
    peers, why = [x for x in narrow[1:] if "cdb123c8-" in x], [x for x in narrow[1:] if x.startswith(14 * " ")]
    tap.equal((len(peers), len(peers) + len(why)), (len(rows), len(narrow) - 1), "a reason has lines of its own")
    assert all(len(x) <= 80 and x == x.rstrip() for x in narrow), narrow


@tap.test
def forecast_of_the_ca(folder):
    """the CA that ends first counts for all; a firewall that has another CA fails already; what is not known is said"""
    fmc, ftd = made(folder, ca=("20200101000000Z", stamp(50 * DAY + 3600)))
    rows = check("--json", "--forecast", "--root", fmc, "--root", ftd, status=1).json["forecast"]
    tap.equal([(r["uuid"], r["days"], r["verdict"]["id"]) for r in rows], [(FMC, 50, "SFT-1001"), (FTD, 50, "SFT-1001")])
    certificate(folder, "other", CA_NAME, VALID, key=EC)
    put(folder, "fmc/etc/sf/ca_root/cacert.pem", "other", ".pem")
    rows = check("--json", "--forecast", "--root", fmc, "--root", ftd, status=2).json["forecast"]
    tap.equal([(r["fails"], r["when"], r["verdict"]["id"]) for r in rows], [("already", None, "SFT-1005")] * 2)
    ran = check("--json", "--forecast", "-", stdin=STATUS.format("10.1.1.2", "Yes").encode(), status=0)
    tap.equal([(r["address"], r["fails"], r["when"], r["days"]) for r in ran.json["forecast"]], [("10.1.1.2", "unknown", None, None)])
    valid(ran.json)


def promtool(*args, **kw):
    tap.need("promtool")
    ran = subprocess.run(["promtool", *args], capture_output=True, timeout=120, check=False, **kw)
    assert ran.returncode == 0, (ran.stdout, ran.stderr)


def series(text):
    """{(metric, label pairs): value}; a series twice is an error."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (-?\d+)", line).groups()
            key = (name, tuple(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")))
            assert key not in found, line
            found[key] = int(value)
    return found


def values(found, name, **labels):
    """The values of the series with these labels."""
    return sorted(v for (n, have), v in found.items() if n == name and all(dict(have).get(k) == w for k, w in labels.items()))


@tap.test
def prometheus(folder):
    """series for Prometheus, accepted by promtool: dates that stay, tunnels, verdicts, bad files, hostile names"""
    fmc, ftd = made(folder, ca=EXPIRED, leaf=EXPIRED, own=EXPIRED)
    tap.write(os.path.join(fmc, "var/sf/peers/PEERS_MAP.JSON"), json.dumps({FTD: {"name": 'a"b\\c\nd\x1b\u202e', "ip": "10.1.1.2"}}))
    tap.write(os.path.join(fmc, "command-outputs/sftunnel_status.pl.output"), STATUS.format("10.1.1.2", "Yes"))
    out = os.path.join(folder, "sftunnel.prom")
    os.umask(0o077)
    check(fmc, ftd, "-o", "prom=" + out, status=2)
    tap.equal(os.stat(out).st_mode & 0o777, 0o644)
    with open(out, "rb") as f:
        text = f.read()
    assert text.endswith(b"\n") and b"\x1b" not in text, text
    promtool("check", "metrics", input=text)
    found = series(text.decode())
    tap.equal(values(found, "x509_cert_not_after", fmc=FMC, role="internal_ca"), [1726531200] * 2)
    tap.equal(values(found, "x509_cert_not_before", fmc=FMC, role="leaf", peer_uuid=FTD), [1410912000])
    tap.equal([values(found, "sftunnel_peer_up", peer_uuid=FTD, channel=c) for c in ("control", "event")], [[1], [1]])
    tap.equal(values(found, "sftunnel_verdict", peer_uuid=FTD, verdict="at_risk", severity="critical"), [1])
    tap.equal(values(found, "sftunnel_certset_consistent"), [1, 1, 1])
    tap.equal(len({dict(k)["fingerprint"] for n, k in found if n == "x509_cert_not_after"}), 3)
    serials = {dict(k)["serial_number"] for n, k in found if n == "x509_cert_not_after"}
    tap.equal(serials, {str(int(c["serial"], 16)) for c in check("--json", fmc, ftd, status=2).json["certificates"]})
    put(folder, f"ftd/ngfw/var/sf/peers/{FMC}/sftunnel-key.pem", "own", ".key")
    tap.write(os.path.join(fmc, "etc/sf/keys/sftunnel-key.pem"), b"")
    ran = check("--root", fmc, "--root", ftd, "--root", os.path.join(folder, "nowhere"), "-o", "prom", status=2)
    promtool("check", "metrics", input=ran.out)
    found = series(ran.out.decode())
    tap.equal(values(found, "x509_cert_error", reason="empty"), [1])
    tap.equal(values(found, "sftunnel_certset_consistent", peer_uuid=FMC), [0])
    tap.equal(values(found, "sftunnel_agent_source_up", source=os.path.join(folder, "nowhere")), [0])
    tap.equal(values(found, "sftunnel_agent_problems"), [1])


@tap.each([("both", "Yes", "Yes", [1], [1]), ("events are down", "Yes", "No", [1], [0]), ("all is down", "No", "No", [0], [0]),
           ("events are not said", "Yes", None, [1], [])])
def prometheus_channels(folder, value):
    """series of the two channels"""
    fmc, _ = made(folder)
    text = f"**RUN STATUS****10.1.1.2****\nChannelA Connected: {value[1]}\n" + (f"ChannelB Connected: {value[2]}\n" if value[2] else "")
    found = series(check("--root", fmc, "--status", "-", "-o", "prom", stdin=text.encode()).out.decode())
    tap.equal([values(found, "sftunnel_peer_up", peer_uuid=FTD, channel=c) for c in ("control", "event")], list(value[3:]))


@tap.test
def prometheus_whole(folder):
    """the file is replaced whole: a reader sees the old one or the new one, and a full disk leaves the old one"""
    fmc, _ = made(folder)
    out = os.path.join(folder, "sftunnel.prom")
    tap.write(out, "old\n")
    os.chmod(out, 0o640)
    with open(out, encoding="ascii") as old:
        check("--root", fmc, "-o", "prom=" + out, status=0)
        tap.equal(old.read(), "old\n", "the old file is another one")
    tap.equal(os.stat(out).st_mode & 0o777, 0o640, "a mode that somebody chose is kept")
    tap.equal(sorted(n for n in os.listdir(folder) if "sftunnel" in n), ["sftunnel.prom"])
    tap.need("prlimit")
    with open(out, "rb") as f:
        before = f.read()
    ran = subprocess.run(["prlimit", "--fsize=1000", tap.AGENT, "check", "--root", fmc, "-o", "prom=" + out],
                         capture_output=True, timeout=60, check=False, preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
    assert ran.returncode == 3 and b"left as it was" in ran.stderr, ran
    with open(out, "rb") as f:
        tap.equal(f.read(), before)
    tap.equal(sorted(n for n in os.listdir(folder) if "sftunnel" in n), ["sftunnel.prom"])


@tap.test
def alert_rules(folder):
    """the shipped alert rules do what they say"""
    where = os.path.join(tap.SRCDIR, "contrib/prometheus")
    promtool("check", "rules", os.path.join(where, "rules.yaml"))
    promtool("test", "rules", os.path.join(where, "rules_test.yaml"))


def replace(path, how):
    if os.path.lexists(path):
        os.unlink(path)
    how(path)


def pem_of_many(folder, path):
    with open(os.path.join(folder, "made/ca.pem"), "rb") as f:
        one = f.read()
    tap.write(path, one * 10000)


@tap.test
def damaged(folder):
    """empty, half-written and stray files, each with its path"""
    fmc, ftd = made(folder)
    peer = os.path.join(folder, f"ftd/ngfw/var/sf/peers/{FMC}")
    for name, how, words in (("sftunnel-cert.pem", lambda d: d[:len(d) // 2], "is cut"), ("sftunnel-key.pem", lambda d: b"", "is empty"),
                             ("cacert.pem", lambda d: os.urandom(4096), "cacert.pem"), ("cacert.pem", lambda d: b"", "is empty")):
        path = os.path.join(peer, name)
        with open(path, "rb") as f:
            data = f.read()
        tap.write(path, how(data))
        ran = check("--json", "--root", ftd, status=2)
        tap.equal(said(ran), {FMC: ("SFT-1202", "critical")}, name)
        assert any(words in e["means"] and ran.json["sources"][e["source"]]["path"] == path for e in ran.json["peers"][0]["evidence"]), ran
        tap.write(path, data)
    tap.write(os.path.join(peer, "sftunnel-key.pem.backup\x7f\x01"), b"")
    ran = check("--root", ftd, status=1)
    assert b"sftunnel-key.pem.backup\\x7f\\x01" in ran.out and b"\x01" not in ran.out, ran
    os.unlink(os.path.join(fmc, "etc/sf/keys/sftunnel-key.pem"))
    ran = check("--json", "--root", fmc, status=2)
    tap.equal(said(ran)["itself"], ("SFT-1202", "critical"))


@tap.test
def hostile(folder):
    """folders, FIFOs, devices, loops, 100 MB of sftunnel.conf, 10,000 certificates: a finding, never a hang"""
    fmc, ftd = made(folder)
    ca = os.path.join(fmc, "etc/sf/ca_root/cacert.pem")
    replace(ca, lambda p: os.symlink("/dev/zero", p))
    tap.equal(said(check("--json", "--root", fmc, status=2))["itself"], ("SFT-1202", "critical"), "a link out of the root")
    loop = (lambda p: os.symlink(os.path.basename(p), p), "leads to itself")
    nowhere = (lambda p: os.symlink("gone.pem", p), "a link to something that isn't there")
    for how, words in ((os.mkfifo, "FIFO"), loop, nowhere, (os.mkdir, "folder")):
        replace(ca, how)
        ran = check("--json", "--root", fmc, status=2)
        tap.equal(said(ran)["itself"], ("SFT-1202", "critical"), words)
        own = next(p for p in ran.json["peers"] if p.get("self"))
        assert any(words in e["means"] and ran.json["sources"][e["source"]]["path"] == ca for e in own["evidence"] if e["source"] is not None), own
    os.rmdir(ca)
    pem_of_many(folder, ca)
    ran = check("--json", "--root", fmc)
    assert ran.status in (0, 1), ran
    tap.equal(len(ran.json["certificates"]), 3)
    conf = os.path.join(fmc, "etc/sf/sftunnel.conf")
    tap.write(conf, b"")
    os.truncate(conf, 100 << 20)
    ran = check("--json", "--root", fmc, status=1)
    tap.equal(said(ran)["itself"], ("SFT-1202", "warning"))
    replace(conf, lambda p: tap.write(p, "proxyssl { proxy_cert /dev/zero; proxy_key /etc/sf/keys; proxy_cacert /../../../etc/passwd; };"))
    ran = check("--json", "--root", fmc, status=2)
    assert all("etc/passwd" not in c["seen"] for c in ran.json["certificates"]), ran


@tap.test
def links(folder):
    """absolute links in a root stay in it, as /var/sf leads to /ngfw/var/sf on a firewall"""
    _, ftd = made(folder)
    tap.equal(said(check("--json", "--root", ftd, status=0)), {FMC: GOOD})
    real = os.path.join(ftd, "ngfw/var/sf/peers", FMC, "cacert.pem")
    os.makedirs(os.path.join(ftd, "etc/elsewhere"))
    os.rename(real, os.path.join(ftd, "etc/elsewhere/ca.pem"))
    os.symlink("/etc/elsewhere/ca.pem", real)
    os.makedirs(os.path.join(ftd, "var"))
    os.symlink("/ngfw/var/sf", os.path.join(ftd, "var/sf"))
    confined = tap.agent("--version", "--verbose").out.decode()
    abi = re.search(r"Landlock ABI (\d+)", confined)
    if "calls: seccomp" in confined and not (abi and int(abi.group(1)) >= 3):
        raise tap.Skip("without Landlock no link is followed")
    tap.equal(said(check("--json", "--root", ftd, status=0)), {FMC: GOOD})


@tap.test
def a_device(folder):
    """a device where a certificate is expected"""
    _, ftd = made(folder)
    path = os.path.join(ftd, f"ngfw/var/sf/peers/{FMC}/cacert.pem")
    os.unlink(path)
    try:
        os.mknod(path, 0o20644, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        raise tap.Skip("device nodes can't be made here") from None
    ran = check("--json", "--root", ftd, status=2)
    assert any("device" in e["means"] for e in ran.json["peers"][0]["evidence"]), ran


@tap.test
def unreadable(folder):
    """files that may not be read are told, and are no OK"""
    if os.geteuid() == 0:
        raise tap.Skip("root reads everything")
    fmc, _ = made(folder)
    os.chmod(os.path.join(fmc, "etc/sf/keys/sftunnel-key.pem"), 0)
    ran = check("--json", "--root", fmc, status=1)
    tap.equal(said(ran)["itself"], ("SFT-1202", "warning"))


@tap.test
def full(folder):
    """a report that finds no room is an error, and UNKNOWN"""
    if not os.path.exists("/dev/full"):
        raise tap.Skip("there is no /dev/full")
    fmc, _ = made(folder)
    ran = check("--root", fmc, "-o", "json=/dev/full", status=3)
    assert b"No space left" in ran.err, ran
    shutil.rmtree(fmc)


if __name__ == "__main__":
    tap.main()
