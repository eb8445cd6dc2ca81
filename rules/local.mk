# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += librules.a
librules_a_CPPFLAGS = $(AM_CPPFLAGS) $(PCRE2_CFLAGS) $(CYAML_CFLAGS) $(YAML_CFLAGS)
librules_a_SOURCES = \
	%reldir%/envelope.c %reldir%/envelope.h \
	%reldir%/event.c %reldir%/event.h \
	%reldir%/rules.h \
	%reldir%/scan.c %reldir%/scan.h
RULES_LIBS = $(PCRE2_LIBS) $(CYAML_LIBS) $(YAML_LIBS)
if HOST_X86_64
librules_a_SOURCES += %reldir%/scan_avx2.c
else
librules_a_SOURCES += %reldir%/scan_narrow.c
endif
