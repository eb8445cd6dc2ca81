# SPDX-License-Identifier: BSD-2-Clause
# loggen also makes the input of the counting tests in tests/system.
check_PROGRAMS += tests/bench/loggen
tests_bench_loggen_SOURCES = %reldir%/loggen.c
# and capgen the captures, of real handshakes
check_PROGRAMS += tests/bench/capgen
tests_bench_capgen_SOURCES = %reldir%/capgen.c %reldir%/capgen.h %reldir%/capgen_bulk.c \
	%reldir%/capgen_frames.c %reldir%/capgen_frames.h \
	%reldir%/capgen_pki.c %reldir%/capgen_pki.h \
	%reldir%/capgen_tls.c %reldir%/capgen_tls.h
tests_bench_capgen_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS)
tests_bench_capgen_LDADD = $(SSL_LIBS)
# and rootgen an FMC's disk, with as many peers as are wanted
check_PROGRAMS += tests/bench/rootgen
tests_bench_rootgen_SOURCES = %reldir%/rootgen.c %reldir%/capgen_pki.c %reldir%/capgen_pki.h
tests_bench_rootgen_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS)
tests_bench_rootgen_LDADD = $(SSL_LIBS)
dist_noinst_SCRIPTS = %reldir%/run %reldir%/capture-run %reldir%/check-run %reldir%/watch-run
EXTRA_DIST += %reldir%/README

# Never part of `make check`: times are measured on a quiet machine.
.PHONY: bench
bench: sftunnel-agent$(EXEEXT) tests/bench/loggen$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) '$(PYTHON)' '$(srcdir)/tests/bench/run' $(BENCHFLAGS)

.PHONY: bench-capture
bench-capture: sftunnel-agent$(EXEEXT)
	$(MAKE) $(AM_MAKEFLAGS) tests/bench/capgen$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) '$(PYTHON)' '$(srcdir)/tests/bench/capture-run' $(BENCHFLAGS)

.PHONY: bench-check
bench-check: sftunnel-agent$(EXEEXT)
	$(MAKE) $(AM_MAKEFLAGS) tests/bench/rootgen$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) '$(PYTHON)' '$(srcdir)/tests/bench/check-run' $(BENCHFLAGS)

.PHONY: bench-watch
bench-watch: sftunnel-agent$(EXEEXT)
	$(MAKE) $(AM_MAKEFLAGS) tests/bench/loggen$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) '$(PYTHON)' '$(srcdir)/tests/bench/watch-run' $(BENCHFLAGS)
