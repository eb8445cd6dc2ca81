# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CMOCKA
include tests/unit/base.mk
include tests/unit/rules.mk
include tests/unit/pcap.mk
include tests/unit/tls.mk
include tests/unit/diagnosis.mk
include tests/unit/sources.mk
include tests/unit/report.mk
include tests/unit/commands.mk
include tests/unit/store.mk
include tests/unit/remedy.mk
endif
include tests/fuzz/local.mk
include tests/lint/local.mk
include tests/system/local.mk
include tests/bench/local.mk
include tests/lab/local.mk

# The same tests as in `make check`, for about an hour: what is followed must not be lost in a thousand rotations either.
.PHONY: check-long
check-long:
	ROTATIONS=$${ROTATIONS:-1000} KILLS=$${KILLS:-2000} $(MAKE) $(AM_MAKEFLAGS) check \
		TESTS='tests/system/watchhard.py tests/system/follow.py'
	ROTATIONS=$${ROTATIONS:-100} $(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/system/watchsyslog.py
	ROUNDS=$${ROUNDS:-100000} $(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/unit/test_tailmodel
	ROUNDS=$${ROUNDS:-5000} $(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/unit/test_storecrash
	@grep -h '^# .* attempts' tests/system/watchhard.log tests/system/watchsyslog.log
