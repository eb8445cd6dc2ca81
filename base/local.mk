# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	%reldir%/buf.c %reldir%/buf.h \
	%reldir%/caps.c %reldir%/caps.h \
	%reldir%/civil.c %reldir%/civil.h \
	%reldir%/cursor.c %reldir%/cursor.h \
	%reldir%/err.c %reldir%/err.h \
	%reldir%/mem.c %reldir%/mem.h \
	%reldir%/nearest.c %reldir%/nearest.h \
	%reldir%/slice.c %reldir%/slice.h \
	%reldir%/strings.c %reldir%/strings.h
