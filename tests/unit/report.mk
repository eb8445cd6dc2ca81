# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/test_verdict tests/unit/test_report tests/unit/test_connections tests/unit/test_options \
	tests/unit/report_sample
TESTS += tests/unit/test_verdict tests/unit/test_report tests/unit/test_connections tests/unit/test_options tests/unit/test_schema.py
EXTRA_DIST += %reldir%/test_schema.py

tests_unit_test_verdict_SOURCES = %reldir%/test_verdict.c
tests_unit_test_verdict_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_verdict_LDADD = libdiagnosis.a libbase.a $(CMOCKA_LIBS)

report_cases = \
	%reldir%/report_cases.c %reldir%/report_cases.h %reldir%/report_certs.c %reldir%/report_certs.h \
	%reldir%/report_wires.c

tests_unit_test_report_SOURCES = %reldir%/test_report.c $(report_cases)
tests_unit_test_report_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_report_LDADD = libreport.a libdiagnosis.a libcapture.a librules.a libbase.a \
	$(REPORT_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)

tests_unit_test_connections_SOURCES = %reldir%/test_connections.c $(report_cases)
tests_unit_test_connections_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_connections_LDADD = libreport.a libdiagnosis.a libcapture.a librules.a libbase.a \
	$(REPORT_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)

tests_unit_test_options_SOURCES = %reldir%/test_options.c agent/commands/options.c agent/commands/output.c \
	agent/commands/confine.c agent/commands/confine_landlock.c agent/commands/confine_seccomp.c
tests_unit_test_options_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_options_LDADD = libreport.a libdiagnosis.a libcapture.a librules.a libbase.a \
	$(REPORT_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)

tests_unit_report_sample_SOURCES = %reldir%/report_sample.c $(report_cases)
tests_unit_report_sample_LDADD = libreport.a libdiagnosis.a libcapture.a librules.a libbase.a $(REPORT_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS)

# probes: what is said of them, and what monitoring is told
check_PROGRAMS += tests/unit/test_probejudge
TESTS += tests/unit/test_probejudge
tests_unit_test_probejudge_SOURCES = %reldir%/test_probejudge.c $(wire_test_scene)
tests_unit_test_probejudge_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_probejudge_LDADD = libreport.a $(wire_test_ldadd)

# what `watch` tells, as text
check_PROGRAMS += tests/unit/test_tell tests/unit/tell_sample
TESTS += tests/unit/test_tell
tell_cases = %reldir%/tell_cases.c %reldir%/tell_cases.h
tests_unit_test_tell_SOURCES = %reldir%/test_tell.c $(tell_cases)
tests_unit_test_tell_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_tell_LDADD = libreport.a libdiagnosis.a libcapture.a librules.a libbase.a $(REPORT_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_tell_sample_SOURCES = %reldir%/tell_sample.c $(tell_cases)
tests_unit_tell_sample_LDADD = libreport.a libdiagnosis.a libcapture.a librules.a libbase.a $(REPORT_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS)
check_PROGRAMS += tests/unit/test_wired
TESTS += tests/unit/test_wired
tests_unit_test_wired_SOURCES = %reldir%/test_wired.c
tests_unit_test_wired_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wired_LDADD = libreport.a libdiagnosis.a librules.a libbase.a $(REPORT_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_watchprom
TESTS += tests/unit/test_watchprom tests/unit/test_promtool.py
EXTRA_DIST += %reldir%/test_promtool.py
tests_unit_test_watchprom_SOURCES = %reldir%/test_watchprom.c
tests_unit_test_watchprom_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_watchprom_LDADD = libreport.a libdiagnosis.a libbase.a $(CRYPTO_LIBS) $(CMOCKA_LIBS)
