# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libdiagnosis.a
libdiagnosis_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
libdiagnosis_a_SOURCES = \
	%reldir%/attempt.c %reldir%/attempt.h \
	%reldir%/canary.c %reldir%/canary.h \
	%reldir%/cert.c %reldir%/cert.h \
	%reldir%/chain.c %reldir%/chain.h \
	%reldir%/casefile.c %reldir%/casefile.h %reldir%/claims.h %reldir%/counts.h \
	%reldir%/bothends.c \
	%reldir%/diagnose.c %reldir%/diagnose.h %reldir%/diagnose_parts.h \
	%reldir%/disk.c %reldir%/disk.h \
	%reldir%/diskjoin.c %reldir%/diskjoin.h \
	%reldir%/diskjudge.c %reldir%/diskjudge.h \
	%reldir%/diskowner.c %reldir%/diskwords.c \
	%reldir%/fact.c %reldir%/fact.h \
	%reldir%/forecast.c %reldir%/forecast.h \
	%reldir%/judge.c \
	%reldir%/limits.c \
	%reldir%/matched.c %reldir%/matched.h \
	%reldir%/memo.c %reldir%/memo.h \
	%reldir%/incident.c %reldir%/incident.h \
	%reldir%/lines.c %reldir%/lines.h \
	%reldir%/attempts.c %reldir%/attempts.h \
	%reldir%/endjudge.c %reldir%/endjudge.h \
	%reldir%/livelines.c %reldir%/livelines.h \
	%reldir%/logstream.c %reldir%/logstream.h \
	%reldir%/pasts.c %reldir%/pasts.h \
	%reldir%/peer.c %reldir%/peer.h \
	%reldir%/pem.c %reldir%/pem.h \
	%reldir%/probejudge.c \
	%reldir%/proof.c \
	%reldir%/segment.c %reldir%/segment.h \
	%reldir%/segment_tables.c \
	%reldir%/segment_join.c %reldir%/segment_parts.h \
	%reldir%/slots.c %reldir%/slots.h \
	%reldir%/whois.c %reldir%/whois.h \
	%reldir%/diskwire.c %reldir%/diskwire.h %reldir%/releases.c %reldir%/releases.h %reldir%/statuswords.c %reldir%/statuswords.h %reldir%/witness.c \
	%reldir%/words.c \
	%reldir%/tell.c %reldir%/tell.h %reldir%/tellid.c \
	%reldir%/tlsalert.c %reldir%/tlsalert.h \
	%reldir%/verdict.c %reldir%/verdict.h \
	%reldir%/wire.c %reldir%/wire.h \
	%reldir%/wirejoin.c %reldir%/wirejoin.h \
	%reldir%/wirejoin_fill.c %reldir%/wirejoin_judge.c \
	%reldir%/wired.c %reldir%/wired.h \
	%reldir%/wirehidden.c \
	%reldir%/wirejudge.c %reldir%/wirejudge.h \
	%reldir%/wiresame.c \
	%reldir%/wirewords.c \
	%reldir%/wireyears.c %reldir%/wireyears.h \
	%reldir%/x509code.c %reldir%/x509code.h
