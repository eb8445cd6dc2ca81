# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/test_envelope tests/unit/test_scan
TESTS += tests/unit/test_envelope tests/unit/test_scan
tests_unit_test_envelope_SOURCES = %reldir%/test_envelope.c
tests_unit_test_envelope_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_envelope_LDADD = librules.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_scan_SOURCES = %reldir%/test_scan.c
tests_unit_test_scan_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_scan_LDADD = librules.a libbase.a $(CMOCKA_LIBS)

RULES_TESTS = tests/unit/test_alike tests/unit/test_pack tests/unit/test_prefix tests/unit/test_rules
check_PROGRAMS += $(RULES_TESTS)
TESTS += $(RULES_TESTS)
tests_unit_test_alike_SOURCES = %reldir%/test_alike.c
tests_unit_test_alike_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_alike_LDADD = librules.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_pack_SOURCES = %reldir%/test_pack.c
tests_unit_test_pack_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pack_LDADD = librules.a libbase.a $(RULES_LIBS) $(CMOCKA_LIBS)
tests_unit_test_prefix_SOURCES = %reldir%/test_prefix.c
tests_unit_test_prefix_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_prefix_LDADD = librules.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_rules_SOURCES = %reldir%/test_rules.c
tests_unit_test_rules_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rules_LDADD = librules.a libbase.a $(RULES_LIBS) $(CMOCKA_LIBS)
