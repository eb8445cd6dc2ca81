# SPDX-License-Identifier: BSD-2-Clause
PCAP_TESTS = tests/unit/test_packet
check_PROGRAMS += $(PCAP_TESTS)
TESTS += $(PCAP_TESTS)
tests_unit_test_packet_SOURCES = %reldir%/test_packet.c
tests_unit_test_packet_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_packet_LDADD = libcapture.a libbase.a $(CMOCKA_LIBS)
