# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libcapture.a
libcapture_a_SOURCES = \
	%reldir%/capfile.c %reldir%/capfile.h \
	%reldir%/capture.h \
	%reldir%/connection.c %reldir%/connection.h \
	%reldir%/decode.c %reldir%/decode.h \
	%reldir%/fragment.c %reldir%/fragment.h \
	%reldir%/ip.c %reldir%/ip.h \
	%reldir%/layer.h \
	%reldir%/link.c %reldir%/link.h \
	%reldir%/live.h \
	%reldir%/packet.c %reldir%/packet.h \
	%reldir%/tunnel.c %reldir%/tunnel.h
