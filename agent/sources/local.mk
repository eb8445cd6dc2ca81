# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libsources.a
libsources_a_CPPFLAGS = $(AM_CPPFLAGS) $(ARCHIVE_CFLAGS) $(JANSSON_CFLAGS) $(ISAL_CFLAGS) $(SSL_CFLAGS)
libsources_a_SOURCES = \
	%reldir%/belt.c %reldir%/belt.h \
	%reldir%/bundle.c %reldir%/bundle.h \
	%reldir%/certfiles.c %reldir%/certfiles.h %reldir%/certroot.c \
	%reldir%/detect.c %reldir%/detect.h \
	%reldir%/facts.c %reldir%/facts.h \
	%reldir%/file.c %reldir%/file.h \
	%reldir%/ims.c %reldir%/ims.h \
	%reldir%/inflate.h \
	%reldir%/input.c %reldir%/input.h \
	%reldir%/item.c %reldir%/item.h \
	%reldir%/logs.c %reldir%/logs.h \
	%reldir%/logs_join.c %reldir%/logs_parts.h \
	%reldir%/members.c %reldir%/members.h \
	%reldir%/names.c %reldir%/names.h \
	%reldir%/packets.c %reldir%/packets.h \
	%reldir%/peersmap.c %reldir%/peersmap.h \
	%reldir%/piece.c %reldir%/piece.h \
	%reldir%/places.c %reldir%/places.h \
	%reldir%/pool.c %reldir%/pool.h \
	%reldir%/probe.c %reldir%/probe.h \
	%reldir%/proberesolve.c %reldir%/proberesolve.h \
	%reldir%/probestep.c %reldir%/probestep.h \
	%reldir%/probetargets.c %reldir%/probetargets.h \
	%reldir%/probetls.c %reldir%/probetls.h \
	%reldir%/problems.c %reldir%/problems.h \
	%reldir%/push.c %reldir%/push.h \
	%reldir%/reading.c %reldir%/reading.h \
	%reldir%/ring.c %reldir%/ring.h \
	%reldir%/runcommand.c %reldir%/runcommand.h \
	%reldir%/statusrun.c %reldir%/statusrun.h \
	%reldir%/status.c %reldir%/status.h %reldir%/statuslines.c \
	%reldir%/stream.c %reldir%/stream.h \
	%reldir%/tail.c %reldir%/tail.h %reldir%/tail_parts.h %reldir%/tailcand.c %reldir%/tailgens.c \
	%reldir%/tailid.c %reldir%/tailid.h %reldir%/tailknown.c %reldir%/taillines.c %reldir%/taillines.h \
	%reldir%/tailmark.c %reldir%/tailmark.h %reldir%/tailpacked.c %reldir%/tailprint.c %reldir%/tailprint.h \
	%reldir%/tailscan.c %reldir%/tailwatch.c %reldir%/tailwatch.h \
	%reldir%/tree.c %reldir%/tree.h \
	%reldir%/tunnelconf.c %reldir%/tunnelconf.h \
	%reldir%/units.c %reldir%/units.h \
	%reldir%/unwrap.c %reldir%/unwrap.h
# gzip: the variant is a file, chosen here
if WITH_ISAL
libsources_a_SOURCES += %reldir%/inflate_isal.c
EXTRA_libsources_a_SOURCES = %reldir%/inflate_plain.c
else
libsources_a_SOURCES += %reldir%/inflate_plain.c
EXTRA_libsources_a_SOURCES = %reldir%/inflate_isal.c
endif
SOURCES_LIBS = $(ARCHIVE_LIBS) $(JANSSON_LIBS) $(ISAL_LIBS) $(SSL_LIBS)
