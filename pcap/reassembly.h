/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of one direction of a TCP connection, in order (RFC 9293, 3.4): out of order, overlapping, repeated,
 * without its SYN, over wrap-around. Offsets are of 64 bits; 0 is the first byte after the SYN, or the first one seen.
 * The first copy of a byte is kept and differing ones are counted; but one with a good checksum takes the place of one
 * with a bad one. What never came is told as a gap: when the peer has acknowledged what lies behind it and a while has
 * passed, when a cap is reached, or at the end. Bounded by CAP_HELD_BYTES and CAP_HELD_PIECES.
 */
#ifndef PCAP_REASSEMBLY_H
#define PCAP_REASSEMBLY_H

#include "pcap/packet.h"

#define REASSEMBLY_ISNS 4 /* candidates kept: a SYN may come again with another number */
#define REASSEMBLY_BAD 8  /* ranges of bad checksum told apart */

/* How much of it somebody still wants to know; it only goes down. */
enum reassembly_mode {
    REASSEMBLY_KEEP,   /* all from offset 0 is kept too, so that a better copy, or an earlier byte, can begin it anew */
    REASSEMBLY_FOLLOW, /* in order, and forgotten */
    REASSEMBLY_SKIP,   /* nothing: sequence numbers are followed, at constant cost */
};

struct reassembly_sink {
    void *data;
    void (*on_bytes)(void *data, struct bytes b, bool starts); /* starts: a segment begins here */
    void (*on_gap)(void *data, uint64_t n);
    void (*on_again)(void *data); /* forget what was given: it comes anew, from offset 0 on */
};

struct held_piece {
    uint64_t at;
    uint32_t n;
    bool bad;      /* its checksum */
    uint8_t *data; /* NULL: cut off by the snapshot length */
};

#define REASSEMBLY_SPARES 4 /* sizes of what is kept: 1 KiB, doubled */

/*
 * What ended streams had kept, for those that begin: a short handshake takes and gives back three buffers in each
 * direction. Bounded, and not counted as used. Zero-initialised is empty.
 */
struct reassembly_spare {
    void *first[REASSEMBLY_SPARES]; /* each begins with the address of the next one */
    size_t bytes;
};

void reassembly_spare_clear(struct reassembly_spare *s);

struct reassembly {
    size_t *used;                   /* bytes allocated, in all streams together */
    struct reassembly_spare *spare; /* outlives it; NULL: none */
    uint32_t base;                  /* sequence number of offset 0 */
    uint64_t next;                  /* offset of the next byte to be given */
    uint32_t isn[REASSEMBLY_ISNS];
    uint8_t isns;
    bool based;              /* base is known or guessed */
    bool certain;            /* it is known: by a SYN or what answers it */
    bool ack_seen;           /* acked holds something */
    uint8_t mode;            /* enum reassembly_mode */
    uint8_t far_run;         /* segments in a row that continue one another far from here */
    uint32_t far_next;       /* sequence number where the run goes on */
    uint32_t reread;         /* bytes that were given more than once */
    uint32_t acked;          /* sequence number, the highest that the peer acknowledged */
    int64_t hole_ns;         /* when the first hole was found */
    struct held_piece *held; /* sorted, never overlapping */
    size_t held_count, held_capacity;
    size_t held_bytes;
    uint8_t *kept; /* [0, next), in mode KEEP */
    size_t kept_capacity;
    struct {
        uint64_t from, to;
    } bad[REASSEMBLY_BAD]; /* of what is kept */
    uint8_t bads;
    uint32_t gaps, conflicts;
    uint64_t gap_bytes, gap_at;
    uint64_t given_up; /* bytes that a cap released from behind a hole, or refused */
};

/* used: a counter that outlives it. */
void reassembly_init(struct reassembly *r, size_t *used);
void reassembly_clear(struct reassembly *r);
/*
 * A SYN of this direction, or what its peer's SYN acknowledges, less 1. False when it can't belong to the bytes that
 * were seen: it is another connection's, and nothing is changed.
 */
bool reassembly_syn(struct reassembly *r, uint32_t isn, const struct reassembly_sink *sink);
/* Is it a number that a SYN of this direction had? */
bool reassembly_knows(const struct reassembly *r, uint32_t isn);
/* The peer acknowledged this. */
void reassembly_acked(struct reassembly *r, uint32_t acknowledged);
void reassembly_segment(struct reassembly *r, const struct tcp_segment *s, const struct reassembly_sink *sink);
/* Nothing more will come: what is held is given, with its gaps. */
void reassembly_finish(struct reassembly *r, const struct reassembly_sink *sink);
/* May be called from within a sink. */
void reassembly_lower(struct reassembly *r, enum reassembly_mode mode);
/* May a RST with this number be the peer's? */
bool reassembly_plausible(const struct reassembly *r, uint32_t sequence);

#endif
