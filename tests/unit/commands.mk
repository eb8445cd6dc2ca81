# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/test_confine
TESTS += tests/unit/test_confine
tests_unit_test_confine_SOURCES = %reldir%/test_confine.c \
	agent/commands/confine.c agent/commands/confine_landlock.c agent/commands/confine_seccomp.c
tests_unit_test_confine_LDADD = libbase.a

check_PROGRAMS += tests/unit/test_metrics
TESTS += tests/unit/test_metrics
tests_unit_test_metrics_SOURCES = %reldir%/test_metrics.c $(metrics_sources)
tests_unit_test_metrics_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS) $(MICROHTTPD_CFLAGS)
tests_unit_test_metrics_LDADD = libbase.a $(UV_LIBS) $(MICROHTTPD_LIBS) $(CMOCKA_LIBS)
