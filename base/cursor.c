/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/cursor.h"

#include <string.h>

void cursor_copy(struct cursor *c, void *out, size_t n)
{
    struct bytes b = cursor_take(c, n);
    memset(out, 0, n);
    if (b.n)
        memcpy(out, b.p, b.n);
}
