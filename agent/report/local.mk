# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libreport.a
libreport_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
libreport_a_SOURCES = %reldir%/report.h
REPORT_LIBS = $(JANSSON_LIBS)
