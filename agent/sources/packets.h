/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture on its way into the case: bytes of a file (or packets of an interface) become connections, and what the
 * reading counted becomes the source's numbers and problems. Read by one thread, in the order of the bytes.
 */
#ifndef AGENT_SOURCES_PACKETS_H
#define AGENT_SOURCES_PACKETS_H

#include "agent/sources/item.h"
#include "pcap/capture.h"

/* Reads all of s, which stays the caller's. */
void packets_read(struct reading *r, const struct item *it, struct stream *s);

/*
 * The end of a capture of whatever origin: times and frames of its source, and a problem for everything that was
 * given up (caps, damaged frames, frames that the snapshot length cut).
 */
void packets_settle(struct casefile *c, uint32_t source, const struct capture_counts *n);

#endif
