# SPDX-License-Identifier: BSD-2-Clause
TLS_TESTS = tests/unit/test_capture
check_PROGRAMS += $(TLS_TESTS)
TESTS += $(TLS_TESTS)
tests_unit_test_capture_SOURCES = %reldir%/test_capture.c %reldir%/wire.c %reldir%/wire.h
tests_unit_test_capture_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_capture_LDADD = libcapture.a libbase.a $(CMOCKA_LIBS)
