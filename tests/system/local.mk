# SPDX-License-Identifier: BSD-2-Clause
SYSTEM_TESTS = \
	%reldir%/badinput.py \
	%reldir%/capture.py \
	%reldir%/check.py \
	%reldir%/cli.py \
	%reldir%/config.py \
	%reldir%/counts.py \
	%reldir%/disk.py \
	%reldir%/follow.py \
	%reldir%/golden.py \
	%reldir%/inventory.py \
	%reldir%/lab.py \
	%reldir%/live.py \
	%reldir%/probe.py \
	%reldir%/service.py \
	%reldir%/status.py \
	%reldir%/watch.py \
	%reldir%/watchcanary.py \
	%reldir%/watchfull.py \
	%reldir%/watchhard.py \
	%reldir%/watchlines.py \
	%reldir%/watchmetrics.py \
	%reldir%/watchout.py \
	%reldir%/watchsocket.py \
	%reldir%/watchsyslog.py \
	%reldir%/watchwire.py
TESTS += $(SYSTEM_TESTS)
# staticbinary.py builds: a step of test.sh
EXTRA_DIST += $(SYSTEM_TESTS) %reldir%/staticbinary.py %reldir%/tap.py %reldir%/inject.py %reldir%/roots.py %reldir%/watching.py \
	%reldir%/watchload.py %reldir%/wire.py tests/golden contrib/demo contrib/build-deps.sh .ci/run
# one who follows a log, for follow.py
check_PROGRAMS += %reldir%/follower
tests_system_follower_SOURCES = %reldir%/follower.c
tests_system_follower_LDADD = libsources.a libdiagnosis.a libcapture.a libbase.a $(SOURCES_LIBS) $(CRYPTO_LIBS)
