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
endif
include tests/fuzz/local.mk
include tests/lint/local.mk
include tests/system/local.mk
include tests/bench/local.mk
include tests/lab/local.mk
