# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/test_confine
TESTS += tests/unit/test_confine
tests_unit_test_confine_SOURCES = %reldir%/test_confine.c \
	agent/commands/confine.c agent/commands/confine_landlock.c agent/commands/confine_seccomp.c
tests_unit_test_confine_LDADD = libbase.a
