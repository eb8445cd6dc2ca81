# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libdiagnosis.a
libdiagnosis_a_SOURCES = \
	%reldir%/casefile.c %reldir%/casefile.h \
	%reldir%/diagnose.h %reldir%/logstream.h %reldir%/segment.h \
	%reldir%/tlsalert.h %reldir%/verdict.h %reldir%/x509code.h
