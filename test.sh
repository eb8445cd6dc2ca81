#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs what is missing, builds twice (plain, and with ASan and UBSan), runs every test in both, then tests the static
# program, then distcheck. The last line is the sum. QUICK=1 leaves distcheck out.
set -eu -o pipefail
cd "$(dirname "$0")"
. contrib/build-deps.sh

export LC_ALL=C.UTF-8
export SEED=${SEED:-20261124} # of the random tests: two runs of one commit do the same; `make check` alone draws new ones
passed=0 failed=0 skipped=0
jobs=$(nproc)

# The end of a log, and what failed in the log of each test that has a failure. Bounded, and never itself a failure.
show_failures() { # BUILD-FOLDER LOG
    echo "== $2, its end:"
    tail -n 25 "$2"
    find "$1" -name '*.log' -path '*/tests/*' ! -path '*/sftunnel-agent-*' -exec grep -lE '^(not ok|Bail out|ERROR|FAIL)' {} + | sort |
        while read -r log; do
            echo "== $log:"
            grep -vE '^(ok |# replaying )' "$log" | cut -c 1-400 | tail -n 40
        done | sed -n '1,400p'
}

count() { # NAME, in a test-suite.log
    sed -n "s/^# $1: *\([0-9]*\)\$/\1/p" "$2" | head -n 1
}

# Adds automake's own summary to the sums; without one the whole run counts as one failure.
add_up() { # BUILD-FOLDER STATUS LOG
    local suite=$1/test-suite.log
    if [ ! -f "$suite" ]; then
        failed=$((failed + 1))
        show_failures "$1" "$3" || true
        return
    fi
    local bad=$(($(count FAIL "$suite") + $(count ERROR "$suite") + $(count XPASS "$suite")))
    passed=$((passed + $(count PASS "$suite") + $(count XFAIL "$suite")))
    skipped=$((skipped + $(count SKIP "$suite")))
    failed=$((failed + bad))
    if [ "$2" -ne 0 ]; then
        [ "$bad" -gt 0 ] || failed=$((failed + 1))
        show_failures "$1" "$3" || true
    fi
}

check() { # NAME BUILD-FOLDER CONFIGURE-OPTION...
    local name=$1 folder=$2 status=0 start=$SECONDS
    shift 2
    echo "== $name: configure $*"
    mkdir -p "$folder"
    rm -f "$folder/test-suite.log"
    (cd "$folder" && ../configure --quiet --enable-werror "$@" && make -s -j"$jobs" && make -s -j"$jobs" check) > "$folder/check.out" 2>&1 || status=$?
    add_up "$folder" "$status" "$folder/check.out"
    echo "== $name: $((SECONDS - start)) s, so far $passed passed, $failed failed, $skipped skipped"
}

# Builds the program once more, linked statically, and runs it where there is nothing else. One test, passed or failed.
static_binary() {
    local start=$SECONDS
    echo "== static binary"
    if AGENT=$PWD/build/sftunnel-agent SRCDIR=$PWD BUILDDIR=$PWD/build python3 tests/system/staticbinary.py > build/static.out 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        show_failures build build/static.out || true
    fi
    sed -n 's/^# \(built in\)/== static binary: \1/p; s/^ok [0-9]* - \(.*# SKIP\)/== static binary: \1/p' build/static.out
    echo "== static binary: $((SECONDS - start)) s"
}

distcheck() {
    local start=$SECONDS
    echo "== distcheck"
    if make -s -C build -j"$jobs" distcheck DISTCHECK_CONFIGURE_FLAGS=--enable-werror > build/distcheck.out 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        show_failures build build/distcheck.out || true
    fi
    echo "== distcheck: $((SECONDS - start)) s"
}

deps_install test
autoreconf -fi > /dev/null 2>&1 || autoreconf -fi
check plain build
check sanitizers build-sanitizers --enable-sanitizers
static_binary
[ -n "${QUICK:-}" ] || distcheck

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
