# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = %reldir%/store.c %reldir%/store.h
STORE_LIBS = $(SQLITE_LIBS)
