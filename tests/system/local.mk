# SPDX-License-Identifier: BSD-2-Clause
SYSTEM_TESTS = %reldir%/golden.py %reldir%/counts.py %reldir%/badinput.py %reldir%/cli.py \
	%reldir%/capture.py %reldir%/check.py %reldir%/disk.py %reldir%/live.py %reldir%/probe.py
TESTS += $(SYSTEM_TESTS)
EXTRA_DIST += $(SYSTEM_TESTS) %reldir%/tap.py %reldir%/inject.py %reldir%/roots.py %reldir%/wire.py tests/golden contrib/demo contrib/build-deps.sh .ci/run
