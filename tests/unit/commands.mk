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

check_PROGRAMS += tests/unit/test_notify tests/unit/test_daemonize
TESTS += tests/unit/test_notify tests/unit/test_daemonize
tests_unit_test_notify_SOURCES = %reldir%/test_notify.c agent/commands/notify.c
tests_unit_test_notify_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_notify_LDADD = libbase.a $(CMOCKA_LIBS)
tests_unit_test_daemonize_SOURCES = %reldir%/test_daemonize.c agent/commands/daemonize.c agent/commands/pidfile.c
tests_unit_test_daemonize_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_daemonize_LDADD = libbase.a $(CMOCKA_LIBS)
