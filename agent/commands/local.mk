# SPDX-License-Identifier: BSD-2-Clause
bin_PROGRAMS += sftunnel-agent
sftunnel_agent_SOURCES = \
	%reldir%/main.c %reldir%/command.h
sftunnel_agent_LDADD = libreport.a libsources.a libdiagnosis.a librules.a libbase.a \
	$(REPORT_LIBS) $(SOURCES_LIBS) $(RULES_LIBS)
