/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip (RFC 1952), several members one after another, checksums and lengths checked. Two variants chosen by the build:
 * ISA-L, or libarchive's zlib (--without-isal), which compares no
 * checksums, passes over what follows the data and takes half a header for nothing at all.
 */
#ifndef AGENT_SOURCES_INFLATE_H
#define AGENT_SOURCES_INFLATE_H

#include "agent/sources/stream.h"

/* inner is taken over; its bytes are counted against o's caps. Zero bytes behind the data are passed over. */
struct stream *inflate_open(struct stream *inner, struct origin *o);

#endif
