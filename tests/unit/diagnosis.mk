# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/test_segment
TESTS += tests/unit/test_segment
tests_unit_test_segment_SOURCES = %reldir%/test_segment.c %reldir%/randomlog.c %reldir%/randomlog.h %reldir%/segment_dump.c %reldir%/segment_dump.h
tests_unit_test_segment_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_segment_LDADD = libdiagnosis.a libcapture.a librules.a libbase.a $(CMOCKA_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS)

# codes: X.509 and TLS
CODE_TESTS = tests/unit/test_x509code tests/unit/test_tlsalert tests/unit/test_releases
check_PROGRAMS += $(CODE_TESTS)
TESTS += $(CODE_TESTS)
tests_unit_test_x509code_SOURCES = %reldir%/test_x509code.c
tests_unit_test_x509code_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_x509code_LDADD = libdiagnosis.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_releases_SOURCES = %reldir%/test_releases.c
tests_unit_test_releases_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_releases_LDADD = libdiagnosis.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_tlsalert_SOURCES = %reldir%/test_tlsalert.c
tests_unit_test_tlsalert_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_tlsalert_LDADD = libdiagnosis.a libbase.a $(CMOCKA_LIBS)

# certificates and what captures show, with certificates that are really made
WIRE_TESTS = tests/unit/test_cert tests/unit/test_chain tests/unit/test_wire tests/unit/test_wirejoin tests/unit/test_pem tests/unit/test_disk \
	tests/unit/test_joined
check_PROGRAMS += $(WIRE_TESTS)
TESTS += $(WIRE_TESTS)
wire_test_common = %reldir%/certmaker.c %reldir%/certmaker.h
wire_test_scene = $(wire_test_common) %reldir%/wirescene.c %reldir%/wirescene.h
wire_test_ldadd = libdiagnosis.a libcapture.a librules.a libbase.a $(CMOCKA_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS)
tests_unit_test_cert_SOURCES = %reldir%/test_cert.c $(wire_test_common)
tests_unit_test_cert_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_cert_LDADD = $(wire_test_ldadd)
tests_unit_test_chain_SOURCES = %reldir%/test_chain.c $(wire_test_scene)
tests_unit_test_chain_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_chain_LDADD = $(wire_test_ldadd)
tests_unit_test_wire_SOURCES = %reldir%/test_wire.c $(wire_test_scene)
tests_unit_test_wire_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_wire_LDADD = $(wire_test_ldadd)
tests_unit_test_wirejoin_SOURCES = %reldir%/test_wirejoin.c $(wire_test_scene)
tests_unit_test_wirejoin_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_wirejoin_LDADD = $(wire_test_ldadd)
tests_unit_test_disk_SOURCES = %reldir%/test_disk.c $(wire_test_common)
tests_unit_test_disk_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_disk_LDADD = $(wire_test_ldadd)
tests_unit_test_joined_SOURCES = %reldir%/test_joined.c $(wire_test_scene)
tests_unit_test_joined_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_joined_LDADD = $(wire_test_ldadd)
tests_unit_test_pem_SOURCES = %reldir%/test_pem.c $(wire_test_common)
tests_unit_test_pem_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_pem_LDADD = $(wire_test_ldadd)

# a log that is followed
FOLLOW_TESTS = tests/unit/test_attempts tests/unit/test_canary tests/unit/test_incident
check_PROGRAMS += $(FOLLOW_TESTS)
TESTS += $(FOLLOW_TESTS)
tests_unit_test_attempts_SOURCES = %reldir%/test_attempts.c %reldir%/randomlog.c %reldir%/randomlog.h
tests_unit_test_attempts_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_attempts_LDADD = libdiagnosis.a libcapture.a librules.a libbase.a $(CMOCKA_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS)
tests_unit_test_canary_SOURCES = %reldir%/test_canary.c
tests_unit_test_canary_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_canary_LDADD = libdiagnosis.a librules.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_incident_SOURCES = %reldir%/test_incident.c
tests_unit_test_incident_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_incident_LDADD = libdiagnosis.a libcapture.a librules.a libbase.a $(CMOCKA_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS)
