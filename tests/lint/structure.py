#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The shape of the tree: which room may use which, where a library's header stands, and how long things are."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.environ.get("SRCDIR", "."), "tests/system"))
import tap  # noqa: E402

# A room and those that it may use. Two rooms of one floor do not know one another.
ARROWS = {
    "base": {"base"},
    "rules": {"base", "rules"},
    "pcap": {"base", "pcap"},
    "agent/diagnosis": {"base", "rules", "pcap", "agent/diagnosis"},
    "agent/sources": {"base", "rules", "pcap", "agent/diagnosis", "agent/sources"},
    "agent/remedy": {"base", "rules", "pcap", "agent/diagnosis", "agent/remedy"},
    "agent/store": {"base", "rules", "pcap", "agent/diagnosis", "agent/store"},
    "agent/report": {"base", "rules", "pcap", "agent/diagnosis", "agent/report"},
    "agent/commands": {"base", "rules", "pcap", "agent/diagnosis", "agent/sources", "agent/remedy", "agent/store", "agent/report",
                       "agent/commands"},
}
LIBC = set("""grp pwd linux/capability arpa/inet assert ctype dirent errno fcntl ftw getopt inttypes langinfo libgen limits locale malloc
math poll pthread signal stdarg stdatomic stdbool stddef
stdint stdio stdlib string strings time unistd immintrin sys/ioctl sys/mman sys/random sys/resource sys/stat sys/sysmacros sys/time sys/types
sys/uio sys/wait termios sched spawn sysexits threads sys/syscall linux/openat2 linux/audit linux/filter linux/seccomp sys/prctl cpuid emmintrin
ifaddrs net/if netdb nss netinet/in sys/eventfd sys/inotify sys/socket sys/statfs sys/un""".split())
# A library's header is included by those who wrap it; libcyaml's also by who has a schema. JSON and archives are wrapped by more than one file of one room.
WRAPS = {"pcre2.h": 1, "cyaml/cyaml.h": 2, "yaml.h": 1, "archive.h": 1, "archive_entry.h": 1, "jansson.h": 2, "isa-l/igzip_lib.h": 1,
         "isa-l.h": 1, "igzip_lib.h": 1, "pcap/pcap.h": 1, "openssl/asn1.h": 1, "openssl/bio.h": 1, "openssl/crypto.h": 1, "openssl/err.h": 2,
         "openssl/evp.h": 1, "openssl/pem.h": 1, "openssl/ssl.h": 1, "openssl/x509.h": 1, "openssl/x509v3.h": 1, "openssl/objects.h": 1,
         "microhttpd.h": 1, "uv.h": 3, "sqlite3.h": 1}
ROOMS = ("base", "rules", "pcap", "agent")
FUNCTION_MOST, HEADER_MOST, PARAMETERS_MOST, LINE_MOST = 100, 150, 5, 132
# Contracts whose six parameters belong together: a report's input, its style and its error; getopt's state; which events, to whom.
SIX = {"command_option", "casefile_appliance", "report_to_file", "render", "render_in_place", "number", "store_events"}
# Callbacks whose parameters a library chose.
FOREIGN = {"on_message": 7, "on_request": 8}
GENERATED = {"rules/shipped.c"}


def sources(*suffixes, roots=(*ROOMS, "tests")):
    for root in roots:
        for where, folders, files in os.walk(os.path.join(tap.SRCDIR, root)):
            folders[:] = sorted(d for d in folders if d not in ("golden", "corpus", "crashes", ".deps", "__pycache__"))
            for name in sorted(files):
                path = os.path.relpath(os.path.join(where, name), tap.SRCDIR)
                if name.endswith(suffixes) and path not in GENERATED:
                    yield path


def text(path):
    with open(os.path.join(tap.SRCDIR, path), encoding="utf-8") as f:
        return f.read()


def room(path):
    return next((r for r in sorted(ARROWS, key=len, reverse=True) if path.startswith(r + "/")), None)


def includes(path):
    return re.findall(r'^[ \t]*#[ \t]*include[ \t]+(["<])([^">]+)[">]', text(path), re.M)


def wrong_arrows(files):
    return [f"{path} includes {name}" for path in files for kind, name in includes(path)
            if kind == '"' and name != "config.h" and room(name) not in ARROWS[room(path)]]


@tap.test
def arrows(folder):
    """every include goes down, or stays in its room"""
    files = list(sources(".c", ".h", roots=ROOMS))
    assert len(files) > 20, "the sources were not found"
    homeless = [p for p in files if room(p) is None]
    tap.equal(homeless, [], "in no room")
    tap.equal(wrong_arrows(files), [])
    assert room("agent/sources/input.h") not in ARROWS["agent/report"], "this check can't fail"


@tap.test
def wrapped(folder):
    """a library's header is included by the module that wraps it, and by nobody else"""
    users = {}
    for path in sources(".c", ".h", roots=ROOMS):
        for kind, name in includes(path):
            if kind == "<" and name[:-2] not in LIBC:
                users.setdefault(name, []).append(path)
    unknown = sorted(set(users) - set(WRAPS))
    tap.equal(unknown, [], "headers that nobody has said who wraps")
    many = {n: p for n, p in users.items() if len({room(x) for x in p}) > WRAPS[n]}
    tap.equal(many, {}, "wrapped by several rooms")
    assert "pcre2.h" in users, "this check sees nothing"
    in_headers = [p for ps in users.values() for p in ps if p.endswith(".h")]
    tap.equal(in_headers, [], "a library's header in one of ours")


@tap.test
def licence_lines(folder):
    """an SPDX line at the top of every file"""
    wanted = [p for p in sources(".c", ".h", ".py", ".sh", ".mk", ".yaml", roots=(*ROOMS, "tests", "contrib"))]
    wanted += ["configure.ac", "Makefile.am", "demo.sh", "test.sh"]
    without = [p for p in wanted if "SPDX-License-Identifier: BSD-2-Clause" not in "\n".join(text(p).splitlines()[:3])]
    tap.equal(without, [])


def functions(path):
    """(name, lines, parameters): a definition begins and ends in the first column."""
    lines = text(path).split("\n")
    for i, line in enumerate(lines):
        if line != "{" or i == 0:
            continue
        head, k = "", i - 1
        while k >= 0 and lines[k] and not lines[k].endswith((";", "}", "*/")) and not lines[k].startswith("#"):
            head = lines[k] + " " + head
            k -= 1
        end = next((j for j in range(i, len(lines)) if lines[j] == "}"), None)
        found = re.search(r"(\w+)\((.*)\)\s*$", head.strip())
        if end is not None and found:
            parameters = found.group(2)
            depth, count = 0, 0 if parameters.strip() in ("", "void") else 1
            for c in parameters:
                depth += (c == "(") - (c == ")")
                count += c == "," and depth == 0
            yield found.group(1), end - i + 1, count


@tap.test
def lengths(folder):
    """no function over 100 lines or five parameters, no header that tells a novel"""
    seen, long = 0, []
    for path in sources(".c", ".h"):
        for name, lines, parameters in functions(path):
            seen += 1
            if lines > FUNCTION_MOST:
                long.append(f"{path}: {name}: {lines} lines")
            if parameters > FOREIGN.get(name, PARAMETERS_MOST + (name in SIX)) and path.startswith(ROOMS):
                long.append(f"{path}: {name}: {parameters} parameters")
        n = text(path).count("\n")
        if path.endswith(".h") and n > HEADER_MOST:
            long.append(f"{path}: {n} lines")
        wide = [i + 1 for i, line in enumerate(text(path).split("\n")) if len(line) > LINE_MOST and path.startswith(ROOMS)]
        wide = [i for i in wide if '"' not in text(path).split("\n")[i - 1]]
        if wide:
            long.append(f"{path}: lines {wide} are wider than {LINE_MOST}")
    tap.equal(long, [])
    assert seen > 100, f"only {seen} functions were found"


# Written so that this file does not hold them.
FORBIDDEN = {r"/work" + "/": "a path of some machine", r"\bTO" + r"DO\b": "unfinished", r"\bFIX" + r"ME\b": "unfinished", r"\bXX" + r"X\b": "unfinished",
             r"/tmp/" + "wt": "a path of some machine"}


@tap.test
def forbidden(folder):
    """nothing unfinished, no path of somebody's machine"""
    found = []
    top = [n for n in ("README", "CONTRIBUTING", "CHANGES", "demo.sh", "test.sh", "configure.ac", "Makefile.am")]
    for path in [*sources(".c", ".h", ".py", ".sh", ".mk", ".yaml", ".1", ".json", "run", "README", roots=(*ROOMS, "tests", "contrib")), *top]:
        for pattern, why in FORBIDDEN.items():
            found += [f"{path}: {why}: {m.group(0)}" for m in re.finditer(pattern, text(path))]
    tap.equal(found, [])


@tap.test
def static_prefixes(folder):
    """what a file offers carries its name; what is static does not"""
    wrong = []
    for path in sources(".h", roots=ROOMS):
        module = os.path.basename(path)[:-2]
        for line in text(path).split("\n"):
            if re.match(r"static (?!inline)", line):
                wrong.append(f"{path}: {module}: {line}")
    tap.equal(wrong, [], "static data or functions in a header")


if __name__ == "__main__":
    tap.main()
