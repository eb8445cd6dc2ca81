# SPDX-License-Identifier: BSD-2-Clause
STORE_TESTS = tests/unit/test_store
check_PROGRAMS += $(STORE_TESTS)
TESTS += $(STORE_TESTS)
store_test_common = %reldir%/store_maker.c %reldir%/store_maker.h
store_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS)
store_test_ldadd = libstore.a libbase.a $(STORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_store_SOURCES = %reldir%/test_store.c $(store_test_common)
tests_unit_test_store_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_store_LDADD = $(store_test_ldadd)
