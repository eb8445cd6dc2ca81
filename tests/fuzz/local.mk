# SPDX-License-Identifier: BSD-2-Clause
# X_fuzz.c is a target. Built with replay.c it is a test that hands it tests/fuzz/corpus/X and tests/fuzz/crashes/X; with
# --enable-fuzzer (and CC=clang) it is a libFuzzer program: tests/fuzz/X_fuzz CORPUS-DIR. See CONTRIBUTING.
if ENABLE_FUZZER
FUZZ_REPLAY =
FUZZ_LINK = -fsanitize=fuzzer
else
FUZZ_REPLAY = %reldir%/replay.c
FUZZ_LINK =
TESTS += $(FUZZ_TARGETS)
endif
FUZZ_RULES_LIBS = librules.a libbase.a $(RULES_LIBS)
FUZZ_TARGETS =
check_PROGRAMS += $(FUZZ_TARGETS)
EXTRA_DIST += %reldir%/replay.c %reldir%/corpus %reldir%/crashes

FUZZ_TARGETS += tests/fuzz/envelope_fuzz
tests_fuzz_envelope_fuzz_SOURCES = %reldir%/envelope_fuzz.c %reldir%/fuzz.h $(FUZZ_REPLAY)
tests_fuzz_envelope_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_envelope_fuzz_LDADD = $(FUZZ_RULES_LIBS)

FUZZ_TARGETS += tests/fuzz/pack_fuzz
tests_fuzz_pack_fuzz_SOURCES = %reldir%/pack_fuzz.c %reldir%/fuzz.h $(FUZZ_REPLAY)
tests_fuzz_pack_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_pack_fuzz_LDADD = $(FUZZ_RULES_LIBS)

FUZZ_WIRE = tests/unit/wire.c tests/unit/wire.h tests/unit/scramble.c tests/unit/scramble.h
FUZZ_TARGETS += tests/fuzz/reassembly_fuzz
tests_fuzz_reassembly_fuzz_SOURCES = %reldir%/reassembly_fuzz.c %reldir%/fuzz.h $(FUZZ_WIRE) $(FUZZ_REPLAY)
tests_fuzz_reassembly_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_reassembly_fuzz_LDADD = libcapture.a libbase.a

FUZZ_TARGETS += tests/fuzz/tls_fuzz
tests_fuzz_tls_fuzz_SOURCES = %reldir%/tls_fuzz.c %reldir%/fuzz.h $(FUZZ_WIRE) $(FUZZ_REPLAY)
tests_fuzz_tls_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_tls_fuzz_LDADD = libcapture.a libbase.a

FUZZ_TARGETS += tests/fuzz/bundle_fuzz
tests_fuzz_bundle_fuzz_SOURCES = %reldir%/bundle_fuzz.c %reldir%/fuzz.h $(FUZZ_REPLAY)
tests_fuzz_bundle_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_bundle_fuzz_LDADD = libsources.a libdiagnosis.a libcapture.a $(SOURCES_LIBS) $(FUZZ_RULES_LIBS) $(CRYPTO_LIBS)

FUZZ_TARGETS += tests/fuzz/pem_fuzz
tests_fuzz_pem_fuzz_SOURCES = %reldir%/pem_fuzz.c %reldir%/fuzz.h $(FUZZ_REPLAY)
tests_fuzz_pem_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_pem_fuzz_LDADD = libdiagnosis.a libcapture.a $(FUZZ_RULES_LIBS) $(CRYPTO_LIBS)

FUZZ_TARGETS += tests/fuzz/tunnelconf_fuzz
tests_fuzz_tunnelconf_fuzz_SOURCES = %reldir%/tunnelconf_fuzz.c %reldir%/fuzz.h $(FUZZ_REPLAY)
tests_fuzz_tunnelconf_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_tunnelconf_fuzz_LDADD = libsources.a libbase.a

FUZZ_TARGETS += tests/fuzz/status_fuzz
tests_fuzz_status_fuzz_SOURCES = %reldir%/status_fuzz.c %reldir%/fuzz.h $(FUZZ_REPLAY)
tests_fuzz_status_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_status_fuzz_LDADD = libsources.a libdiagnosis.a libcapture.a $(SOURCES_LIBS) $(FUZZ_RULES_LIBS) $(CRYPTO_LIBS)

FUZZ_TARGETS += tests/fuzz/logstream_fuzz
tests_fuzz_logstream_fuzz_SOURCES = %reldir%/logstream_fuzz.c %reldir%/fuzz.h tests/unit/segment_dump.c \
	tests/unit/segment_dump.h $(FUZZ_REPLAY)
tests_fuzz_logstream_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_logstream_fuzz_LDADD = libdiagnosis.a libcapture.a $(FUZZ_RULES_LIBS) $(CRYPTO_LIBS)

FUZZ_TARGETS += tests/fuzz/capfile_fuzz
tests_fuzz_capfile_fuzz_SOURCES = %reldir%/capfile_fuzz.c %reldir%/fuzz.h $(FUZZ_REPLAY)
tests_fuzz_capfile_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_capfile_fuzz_LDADD = libcapture.a libbase.a

FUZZ_TARGETS += tests/fuzz/decode_fuzz
tests_fuzz_decode_fuzz_SOURCES = %reldir%/decode_fuzz.c %reldir%/fuzz.h $(FUZZ_REPLAY)
tests_fuzz_decode_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_decode_fuzz_LDADD = libcapture.a libbase.a

FUZZ_TARGETS += tests/fuzz/der_fuzz
tests_fuzz_der_fuzz_SOURCES = %reldir%/der_fuzz.c %reldir%/fuzz.h $(FUZZ_REPLAY)
tests_fuzz_der_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_der_fuzz_LDADD = libdiagnosis.a libcapture.a $(FUZZ_RULES_LIBS) $(CRYPTO_LIBS)

FUZZ_TARGETS += tests/fuzz/settings_fuzz
tests_fuzz_settings_fuzz_SOURCES = %reldir%/settings_fuzz.c %reldir%/fuzz.h $(SETTINGS_SOURCES) $(FUZZ_REPLAY)
tests_fuzz_settings_fuzz_CPPFLAGS = $(AM_CPPFLAGS) $(CYAML_CFLAGS)
tests_fuzz_settings_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_settings_fuzz_LDADD = $(FUZZ_RULES_LIBS)

FUZZ_TARGETS += tests/fuzz/inventory_fuzz
tests_fuzz_inventory_fuzz_SOURCES = %reldir%/inventory_fuzz.c %reldir%/fuzz.h $(FUZZ_REPLAY)
tests_fuzz_inventory_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_inventory_fuzz_LDADD = libremedy.a libdiagnosis.a $(FUZZ_RULES_LIBS) $(CRYPTO_LIBS)

FUZZ_TARGETS += tests/fuzz/feed_fuzz
tests_fuzz_feed_fuzz_SOURCES = %reldir%/feed_fuzz.c %reldir%/fuzz.h agent/commands/feed.c $(FUZZ_REPLAY)
tests_fuzz_feed_fuzz_CPPFLAGS = $(AM_CPPFLAGS)
tests_fuzz_feed_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_feed_fuzz_LDADD = libdiagnosis.a libcapture.a $(FUZZ_RULES_LIBS) $(CRYPTO_LIBS)
