# SPDX-License-Identifier: BSD-2-Clause
# loggen also makes the input of the counting tests in tests/system.
check_PROGRAMS += tests/bench/loggen
tests_bench_loggen_SOURCES = %reldir%/loggen.c
dist_noinst_SCRIPTS = %reldir%/run
EXTRA_DIST += %reldir%/README

# Never part of `make check`: times are measured on a quiet machine.
.PHONY: bench
bench: sftunnel-agent$(EXEEXT) tests/bench/loggen$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) '$(PYTHON)' '$(srcdir)/tests/bench/run' $(BENCHFLAGS)
