# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += %reldir%/man/sftunnel-agent.1

schemadir = $(pkgdatadir)/schema
dist_schema_DATA = %reldir%/schema/analysis-1.schema.json %reldir%/schema/event-1.schema.json \
	%reldir%/schema/state-1.schema.json

prometheusdir = $(pkgdatadir)/prometheus
dist_prometheus_DATA = %reldir%/prometheus/rules.yaml %reldir%/prometheus/rules_test.yaml

# Where bash-completion and zsh look; both find them by the program's name.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
EXTRA_DIST += %reldir%/completion/sftunnel-agent.bash %reldir%/completion/_sftunnel-agent
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)' '$(DESTDIR)$(zshcompletiondir)'
	$(INSTALL_DATA) $(srcdir)/contrib/completion/sftunnel-agent.bash \
		'$(DESTDIR)$(bashcompletiondir)/sftunnel-agent'
	$(INSTALL_DATA) $(srcdir)/contrib/completion/_sftunnel-agent '$(DESTDIR)$(zshcompletiondir)/_sftunnel-agent'
uninstall-local:
	rm -f '$(DESTDIR)$(bashcompletiondir)/sftunnel-agent' '$(DESTDIR)$(zshcompletiondir)/_sftunnel-agent'

# What a service needs. The unit and the example go where the system looks only if the prefix is the system's.
systemdunitdir = $(prefix)/lib/systemd/system
nodist_systemdunit_DATA = %reldir%/systemd/sftunnel-agent.service
EXTRA_DIST += %reldir%/systemd/sftunnel-agent.service.in
CLEANFILES += %reldir%/systemd/sftunnel-agent.service
%reldir%/systemd/sftunnel-agent.service: %reldir%/systemd/sftunnel-agent.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %reldir%/systemd && \
	sed 's|[@]bindir@|$(bindir)|g' $(srcdir)/contrib/systemd/sftunnel-agent.service.in > $@.tmp && mv -f $@.tmp $@
CLEANFILES += %reldir%/systemd/sftunnel-agent.service.tmp

examplesdir = $(pkgdatadir)/examples
dist_examples_DATA = %reldir%/inventory.yaml %reldir%/watch.yaml
sysvinitdir = $(pkgdatadir)/sysvinit
dist_sysvinit_SCRIPTS = %reldir%/sysvinit/sftunnel-agent
logrotatedir = $(pkgdatadir)/logrotate
dist_logrotate_DATA = %reldir%/logrotate/sftunnel-agent
