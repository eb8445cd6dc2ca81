# SPDX-License-Identifier: BSD-2-Clause
bin_PROGRAMS += sftunnel-agent
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
	%reldir%/lookup.h \
	%reldir%/liveloop.c %reldir%/liveloop.h \
	%reldir%/options.c \
	%reldir%/outlet.h %reldir%/settings.h \
	%reldir%/output.c %reldir%/output.h \
	%reldir%/privileges.c %reldir%/privileges.h \
	%reldir%/probe.c \
	%reldir%/rules.c \
	%reldir%/table.c \
	%reldir%/version.c
# where names are looked up: the variant is a file, chosen here
if STATIC_NSS
sftunnel_agent_SOURCES += %reldir%/lookup_static.c
EXTRA_sftunnel_agent_SOURCES = %reldir%/lookup_system.c
else
sftunnel_agent_SOURCES += %reldir%/lookup_system.c
EXTRA_sftunnel_agent_SOURCES = %reldir%/lookup_static.c
endif
if PCAP_ALONE
sftunnel_agent_SOURCES += pcap/live_nodbus.c
else
EXTRA_sftunnel_agent_SOURCES += pcap/live_nodbus.c
endif
# metrics over HTTP: likewise
metrics_sources = %reldir%/metrics.h %reldir%/metricssocket.c %reldir%/metricssocket.h
if WITH_MICROHTTPD
metrics_sources += %reldir%/metrics_http.c
else
metrics_sources += %reldir%/metrics_none.c
endif
sftunnel_agent_LDFLAGS = $(AM_LDFLAGS) $(STATIC_LDFLAGS)
sftunnel_agent_LDADD = libreport.a libsources.a libdiagnosis.a libcapture.a liblive.a librules.a libbase.a \
	$(REPORT_LIBS) $(SOURCES_LIBS) $(CRYPTO_LIBS) $(PCAP_LIBS) $(RULES_LIBS)
