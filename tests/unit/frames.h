/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes frames for tests, from the inside out: each function puts its header in front of what is there, so that lengths
 * are known when they are written. From 10.48.79.23:40000 to 10.48.79.232:8305, or 2001:db8::23 to 2001:db8::e8.
 */
#ifndef TESTS_UNIT_FRAMES_H
#define TESTS_UNIT_FRAMES_H

#include "pcap/packet.h"

#define FRAME_ROOM 70000

struct frame {
    uint8_t room[FRAME_ROOM];
    size_t at; /* where it begins; it ends with the room */
};

void frame_start(struct frame *f);
size_t frame_length(const struct frame *f);
uint8_t *frame_bytes(struct frame *f);
struct packet frame_packet(struct frame *f, uint16_t link);

void frame_data(struct frame *f, const void *p, size_t n);
void frame_u8(struct frame *f, unsigned n);
void frame_u16(struct frame *f, unsigned n);
void frame_u32(struct frame *f, uint32_t n);
void frame_u16_little(struct frame *f, unsigned n);
void frame_u32_little(struct frame *f, uint32_t n);
void frame_zeros(struct frame *f, size_t n);

void frame_tcp(struct frame *f, uint32_t sequence, unsigned flags, unsigned option_words);
/* The checksum of the segment that begins here, as it is between the two addresses. */
void frame_checksum(struct frame *f, bool six);
void frame_udp(struct frame *f, unsigned to);
void frame_ip4(struct frame *f, unsigned protocol);
/* offset in bytes; id and whether more follow are the caller's. */
void frame_ip4_part(struct frame *f, unsigned protocol, unsigned id, unsigned offset, bool more);
void frame_ip6(struct frame *f, unsigned next);
void frame_ip6_part(struct frame *f, unsigned next, uint32_t id, unsigned offset, bool more);
void frame_ethernet(struct frame *f, unsigned type);

#endif
