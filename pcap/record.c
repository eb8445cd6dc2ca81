/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/record.h"

bool record_plausible(const uint8_t head[RECORD_HEADER])
{
    unsigned length = (unsigned)head[3] << 8 | head[4];
    return head[0] >= RECORD_CCS && head[0] <= RECORD_HEARTBEAT && head[1] == 3 && head[2] <= 4 &&
           length <= RECORD_LONGEST;
}

void record_enter(struct record_reader *r, uint8_t type, uint16_t left)
{
    *r = (struct record_reader){ .inside = true, .type = type, .length = left, .left = left };
}

enum record_step record_next(struct record_reader *r, struct cursor *piece, struct bytes *body)
{
    if (r->inside && !r->left) {
        r->inside = false;
        r->have = 0;
    }
    if (r->inside) {
        size_t n = cursor_left(piece) < r->left ? cursor_left(piece) : r->left;
        if (!n)
            return RECORD_MORE;
        *body = cursor_take(piece, n);
        r->left -= (uint32_t)n;
        return RECORD_BODY;
    }
    while (r->have < RECORD_HEADER) {
        if (!cursor_left(piece))
            return RECORD_MORE;
        r->head[r->have++] = cursor_u8(piece);
    }
    if (!record_plausible(r->head))
        return RECORD_BAD;
    r->inside = true;
    r->type = r->head[0];
    r->version = (uint16_t)(r->head[1] << 8 | r->head[2]);
    r->length = (uint16_t)(r->head[3] << 8 | r->head[4]);
    r->left = r->length;
    return RECORD_BEGINS;
}

bool record_gap(struct record_reader *r, uint64_t n)
{
    if (!r->inside || n > r->left)
        return false;
    r->left -= (uint32_t)n;
    return true;
}
