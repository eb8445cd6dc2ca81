# SPDX-License-Identifier: BSD-2-Clause
# Also of the unit test and the fuzz target.
SETTINGS_SOURCES = \
	%reldir%/settings.c %reldir%/settings.h %reldir%/settings_parts.h \
	%reldir%/settings_check.c %reldir%/settings_check.h \
	%reldir%/settings_finish.c \
	%reldir%/settings_print.c \
	%reldir%/settings_table.c %reldir%/settings_table.h
bin_PROGRAMS += sftunnel-agent
sftunnel_agent_SOURCES = \
	%reldir%/main.c \
	%reldir%/analyze.c \
	%reldir%/capture.c \
	%reldir%/check.c \
	%reldir%/progress.c %reldir%/progress.h \
	%reldir%/command.c %reldir%/command.h \
	%reldir%/config.c \
	%reldir%/confine.c %reldir%/confine.h \
	%reldir%/confine_landlock.c \
	%reldir%/confine_seccomp.c \
	%reldir%/daemonize.c %reldir%/daemonize.h \
	%reldir%/ending.c %reldir%/ending.h \
	%reldir%/explain.c \
	%reldir%/exportcerts.c %reldir%/exportcerts.h \
	%reldir%/help.c \
	%reldir%/liveloop.c %reldir%/liveloop.h \
	%reldir%/notify.c %reldir%/notify.h \
	%reldir%/options.c \
	%reldir%/outlet.h \
	%reldir%/output.c %reldir%/output.h \
	%reldir%/pidfile.c %reldir%/pidfile.h \
	%reldir%/privileges.c %reldir%/privileges.h \
	%reldir%/probe.c \
	%reldir%/rules.c \
	$(SETTINGS_SOURCES) \
	%reldir%/table.c \
	%reldir%/version.c
sftunnel_agent_CPPFLAGS = $(AM_CPPFLAGS) $(CYAML_CFLAGS)
sftunnel_agent_LDADD = libreport.a libsources.a libdiagnosis.a libcapture.a liblive.a librules.a libbase.a \
	$(REPORT_LIBS) $(SOURCES_LIBS) $(CRYPTO_LIBS) $(PCAP_LIBS) $(RULES_LIBS)
