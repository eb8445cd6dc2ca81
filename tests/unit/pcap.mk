# SPDX-License-Identifier: BSD-2-Clause
PCAP_TESTS = tests/unit/test_packet tests/unit/test_capfile tests/unit/test_decode tests/unit/test_live
check_PROGRAMS += $(PCAP_TESTS)
TESTS += $(PCAP_TESTS)
tests_unit_test_packet_SOURCES = %reldir%/test_packet.c
tests_unit_test_packet_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_packet_LDADD = libcapture.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_capfile_SOURCES = %reldir%/test_capfile.c
tests_unit_test_capfile_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_capfile_LDADD = libcapture.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_decode_SOURCES = %reldir%/test_decode.c %reldir%/frames.c %reldir%/frames.h
tests_unit_test_decode_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_decode_LDADD = libcapture.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_live_SOURCES = %reldir%/test_live.c %reldir%/frames.c %reldir%/frames.h
tests_unit_test_live_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_live_LDADD = liblive.a libcapture.a libbase.a $(PCAP_LIBS) $(CMOCKA_LIBS)
