# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += libcapture.a
libcapture_a_SOURCES = \
	%reldir%/capfile.h \
	%reldir%/capture.h \
	%reldir%/connection.c %reldir%/connection.h \
	%reldir%/decode.h \
	%reldir%/live.h \
	%reldir%/packet.c %reldir%/packet.h
