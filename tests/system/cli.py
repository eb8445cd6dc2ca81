#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The command line: options, exit codes, where the output goes, and how it ends when it is stopped."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import termios
import time

import tap

CASES = os.path.join(tap.SRCDIR, "tests/golden")
FTD = os.path.join(CASES, "vendor-ftd/ftd.log")
NETWORK = os.path.join(CASES, "verdict-1301-network/ftd.log")
HEALTHY = os.path.join(CASES, "verdict-1000-healthy/ftd.log")
SCHEMA = os.path.join(tap.SRCDIR, "contrib/schema/analysis-1.schema.json")


def commands():
    out = tap.agent("__commands", status=0).out.decode()
    return [row[1] for row in (line.split("\t") for line in out.splitlines()) if row[0] == "command"]


# ---- exit codes ----

@tap.each([("done, whatever was found", [], FTD, 0), ("warning asked for, nothing found", ["--fail-on", "warning"], HEALTHY, 0),
           ("warning asked for and found", ["--fail-on", "warning"], NETWORK, 1), ("warning asked for, critical found", ["--fail-on", "warning"], FTD, 2),
           ("critical asked for, warning found", ["--fail-on", "critical"], NETWORK, 0), ("critical asked for and found", ["--fail-on", "critical"], FTD, 2),
           ("the --fail-on=X form", ["--fail-on=critical"], FTD, 2), ("nothing about sftunnel", [], "/etc/passwd", 3),
           ("no such file", [], "/no/such/file", 66), ("no argument", [], None, 64), ("an unknown option", ["--no-such-option"], FTD, 64),
           ("a wrong value", ["--fail-on", "sometimes"], FTD, 64), ("a wrong format", ["-o", "xml"], FTD, 64),
           ("a wrong year", ["--base-year", "twenty"], FTD, 64), ("no place for the report", ["-o", "json=/no/such/folder/x.json"], FTD, 73),
           ("an option without its value", ["--fail-on"], None, 64)])
def exit_code(folder, value):
    """exit code"""
    _, options, path, status = value
    ran = tap.agent("analyze", *options, *([path] if path else []), status=status)
    if status >= 64:
        assert ran.err.startswith(b"sftunnel-agent: "), ran
        assert not ran.out, f"data beside an error: {ran}"


@tap.each([("an option", ["analyze", "--fail-no", "critical", FTD], b"--fail-on"), ("a format", ["analyze", "-o", "jsn", FTD], b"json"),
           ("a command", ["analyse", FTD], b"analyze"), ("a verdict", ["explain", "ca_expird"], b"ca_expired"),
           ("a value", ["analyze", "--fail-on", "critcal", FTD], b"critical")])
def suggestion(folder, value):
    """the nearest known word is named for"""
    _, argv, word = value
    ran = tap.agent(*argv, status=64)
    assert word in ran.err, ran


@tap.test
def one_missing(folder):
    """a missing file beside a good one: the good one is analysed, the other is named"""
    ran = tap.analyze("/no/such/file", FTD)
    assert ran.status == 0 and len(ran.json["peers"]) == 1, ran
    assert any("/no/such/file" in p["path"] for p in ran.json["problems"]), ran.json["problems"]


# ---- where the output goes ----

@tap.test
def full_disk(folder):
    """a full disk is an error, for standard output and for a file"""
    with open("/dev/full", "wb") as full:
        for form in ("text", "json", "ndjson"):
            child, argv = tap.start("analyze", "-o", form, FTD, stdout=full)
            _, err = tap.finish(child, argv)
            assert child.returncode == 74 and b"No space left" in err, (form, child.returncode, err)
    ran = tap.agent("analyze", "-o", "json=/dev/full", FTD)
    assert ran.status in (73, 74) and b"/dev/full" in ran.err, ran


@tap.test
def several_reports(folder):
    """several reports of one run"""
    j, n = os.path.join(folder, "r.json"), os.path.join(folder, "r.ndjson")
    ran = tap.agent("analyze", "-o", "text", "-o", "json=" + j, "-o", "ndjson=" + n, FTD, status=0)
    assert b"SFT-1001" in ran.out, ran
    with open(j, encoding="utf-8") as f:
        tap.equal(json.load(f)["peers"][0]["verdict"]["id"], "SFT-1001")
    with open(n, encoding="utf-8") as f:
        types = [json.loads(line)["type"] for line in f]
    assert types[-1] == "summary" and "peer" in types and "source" in types, types
    tap.equal(sorted(os.listdir(folder)), ["r.json", "r.ndjson"], "a temporary file was left")
    tap.equal(tap.agent("analyze", "--json", FTD).out, tap.agent("analyze", "-o", "json", FTD).out, "--json")


@tap.test
def report_whole_or_not(folder):
    """a report that can't be finished leaves the old one as it was"""
    j = tap.write(os.path.join(folder, "r.json"), b"old")
    tap.agent("analyze", "-o", "json=" + j, "/no/such/file", status=66)
    with open(j, "rb") as f:
        tap.equal(f.read(), b"old")
    tap.equal(os.listdir(folder), ["r.json"])


@tap.test
def not_over_the_input(folder):
    """a report is never written over the input"""
    with open(FTD, "rb") as f:
        data = f.read()
    log = tap.write(os.path.join(folder, "messages"), data)
    new = os.path.join(folder, "new.json")
    for other in (os.path.join(folder, ".", "new.json"), os.path.relpath(new)):
        tap.agent("analyze", "-o", "json=" + new, "-o", "ndjson=" + other, log, status=64)
        assert not os.path.exists(new), "made all the same"
    tap.agent("analyze", "-o", "json=" + log, log, status=64)
    with open(log, "rb") as f:
        tap.equal(f.read(), data)


@tap.test
def closed_pipe(folder):
    """a reader that goes away early is no crash"""
    log = os.path.join(folder, "messages")
    tap.loggen(log, side="fmc", peers=3000, attempts=20000, share=60)
    child, argv = tap.start("analyze", "-o", "ndjson", log)
    child.stdout.read(100)
    child.stdout.close()
    child.stdin.close()
    err = child.stderr.read()
    child.wait(60)
    assert child.returncode in (0, 74, -signal.SIGPIPE) and b"anitizer" not in err, (child.returncode, err[:500])


# ---- stopped ----

@tap.each(["SIGINT", "SIGTERM"])
def stopped(folder, value):
    """stopped while it reads: says what was read so far"""
    with open(FTD, "rb") as f:
        data = f.read()
    r, w = os.pipe()
    child, argv = tap.start("analyze", "-o", "json", "-", stdin=r)
    os.write(w, data)
    tap.wait_drained(r)
    child.send_signal(getattr(signal, value))
    out, err = tap.finish(child, argv, timeout=20)
    os.close(r)
    os.close(w)
    assert child.returncode == (130 if value == "SIGINT" else 143) or child.returncode == 130, (child.returncode, err)
    document = json.loads(out)
    assert document["interrupted"] is True, document
    tap.equal([p["attempts"]["outcomes"] for p in document["peers"]], [{"verify_failed/10": 1}])


# ---- for people ----

def in_terminal(*args, env=None, cwd=None):
    """What the program writes when its standard output is a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    child, argv = tap.start(*args, stdout=theirs, cwd=cwd, env={"TERM": "xterm-256color", **(env or {})})
    os.close(theirs)
    out = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # EIO: the other end is closed
            break
        if not piece:
            break
        out += piece
    os.close(ours)
    tap.finish(child, argv)
    return out


@tap.test
def colour(folder):
    """colour on a terminal only, never with NO_COLOR"""
    assert b"\x1b[" in in_terminal("analyze", FTD), "no colour on a terminal"
    assert b"\x1b[" not in in_terminal("analyze", FTD, env={"NO_COLOR": "1"}), "NO_COLOR"
    assert b"\x1b[" not in in_terminal("analyze", "--color", "never", FTD), "--color never"
    assert b"\x1b[" not in in_terminal("analyze", FTD, env={"TERM": "dumb"}), "TERM=dumb"
    assert b"\x1b" not in tap.agent("analyze", FTD).out, "colour in a pipe"
    assert b"\x1b[" in tap.agent("analyze", "--color", "always", FTD).out, "--color always"


@tap.test
def width(folder):
    """no line is wider than the terminal"""
    out = in_terminal("analyze", "--color", "never", "ftd.log", cwd=os.path.join(CASES, "outcomes-ftd")).decode()
    table = [line.rstrip("\r") for line in out.split("\n")]
    wide = [line for line in table if len(line) > 100 and "SF-IMS" not in line]  # quoted lines are not folded
    assert not wide, wide[:3]


@tap.test
def long_paths(folder):
    """a long path is shortened in its middle on a terminal, and nowhere else"""
    deep = os.path.join("a-rather-long-name-of-a-case" * 3, "dir-archives-of-the-appliance" * 2)
    os.makedirs(os.path.join(folder, deep))
    path = os.path.join(deep, "ftd.log")
    shutil.copyfile(FTD, os.path.join(folder, path))
    with open(os.path.join(folder, path), "ab") as f:
        f.write(b"A" * 70000)  # a problem
    lines = in_terminal("analyze", "-v", "--color", "never", path, cwd=folder).decode().replace("\r", "").split("\n")
    wide = [line for line in lines if len(line) > 100]
    assert not wide, wide[:3]
    assert any("\u2026" in line and "ftd.log:7" in line for line in lines), lines
    piped = tap.agent("analyze", "-v", path, cwd=folder).out.decode()
    assert piped.count(path) > 4 and "\u2026" not in piped, piped
    tap.equal(tap.agent("analyze", "--json", path, cwd=folder).json["sources"][0]["path"], path)


@tap.test
def ascii_only(folder):
    """a locale without UTF-8 gets ASCII"""
    out = tap.agent("analyze", "-v", FTD, env={"LC_ALL": "C"}).out
    assert out.isascii(), [c for c in out if c > 127][:5]


@tap.test
def explain(folder):
    """every verdict is explained, by id and by name"""
    out = tap.agent("explain", status=0).out.decode()
    ids = sorted(set(re.findall(r"SFT-\d{4}", out)))
    assert len(ids) == 19, ids
    for i in ids:
        text = tap.agent("explain", i, status=0).out.decode()
        assert i in text and len(text.splitlines()) > 8, text
        tap.equal(tap.agent("explain", i[4:].lower(), status=0).out.decode(), text, "by number")
    assert "regenerate" in tap.agent("explain", "ca_expired", status=0).out.decode().lower()


@tap.test
def prohibition(folder):
    """the vendor's prohibition stands above everything else as soon as a peer is at risk"""
    log = os.path.join(CASES, "verdict-1101-at-risk/ftd.log")
    document = tap.analyze(log).json
    assert document["at_risk"] is True and document["prohibition"], document
    first = tap.agent("analyze", log).out.decode().split("SFT-1101")[0].lower()
    assert "reboot" in first and "upgrade" in first and "restart" in first, first
    assert tap.analyze(FTD).json["at_risk"] is False


@tap.test
def help_and_version(folder):
    """help and version, of the program and of each command"""
    assert b"analyze" in tap.agent("--help", status=0).out
    assert re.match(rb"sftunnel-agent \d+\.\d+\.\d+", tap.agent("--version", status=0).out)
    verbose = tap.agent("--version", "--verbose", status=0).out
    for word in (b"line-bytes", b"nesting", b"PCRE2", b"libarchive", b"confined"):
        assert word.lower() in verbose.lower(), (word, verbose)
    assert "analyze" in commands()
    for name in commands():
        text = tap.agent(name, "--help", status=0).out
        assert name.encode() in text, text


@tap.test
def confined(folder):
    """while it reads it is confined, and says on request how"""
    said = next(line for line in tap.agent("--version", "--verbose", status=0).out.decode().splitlines() if line.startswith("  confined"))
    if "seccomp" not in said:
        raise tap.Skip(said.strip())
    reader, writer = os.pipe()
    child, argv = tap.start("analyze", "-", "-o", "json=" + os.path.join(folder, "report.json"), "-o", "text", stdin=reader)
    os.write(writer, b"Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:sf_ssl [ERROR] err 10:certificate has expired\n")

    def fields():
        with open(f"/proc/{child.pid}/status", encoding="ascii") as f:
            return dict(line.split(":\t", 1) for line in f.read().splitlines() if ":\t" in line)
    tap.wait_drained(reader)
    tap.equal((fields()["NoNewPrivs"], fields()["Seccomp"]), ("1", "2"), "no new privileges, a filter on system calls")
    os.close(reader)
    os.close(writer)
    out, err = tap.finish(child, argv)
    tap.equal(child.returncode, 0, (out, err))
    assert b"SFT-1001" in out, out
    with open(os.path.join(folder, "report.json"), encoding="ascii") as f:
        assert "SFT-1001" in f.read()


@tap.test
def help_costs_nothing(folder):
    """errors go to stderr, help to stdout"""
    ran = tap.agent(status=64)
    assert ran.err and not ran.out, ran
    ran = tap.agent("analyze", "--help", status=0)
    assert ran.out and not ran.err, ran


# ---- rules ----

@tap.test
def rules_commands(folder):
    """rules list and rules test"""
    assert b"verify" in tap.agent("rules", "list", status=0).out
    odd = tap.write(os.path.join(folder, "odd.log"), "Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:sf_new [INFO] a message nobody knows 7\n" * 3)
    ran = tap.agent("rules", "test", odd, FTD, status=0)
    assert b"a message nobody knows" in ran.out and b"3" in ran.out, ran
    pack = tap.write(os.path.join(folder, "p.yaml"), """pack: mine
rules:
  - id: odd
    event: info
    module: sf_new
    match: '^a message nobody knows \\d+$'
    examples:
      - line: 'Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:sf_new [INFO] a message nobody knows 7'
    counterexamples:
      - 'Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:sf_new [INFO] a message everybody knows 7'
""")
    assert b"a message nobody knows 7\n" not in tap.agent("rules", "test", "--pack", pack, odd, status=0).out


@tap.test
def bad_pack(folder):
    """a pack that fails its own examples, or has an unknown key, is refused with its place"""
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    for command in (("rules", "test"), ("rules", "list"), ("analyze", FTD)):
        ran = tap.agent(*command, "--pack", empty, status=78)
        assert b"holds no rule pack" in ran.err and empty.encode() in ran.err, ran
    for text, word in (("pack: p\nrules:\n  - id: a\n    evnt: info\n    match: '^x$'\n", b"event"),
                       ("pack: p\nrules:\n  - id: a\n    event: info\n    match: '^x('\n", b":"),
                       ("pack: p\nrules:\n  - id: a\n    event: info\n    match: '^x$'\n    examples:\n      - line: 'Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:m [INFO] y'\n", b":")):
        pack = tap.write(os.path.join(folder, "p.yaml"), text)
        ran = tap.agent("rules", "test", "--pack", pack, FTD, status=78)
        assert re.search(rb"p\.yaml:\d+:\d+", ran.err) and word in ran.err, ran


# ---- JSON ----

@tap.test
def schema(folder):
    """JSON and NDJSON follow the shipped schema"""
    try:
        import jsonschema
    except ImportError:
        raise tap.Skip("python3-jsonschema is not installed") from None
    with open(SCHEMA, encoding="utf-8") as f:
        rules = json.load(f)
    jsonschema.Draft202012Validator.check_schema(rules)
    validator = jsonschema.Draft202012Validator(rules)
    for case in sorted(os.listdir(CASES)):
        path = os.path.join(CASES, case)
        document = tap.analyze(path).json
        faults = [f"{case}: {'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(document)]
        assert not faults, "\n".join(faults[:10])
    broken = {**document, "peers": 1}
    assert list(validator.iter_errors(broken)), "the schema takes anything"


if __name__ == "__main__":
    tap.main()
