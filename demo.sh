#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs what is missing, builds in ./build, and shows what `analyze` makes of a sample case.
set -eu -o pipefail
cd "$(dirname "$0")"
. contrib/build-deps.sh

deps_install build
[ -x configure ] || autoreconf -fi
mkdir -p build
if [ ! -f build/config.status ]; then
    echo "== configure (log: build/configure.out)"
    (cd build && ../configure > configure.out) || { tail -n 30 build/configure.out; exit 1; }
fi
echo "== make (log: build/make.out)"
make -C build -j"$(nproc)" > build/make.out 2>&1 || { tail -n 30 build/make.out; exit 1; }

echo "== the sample case: a manager's and a firewall's troubleshoot archive, in one archive"
contrib/demo/make-bundle build/demo/outage.tar.gz
ls -l build/demo/outage.tar.gz
echo
echo "\$ sftunnel-agent analyze outage.tar.gz"
echo
build/sftunnel-agent analyze build/demo/outage.tar.gz
if [ -x build/tests/bench/capgen ] || make -C build tests/bench/capgen > build/capgen.out 2>&1; then
    mkdir -p build/demo/captures
    build/tests/bench/capgen cases build/demo/captures
    echo
    echo "\$ sftunnel-agent capture -r tunnel.pcap    (a real TLS handshake with a CA that has expired)"
    echo
    cp build/demo/captures/ca-expired.pcap build/demo/tunnel.pcap
    build/sftunnel-agent capture -r build/demo/tunnel.pcap
fi
cat <<'END'

Try also:
  build/sftunnel-agent explain SFT-1001                             what a verdict means, and what to do
  build/sftunnel-agent analyze -o json build/demo/outage.tar.gz     the same for programs
  build/sftunnel-agent capture -r build/demo/captures/half-pushed.pcap
  sudo build/sftunnel-agent capture -i any --duration 10m           live, on this machine
  build/sftunnel-agent analyze --help
END
