# SPDX-License-Identifier: BSD-2-Clause
# Also of the unit test and the fuzz target.
SETTINGS_SOURCES = \
	%reldir%/outletname.c %reldir%/outletname.h \
	%reldir%/settings.c %reldir%/settings.h %reldir%/settings_parts.h \
	%reldir%/settings_check.c %reldir%/settings_check.h \
	%reldir%/settings_finish.c \
	%reldir%/settings_print.c \
	%reldir%/settings_table.c %reldir%/settings_table.h
bin_PROGRAMS += sftunnel-agent
sftunnel_agent_CPPFLAGS = $(AM_CPPFLAGS) $(UV_CFLAGS) $(CYAML_CFLAGS)
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
	%reldir%/feed.c %reldir%/feed.h \
	%reldir%/keep.c %reldir%/keep.h \
	%reldir%/reader.c %reldir%/reader.h \
	%reldir%/watch.c %reldir%/watch.h \
	%reldir%/watchcanary.c %reldir%/watchcanary.h \
	%reldir%/watchcare.c \
	%reldir%/watchcheck.c \
	%reldir%/watchjournal.c \
	%reldir%/watchmetrics.c %reldir%/watchmetrics.h \
	%reldir%/watchpump.c \
	%reldir%/watchrun.c \
	%reldir%/watchstate.c \
	%reldir%/watchwire.c %reldir%/watchwire.h %reldir%/wiretell.c %reldir%/wiretell.h \
	%reldir%/exportcerts.c %reldir%/exportcerts.h \
	%reldir%/help.c \
	%reldir%/inventory.c \
	%reldir%/lookup.h \
	%reldir%/liveloop.c %reldir%/liveloop.h \
	%reldir%/notify.c %reldir%/notify.h \
	%reldir%/options.c \
	%reldir%/outlet.c %reldir%/outlet.h %reldir%/outlet_parts.h \
	%reldir%/outletfile.c \
	%reldir%/outlethook.c \
	%reldir%/outletline.c %reldir%/outletline.h \
	%reldir%/outletsocket.c \
	%reldir%/outletstdout.c \
	%reldir%/output.c %reldir%/output.h \
	%reldir%/pidfile.c %reldir%/pidfile.h \
	%reldir%/privileges.c %reldir%/privileges.h \
	%reldir%/probe.c \
	%reldir%/rules.c \
	%reldir%/status.c \
	$(SETTINGS_SOURCES) \
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
sftunnel_agent_SOURCES += $(metrics_sources)
sftunnel_agent_LDFLAGS = $(AM_LDFLAGS) $(STATIC_LDFLAGS)
sftunnel_agent_LDADD = libreport.a libstore.a libremedy.a libsources.a libdiagnosis.a libcapture.a liblive.a librules.a libbase.a \
	$(REPORT_LIBS) $(SOURCES_LIBS) $(CRYPTO_LIBS) $(PCAP_LIBS) $(RULES_LIBS) $(STORE_LIBS) $(UV_LIBS) $(MICROHTTPD_LIBS)
