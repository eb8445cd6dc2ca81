# SPDX-License-Identifier: BSD-2-Clause
TLS_TESTS = tests/unit/test_capture tests/unit/test_scramble tests/unit/test_reassembly tests/unit/test_tls
check_PROGRAMS += $(TLS_TESTS)
TESTS += $(TLS_TESTS)
tests_unit_test_capture_SOURCES = %reldir%/test_capture.c %reldir%/wire.c %reldir%/wire.h
tests_unit_test_capture_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_capture_LDADD = libcapture.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_scramble_SOURCES = %reldir%/test_scramble.c %reldir%/scramble.c %reldir%/scramble.h %reldir%/wire.c \
	%reldir%/wire.h
tests_unit_test_scramble_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_scramble_LDADD = libcapture.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_reassembly_SOURCES = %reldir%/test_reassembly.c
tests_unit_test_reassembly_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_reassembly_LDADD = libcapture.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_tls_SOURCES = %reldir%/test_tls.c
tests_unit_test_tls_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_tls_LDADD = libcapture.a libbase.a $(CMOCKA_LIBS)
