# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = \
	%reldir%/journal.c %reldir%/journal.h \
	%reldir%/opening.c %reldir%/opening.h \
	%reldir%/place.c %reldir%/place.h \
	%reldir%/placefile.c \
	%reldir%/schema.c %reldir%/schema.h \
	%reldir%/sql.c %reldir%/sql.h \
	%reldir%/store.c %reldir%/store.h \
	%reldir%/store_parts.h %reldir%/store_rows.h \
	%reldir%/storeevents.c \
	%reldir%/storerows.c
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
STORE_LIBS = $(SQLITE_LIBS)
