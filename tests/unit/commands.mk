# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/test_confine
TESTS += tests/unit/test_confine
tests_unit_test_confine_SOURCES = %reldir%/test_confine.c \
	agent/commands/confine.c agent/commands/confine_landlock.c agent/commands/confine_seccomp.c
tests_unit_test_confine_LDADD = libbase.a

check_PROGRAMS += tests/unit/test_settings
TESTS += tests/unit/test_settings
tests_unit_test_settings_SOURCES = %reldir%/test_settings.c $(SETTINGS_SOURCES)
tests_unit_test_settings_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CYAML_CFLAGS)
tests_unit_test_settings_LDADD = librules.a libbase.a $(RULES_LIBS) $(CMOCKA_LIBS)
