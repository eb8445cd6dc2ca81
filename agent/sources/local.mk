# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libsources.a
libsources_a_CPPFLAGS = $(AM_CPPFLAGS) $(ARCHIVE_CFLAGS) $(JANSSON_CFLAGS) $(ISAL_CFLAGS)
libsources_a_SOURCES = %reldir%/input.h
SOURCES_LIBS = $(ARCHIVE_LIBS) $(JANSSON_LIBS) $(ISAL_LIBS)
