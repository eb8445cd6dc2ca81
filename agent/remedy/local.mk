# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libremedy.a
libremedy_a_SOURCES = \
	%reldir%/auth.c %reldir%/auth.h \
	%reldir%/csv.c %reldir%/csv.h \
	%reldir%/device.c \
	%reldir%/inventory.c %reldir%/inventory.h %reldir%/inventory_parts.h \
	%reldir%/inventorycsv.c \
	%reldir%/inventoryyaml.c \
	%reldir%/limit.c \
	%reldir%/secret.c %reldir%/secret.h
libremedy_a_CPPFLAGS = $(AM_CPPFLAGS) $(CYAML_CFLAGS)
