# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/test_confine
TESTS += tests/unit/test_confine
tests_unit_test_confine_SOURCES = %reldir%/test_confine.c \
	agent/commands/confine.c agent/commands/confine_landlock.c agent/commands/confine_seccomp.c
tests_unit_test_confine_LDADD = libbase.a

# events out
OUTLET_TESTS = tests/unit/test_outletfile tests/unit/test_outlethook tests/unit/test_outletsocket
check_PROGRAMS += $(OUTLET_TESTS)
TESTS += $(OUTLET_TESTS)
outlet_test_common = %reldir%/outlet_tools.c %reldir%/outlet_tools.h \
	agent/commands/outlet.c agent/commands/outletfile.c agent/commands/outlethook.c agent/commands/outletline.c agent/commands/outletname.c \
	agent/commands/outletsocket.c agent/commands/outletstdout.c agent/commands/privileges.c
outlet_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS)
outlet_test_ldadd = libreport.a libsources.a libdiagnosis.a libcapture.a librules.a libbase.a $(REPORT_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS) \
	$(UV_LIBS) $(CMOCKA_LIBS)
tests_unit_test_outletfile_SOURCES = %reldir%/test_outletfile.c $(outlet_test_common)
tests_unit_test_outletfile_CPPFLAGS = $(outlet_test_cppflags)
tests_unit_test_outletfile_LDADD = $(outlet_test_ldadd)
check_PROGRAMS += tests/unit/test_settings
TESTS += tests/unit/test_settings
tests_unit_test_settings_SOURCES = %reldir%/test_settings.c $(SETTINGS_SOURCES)
tests_unit_test_settings_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CYAML_CFLAGS)
tests_unit_test_settings_LDADD = librules.a libbase.a $(RULES_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_metrics
TESTS += tests/unit/test_metrics
tests_unit_test_metrics_SOURCES = %reldir%/test_metrics.c $(metrics_sources)
tests_unit_test_metrics_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS) $(MICROHTTPD_CFLAGS)
tests_unit_test_metrics_LDADD = libbase.a $(UV_LIBS) $(MICROHTTPD_LIBS) $(CMOCKA_LIBS)
tests_unit_test_outletsocket_SOURCES = %reldir%/test_outletsocket.c $(outlet_test_common)
tests_unit_test_outletsocket_CPPFLAGS = $(outlet_test_cppflags)
tests_unit_test_outletsocket_LDADD = $(outlet_test_ldadd)
tests_unit_test_outlethook_SOURCES = %reldir%/test_outlethook.c $(outlet_test_common)
tests_unit_test_outlethook_CPPFLAGS = $(outlet_test_cppflags)
tests_unit_test_outlethook_LDADD = $(outlet_test_ldadd)

check_PROGRAMS += tests/unit/test_notify tests/unit/test_daemonize
TESTS += tests/unit/test_notify tests/unit/test_daemonize
tests_unit_test_notify_SOURCES = %reldir%/test_notify.c agent/commands/notify.c
tests_unit_test_notify_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_notify_LDADD = libbase.a $(CMOCKA_LIBS)
tests_unit_test_daemonize_SOURCES = %reldir%/test_daemonize.c agent/commands/daemonize.c agent/commands/pidfile.c
tests_unit_test_daemonize_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_daemonize_LDADD = libbase.a $(CMOCKA_LIBS)
