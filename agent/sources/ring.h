/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets on their way to disk: one pcap file, or a ring of them of which the oldest is written over. All files are
 * made and held open at the beginning, so that no right to the folder is needed later. Never more is on disk than was
 * asked for, and what is there ends with a whole packet: what no longer fits is left out and counted, and the writing
 * goes on when there is room again.
 */
#ifndef AGENT_SOURCES_RING_H
#define AGENT_SOURCES_RING_H

#include "base/err.h"
#include "pcap/packet.h"

#define RING_MOST_FILES 1000

struct ring_options {
    const char *path;  /* several files: PATH.1, PATH.2, ... */
    unsigned files;    /* 1: no ring */
    uint64_t bytes;    /* of one file, headers included; 0: no limit, for one file only */
    uint16_t link;     /* LINKTYPE_ of all packets */
    uint32_t snapshot; /* for the files' headers */
};

struct ring;

struct ring_counts {
    uint64_t packets, bytes; /* written, also what was written over since */
    uint64_t lost;           /* no room on the disk */
    uint64_t over;           /* no room in the one file that was asked for */
};

/* Files are new (mode 0600) or regular ones of that name, which are emptied; no link is followed. */
enum err_code ring_open(const struct ring_options *o, struct ring **out, struct err *e)
    __attribute__((warn_unused_result));
/*
 * Takes a packet; it may stay in memory until the next flush. An error says why packets were left out; it is given
 * once, and again only when writing had worked in between.
 */
enum err_code ring_packet(struct ring *r, const struct packet *p, struct err *e) __attribute__((warn_unused_result));
enum err_code ring_flush(struct ring *r, struct err *e) __attribute__((warn_unused_result));
const struct ring_counts *ring_counts(const struct ring *r);
/* Flushes. Takes NULL. */
enum err_code ring_close(struct ring *r, struct err *e) __attribute__((warn_unused_result));

#endif
