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
cat <<'END'

Try also:
  build/sftunnel-agent explain SFT-1001                             what a verdict means, and what to do
  build/sftunnel-agent analyze -o json build/demo/outage.tar.gz     the same for programs
  build/sftunnel-agent analyze --help
END
