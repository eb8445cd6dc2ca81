# SPDX-License-Identifier: BSD-2-Clause
bin_PROGRAMS += sftunnel-agent
sftunnel_agent_CPPFLAGS = $(AM_CPPFLAGS) $(UV_CFLAGS)
sftunnel_agent_SOURCES = \
	%reldir%/main.c \
	%reldir%/analyze.c \
	%reldir%/capture.c \
	%reldir%/check.c \
	%reldir%/progress.c %reldir%/progress.h \
	%reldir%/command.c %reldir%/command.h \
	%reldir%/confine.c %reldir%/confine.h \
	%reldir%/confine_landlock.c \
	%reldir%/confine_seccomp.c \
	%reldir%/ending.c %reldir%/ending.h \
	%reldir%/explain.c \
	%reldir%/exportcerts.c %reldir%/exportcerts.h \
	%reldir%/help.c \
	%reldir%/liveloop.c %reldir%/liveloop.h \
	%reldir%/options.c \
	%reldir%/settings.h \
	%reldir%/outlet.c %reldir%/outlet.h %reldir%/outlet_parts.h \
	%reldir%/outletfile.c \
	%reldir%/outlethook.c \
	%reldir%/outletline.c %reldir%/outletline.h \
	%reldir%/outletsocket.c \
	%reldir%/outletstdout.c \
	%reldir%/output.c %reldir%/output.h \
	%reldir%/privileges.c %reldir%/privileges.h \
	%reldir%/probe.c \
	%reldir%/rules.c \
	%reldir%/table.c \
	%reldir%/version.c
sftunnel_agent_LDADD = libreport.a libsources.a libdiagnosis.a libcapture.a liblive.a librules.a libbase.a \
	$(REPORT_LIBS) $(SOURCES_LIBS) $(CRYPTO_LIBS) $(PCAP_LIBS) $(RULES_LIBS) $(UV_LIBS)
