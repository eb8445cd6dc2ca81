# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/test_envelope tests/unit/test_scan
TESTS += tests/unit/test_envelope tests/unit/test_scan
tests_unit_test_envelope_SOURCES = %reldir%/test_envelope.c
tests_unit_test_envelope_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_envelope_LDADD = librules.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_scan_SOURCES = %reldir%/test_scan.c
tests_unit_test_scan_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_scan_LDADD = librules.a libbase.a $(CMOCKA_LIBS)
