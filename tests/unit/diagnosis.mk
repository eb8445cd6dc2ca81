# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/test_segment
TESTS += tests/unit/test_segment
tests_unit_test_segment_SOURCES = %reldir%/test_segment.c %reldir%/segment_dump.c %reldir%/segment_dump.h
tests_unit_test_segment_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_segment_LDADD = libdiagnosis.a librules.a libbase.a $(CMOCKA_LIBS) $(RULES_LIBS)
