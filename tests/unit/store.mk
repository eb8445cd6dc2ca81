# SPDX-License-Identifier: BSD-2-Clause
STORE_TESTS = tests/unit/test_store tests/unit/test_storecrash tests/unit/test_storedamage
check_PROGRAMS += $(STORE_TESTS)
TESTS += $(STORE_TESTS)
store_test_common = %reldir%/store_maker.c %reldir%/store_maker.h
store_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS)
store_test_ldadd = libstore.a libbase.a $(STORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_store_SOURCES = %reldir%/test_store.c $(store_test_common)
tests_unit_test_store_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_store_LDADD = $(store_test_ldadd)
tests_unit_test_storecrash_SOURCES = %reldir%/test_storecrash.c %reldir%/store_vfs.c %reldir%/store_vfs.h $(store_test_common)
tests_unit_test_storecrash_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_storecrash_LDADD = $(store_test_ldadd)
tests_unit_test_storedamage_SOURCES = %reldir%/test_storedamage.c %reldir%/store_vfs.c %reldir%/store_vfs.h $(store_test_common)
tests_unit_test_storedamage_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_storedamage_LDADD = $(store_test_ldadd)
