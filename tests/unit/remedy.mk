# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/test_inventory
TESTS += tests/unit/test_inventory
tests_unit_test_inventory_SOURCES = %reldir%/test_inventory.c
tests_unit_test_inventory_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_inventory_LDADD = libremedy.a libdiagnosis.a librules.a libbase.a $(CRYPTO_LIBS) $(RULES_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_secret
TESTS += tests/unit/test_secret
tests_unit_test_secret_SOURCES = %reldir%/test_secret.c
tests_unit_test_secret_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_secret_LDADD = libremedy.a libbase.a $(CMOCKA_LIBS)
