# SPDX-License-Identifier: BSD-2-Clause
bin_PROGRAMS += sftunnel-agent
sftunnel_agent_SOURCES = \
	%reldir%/main.c \
	%reldir%/analyze.c \
	%reldir%/progress.c %reldir%/progress.h \
	%reldir%/command.c %reldir%/command.h \
	%reldir%/confine.c %reldir%/confine.h \
	%reldir%/confine_landlock.c \
	%reldir%/confine_seccomp.c \
	%reldir%/explain.c \
	%reldir%/help.c \
	%reldir%/options.c \
	%reldir%/output.c %reldir%/output.h \
	%reldir%/rules.c \
	%reldir%/table.c \
	%reldir%/version.c
sftunnel_agent_LDADD = libreport.a libsources.a libdiagnosis.a libcapture.a librules.a libbase.a \
	$(REPORT_LIBS) $(SOURCES_LIBS) $(RULES_LIBS) $(CRYPTO_LIBS)
