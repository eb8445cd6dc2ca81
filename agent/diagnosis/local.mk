# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libdiagnosis.a
libdiagnosis_a_SOURCES = \
	%reldir%/attempt.c %reldir%/attempt.h \
	%reldir%/casefile.c %reldir%/casefile.h \
	%reldir%/diagnose.h \
	%reldir%/fact.c %reldir%/fact.h \
	%reldir%/logstream.c %reldir%/logstream.h \
	%reldir%/peer.c %reldir%/peer.h \
	%reldir%/segment.c %reldir%/segment.h \
	%reldir%/segment_join.c %reldir%/segment_parts.h \
	%reldir%/slots.c %reldir%/slots.h \
	%reldir%/tlsalert.h \
	%reldir%/verdict.c %reldir%/verdict.h %reldir%/x509code.h
