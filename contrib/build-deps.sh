# SPDX-License-Identifier: BSD-2-Clause
# Sourced by demo.sh and test.sh (bash): what they need from Debian, and how they get it.
# shellcheck shell=bash

DEPS_BUILD_TOOLS="gcc make autoconf automake pkg-config:pkgconf"
# libpcre2-dev brings the C library's headers, which gcc only recommends.
DEPS_BUILD_LIBS="libpcre2-8:libpcre2-dev libcyaml:libcyaml-dev yaml-0.1:libyaml-dev libarchive:libarchive-dev
    jansson:libjansson-dev libisal:libisal-dev libcrypto:libssl-dev libpcap:libpcap-dev
    sqlite3:libsqlite3-dev libuv:libuv1-dev libmicrohttpd:libmicrohttpd-dev"
# For --enable-static-binary: what a static libarchive needs. libbz2-dev has no .pc file; see below.
DEPS_STATIC_LIBS="nettle:nettle-dev liblzma:liblzma-dev libzstd:libzstd-dev liblz4:liblz4-dev zlib:zlib1g-dev"
# ssh-keygen comes with the client, unshare with util-linux.
DEPS_TEST_TOOLS="python3 zsh openssl mandoc xz:xz-utils zstd bzip2 zip rsyslogd:rsyslog logrotate ssh:openssh-client
    sshd:openssh-server ip:iproute2"
DEPS_TEST_LIBS="cmocka:libcmocka-dev $DEPS_STATIC_LIBS"

# The packages of which the tool or the library is not there.
deps_missing() { # build|test
    local item tool package kinds="build" missing="" PATH=$PATH:/usr/sbin:/sbin # where daemons are
    [ "$1" = build ] || kinds="build test"
    if [ "$kinds" = build ]; then
        set -- $DEPS_BUILD_TOOLS
    else
        set -- $DEPS_BUILD_TOOLS $DEPS_TEST_TOOLS
    fi
    for item in "$@"; do
        tool=${item%%:*}
        package=${item##*:}
        command -v "$tool" > /dev/null 2>&1 || missing="$missing $package"
    done
    set -- $DEPS_BUILD_LIBS
    [ "$kinds" = build ] || set -- "$@" $DEPS_TEST_LIBS
    for item in "$@"; do
        pkg-config --exists "${item%%:*}" 2> /dev/null || missing="$missing ${item##*:}"
    done
    # A compiler without the C library's headers: gcc only recommends them.
    if command -v gcc > /dev/null 2>&1 && ! echo '#include <stdio.h>' | gcc -E - > /dev/null 2>&1; then
        missing="$missing libc6-dev"
    fi
    if [ "$kinds" != build ] && ! echo '#include <bzlib.h>' | gcc -E - > /dev/null 2>&1; then
        missing="$missing libbz2-dev"
    fi
    if [ "$kinds" != build ] && ! python3 -c 'import jsonschema' 2> /dev/null; then
        missing="$missing python3-jsonschema"
    fi
    printf '%s\n' "${missing# }"
}

# The tests start daemons of their own: what apt-get brings is not to serve this machine, neither now nor after a reboot.
deps_apt() { # [sudo] PACKAGE...
    local policy=/usr/sbin/policy-rc.d ours="" status=0 package sudo=$1
    shift
    if [ ! -e $policy ] && printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy > /dev/null && $sudo chmod 755 $policy; then
        ours=1
    fi
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" > /dev/null || status=$?
    [ -z "$ours" ] || $sudo rm -f $policy
    [ $status -eq 0 ] || return $status
    for package in "$@"; do
        case $package in
        openssh-server | rsyslog)
            echo "== $package is for the tests only: it is not started, and not at boot either"
            $sudo systemctl disable -q "${package/openssh-server/ssh}" > /dev/null 2>&1 || true
            ;;
        esac
    done
}

deps_install() { # build|test
    local missing sudo=""
    missing=$(deps_missing "$1")
    [ -n "$missing" ] || return 0
    if ! command -v apt-get > /dev/null 2>&1; then
        echo "missing, and there is no apt-get here; install what corresponds to these Debian packages: $missing" >&2
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo > /dev/null 2>&1; then
            echo "missing: as root: apt-get install $missing" >&2
            return 1
        fi
        sudo=sudo
    fi
    echo "== installing with apt-get: $missing"
    # shellcheck disable=SC2086
    if ! deps_apt "$sudo" $missing 2> /dev/null; then
        $sudo apt-get update -q > /dev/null
        deps_apt "$sudo" $missing
    fi
    missing=$(deps_missing "$1")
    [ -z "$missing" ] || { echo "still missing after apt-get: $missing" >&2; return 1; }
}
