# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += librules.a
librules_a_CPPFLAGS = $(AM_CPPFLAGS) $(PCRE2_CFLAGS) $(CYAML_CFLAGS) $(YAML_CFLAGS)
librules_a_SOURCES = \
	%reldir%/alike.c %reldir%/alike.h \
	%reldir%/envelope.c %reldir%/envelope.h \
	%reldir%/event.c %reldir%/event.h \
	%reldir%/match.c %reldir%/match.h \
	%reldir%/pack.c %reldir%/pack.h \
	%reldir%/place.c %reldir%/place.h \
	%reldir%/prefix.c %reldir%/prefix.h \
	%reldir%/prove.c %reldir%/prove.h \
	%reldir%/rules.c %reldir%/rules.h \
	%reldir%/scan.c %reldir%/scan.h \
	%reldir%/set.h %reldir%/shipped.h \
	%reldir%/structs.c %reldir%/structs.h \
	%reldir%/tree.c %reldir%/tree.h
nodist_librules_a_SOURCES = %reldir%/shipped.c
RULES_LIBS = $(PCRE2_LIBS) $(CYAML_LIBS) $(YAML_LIBS)
if HOST_X86_64
librules_a_SOURCES += %reldir%/scan_avx2.c
else
librules_a_SOURCES += %reldir%/scan_narrow.c
endif

# The shipped pack, to be read, and compiled in so that one binary is enough.
packdir = $(pkgdatadir)/rules
dist_pack_DATA = %reldir%/sftunnel.yaml

%reldir%/shipped.c: %reldir%/sftunnel.yaml
	$(AM_V_GEN)$(MKDIR_P) %reldir% && { \
	echo '/* SPDX-License-Identifier: BSD-2-Clause */'; \
	echo '/* Written by rules/local.mk from rules/sftunnel.yaml. */'; \
	echo '#include "rules/shipped.h"'; \
	echo; \
	echo 'const unsigned char shipped_yaml[] = {'; \
	od -An -v -tx1 $(srcdir)/%reldir%/sftunnel.yaml | sed 's/ *\([0-9a-f][0-9a-f]\)/ 0x\1,/g'; \
	echo '};'; \
	echo 'const size_t shipped_yaml_size = sizeof shipped_yaml;'; \
	} > $@.tmp && mv -f $@.tmp $@
CLEANFILES += %reldir%/shipped.c %reldir%/shipped.c.tmp
