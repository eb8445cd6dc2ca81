# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libcapture.a
libcapture_a_SOURCES = \
	%reldir%/capfile.c %reldir%/capfile.h \
	%reldir%/capture.c %reldir%/capture.h \
	%reldir%/connection.c %reldir%/connection.h \
	%reldir%/decode.c %reldir%/decode.h \
	%reldir%/fragment.c %reldir%/fragment.h \
	%reldir%/handshake.c %reldir%/handshake.h \
	%reldir%/hello.c %reldir%/hello.h \
	%reldir%/ip.c %reldir%/ip.h \
	%reldir%/layer.h \
	%reldir%/link.c %reldir%/link.h \
	%reldir%/packet.c %reldir%/packet.h \
	%reldir%/reassembly.c %reldir%/reassembly.h \
	%reldir%/record.c %reldir%/record.h \
	%reldir%/sealed.c %reldir%/sealed.h \
	%reldir%/tcp.c %reldir%/tcp.h \
	%reldir%/tls.c %reldir%/tls.h \
	%reldir%/tlsjoin.c %reldir%/tlsjoin.h \
	%reldir%/tunnel.c %reldir%/tunnel.h

# What touches the world stands outside of the pure library.
noinst_LIBRARIES += liblive.a
liblive_a_CPPFLAGS = $(AM_CPPFLAGS) $(PCAP_CFLAGS)
liblive_a_SOURCES = %reldir%/live.h
if WITH_PCAP
liblive_a_SOURCES += %reldir%/live.c
else
liblive_a_SOURCES += %reldir%/live_none.c
endif
