# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libreport.a
libreport_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
libreport_a_SOURCES = \
	%reldir%/checkread.c %reldir%/checkread.h \
	%reldir%/followread.c %reldir%/followread.h \
	%reldir%/formats.h \
	%reldir%/json.c \
	%reldir%/jsonparts.c %reldir%/jsonparts.h \
	%reldir%/jsonwire.c %reldir%/jsonwire.h \
	%reldir%/jsonwrite.c %reldir%/jsonwrite.h \
	%reldir%/layout.c %reldir%/layout.h \
	%reldir%/moments.c %reldir%/moments.h \
	%reldir%/nagios.c %reldir%/nagios.h \
	%reldir%/ndjson.c \
	%reldir%/prom.c %reldir%/prom.h \
	%reldir%/promtext.c %reldir%/promtext.h \
	%reldir%/watchprom.c %reldir%/watchprom.h \
	%reldir%/report.c %reldir%/report.h \
	%reldir%/statereport.c %reldir%/statereport.h \
	%reldir%/statetext.c \
	%reldir%/tellecs.c %reldir%/tellecs.h \
	%reldir%/tellndjson.c %reldir%/tellndjson.h \
	%reldir%/tellread.c %reldir%/tellread.h \
	%reldir%/tellsyslog.c %reldir%/tellsyslog.h \
	%reldir%/text.c \
	%reldir%/textchain.c %reldir%/textchain.h \
	%reldir%/textforecast.c %reldir%/textforecast.h \
	%reldir%/textfindings.c %reldir%/textfindings.h \
	%reldir%/texttable.c %reldir%/texttable.h \
	%reldir%/textwire.c %reldir%/textwire.h \
	%reldir%/wiregroups.c %reldir%/wiregroups.h \
	%reldir%/wiretable.c %reldir%/wiretable.h \
	%reldir%/wireterms.c %reldir%/wireterms.h
REPORT_LIBS = $(JANSSON_LIBS)
