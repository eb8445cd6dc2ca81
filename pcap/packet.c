/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/packet.h"

#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* The longest run of at least two zero groups, the first of equals: what "::" stands for (RFC 5952, 4.2). */
static void longest_zeros(const uint16_t group[8], unsigned *from, unsigned *to)
{
    *from = *to = 8;
    for (unsigned i = 0; i < 8; i++) {
        unsigned j = i;
        while (j < 8 && group[j] == 0)
            j++;
        if (j - i >= 2 && j - i > *to - *from) {
            *from = i;
            *to = j;
        }
    }
}

void endpoint_address(struct buf *b, const struct endpoint *e)
{
    if (!memcmp(e->ip, mapped, sizeof mapped)) {
        for (unsigned i = 12; i < 16; i++) {
            if (i > 12)
                buf_putc(b, '.');
            buf_number(b, e->ip[i]);
        }
        return;
    }
    uint16_t group[8];
    for (unsigned i = 0; i < 8; i++)
        group[i] = (uint16_t)(e->ip[2 * i] << 8 | e->ip[2 * i + 1]);
    unsigned from, to;
    longest_zeros(group, &from, &to);
    for (unsigned i = 0; i < 8; i++) {
        if (i == from) {
            buf_puts(b, "::");
            i = to - 1;
            continue;
        }
        if (i && i != to)
            buf_putc(b, ':');
        buf_printf(b, "%x", group[i]);
    }
}

void endpoint_print(struct buf *b, const struct endpoint *e)
{
    bool four = !memcmp(e->ip, mapped, sizeof mapped);
    if (!four)
        buf_putc(b, '[');
    endpoint_address(b, e);
    buf_puts(b, four ? ":" : "]:");
    buf_number(b, e->port);
}

bool endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && !memcmp(a->ip, b->ip, sizeof a->ip);
}

/* Adds bytes to a ones' complement sum (RFC 1071); only the last part may have an odd length. */
static uint64_t add_words(uint64_t sum, struct bytes b)
{
    struct cursor c = cursor_of(b.p, b.n);
    while (cursor_left(&c) >= 4)
        sum += cursor_u32(&c);
    if (cursor_left(&c) >= 2)
        sum += cursor_u16(&c);
    if (cursor_left(&c))
        sum += (uint64_t)cursor_u8(&c) << 8;
    return sum;
}

enum checksum segment_checksum(const struct tcp_segment *s)
{
    if (s->checksum != CHECKSUM_UNKNOWN || !s->header.n || s->cut)
        return s->checksum;
    /* The pseudo header. What ::ffff: adds to an IPv4 address is minus zero. */
    uint64_t sum = 6 + s->header.n + s->payload.n;
    sum = add_words(sum, (struct bytes){ s->from.ip, sizeof s->from.ip });
    sum = add_words(sum, (struct bytes){ s->to.ip, sizeof s->to.ip });
    sum = add_words(sum, s->header);
    sum = add_words(sum, s->payload);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff ? CHECKSUM_GOOD : CHECKSUM_BAD;
}
