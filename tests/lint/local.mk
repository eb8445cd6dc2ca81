# SPDX-License-Identifier: BSD-2-Clause
LINT_TESTS = %reldir%/symbols.py %reldir%/structure.py %reldir%/docs.py %reldir%/format.py
TESTS += $(LINT_TESTS)
EXTRA_DIST += $(LINT_TESTS) %reldir%/symbols.allow
