# SPDX-License-Identifier: BSD-2-Clause
# The laboratory: appliances of real programs, for the tests of what logs in to them. See CONTRIBUTING.
check_PROGRAMS += %reldir%/holder %reldir%/sudo %reldir%/labpki %reldir%/sftunneld
# These two change who they are, which sanitizers don't stand.
tests_lab_holder_SOURCES = %reldir%/holder.c
tests_lab_holder_CFLAGS = $(WARN_CFLAGS) $(HARDEN_CFLAGS)
tests_lab_holder_LDFLAGS = $(HARDEN_LDFLAGS)
tests_lab_sudo_SOURCES = %reldir%/sudo.c
tests_lab_sudo_CFLAGS = $(WARN_CFLAGS) $(HARDEN_CFLAGS)
tests_lab_sudo_LDFLAGS = $(HARDEN_LDFLAGS)
tests_lab_sudo_LDADD = -lcrypt
tests_lab_labpki_SOURCES = %reldir%/labpki.c tests/bench/capgen_pki.c tests/bench/capgen_pki.h
tests_lab_labpki_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS)
tests_lab_labpki_LDADD = $(SSL_LIBS)
tests_lab_sftunneld_SOURCES = %reldir%/sftunneld.c %reldir%/sftlog.c %reldir%/sftlog.h %reldir%/sfttls.c %reldir%/sfttls.h
tests_lab_sftunneld_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS)
tests_lab_sftunneld_LDADD = $(SSL_LIBS) -lpthread
EXTRA_DIST += %reldir%/__init__.py %reldir%/appliance.py %reldir%/clish.py %reldir%/date.sh %reldir%/faults.py %reldir%/front.py \
	%reldir%/generate_certs.py %reldir%/lab.py %reldir%/pki.py %reldir%/pmtool.sh %reldir%/sftunnel_status.sh %reldir%/shell.py %reldir%/sshd.py %reldir%/terminal.py
