# SPDX-License-Identifier: BSD-2-Clause
# They link a stand-in for logstream.c and segment.c, so that every byte of a log can be followed.
SOURCES_TESTS = tests/unit/test_detect tests/unit/test_facts tests/unit/test_streams tests/unit/test_input \
	tests/unit/test_ring
check_PROGRAMS += $(SOURCES_TESTS)
TESTS += $(SOURCES_TESTS)
sources_test_common = \
	%reldir%/sources_double.c %reldir%/sources_double.h \
	%reldir%/sources_maker.c %reldir%/sources_maker.h
sources_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(ARCHIVE_CFLAGS)
if WITH_ISAL
# libarchive's own gzip neither compares checksums nor tells what follows the data
sources_test_cppflags += -DINFLATE_CHECKS=1
endif
sources_test_ldadd = libsources.a libdiagnosis.a libcapture.a libbase.a $(SOURCES_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)

DISK_TESTS = tests/unit/test_certfiles tests/unit/test_places tests/unit/test_tunnelconf
check_PROGRAMS += $(DISK_TESTS)
TESTS += $(DISK_TESTS)
tests_unit_test_certfiles_SOURCES = %reldir%/test_certfiles.c %reldir%/certmaker.c %reldir%/certmaker.h \
	$(sources_test_common)
tests_unit_test_certfiles_CPPFLAGS = $(sources_test_cppflags) $(CRYPTO_CFLAGS)
tests_unit_test_certfiles_LDADD = $(sources_test_ldadd)
tests_unit_test_places_SOURCES = %reldir%/test_places.c
tests_unit_test_places_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_places_LDADD = libsources.a libdiagnosis.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_tunnelconf_SOURCES = %reldir%/test_tunnelconf.c
tests_unit_test_tunnelconf_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_tunnelconf_LDADD = libsources.a libbase.a $(CMOCKA_LIBS)

tests_unit_test_detect_SOURCES = %reldir%/test_detect.c $(sources_test_common)
tests_unit_test_detect_CPPFLAGS = $(sources_test_cppflags)
tests_unit_test_detect_LDADD = $(sources_test_ldadd)
tests_unit_test_facts_SOURCES = %reldir%/test_facts.c $(sources_test_common)
tests_unit_test_facts_CPPFLAGS = $(sources_test_cppflags)
tests_unit_test_facts_LDADD = $(sources_test_ldadd)
tests_unit_test_streams_SOURCES = %reldir%/test_streams.c $(sources_test_common)
tests_unit_test_streams_CPPFLAGS = $(sources_test_cppflags)
tests_unit_test_streams_LDADD = $(sources_test_ldadd)
tests_unit_test_input_SOURCES = %reldir%/test_input.c $(sources_test_common)
tests_unit_test_input_CPPFLAGS = $(sources_test_cppflags)
tests_unit_test_input_LDADD = $(sources_test_ldadd)
tests_unit_test_ring_SOURCES = %reldir%/test_ring.c
tests_unit_test_ring_CPPFLAGS = $(sources_test_cppflags)
tests_unit_test_ring_LDADD = libsources.a libcapture.a libbase.a $(CMOCKA_LIBS)

# what a probe does next, and whom it probes: pure
check_PROGRAMS += tests/unit/test_probe
TESTS += tests/unit/test_probe
tests_unit_test_probe_SOURCES = %reldir%/test_probe.c
tests_unit_test_probe_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_probe_LDADD = libsources.a libbase.a $(CMOCKA_LIBS)

# children are real ones
check_PROGRAMS += tests/unit/test_runcommand
TESTS += tests/unit/test_runcommand
tests_unit_test_runcommand_SOURCES = %reldir%/test_runcommand.c
tests_unit_test_runcommand_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_runcommand_LDADD = libsources.a libbase.a $(CMOCKA_LIBS)

# following a log
TAIL_TESTS = tests/unit/test_tail tests/unit/test_tailmodel tests/unit/test_tailparts
check_PROGRAMS += $(TAIL_TESTS)
TESTS += $(TAIL_TESTS)
tests_unit_test_tail_SOURCES = %reldir%/test_tail.c %reldir%/sources_maker.c %reldir%/sources_maker.h
tests_unit_test_tail_CPPFLAGS = $(sources_test_cppflags)
tests_unit_test_tail_LDADD = $(sources_test_ldadd)
tests_unit_test_tailmodel_SOURCES = %reldir%/test_tailmodel.c %reldir%/sources_maker.c %reldir%/sources_maker.h
tests_unit_test_tailmodel_CPPFLAGS = $(sources_test_cppflags)
tests_unit_test_tailmodel_LDADD = $(sources_test_ldadd)
tests_unit_test_tailparts_SOURCES = %reldir%/test_tailparts.c %reldir%/sources_maker.c %reldir%/sources_maker.h
tests_unit_test_tailparts_CPPFLAGS = $(sources_test_cppflags)
tests_unit_test_tailparts_LDADD = $(sources_test_ldadd)
