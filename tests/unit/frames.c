/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/frames.h"

#include <assert.h>
#include <string.h>

static const uint8_t from4[] = { 10, 48, 79, 23 }, to4[] = { 10, 48, 79, 232 };
static const uint8_t from6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x23 },
                     to6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0xe8 };

void frame_start(struct frame *f)
{
    f->at = FRAME_ROOM;
}

size_t frame_length(const struct frame *f)
{
    return FRAME_ROOM - f->at;
}

uint8_t *frame_bytes(struct frame *f)
{
    return f->room + f->at;
}

struct packet frame_packet(struct frame *f, uint16_t link)
{
    uint32_t n = (uint32_t)frame_length(f);
    return (struct packet){ .data = frame_bytes(f), .captured = n, .length = n, .link = link, .frame = 1 };
}

void frame_data(struct frame *f, const void *p, size_t n)
{
    assert(n <= f->at);
    f->at -= n;
    memcpy(f->room + f->at, p, n);
}

void frame_u8(struct frame *f, unsigned n)
{
    frame_data(f, &(uint8_t){ (uint8_t)n }, 1);
}

void frame_u16(struct frame *f, unsigned n)
{
    frame_u8(f, n & 0xff);
    frame_u8(f, n >> 8);
}

void frame_u32(struct frame *f, uint32_t n)
{
    frame_u16(f, n & 0xffff);
    frame_u16(f, n >> 16);
}

void frame_u16_little(struct frame *f, unsigned n)
{
    frame_u16(f, __builtin_bswap16((uint16_t)n));
}

void frame_u32_little(struct frame *f, uint32_t n)
{
    frame_u32(f, __builtin_bswap32(n));
}

void frame_zeros(struct frame *f, size_t n)
{
    while (n--)
        frame_u8(f, 0);
}

void frame_tcp(struct frame *f, uint32_t sequence, unsigned flags, unsigned option_words)
{
    for (unsigned i = 0; i < option_words; i++)
        frame_u32(f, 0x01010101); /* no operation */
    frame_u32(f, 0);              /* checksum, urgent pointer */
    frame_u16(f, 1024);
    frame_u16(f, (5 + option_words) << 12 | flags);
    frame_u32(f, flags & TCP_ACK ? 77 : 0);
    frame_u32(f, sequence);
    frame_u16(f, 8305);
    frame_u16(f, 40000);
}

static uint32_t words(uint32_t sum, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    return sum;
}

void frame_checksum(struct frame *f, bool six)
{
    size_t n = frame_length(f);
    uint8_t *p = frame_bytes(f);
    uint32_t sum = 6 + (uint32_t)n;
    p[16] = p[17] = 0;
    sum = six ? words(words(sum, from6, 16), to6, 16) : words(words(sum, from4, 4), to4, 4);
    sum = words(sum, p, n);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    p[16] = (uint8_t)(~sum >> 8);
    p[17] = (uint8_t)~sum;
}

void frame_udp(struct frame *f, unsigned to)
{
    size_t n = frame_length(f) + 8;
    frame_u16(f, 0);
    frame_u16(f, (unsigned)n);
    frame_u16(f, to);
    frame_u16(f, 50000);
}

void frame_ip4_part(struct frame *f, unsigned protocol, unsigned id, unsigned offset, bool more)
{
    size_t n = frame_length(f) + 20;
    frame_data(f, to4, 4);
    frame_data(f, from4, 4);
    frame_u16(f, 0);
    frame_u16(f, 64 << 8 | protocol);
    frame_u16(f, offset / 8 | (more ? 0x2000 : 0));
    frame_u16(f, id);
    frame_u16(f, (unsigned)n);
    frame_u16(f, 0x4500);
}

void frame_ip4(struct frame *f, unsigned protocol)
{
    frame_ip4_part(f, protocol, 1, 0, false);
}

void frame_ip6(struct frame *f, unsigned next)
{
    size_t n = frame_length(f);
    frame_data(f, to6, 16);
    frame_data(f, from6, 16);
    frame_u16(f, next << 8 | 64);
    frame_u16(f, (unsigned)n);
    frame_u32(f, 0x60000000);
}

void frame_ip6_part(struct frame *f, unsigned next, uint32_t id, unsigned offset, bool more)
{
    frame_u32(f, id);
    frame_u16(f, offset | more);
    frame_u16(f, next << 8);
    frame_ip6(f, 44);
}

void frame_ethernet(struct frame *f, unsigned type)
{
    static const uint8_t addresses[12] = { 0x02, 0, 0, 0, 0, 0xe8, 0x02, 0, 0, 0, 0, 0x23 };
    frame_u16(f, type);
    frame_data(f, addresses, sizeof addresses);
}
