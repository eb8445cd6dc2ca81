# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += %reldir%/man/sftunnel-agent.1

schemadir = $(pkgdatadir)/schema
dist_schema_DATA = %reldir%/schema/analysis-1.schema.json %reldir%/schema/event-1.schema.json

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
