/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/cursor.h"

#include <string.h>

/* The number that the next `size` (1 to 8) bytes are; zero once the cursor has failed. */
static uint64_t number(struct cursor *c, size_t size, bool little)
{
    struct bytes b = cursor_take(c, size);
    uint64_t value = 0;
    for (size_t i = 0; i < b.n; i++)
        value = value << 8 | b.p[little ? b.n - 1 - i : i];
    return value;
}

uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)number(c, 1, false);
}

uint16_t cursor_u16(struct cursor *c)
{
    return (uint16_t)number(c, 2, false);
}

uint32_t cursor_u24(struct cursor *c)
{
    return (uint32_t)number(c, 3, false);
}

uint32_t cursor_u32(struct cursor *c)
{
    return (uint32_t)number(c, 4, false);
}

uint64_t cursor_u64(struct cursor *c)
{
    return number(c, 8, false);
}

uint16_t cursor_u16_in(struct cursor *c, bool little)
{
    return (uint16_t)number(c, 2, little);
}

uint32_t cursor_u32_in(struct cursor *c, bool little)
{
    return (uint32_t)number(c, 4, little);
}

uint64_t cursor_u64_in(struct cursor *c, bool little)
{
    return number(c, 8, little);
}

void cursor_copy(struct cursor *c, void *out, size_t n)
{
    struct bytes b = cursor_take(c, n);
    memset(out, 0, n);
    if (b.n)
        memcpy(out, b.p, b.n);
}
